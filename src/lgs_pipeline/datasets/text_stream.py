"""Text files as checked bytes: unpacked, UTF-8, without NUL."""

import codecs
import gzip
import io
import zlib
from pathlib import Path

from lgs_pipeline.datasets.errors import ExtractError, cause

# Small enough for the allocator to give it back; larger ones are not read any faster.
CHUNK = 1 << 18

# Files that carry a text suffix but are something else: first bytes, what that is, what to do.
_SIGNATURES = (
    (b"PGDMP", "a pg_dump in custom format", "dump it again with pg_dump --format=plain"),
    (b"toc.dat\0", "a pg_dump in tar format", "dump it again with pg_dump --format=plain"),
    (b"\x1f\x8b", "gzip-compressed data", "add .gz to the file's name"),
    (b"PK\x03\x04", "a zip archive or workbook", "name it .xlsx if it is a workbook, else unpack it"),
    (b"PAR1", "Parquet", "name it .parquet"),
    (b"\xd0\xcf\x11\xe0", "an old or protected Office file", "save it again as .xlsx without a password"),
    (b"\xff\xfe", "UTF-16 text", "save it again as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it again as UTF-8"),
)


def open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """Open a file for reading, unpacking it if its name ends in ``.gz``."""
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def refuse_unreadable(path: Path, error: Exception) -> ExtractError:
    """Say why a file's bytes cannot be had."""
    if isinstance(error, EOFError):
        return ExtractError(path, "gzip data cut off", "all of it", "copy or compress the file again")
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        return ExtractError(
            path, f"no valid gzip data ({cause(error)})", "a .gz file", "copy or compress the file again"
        )
    return ExtractError(
        path, f"a file that cannot be read ({cause(error)})", "a readable one", "check its permissions and disk"
    )


class TextStream(io.RawIOBase):
    """Reads a text file in chunks, and stops with a clear line where it is no clean UTF-8.

    Parameters
    ----------
    path : pathlib.Path
        The file; unpacked if its name ends in ``.gz``. A byte order mark is dropped.

    Attributes
    ----------
    line_ends : int
        How many line feeds have been read from the file.
    has_quotes : bool
        Whether a double quote has been read.
    tail : bytes
        The last bytes read from the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line_ends = 0
        self.tail = b""
        self.has_quotes = False
        self._unread = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            self._file = open_bytes(path)
        except OSError as error:
            raise refuse_unreadable(path, error) from error
        try:
            self._unread = self._checked_head()
        except ExtractError:
            self.close()
            raise

    def readable(self) -> bool:
        """Return True: the stream is for reading."""
        return True

    def close(self) -> None:
        """Close the file."""
        if hasattr(self, "_file"):
            self._file.close()
        super().close()

    def read(self, size: int = CHUNK) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        if self._unread:
            head, self._unread = self._unread[:size], self._unread[size:]
            return head
        return self._checked(self._raw(size))

    def unread(self, data: bytes) -> None:
        """Put bytes back, to be read next."""
        self._unread = data + self._unread

    def _raw(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise refuse_unreadable(self.path, error) from error

    def _checked_head(self) -> bytes:
        head = self._raw(CHUNK)
        for signature, found, advice in _SIGNATURES:
            if head.startswith(signature):
                raise ExtractError(self.path, found, "UTF-8 text", advice)
        return self._checked(head.removeprefix(codecs.BOM_UTF8))

    def _checked(self, chunk: bytes) -> bytes:
        if (nul := chunk.find(0)) >= 0:
            raise self._refused("a NUL byte", chunk[:nul])
        begun = self._decoder.getstate()[0]
        if begun or not chunk or not chunk.isascii():
            try:
                self._decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                seen = begun + chunk
                raise self._refused(f"byte 0x{seen[error.start]:02X}", seen[: error.start]) from error
        self.has_quotes = self.has_quotes or b'"' in chunk
        self.line_ends += chunk.count(b"\n")
        self.tail = (self.tail + chunk[-1024:])[-1024:]
        return chunk

    def _refused(self, found: str, before: bytes) -> ExtractError:
        line = self.line_ends + before.count(b"\n") + 1
        return ExtractError(self.path, found, "UTF-8", "save it again as UTF-8", where=f"line {line}")
