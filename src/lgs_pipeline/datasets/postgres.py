"""Tables of a PostgreSQL database as datasets.

The session that they are of is imported when the first of them connects: it is a tenth of the memory that a
run may take for loading a warehouse.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

import ibis.expr.types as ir
from kedro.io import AbstractDataset
from kedro_datasets._utils import ConnectionMixin

from lgs_pipeline.datasets.staged_table import Staged, StagedTableDataset

if TYPE_CHECKING:
    import pandas as pd

    from lgs_pipeline.datasets.postgres_session import PostgresSession


class OnPostgres(ConnectionMixin):
    """What has a connection block for PostgreSQL; equal ones share a session."""

    _CONNECTION_GROUP: ClassVar[str] = "ibis"

    def _connect(self) -> PostgresSession:
        from lgs_pipeline.datasets.postgres_session import PostgresSession

        return PostgresSession.open(self._connection_config)

    # Whether this object has asked for the session: without, there is nothing of it to publish or forget.
    _is_connected = False

    @property
    def connection(self) -> PostgresSession:
        """The session that the tables are of."""
        session = self._connection
        self._is_connected = True
        return session

    @property
    def _schema(self) -> str:
        return self._connection_config["schema"]


class _StagedOnPostgres(OnPostgres, Staged):
    def promote(self) -> None:
        """Publish what the run has made: not only this, but everything, so that it changes together."""
        if self._is_connected:
            self.connection.publish(self._schema)

    def discard(self) -> None:
        """Forget what the run has made."""
        if self._is_connected:
            self.connection.discard()


class PostgresTableDataset(_StagedOnPostgres, StagedTableDataset):
    """A table of the schema that the connection names, called as its file would be elsewhere.

    Saved ones are the session's own until :meth:`promote` publishes them.
    """

    @property
    def _name(self) -> str:
        return PurePosixPath(self._filepath).stem

    def load(self) -> ir.Table:
        """Return the run's own table, or else the published one."""
        session = self.connection
        if self._name in session.staged:
            return session.staged[self._name]
        return session.table_of(self._schema, self._name)

    def save(self, data: ir.Table) -> None:
        """Compute the table."""
        self.connection.stage(self._name, data)

    def _exists(self) -> bool:
        return self._name in self.connection.list_tables(database=self._schema)

    def _describe(self) -> dict[str, Any]:
        return {"table": f"{self._schema}.{self._name}", "backend": "postgres"}


class PublishedTablesDataset(_StagedOnPostgres, AbstractDataset[dict[str, "pd.DataFrame"], dict[str, ir.Table]]):
    """The schema that the connection names, as one dataset of many tables.

    Frames saved to it become tables beside those of the engine when :meth:`promote` publishes them all.
    """

    def __init__(self, *, connection: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Describe the schema; see ``conf/postgres/globals.yml`` for the connection."""
        self._connection_config = deepcopy(connection)
        self.metadata = metadata

    def load(self) -> dict[str, ir.Table]:
        """Return the published tables by name."""
        names = self.connection.list_tables(database=self._schema)
        return {name: self.connection.table_of(self._schema, name) for name in sorted(names)}

    def save(self, data: dict[str, pd.DataFrame]) -> None:
        """Keep frames, by the names that their tables will have."""
        for name, frame in data.items():
            self.connection.stage_frame(name, frame)

    def _describe(self) -> dict[str, Any]:
        return {"schema": self._schema, "backend": "postgres"}
