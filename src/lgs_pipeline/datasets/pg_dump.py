"""Plain pg_dumps, read as data: the rows of one table, in COPY or INSERT form. No SQL is ever executed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from lgs_pipeline.datasets.delimited import Dialect, RaggedRows, read_rows, refuse_too_many, warn_of_ragged
from lgs_pipeline.datasets.errors import ExtractError
from lgs_pipeline.datasets.headers import Headers
from lgs_pipeline.datasets.sql_changes import CHANGING, changes
from lgs_pipeline.datasets.sql_text import (
    BLANK,
    STRING,
    TOKEN,
    SqlWindow,
    comment_end,
    created_columns,
    take_columns,
    take_name,
    unquote,
    words_outside_parentheses,
)
from lgs_pipeline.datasets.text_stream import TextStream

if TYPE_CHECKING:
    import pyarrow as pa

Name = tuple[str, str]

_COPY = Dialect("\t", False, r"\N")
_ROWS_PER_BATCH = 1 << 15

_BARE = rb"""[+\-]?\.?\d[\d.eE+\-]*+
    | [nN][uU][lL][lL] | [dD][eE][fF][aA][uU][lL][tT] | [tT][rR][uU][eE] | [fF][aA][lL][sS][eE]"""
_CAST = rb"""(?: \s*+ :: \s*+ [\w".[\] ]++ (?: \( [\d, ]*+ \) [\w ]*+ )? )*"""
_VALUE = STRING + rb"|" + _BARE

_COPY_ESCAPE = re.compile(rb"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9a-fA-F]{1,2})|(?P<char>.))", re.DOTALL)
_STRING_ESCAPE = re.compile(
    _COPY_ESCAPE.pattern.replace(rb"(?P<char>", rb"u(?P<code>[0-9a-fA-F]{4})|U(?P<long_code>[0-9a-fA-F]{8})|(?P<char>")
    + rb"|''",
    re.DOTALL,
)
_END_OF_COPY = re.compile(rb"\n\\\.\r?\n")
_LONGEST_END = 5
_INCLUDING = ("\\i", "\\ir", "\\include", "\\include_relative", "\\gexec")
_CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def read_dump(path: Path, table: str, headers: Headers) -> Iterator[pa.RecordBatch]:
    """Read the rows of a table from a plain pg_dump, one batch of text columns after another.

    Parameters
    ----------
    path : pathlib.Path
        The dump, ``.sql`` or ``.sql.gz``.
    table : str
        The table, with or without its schema.
    headers : Headers
        Finds the columns.

    Raises
    ------
    ExtractError
        If the dump is cut off, lacks the table, or its columns do not fit.
    """
    with closing(TextStream(path)) as stream:
        yield from _Dump(stream, table, headers).batches()


class _Dump:
    """Walks through the statements of a dump and takes the rows of one table."""

    def __init__(self, stream: TextStream, table: str, headers: Headers) -> None:
        self._stream = stream
        self._window = SqlWindow(stream)
        self._headers = headers
        self._table = table
        self._created: dict[Name, list[str]] = {}
        self._with_rows: dict[Name, bool] = {}
        self._positions: dict[tuple[str, ...], dict[str, int]] = {}
        self._inserted: list[tuple[bytes, ...]] = []
        self._inserted_columns: list[str] = []
        self._ragged_lines = 0
        self._first_ragged_line = 0
        self._strings_are_standard = True
        self._default_schema = ""
        self._has_rows = False
        self._has_left_database = False
        self._window.on_psql_command = self._check_psql_command

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in the order in which they stand."""
        readers = {b"COPY": self._copy, b"INSERT": self._insert}
        others = {b"CREATE": self._create, b"SET": self._set, b";": lambda: None}
        self._window.more()
        is_whole_dump = b"PostgreSQL database dump\n" in self._window.data[:1024].replace(b"\r", b"")
        while (token := self._window.token()) is not None:
            keyword = token.upper()
            if keyword in readers:
                yield from readers[keyword]()
            elif keyword in CHANGING:
                self._refuse_change(keyword)
            else:
                others.get(keyword, self._window.skip_statement)()
        yield from self._flush()
        if is_whole_dump and b"PostgreSQL database dump complete" not in self._stream.tail:
            raise self._window.cut_off("no closing comment of pg_dump")
        self._refuse_absent_or_ambiguous()
        if self._ragged_lines:
            warn_of_ragged(self._stream.path.name, self._ragged_lines, self._first_ragged_line)

    def _refuse_change(self, keyword: bytes) -> None:
        """Refuse a statement after which the table does not hold the rows that the dump gave it."""
        line = self._window.line
        for change in changes([keyword, *self._window.take_until(b";")]):
            is_felt = self._has_rows or change.always
            if is_felt and (change.name is None or self._is_of_table(self._with_schema(change.name))):
                raise self._changed(change.what, line)

    def _changed(self, what: str, line: int | None = None) -> ExtractError:
        return self._window.refused(
            f"{what} that may change table {self._table}",
            "a dump that only gives it rows",
            "load the dump into PostgreSQL and dump the table from there",
            line=line,
        )

    def _check_psql_command(self, command: bytes) -> None:
        """Refuse a command by which psql would read rows that are not in the dump."""
        word, _, rest = command.decode(errors="replace").lower().partition(" ")
        is_copied = word == "\\copy" and self._bare_name in rest.partition(" from ")[0]
        if word in _INCLUDING or is_copied:
            raise self._changed(f"the psql command {word}", self._window.line - 1)
        if word in ("\\c", "\\connect"):
            self._has_left_database = self._has_rows

    @property
    def _bare_name(self) -> str:
        return self._table.replace('"', "").rpartition(".")[2].lower()

    def _begin_rows(self) -> None:
        """Refuse rows of the table where another database of the same dump has had some."""
        if self._has_left_database:
            raise self._window.refused(
                f"table {self._table} in several databases", "one of them", "dump one database alone with pg_dump"
            )

    def _create(self) -> None:
        line = self._window.line
        tokens = self._window.take_until(b";")
        if b"TABLE" not in (kind := [token.upper() for token in tokens[:3]]):
            return
        tokens = tokens[kind.index(b"TABLE") + 1 :]
        if [token.upper() for token in tokens[:3]] == [b"IF", b"NOT", b"EXISTS"]:
            tokens = tokens[3:]
        name, rest = self._take_name(tokens)
        columns = created_columns(rest)
        if b"AS" in words_outside_parentheses(rest) and self._is_of_table(name):
            raise self._changed("a CREATE TABLE AS", line)
        self._created[name] = columns

    def _set(self) -> None:
        tokens = self._window.take_until(b";")
        if tokens[0].upper() in (b"SESSION", b"LOCAL"):
            tokens = tokens[1:]
        setting, *value = [token.lower() for token in tokens]
        if setting == b"standard_conforming_strings":
            self._strings_are_standard = b"off" not in value
        if setting == b"search_path" and len(value) > 1:
            self._default_schema = unquote(tokens[2]).strip("'")

    def _take_name(self, tokens: Sequence[bytes]) -> tuple[Name, Sequence[bytes]]:
        name, rest = take_name(tokens)
        return self._with_schema(name), rest

    def _with_schema(self, name: Name) -> Name:
        return (name[0] or self._default_schema, name[1])

    def _copy(self) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        line = self._window.line
        name, rest = self._take_name(self._window.take_until(b";"))
        columns, rest = take_columns(rest)
        direction, source = [*(token.upper() for token in rest[:2]), b"", b""][:2]
        if direction == b"FROM" and source != b"STDIN" and self._is_of_table(name):
            raise self._changed("a COPY from another file", line)
        if (direction, source) != (b"FROM", b"STDIN"):
            return
        self._window.skip_line()
        body = _CopyBody(self._window)
        if not self._is_wanted(name):
            body.skip()
            return
        if rest[2:] != [b";"]:
            raise self._window.refused("a COPY with options", "none", "dump it again with pg_dump")
        self._begin_rows()
        yield from self._flush()
        columns = columns or self._columns_of(name)
        first_line, ragged = self._window.line, RaggedRows()
        try:
            for batch in read_rows(body, len(columns), self._locate(columns), _COPY, ragged):
                self._has_rows = True
                yield self._unescaped(batch)
        except pa.ArrowInvalid:
            refuse_too_many(self._stream.path, ragged)
            raise
        if ragged.count:
            self._note_ragged(ragged.count, first_line + ragged.first - 1)

    def _insert(self) -> Iterator[pa.RecordBatch]:
        line = self._window.line
        head = self._window.take_until(b"VALUES", b";")
        if len(head) < 3:
            return
        name, rest = self._take_name(head[1:])
        if not self._is_wanted(name):
            if head[-1] != b";":
                self._window.skip_statement()
            return
        columns, rest = take_columns(rest)
        words = [token.upper() for token in rest]
        if words != [b"VALUES"] and not (words[:1] == [b"OVERRIDING"] and words[3:] == [b"VALUES"]):
            raise self._changed("an INSERT without a list of rows", line)
        if not self._strings_are_standard:
            raise self._window.refused(
                "an INSERT under standard_conforming_strings = off", "on", "dump it again without --inserts"
            )
        self._begin_rows()
        columns = columns or self._columns_of(name)
        positions = self._locate(columns)
        if self._inserted_columns != list(positions):
            yield from self._flush()
            self._inserted_columns = list(positions)
        self._has_rows = True
        row = _row_pattern(len(columns), positions)
        yield from self._insert_rows(row, _separator_pattern(head))

    def _insert_rows(self, row: re.Pattern[bytes], separator: re.Pattern[bytes]) -> Iterator[pa.RecordBatch]:
        """Take the tuples of this statement, and of those behind it that begin with the same words."""
        window, columns = self._window, self._inserted_columns
        while True:
            if values := row.match(window.data, window.position):
                window.position = values.end()
                self._inserted.append(values.group(*columns))
            elif window.skip_blank():
                continue
            elif not self._take_odd_tuple(row):
                if not window.more():
                    raise window.cut_off("an INSERT without its end")
                continue
            if len(self._inserted) >= _ROWS_PER_BATCH:
                yield from self._flush()
            if following := separator.match(window.data, window.position):
                window.position = following.end()
                if following[1] == b";" and not following[2]:
                    return
            elif self._take_separator() == b";":
                return

    def _take_odd_tuple(self, row: re.Pattern[bytes]) -> bool:
        """Take a tuple with comments in it, or one that is no row; return False if its end is not in the window."""
        window, depth = self._window, 0
        position = window.position
        texts: list[bytes] = []
        while True:
            if token := TOKEN.match(window.data, position):
                position, text = token.end(), b" " if token.lastgroup == "blank" else token[0]
            elif end := comment_end(window.data, position):
                position, text = end, b" "
            else:
                return False
            texts.append(text)
            depth += {b"(": 1, b")": -1}.get(text, 0)
            if depth > 0 or text == b" ":
                continue
            if text != b")":
                raise window.refused(text.decode(), "a row in parentheses", "dump it again with pg_dump")
            if values := row.fullmatch(b"".join(texts)):
                self._inserted.append(values.group(*self._inserted_columns))
            else:
                self._note_ragged(1)
                self._inserted.append((b"NULL",) * len(self._inserted_columns))
            window.position = position
            return True

    def _take_separator(self) -> bytes:
        """Take what stands between a tuple and the next: a comma, or the rest of the statement."""
        token = self._window.token()
        if token in (b",", b";"):
            return token
        line = self._window.line
        rest = self._window.take_until(b";")
        if token is not None and token.upper() == b"ON" and b"UPDATE" in [word.upper() for word in rest]:
            raise self._changed("an INSERT with ON CONFLICT DO UPDATE", line)
        return rest[-1]

    def _flush(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows that INSERTs have gathered."""
        import pyarrow as pa

        if self._inserted:
            columns = [self._texts(literals) for literals in zip(*self._inserted, strict=True)]
            self._inserted.clear()
            yield pa.RecordBatch.from_arrays(columns, names=self._inserted_columns)

    def _texts(self, literals: Sequence[bytes]) -> pa.Array:
        """Turn SQL literals into texts."""
        import pyarrow as pa
        import pyarrow.compute as pc

        literal = pa.array(literals, pa.string())
        text = pc.if_else(
            pc.starts_with(literal, "'"),
            pc.replace_substring(pc.utf8_slice_codeunits(literal, 1, -1), "''", "'"),
            literal,
        )
        is_escaped = pc.starts_with(literal, "E'", ignore_case=True)
        if pc.any(is_escaped).as_py():
            inner = pc.utf8_slice_codeunits(literal.filter(is_escaped), 2, -1)
            text = pc.replace_with_mask(text, is_escaped, self._replaced(inner, _STRING_ESCAPE))
        is_null = pc.is_in(pc.ascii_upper(literal), pa.array(["NULL", "DEFAULT"]))
        return pc.if_else(is_null, None, text)

    def _unescaped(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Undo the escapes of COPY where there are any."""
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = [
            self._replaced(column, _COPY_ESCAPE) if pc.any(pc.match_substring(column, "\\")).as_py() else column
            for column in batch.columns
        ]
        return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    def _replaced(self, column: pa.Array, escape: re.Pattern[bytes]) -> pa.Array:
        """Undo escapes once per distinct value."""
        import pyarrow as pa

        distinct = column.dictionary_encode()
        try:
            values = [escape.sub(_meant, value.encode()).decode() for value in distinct.dictionary.to_pylist()]
        except UnicodeDecodeError as error:
            raise self._window.refused(
                f"the escaped byte 0x{error.object[error.start]:02X} before this line",
                "UTF-8",
                "dump it again as UTF-8",
            ) from error
        return pa.DictionaryArray.from_arrays(distinct.indices, pa.array(values, pa.string())).cast(pa.string())

    def _is_of_table(self, name: Name) -> bool:
        full_name = ".".join(name) if "." in self._table else name[1]
        return full_name.lower() == self._table.replace('"', "").lower()

    def _is_wanted(self, name: Name) -> bool:
        """Whether these are rows of the table; takes note that there are rows of this name."""
        self._with_rows[name] = self._is_of_table(name)
        return self._with_rows[name]

    def _columns_of(self, name: Name) -> list[str]:
        if name not in self._created:
            raise self._window.refused(
                f"rows of {_dotted(name)} without column names",
                "a CREATE TABLE before them",
                "dump it again with its schema or with --column-inserts",
            )
        return self._created[name]

    def _locate(self, columns: list[str]) -> dict[str, int]:
        key = tuple(columns)
        if key not in self._positions:
            self._positions[key] = self._headers.locate(columns, self._stream.path, f"table {self._table}")
        return self._positions[key]

    def _note_ragged(self, count: int, line: int | None = None) -> None:
        """Count rows that are ragged, the first of them on this line or the current one."""
        self._ragged_lines += count
        self._first_ragged_line = self._first_ragged_line or line or self._window.line

    def _refuse_absent_or_ambiguous(self) -> None:
        for name in self._created.keys() - self._with_rows.keys():
            self._is_wanted(name)
        schemas = {name[0] for name, is_wanted in self._with_rows.items() if is_wanted}
        names = sorted(map(_dotted, self._with_rows))
        if not schemas:
            raise ExtractError(
                self._stream.path,
                f"the tables {', '.join(names)}" if names else "no tables",
                f"table {self._table}",
                "dump that table, or name another one as `table` of the extract in the catalog",
            )
        if len(schemas - {""}) > 1:
            raise ExtractError(
                self._stream.path,
                f"table {self._table} in several schemas ({', '.join(sorted(schemas))})",
                "one of them",
                "name the schema too, as `table` of the extract in the catalog",
            )


class _CopyBody:
    """The data lines of one COPY, up to the line that ends them, as a file for pyarrow."""

    closed = False

    def __init__(self, window: SqlWindow) -> None:
        self._window = window
        self._ready = b""
        self._at_end = False

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end of the data."""
        if not self._ready and not self._at_end:
            self._ready = _mark_blank_lines(self._take(size))
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def close(self) -> None:
        """Leave the dump open: more may follow behind the body."""

    def skip(self) -> None:
        """Go past the body, however long its lines."""
        window = self._window
        # The line feed before the body may be the one before the mark.
        window.position = max(window.position - 1, 0)
        while not (mark := _END_OF_COPY.search(window.data, window.position)):
            window.position = max(window.position, len(window.data) - _LONGEST_END)
            if not window.more():
                raise window.cut_off(r"COPY data without the closing \.")
        window.position = mark.end()

    def _take(self, size: int) -> bytes:
        lines = self._window.peek_lines(size)
        if not lines:
            raise self._window.cut_off(r"COPY data without the closing \.")
        for mark in (b"\\.\n", b"\\.\r\n"):
            end = 0 if lines.startswith(mark) else lines.find(b"\n" + mark) + 1
            if lines.startswith(mark, end):
                self._at_end = True
                self._window.position += end + len(mark)
                return lines[:end]
        self._window.position += len(lines)
        return lines


def _mark_blank_lines(lines: bytes) -> bytes:
    """Put a lone field on blank lines: pyarrow passes over a blank line, but counts a ragged one."""
    if lines.startswith((b"\n", b"\r\n")) or b"\n\n" in lines or b"\n\r\n" in lines:
        return re.sub(rb"^(?=\r?\n)", rb"\\N", lines, flags=re.MULTILINE)
    return lines


def _row_pattern(width: int, positions: Mapping[str, int]) -> re.Pattern[bytes]:
    """Return a pattern for one tuple of an INSERT, with a group for each column."""
    names = {place: column for column, place in positions.items()}
    values = [
        rb"(?P<%b> %b ) %b" % (names[place].encode(), _VALUE, _CAST)
        if place in names
        else rb"(?: %b ) %b" % (_VALUE, _CAST)
        for place in range(width)
    ]
    pattern = rb"%b* \( \s*+ %b \s*+ \)" % (BLANK, rb" \s*+ , \s*+ ".join(values))
    return re.compile(pattern, re.DOTALL | re.VERBOSE)


def _separator_pattern(head: Sequence[bytes]) -> re.Pattern[bytes]:
    """Return a pattern for what stands between two tuples: a comma, or the same INSERT once more."""
    conflict = rb"(?:ON\s++CONFLICT\s++DO\s++NOTHING\s*+)?"
    again = rb"\s*+".join(map(re.escape, (b"INSERT", *head)))
    return re.compile(rb"\s*+%b([,;])\s*+(%b)?" % (conflict, again))


def _dotted(name: Name) -> str:
    return ".".join(filter(None, name))


def _meant(escape: re.Match[bytes]) -> bytes:
    """Return the bytes that an escape sequence stands for."""
    text = escape[escape.lastgroup or 0]
    match escape.lastgroup:
        case "octal":
            return bytes([int(text, 8) & 0xFF])
        case "hex":
            return bytes([int(text, 16)])
        case "code" | "long_code":
            return chr(int(text, 16)).encode(errors="surrogatepass")
        case "char":
            return _CONTROL.get(text, text)
        case _:
            return b"'"
