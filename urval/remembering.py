"""Files that spare a second reading, kept outside every store. They are never the truth: what is damaged is forgotten.

A file is a line that says what it is, the SHA-256 of what follows, and an Arrow IPC stream.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pyarrow as pa

from urval import __version__

_DIGEST_BYTES = 32


def recall(file: Path, kind: str, schema: pa.Schema) -> pa.Table | None:
    """Return what was remembered, None where there is nothing, or it is damaged, of another kind or version."""
    head = _head(kind)
    try:
        with file.open("rb") as opened:
            if opened.read(len(head)) != head:
                return None
            digest, body = opened.read(_DIGEST_BYTES), opened.read()
        if hashlib.sha256(body).digest() != digest:
            return None
        table = pa.ipc.open_stream(pa.py_buffer(body)).read_all()
    except (OSError, pa.ArrowInvalid):
        return None
    return table if table.schema.equals(schema) else None


def keep(file: Path, kind: str, table: pa.Table) -> str:
    """Remember a table, readable by this user only; return why that could not be done, "" where it could."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    body = sink.getvalue().to_pybytes()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
        try:
            with os.fdopen(handle, "wb") as written:
                written.write(_head(kind) + hashlib.sha256(body).digest() + body)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        return f"{file.parent}: {(error.strerror or str(error)).lower()}"
    return ""


def _head(kind: str) -> bytes:
    return f"urval-remembered {__version__} {kind}\n".encode()
