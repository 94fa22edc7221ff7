"""Retail customer analytics of London Gift Shop."""

__version__ = "0.2.0"
