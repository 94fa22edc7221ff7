"""A gift retailer made up from a seed: sample extracts of any size, and the truth about them.

From the command line::

    python -m lgs_pipeline.sample                                   # the committed sample
    python -m lgs_pipeline.sample --customers 100000 --output DIR/ --truth DIR/truth

From Python::

    from lgs_pipeline.sample import SampleSettings, generate, write

    extract = generate(SampleSettings(customers=50, months=14))
    extract.lines                   # what LGS would send
    extract.truth.customers         # who they are, and which of them are still there
    write(extract, "retail.sql.gz")

How it is made, in the order in which it happens: :mod:`~lgs_pipeline.sample.calendar`,
:mod:`~lgs_pipeline.sample.catalogue`, :mod:`~lgs_pipeline.sample.customers`,
:mod:`~lgs_pipeline.sample.baskets`, :mod:`~lgs_pipeline.sample.quirks`,
:mod:`~lgs_pipeline.sample.printing`, :mod:`~lgs_pipeline.sample.output`;
:mod:`~lgs_pipeline.sample.generator` is the table of contents.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lgs_pipeline.sample.extract import SampleExtract, SampleTruth
    from lgs_pipeline.sample.generator import generate
    from lgs_pipeline.sample.output import write, write_truth
    from lgs_pipeline.sample.settings import SampleSettings

__all__ = ["SampleExtract", "SampleSettings", "SampleTruth", "generate", "write", "write_truth"]

_MODULES = {
    "SampleExtract": "extract",
    "SampleSettings": "settings",
    "SampleTruth": "extract",
    "generate": "generator",
    "write": "output",
    "write_truth": "output",
}


def __getattr__(name: str) -> object:
    """Import what is asked for only then: NumPy, pandas and PyArrow take most of a second."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
