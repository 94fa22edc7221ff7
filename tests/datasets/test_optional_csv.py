"""A file that is not there is an empty table of the columns expected."""

import pandas as pd
import pytest
from kedro.io import Version

from lgs_pipeline.datasets import OptionalCsvDataset

COLUMNS = {"campaign": "str", "launched_on": "datetime64[us]", "customer_id": "str"}


def ledger(path, version: Version | None = None) -> OptionalCsvDataset:
    file = str(path / "ledger.csv")
    return OptionalCsvDataset(
        filepath=file,
        columns=COLUMNS,
        load_args={"parse_dates": ["launched_on"], "dtype": {"customer_id": "str"}},
        version=version,
    )


@pytest.mark.parametrize("version", [None, Version(None, None)])
def test_without_a_file_there_are_no_rows(tmp_path, version):
    loaded = ledger(tmp_path, version).load()
    assert loaded.empty
    assert loaded.dtypes.astype("str").to_dict() == COLUMNS


def test_a_file_is_read_in_the_same_types(tmp_path):
    (tmp_path / "ledger.csv").write_text("campaign,launched_on,customer_id\nwin_back,2011-12-10,12346\n")
    loaded = ledger(tmp_path).load()
    assert loaded.to_numpy().tolist() == [["win_back", pd.Timestamp("2011-12-10"), "12346"]]
    assert loaded.dtypes.astype("str").to_dict() == COLUMNS
