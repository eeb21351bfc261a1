"""An export file as a source: its records, what it never holds, and what of it was left alone.

The members that records were made of go into the WARC whole, as resource records; of the profile only the fields that
were used do. Nothing else of the file leaves it: exports are full of messages, log-ins and addresses.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from urval.errors import MalformedError
from urval.manifest import sha256_hex
from urval.records import GapReason
from urval.source import ExportFile, Method, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors._warc import WarcFile
    from connectors.exports._archive import Archive
    from connectors.exports._reader import ExportReader, Import
    from urval.records import Gap
    from urval.source import Item

_TWICE = "the export gives two entries this id; the first one is kept"
_NAMED = 20  # files and folders that a gap names; the others it counts


class ExportSource:
    """Reads one account's export for one period (the port of ``urval.source``)."""

    def __init__(self, reader: ExportReader, archive: Archive, job: Import, warc: WarcFile) -> None:
        """Make the source; the file's digest is taken here, which reads it once."""
        self._reader, self._archive, self._job, self._warc = reader, archive, job, warc
        self._profile: bytes | None = None
        self.died = None  # a file has no token that could die
        self.method = Method(
            platform=reader.platform, interface="account export", api_version=None, base_url=None, scopes=(),
            export=ExportFile(
                kind=reader.name, name=_told(archive.path.name), bytes=archive.total_bytes, sha256=archive.sha256
            ),
        )  # fmt: skip

    def read(self) -> Iterator[Item]:
        """Yield the items once.

        Raises:
            SourceError: The export cannot be read at all.
        """
        seen: set[str] = set()
        for item in self._reader.read(self._archive, self._job):
            if isinstance(item, Thread) and item.post.id in seen:
                yield self._job.gap("post", item.post.id, GapReason.MALFORMED, _TWICE)
                continue
            if isinstance(item, Thread):
                seen.add(item.post.id)
            yield self._kept(item) if isinstance(item, ProfileView) else item
        for what, why in self._reader.never:
            yield self._job.gap(what, None, GapReason.INTERFACE_LIMIT, why)
        yield from self._left_out()

    def _kept(self, view: ProfileView) -> ProfileView:
        self._profile = view.profile.raw.encode()
        return replace(view, profile=replace(view.profile, exchange=sha256_hex(self._profile)))

    def _left_out(self) -> Iterator[Gap]:
        """Yield a gap that counts what was not read, folder by folder: further down, names are of other people."""
        names = self._archive.unread()
        if names:
            groups = Counter("/".join(name.split("/")[:2]) for name in names)
            told = [f"{name} ({count})" if count > 1 else name for name, count in groups.items()]
            more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
            words = f"{len(names)} of {len(self._archive.names)} files were not read: {', '.join(told[:_NAMED])}{more}"
            yield self._job.gap("file", None, GapReason.LEFT_OUT, words)

    def finish(self) -> int:
        """Write to the WARC what records were made of, and return the number of its resource records.

        Raises:
            MalformedError: The export was changed while it was read.
            StoreError: The disk refuses.
        """
        export, base = self.method.export, f"file:///{quote(os.fsencode(self._archive.path.name))}"
        if export is None:
            raise MalformedError("no export was opened")
        notes = (
            ("export-kind", export.kind), ("export-name", export.name), ("export-bytes", str(export.bytes)),
            ("export-sha256", export.sha256), ("export-members", str(len(self._archive.names))),
        )  # fmt: skip
        self._warc.write_metadata(base, self._job.at, notes)
        if self._profile is not None:
            data = self._profile
            self._warc.write_resource(f"{base}#profile", self._job.at, io.BytesIO(data), len(data), sha256_hex(data))
        for name, stream, size, digest in self._archive.parts():
            self._warc.write_resource(f"{base}/{quote(name, safe='/#')}", self._job.at, stream, size, digest)
        for name, digest in sorted(self._archive.digested().items()):
            with self._archive.open(name) as stream:
                uri = f"{base}/{quote(name)}"
                self._warc.write_resource(uri, self._job.at, stream, self._archive.size(name), digest)
        return self._warc.resources


def _told(name: str) -> str:
    """Return a file's name as text; bytes of it that are no UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")
