"""The errors for what the person who started a run can mend: an extract, a setting, a path, a database."""

from collections.abc import Iterator


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
            said = getattr(cause.diag, "message_primary", None) or " ".join(str(cause).split())
            return f"PostgreSQL: {said.rstrip('.')}; {_advice(cause, said)}"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _advice(error: BaseException, said: str) -> str:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    for sign, advice in _ADVICE.items():
        if state.startswith(sign) or sign in said:
            return advice
    return "nothing was replaced; see docs/operations.md"


_LOST = "the connection was lost and nothing was replaced; run again"

# By the beginning of the server's SQLSTATE or, where it could not give one, by a part of what is said.
_ADVICE = {
    "authentication failed": "check PGUSER and PGPASSWORD",
    "no password supplied": "set PGPASSWORD",
    "28": "check PGUSER, PGPASSWORD and PGSSLMODE",
    'database "': "check PGDATABASE",
    'role "': "check PGUSER",
    "connection failed": "check PGHOST, PGPORT and PGSSLMODE, and whether the server runs",
    "could not": "check PGHOST, PGPORT and PGSSLMODE, and whether the server runs",
    "connection to server": "check PGHOST, PGPORT and PGSSLMODE, and whether the server runs",
    "42501": "ask for the rights that docs/operations.md lists; nothing was replaced",
    "57014": "nothing was replaced; give the role a longer statement_timeout (docs/operations.md)",
    "2BP01": "nothing was replaced; the table's columns have changed: drop what depends on it, and run again",
    "55P03": "nothing was replaced; another session locks the table: run again",
    "57": _LOST,
    "08": _LOST,
    "connection": _LOST,
    "invalid socket": _LOST,
}
