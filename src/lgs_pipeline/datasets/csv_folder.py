"""Several tables as a folder of CSV files."""

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from kedro.io import AbstractVersionedDataset, Version


class CsvFolderDataset(AbstractVersionedDataset[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]):
    """Tables by name, each in a CSV file of that name; unlike partitions, they are versioned together.

    The folder appears when all of its files are complete. Local files only.

    Examples
    --------
    .. code-block:: yaml

        campaign_lists:
          type: lgs_pipeline.datasets.CsvFolderDataset
          filepath: data/08_reporting/campaign_lists
          versioned: true
    """

    def __init__(
        self, *, filepath: str, version: Version | None = None, metadata: dict[str, Any] | None = None
    ) -> None:
        """Describe the folder; nothing is read yet.

        Parameters
        ----------
        filepath : str
            The folder.
        version : kedro.io.Version, optional
            The version to load and the one to save.
        metadata : dict, optional
            Anything; Kedro ignores it.
        """
        self.metadata = metadata
        super().__init__(filepath=PurePosixPath(filepath), version=version)

    def load(self) -> dict[str, pd.DataFrame]:
        """Return the tables, in the order of their names."""
        folder = Path(self._get_load_path())
        return {file.stem: pd.read_csv(file) for file in sorted(folder.glob("*.csv"))}

    def save(self, data: dict[str, pd.DataFrame]) -> None:
        """Write the tables; without any, the folder is empty."""
        place = Path(self._get_save_path())
        unfinished = place.with_name(f".{place.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for name, table in data.items():
            table.to_csv(unfinished / f"{name}.csv", index=False, lineterminator="\n")
        shutil.rmtree(place, ignore_errors=True)
        unfinished.rename(place)

    def _exists(self) -> bool:
        return Path(self._get_load_path()).is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "version": self._version}
