"""SQL text as tokens, read in windows: enough to tell data from everything else in a dump of any size."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.text_stream import CHUNK, TextStream

# Every token looks at the byte behind it, so that one which the end of a window cuts in two does not match.
# Only single characters are repeated possessively: Python 3.11 repeats groups wrongly.
STRING = rb"""
    (?: [eE]'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*'(?!\Z|')
      | '[^']*+(?:''[^']*+)*'(?!\Z|') )
"""
# What psql itself obeys, such as \restrict, is blank here.
BLANK = rb"""(?: \s++ | --[^\n]*+\n | /\*.*?\*/ | \\[^\n]*+\n )"""
_WORD = rb"[\w\x80-\xff]*+"
TOKEN = re.compile(
    rb"(?P<blank>" + BLANK + rb")"
    rb"| (?P<text>" + STRING + rb"| \$(?P<tag>(?!\d)" + _WORD + rb")\$ .*? \$(?P=tag)\$ )"
    rb"""| (?P<name> "[^"]*+(?:""[^"]*+)*"(?!\Z|") | (?![eE]'|\d)[\w\x80-\xff][\w$\x80-\xff]*+(?!\Z) )"""
    rb"| (?P<sign> \d[\w.]*+(?!\Z) | -(?!\Z|-) | /(?!\Z|\*) | \$(?!" + _WORD + rb"(?:\Z|\$))"
    rb"""        | [^\s'"$\w\-/\\\x80-\xff] )""",
    re.DOTALL | re.VERBOSE,
)
_BETWEEN_WORDS = re.compile(rb"[^'\"$;\-/\\A-Za-z_\x80-\xff]*+")

# PostgreSQL stores no longer value: a token that goes on for longer has lost its closing quote.
_LONGEST_TOKEN = 1 << 30


class SqlWindow:
    """The part of an SQL text that is in memory: read, but not yet consumed.

    Attributes
    ----------
    data : bytes
        What is in memory.
    position : int
        Where in ``data`` that which is not consumed begins.
    """

    def __init__(self, stream: TextStream) -> None:
        self.path = stream.path
        self.data = b""
        self.position = 0
        self._stream = stream
        self._lines_before = 0
        self._at_end = False

    @property
    def line(self) -> int:
        """The line of the file at the position, from 1."""
        return self._lines_before + self.data.count(b"\n", 0, self.position) + 1

    def more(self) -> bool:
        """Read on; return False at the end of the file."""
        if self._at_end:
            return False
        left = len(self.data) - self.position
        if left > _LONGEST_TOKEN:
            raise self.cut_off("a value of more than 1 GB")
        self._lines_before = self.line - 1
        # Asking for as much again as is left keeps a long value from being scanned over and over.
        chunk = self._stream.read(max(CHUNK, left))
        self._at_end = not chunk
        # The line feed is what the last token of the file sees behind itself.
        self.data = self.data[self.position :] + (chunk or b"\n")
        self.position = 0
        return True

    def token(self) -> bytes | None:
        """Take the next token that is not blank; None at the end of the file."""
        while True:
            while not (token := TOKEN.match(self.data, self.position)):
                if not self.more():
                    return None
            self.position = token.end()
            if token.lastgroup != "blank":
                return token[0]

    def take_until(self, *ends: bytes) -> list[bytes]:
        """Take the tokens up to and with the first of these words or signs, given in upper case."""
        tokens = []
        while (token := self.token()) is not None:
            tokens.append(token)
            if token.upper() in ends:
                return tokens
        raise self.cut_off("a statement without its end")

    def skip_statement(self) -> None:
        """Go past the semicolon that ends the statement."""
        token: bytes | None = b""
        while token not in (b";", None):
            if between := _BETWEEN_WORDS.match(self.data, self.position):
                self.position = between.end()
            token = self.token()

    def skip_line(self) -> None:
        """Go to the next line."""
        while not self.data.count(b"\n", self.position) and self.more():
            pass
        self.position = self.data.find(b"\n", self.position) + 1

    def peek_lines(self, size: int) -> bytes:
        """Return up to ``size`` bytes that end with a line; none at the end of the file."""
        while True:
            end = self.data.rfind(b"\n", self.position, self.position + size) + 1
            if end:
                return self.data[self.position : end]
            if len(self.data) - self.position >= size:
                raise self.refused(f"a line of more than {size >> 20} MB", "rows of invoices", "correct the line")
            if not self.more():
                return b""

    def cut_off(self, found: str) -> ExtractError:
        """Say that the file ends too early."""
        return self.refused(f"{found} (cut off)", "a complete dump", "copy or dump it again")

    def refused(self, found: str, expected: str, advice: str) -> ExtractError:
        """Say that what stands at the position cannot be read."""
        return ExtractError(self.path, found, expected, advice, where=f"line {self.line}")


def unquote(name: bytes) -> str:
    """Return an identifier as PostgreSQL understands it.

    Examples
    --------
    >>> unquote(b"Retail"), unquote(b'"Unit ""net"" price"')
    ('retail', 'Unit "net" price')
    """
    if name.startswith(b'"'):
        return name[1:-1].replace(b'""', b'"').decode()
    return name.decode().lower()


def take_name(tokens: Sequence[bytes]) -> tuple[tuple[str, str], Sequence[bytes]]:
    """Split off the name of a table, as schema (perhaps empty) and table.

    Examples
    --------
    >>> take_name([b"public", b".", b"Retail", b"FROM"])
    (('public', 'retail'), [b'FROM'])
    """
    if tokens[1:2] == [b"."]:
        return (unquote(tokens[0]), unquote(tokens[2])), tokens[3:]
    return ("", unquote(tokens[0])), tokens[1:]


def take_columns(tokens: Sequence[bytes]) -> tuple[list[str], Sequence[bytes]]:
    """Split off a list of columns in parentheses, if there is one.

    Examples
    --------
    >>> take_columns([b"(", b"a", b",", b'"B c"', b")", b"FROM"])
    (['a', 'B c'], [b'FROM'])
    """
    if tokens[:1] != [b"("] or b")" not in tokens:
        return [], tokens
    end = tokens.index(b")")
    return [unquote(name) for name in tokens[1:end:2]], tokens[end + 1 :]


def created_columns(tokens: Sequence[bytes]) -> list[str]:
    """Return the column names of a CREATE TABLE, from the tokens behind the table's name.

    Examples
    --------
    >>> created_columns(b"( a numeric ( 9 , 2 ) , UNIQUE ( a ) )".split())
    ['a']
    """
    columns, depth, before = [], 0, b""
    for token in tokens:
        if depth == 1 and before in b"(," and token.upper() not in _NO_COLUMNS:
            columns.append(unquote(token))
        depth += {b"(": 1, b")": -1}.get(token, 0)
        before = token
    return columns


_NO_COLUMNS = {b"CONSTRAINT", b"PRIMARY", b"UNIQUE", b"CHECK", b"FOREIGN", b"EXCLUDE", b"LIKE", b")"}
