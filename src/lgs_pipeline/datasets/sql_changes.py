"""What a statement of SQL does to tables beside giving them rows: enough to refuse a dump that does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lgs_pipeline.datasets.sql_text import take_name

CHANGING = {b"DELETE", b"UPDATE", b"TRUNCATE", b"DROP", b"ALTER", b"MERGE", b"WITH", b"SELECT", b"ROLLBACK", b"ABORT"}
"""First words of the statements that may change a table."""

_BEFORE_NAME = {b"ONLY", b"TABLE", b"IF", b"EXISTS", b"TEMP", b"TEMPORARY", b"UNLOGGED"}
_CONSTRAINTS = {b"CONSTRAINT", b"PRIMARY", b"UNIQUE", b"CHECK", b"FOREIGN", b"EXCLUDE", b"NOT"}


@dataclass(frozen=True)
class Change:
    """A table that a statement changes.

    Attributes
    ----------
    what : str
        The statement, in its own words.
    name : tuple of str, optional
        Schema (perhaps empty) and table; None if it may be any.
    always : bool
        Whether this matters even to a table that has no rows yet.
    """

    what: str
    name: tuple[str, str] | None
    always: bool = False


def changes(tokens: Sequence[bytes]) -> Iterator[Change]:
    """Find the tables that a statement changes.

    Examples
    --------
    >>> [change.what for change in changes(b"DELETE FROM ONLY public . retail ;".split())]
    ['a DELETE']
    >>> list(changes(b"ALTER TABLE retail OWNER TO shop ;".split()))
    []
    """
    words = [token.upper() for token in tokens]
    match words:
        case [b"ROLLBACK" | b"ABORT", *_]:
            yield Change(f"a {words[0].decode()}", None)
        case [b"DROP", b"SCHEMA", *_]:
            yield Change("a DROP SCHEMA", None)
        case [b"DROP", b"TABLE", *_] | [b"TRUNCATE", *_]:
            for place in [0, *(place for place, word in enumerate(words) if word == b",")]:
                yield Change(f"a {_said(words[:2] if words[0] == b'DROP' else words[:1])}", _name(tokens, place + 1))
        case [b"ALTER", b"TABLE", *_]:
            yield from _alterations(tokens)
        case [b"ALTER" | b"DROP", *_]:
            return
        case _:
            yield from _within(tokens, words)


def _within(tokens: Sequence[bytes], words: Sequence[bytes]) -> Iterator[Change]:
    """Find what a statement changes that may have others within, as WITH has."""
    for place, word in enumerate(words):
        pair = (words[place - 1] if place else b"", word)
        if pair == (b"DELETE", b"FROM"):
            yield Change("a DELETE", _name(tokens, place + 1))
        elif word == b"UPDATE":
            yield Change("an UPDATE", _name(tokens, place + 1))
        elif word == b"INTO":
            what = pair[0] if pair[0] in (b"MERGE", b"INSERT") else b"SELECT INTO"
            yield Change(f"{'an' if what == b'INSERT' else 'a'} {what.decode()}", _name(tokens, place + 1), always=True)


def _alterations(tokens: Sequence[bytes]) -> Iterator[Change]:
    start = 2
    while tokens[start].upper() in _BEFORE_NAME:
        start += 1
    name, rest = take_name(tokens[start:])
    for action in _split(rest):
        match [token.upper() for token in action]:
            case [b"ADD" | b"DROP" | b"RENAME", kind, *_] if kind in _CONSTRAINTS:
                pass
            case [b"RENAME", b"TO", *_]:
                yield Change("an ALTER TABLE RENAME", name, always=True)
                yield Change("an ALTER TABLE RENAME", (name[0], take_name(action[2:])[0][1]), always=True)
            case [b"SET", b"SCHEMA", *_]:
                yield Change("an ALTER TABLE SET SCHEMA", name, always=True)
                yield Change("an ALTER TABLE SET SCHEMA", (take_name(action[2:])[0][1], name[1]), always=True)
            case [b"INHERIT", *_]:
                yield Change("an ALTER TABLE INHERIT", take_name(action[1:])[0], always=True)
            case [b"ADD" | b"DROP" | b"RENAME" | b"ATTACH" | b"DETACH" as verb, *_]:
                yield Change(f"an ALTER TABLE {verb.decode()}", name, always=True)
            case [b"ALTER", *words] if b"TYPE" in words[1:5]:
                yield Change("an ALTER TABLE ALTER TYPE", name)


def _split(tokens: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Split at the commas that stand in no parentheses."""
    part: list[bytes] = []
    depth = 0
    for token in tokens:
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if token in (b",", b";") and not depth:
            yield part
            part = []
        elif token != b"*":
            part.append(token)


def _name(tokens: Sequence[bytes], place: int) -> tuple[str, str]:
    while place < len(tokens) - 1 and tokens[place].upper() in _BEFORE_NAME:
        place += 1
    return take_name(tokens[place:])[0]


def _said(words: Sequence[bytes]) -> str:
    return b" ".join(words).decode()
