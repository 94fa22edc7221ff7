"""Local files that are written whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem


def register_atomic_local_filesystem() -> None:
    """Let every fsspec filesystem for local files that is made from now on write atomically."""
    for protocol in ("file", "local"):
        fsspec.register_implementation(protocol, AtomicLocalFileSystem, clobber=True)


class AtomicLocalFileSystem(LocalFileSystem):
    """fsspec's local filesystem, on which a file opened for writing appears when it is complete.

    It is written beside its place, under a hidden name that no pattern for results matches, and moved
    there when it is closed. After an exception in the ``with`` block, or when the handle is dropped or
    the process killed before that, its place is as it was.

    Only ``open`` in the modes ``w`` and ``x`` does so: not appending, updating, copying, fsspec's own
    transactions and its ``compression``.
    """

    def open(self, path: str, mode: str = "rb", **options: Any) -> io.IOBase:
        """Open a file, as ``fsspec.AbstractFileSystem.open`` does."""
        if options.get("compression") or not _is_replacing(mode):
            return super().open(path, mode, **{**options, "is_atomic": False})
        if "b" in mode:
            return super().open(path, mode, **options)
        text_options = {name: options.pop(name) for name in ("encoding", "errors", "newline") if name in options}
        file = super().open(path, mode.replace("t", "") + "b", **options)
        if not isinstance(file, _AtomicFile):
            return io.TextIOWrapper(file, **text_options)
        return _AtomicTextFile(file, **text_options)

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | None = None,
        *,
        autocommit: bool = True,
        is_atomic: bool = True,
        **options: Any,
    ) -> io.IOBase:
        place = Path(path).resolve()
        # What is no ordinary file, such as /dev/stdout, cannot be replaced.
        is_special = place.exists() and not place.is_file()
        if not is_atomic or not autocommit or is_special:
            return super()._open(path, mode, block_size, autocommit=autocommit, **options)
        if self.auto_mkdir:
            place.parent.mkdir(parents=True, exist_ok=True)
        if "x" in mode and place.exists():
            raise FileExistsError(str(place))
        return _AtomicFile(place)


class _AtomicFile(io.BufferedWriter):
    """A file for writing that takes its place when it is closed."""

    _is_wanted = True
    _is_settled = False
    _is_in_context = False

    def __init__(self, place: Path) -> None:
        self._place = place
        self._temporary = place.with_name(f".{place.name[:100]}.{uuid4().hex}.tmp")
        super().__init__(io.FileIO(self._temporary, "x"))

    def discard(self) -> None:
        """Leave the place as it is when the file is closed."""
        self._is_wanted = False

    def close(self) -> None:
        """Write everything out, and take the place unless the ``with`` block has yet to end."""
        if self.closed:
            return
        try:
            self.flush()
            os.fsync(self.fileno())
        except BaseException:
            self.discard()
            raise
        finally:
            super().close()
            if not self._is_in_context:
                self._settle()

    def _settle(self) -> None:
        if self._is_settled:
            return
        self._is_settled = True
        if self._is_wanted:
            if self._place.exists():
                shutil.copymode(self._place, self._temporary)
            self._temporary.replace(self._place)
        else:
            self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> _AtomicFile:
        self._is_in_context = True
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error:
            self.discard()
        self._is_in_context = False
        # A library may have closed the file within the block, and failed after that.
        self.close()
        self._settle()

    def __del__(self) -> None:
        # Raised for a file that could not even be opened.
        with suppress(ValueError):
            self.__exit__(GeneratorExit)


class _AtomicTextFile(io.TextIOWrapper):
    """Text on top of an atomic file."""

    def __init__(self, file: _AtomicFile, **options: Any) -> None:
        self._file = file
        super().__init__(file, **options)

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error:
            self._file.discard()
        self.close()

    def __del__(self) -> None:
        # Only a handle that was not closed still has something to lose.
        with suppress(ValueError):
            if not self.closed:
                self._file.discard()
                self.close()


def _is_replacing(mode: str) -> bool:
    return mode[0] in "wx" and "+" not in mode
