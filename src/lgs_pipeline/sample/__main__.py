"""``python -m lgs_pipeline.sample``: write a sample extract."""

import argparse
import sys
from collections.abc import Sequence

from lgs_pipeline.errors import InputError
from lgs_pipeline.sample.settings import SampleSettings

COMMITTED = "data/01_raw/retail_sample.sql.gz"


def main(arguments: Sequence[str] | None = None) -> None:
    """Generate a sample extract and write it, as the command line says."""
    asked = _parser().parse_args(arguments)
    try:
        settings = SampleSettings(customers=asked.customers, months=asked.months, seed=asked.seed)
        written = _generate_and_write(settings, asked.output, asked.truth)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    print(written)


def _generate_and_write(settings: SampleSettings, output: str, truth: str | None) -> str:
    # Imported here, so that --help and a wrong setting answer at once.
    from lgs_pipeline.sample.generator import generate
    from lgs_pipeline.sample.output import write, write_truth

    extract = generate(settings)
    paths = write(extract, output)
    if truth is not None:
        paths += write_truth(extract, truth)
    lines, exports = len(extract.lines), settings.exports
    return f"{lines:,} lines in {exports} yearly export{'s'[: exports > 1]}: {', '.join(map(str, paths))}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lgs_pipeline.sample",
        description="Write a sample extract of a gift retailer. Same settings, same bytes.",
    )
    parser.add_argument(
        "--output",
        default=COMMITTED,
        help="a .sql, .sql.gz or .parquet file, or a folder (ending in /) for one Parquet file per yearly "
        "export; default: the committed %(default)s",
    )
    parser.add_argument("--customers", type=int, default=SampleSettings.customers, help="default: %(default)s")
    parser.add_argument(
        "--months",
        type=int,
        default=SampleSettings.months,
        help="whole months, which nine days of one more follow; default: %(default)s",
    )
    parser.add_argument("--seed", type=int, default=SampleSettings.seed, help="default: %(default)s")
    parser.add_argument("--truth", metavar="DIR", help="folder for what is true of the extract (JSON and CSV)")
    return parser


if __name__ == "__main__":
    main()
