"""The errors for what the person who started a run can mend: an extract, a setting, a path, a database."""

from collections.abc import Iterator
from itertools import chain


class InputError(Exception):
    """What a run was given cannot be used.

    The message is one line for the person who started the run: what was found, where, what was
    expected and what to do. The command prints it without a traceback and exits with 1.
    """


def database_complaint(error: BaseException) -> str | None:
    """What a PostgreSQL server, or the client library on its behalf, says is the matter, and what to do.

    None if the error does not come from a database. Nothing that was sent to the server is repeated: neither
    statements nor credentials.
    """
    for cause in _causes(error):
        if type(cause).__module__.partition(".")[0] in ("psycopg", "psycopg2"):
            diagnosis = getattr(cause, "diag", None)
            said = getattr(diagnosis, "message_primary", None) or " ".join(str(cause).split())
            return f"PostgreSQL: {said.rstrip('.')}; {_advice(cause, said)}"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _advice(error: BaseException, said: str) -> str:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    by_state = (advice for sign, advice in _BY_STATE.items() if state.startswith(sign))
    by_text = (advice for sign, advice in _BY_TEXT.items() if sign in said)
    return next(chain(by_state, by_text), "nothing was replaced; see docs/operations.md")


_LOST = "the connection was lost and nothing was replaced; run again"

_REACH = "check PGHOST, PGPORT and PGSSLMODE, and whether the server runs"

# By the beginning of the server's SQLSTATE.
_BY_STATE = {
    "28P01": "check PGUSER and PGPASSWORD",
    "28": "check PGUSER, PGPASSWORD and PGSSLMODE",
    "3D000": "check PGDATABASE",
    "42501": "ask for the rights that docs/operations.md lists; nothing was replaced",
    "53300": "nothing was replaced; close other connections, and run again",
    "57014": "nothing was replaced; if it took too long, give the role a longer statement_timeout (docs/operations.md)",
    "2BP01": "nothing was replaced; the table's columns have changed: drop what depends on it, and run again",
    "55P03": "nothing was replaced; another session locks the table: run again",
    "57": _LOST,
    "08": _LOST,
}
# By a part of what is said, where there is no SQLSTATE: when connecting, and when the connection is gone.
_BY_TEXT = {
    "authentication failed": "check PGUSER and PGPASSWORD",
    "no password supplied": "set PGPASSWORD",
    'database "': "check PGDATABASE",
    'role "': "check PGUSER",
    "connection failed": _REACH,
    "could not": _REACH,
    "connection to server": _REACH,
    "connection": _LOST,
    "invalid socket": _LOST,
}
