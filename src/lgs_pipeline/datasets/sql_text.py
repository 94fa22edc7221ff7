"""SQL text as tokens, read in windows: enough to tell data from everything else in a dump of any size."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.text_stream import CHUNK, TextStream

# Every token looks at the byte behind it, so that one which the end of a window cuts in two does not match.
# Only single characters are repeated possessively: Python 3.11 repeats groups wrongly.
STRING = rb"""
    (?: [eE]'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*'(?!\Z|')
      | '[^']*+(?:''[^']*+)*'(?!\Z|') )
"""
# Comments may hold comments: those that do are counted out in skip_blank.
_COMMENT = rb"""/\* [^*/]*+ (?: (?: \*(?!/) | /(?!\*) ) [^*/]*+ )* \*/"""
BLANK = rb"""(?: \s++ | --[^\n]*+\n | """ + _COMMENT + rb""" )"""
_WORD = rb"[\w\x80-\xff]*+"
TOKEN = re.compile(
    rb"(?P<blank>" + BLANK + rb")"
    rb"| (?P<text>" + STRING + rb"| \$(?P<tag>(?!\d)" + _WORD + rb")\$ .*? \$(?P=tag)\$ )"
    rb"""| (?P<name> "[^"]*+(?:""[^"]*+)*"(?!\Z|") | (?![eE]'|\d)[\w\x80-\xff][\w$\x80-\xff]*+(?!\Z) )"""
    rb"| (?P<sign> \d[\w.]*+(?!\Z) | -(?!\Z|-) | /(?!\Z|\*) | \$(?!" + _WORD + rb"(?:\Z|\$))"
    rb"""        | [^\s'"$\w\-/\\\x80-\xff] )""",
    re.DOTALL | re.VERBOSE,
)
_COMMENT_MARK = re.compile(rb"/\*|\*/")
_BETWEEN_WORDS = re.compile(rb"[^'\"$;\-/\\A-Za-z_\x80-\xff]*+")

# A token that goes on for longer has lost its closing quote, or would take too much memory to be told apart.
_LONGEST_TOKEN = 1 << 22
# The same for the statements that have to be looked at whole; rows are not among them.
_LONGEST_STATEMENT = 1 << 25
_BYTES_PER_TOKEN = 50


class SqlWindow:
    r"""The part of an SQL text that is in memory: read, but not yet consumed.

    Attributes
    ----------
    data : bytes
        What is in memory.
    position : int
        Where in ``data`` that which is not consumed begins.
    on_psql_command : callable
        Is told of each line that psql itself obeys, such as ``\\restrict``, when it has been gone past.
    """

    def __init__(self, stream: TextStream) -> None:
        self.path = stream.path
        self.data = b""
        self.position = 0
        self.on_psql_command: Callable[[bytes], None] = lambda command: None
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
            raise self.refused(
                f"a value of more than {_LONGEST_TOKEN >> 20} MB",
                "a quote or a comment to end",
                "correct the line, or dump the table alone with pg_dump --table",
            )
        self._lines_before = self.line - 1
        # Asking for as much again as is left keeps a long value from being scanned over and over.
        chunk = self._stream.read(max(CHUNK, min(left, _LONGEST_TOKEN - left)))
        self._at_end = not chunk
        # The line feed is what the last token of the file sees behind itself.
        self.data = self.data[self.position :] + (chunk or b"\n")
        self.position = 0
        return True

    def token(self) -> bytes | None:
        """Take the next token that is not blank; None at the end of the file."""
        while True:
            while not (token := TOKEN.match(self.data, self.position)):
                if not self.skip_blank() and not self.more():
                    return None
            self.position = token.end()
            if token.lastgroup != "blank":
                return token[0]

    def skip_blank(self) -> bool:
        """Go past blanks, a comment or what psql itself obeys; return False if there is none of them.

        Comments may hold others, and be longer than the window.
        """
        if (token := TOKEN.match(self.data, self.position)) and token.lastgroup == "blank":
            self.position = token.end()
        elif self.data.startswith(b"\\", self.position):
            self.on_psql_command(self._take_line())
        elif self.data.startswith(b"--", self.position):
            self.skip_line()
        elif self.data.startswith(b"/*", self.position):
            self._skip_comment()
        else:
            return False
        return True

    def _skip_comment(self) -> None:
        depth = 0
        line = self.line
        while True:
            for mark in _COMMENT_MARK.finditer(self.data, self.position):
                depth += 1 if mark[0] == b"/*" else -1
                self.position = mark.end()
                if not depth:
                    return
            # The last byte may be the first half of a mark.
            self.position = max(self.position, len(self.data) - 1)
            if not self.more():
                raise self.refused("a comment without its end", "*/", "correct the line", line=line)

    def _take_line(self, most: int = 1 << 16) -> bytes:
        """Take the line, as far as it is worth looking at."""
        while len(self.data) - self.position < most and b"\n" not in self.data[self.position :] and self.more():
            pass
        taken = self.data[self.position : self.position + most].partition(b"\n")[0]
        self.skip_line()
        return taken

    def take_until(self, *ends: bytes) -> list[bytes]:
        """Take the tokens up to and with the first of these words or signs, given in upper case."""
        tokens, size = [], 0
        while (token := self.token()) is not None:
            tokens.append(token)
            if token.upper() in ends:
                return tokens
            size += len(token) + _BYTES_PER_TOKEN
            if size > _LONGEST_STATEMENT:
                raise self.refused(
                    "a statement of unusual length", "its end", "correct the line, or dump the table alone"
                )
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
        while (end := self.data.find(b"\n", self.position)) < 0:
            self.position = len(self.data)
            if not self.more():
                return
        self.position = end + 1

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

    def refused(self, found: str, expected: str, advice: str, *, line: int | None = None) -> ExtractError:
        """Say that what stands at the position, or on another line, cannot be read."""
        return ExtractError(self.path, found, expected, advice, where=f"line {line or self.line}")


def comment_end(data: bytes, position: int) -> int:
    """Return where the comment at a position ends, with those that it holds; 0 if that is not in the data.

    Examples
    --------
    >>> comment_end(b"/* a /* b */ c */ d", 0)
    17
    """
    if not data.startswith(b"/*", position):
        return 0
    depth = 0
    for mark in _COMMENT_MARK.finditer(data, position):
        depth += 1 if mark[0] == b"/*" else -1
        if not depth:
            return mark.end()
    return 0


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


def words_outside_parentheses(tokens: Sequence[bytes]) -> list[bytes]:
    """Return the tokens that stand in no parentheses, in upper case.

    Examples
    --------
    >>> words_outside_parentheses(b"( a as b ) as select".split())
    [b'AS', b'SELECT']
    """
    words, depth = [], 0
    for token in tokens:
        depth -= token == b")"
        if not depth and token not in (b"(", b")"):
            words.append(token.upper())
        depth += token == b"("
    return words


_NO_COLUMNS = {b"CONSTRAINT", b"PRIMARY", b"UNIQUE", b"CHECK", b"FOREIGN", b"EXCLUDE", b"LIKE", b")"}
