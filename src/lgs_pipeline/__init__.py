"""Retail customer analytics of London Gift Shop."""

from importlib.metadata import version

__version__ = version("lgs_pipeline")
