"""A CSV file that need not be there."""

from typing import Any

import pandas as pd
from kedro_datasets.pandas import CSVDataset


class OptionalCsvDataset(CSVDataset):
    """A ``pandas.CSVDataset`` that is an empty table as long as there is no file.

    Examples
    --------
    .. code-block:: yaml

        past_mailings:
          type: lgs_pipeline.datasets.OptionalCsvDataset
          filepath: data/01_raw/past_mailings.csv
          columns: {customer_id: str, campaign: str}
    """

    def __init__(self, *, columns: dict[str, str], **options: Any) -> None:
        """Describe the file.

        Parameters
        ----------
        columns : dict
            Names and types of the columns that the table has without the file.
        **options
            Those of ``kedro_datasets.pandas.CSVDataset``.
        """
        super().__init__(**options)
        self._columns = columns

    def load(self) -> pd.DataFrame:
        """Return what is in the file, or no rows."""
        if self.exists():
            return super().load()
        return pd.DataFrame(columns=list(self._columns)).astype(self._columns)
