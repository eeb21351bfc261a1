"""What a proof reads of a package: small files whole, tables line by line. Of a table only 32 bytes a row are held."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from urval.errors import PackageError
from urval.manifest import canonical
from urval.merkle import leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL_BYTES = 64 << 20  # manifest.json and the files of the seal
LINE_BYTES = 32 << 20
# The column by which a row belongs to a thread, in each table that a proof may take rows from.
OF_THREAD = {
    "posts": "id",
    "comments": "post_id",
    "versions": "thread_id",
    "media": "thread_id",
    "gaps": "thread_id",
    "completeness": "thread_id",
    "selection": "thread_id",
}


class PackageFiles(Protocol):
    """Names and bytes of one package; paths are relative, with forward slashes."""

    def names(self) -> list[str]:
        """Return the paths of all files."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading.

        Raises:
            OSError: There is no such file, or it cannot be read.
        """
        ...


def read_small(files: PackageFiles, name: str) -> bytes:
    """Return a small file's bytes.

    Raises:
        PackageError: It is not there, cannot be read, or is larger than such a file can be.
    """
    try:
        with files.open(name) as file:
            data = file.read(SMALL_BYTES + 1)
    except OSError as error:
        raise PackageError(
            f"the package has no readable {name}", next_step="Check the path, and verify the package: urval verify."
        ) from error
    if len(data) > SMALL_BYTES:
        raise PackageError(f"{name} is larger than {SMALL_BYTES} bytes", next_step="Verify the package: urval verify.")
    return data


def read_text(files: PackageFiles, name: str) -> str:
    """Return a small file as text.

    Raises:
        PackageError: As :func:`read_small`, or it is no UTF-8.
    """
    try:
        return read_small(files, name).decode()
    except UnicodeDecodeError as error:
        raise PackageError(f"{name} is no UTF-8", next_step="Verify the package: urval verify.") from error


def table_lines(files: PackageFiles, table: str) -> Iterator[bytes]:
    """Yield the lines of a table's JSON Lines file, without their line feeds.

    Raises:
        PackageError: The file is not there, cannot be read, or is not made of lines.
    """
    name = f"data/tables/{table}.jsonl"
    try:
        with files.open(name) as file:
            while line := file.readline(LINE_BYTES + 1):
                if line[-1:] != b"\n":
                    raise PackageError(f"{name} holds a line without an end", next_step="Verify it: urval verify.")
                yield line[:-1]
    except OSError as error:
        raise PackageError(f"the package has no readable {name}", next_step="Verify it: urval verify.") from error


def scan(files: PackageFiles, table: str, column: str, value: str) -> tuple[bytearray, dict[int, bytes]]:
    """Return the hashes of all rows of a table, 32 bytes each, and the rows in which the column has the value.

    Raises:
        PackageError: As :func:`table_lines`.
    """
    hashes, found = bytearray(), {}
    wanted = _written(column, value)
    for index, line in enumerate(table_lines(files, table)):
        hashes += leaf_hash(line)
        if wanted in line and parsed(line).get(column) == value:
            found[index] = line
    return hashes, found


def rows_with(files: PackageFiles, table: str, column: str, value: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table in which the column has the value.

    Raises:
        PackageError: As :func:`table_lines`.
    """
    wanted = _written(column, value)
    for line in table_lines(files, table):
        if wanted in line and (row := parsed(line)).get(column) == value:
            yield row


def _written(column: str, value: str) -> bytes:
    """Return a column and its value as they stand in a row, so that few rows need parsing."""
    try:
        return canonical({column: value})[1:-1]
    except ValueError:  # half a surrogate pair, which no row holds
        return b"\n"


def parsed(line: bytes) -> dict[str, Any]:
    """Return a row.

    Raises:
        PackageError: The line is no JSON object.
    """
    try:
        row = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        raise PackageError("a row of the package is no JSON", next_step="Verify it: urval verify.") from error
    if not isinstance(row, dict):
        raise PackageError("a row of the package is no JSON object", next_step="Verify it: urval verify.")
    return row
