"""Retail customer analytics of London Gift Shop."""
