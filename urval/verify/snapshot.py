"""Section 7 of docs/format.md: the snapshot."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from urval.verify.columns import array, counted, values
from urval.verify.layout import INDEX, TAG_BYTES
from urval.verify.page_reading import FOLDER, page_names, read_pages
from urval.verify.pages import css_faults
from urval.verify.phrases import Phrase
from urval.verify.reader import read_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from urval.manifest import Manifest
    from urval.verify.findings import Findings
    from urval.verify.page_reading import Seen
    from urval.verify.reader import PackageReader

_HEAD, _TAIL = b"%PDF-", b"%%EOF"


def check_volumes(reader: PackageReader, manifest: Manifest, plain: Sequence[str], findings: Findings) -> None:
    """SNP-1: the PDF volumes."""
    with findings.reading("snapshot.volumes", "SNP-1"):
        present = {name for name in plain if name.startswith(FOLDER) and name.endswith(".pdf")}
        named = [volume.file for volume in manifest.snapshot.volumes]
        for name, times in Counter(named).items():
            findings.expect("SNP-1", name, expected=1, found=times)
            if name not in present:
                findings.fail("SNP-1", name, expected=Phrase.PRESENT, found=Phrase.MISSING)
        for name in sorted(present):
            if name not in named:
                findings.fail("SNP-1", name, expected=Phrase.ABSENT, found=Phrase.PRESENT)
            elif not _is_whole_pdf(reader, name):
                findings.fail("SNP-1", name, expected=Phrase.A_PDF)


def _is_whole_pdf(reader: PackageReader, name: str) -> bool:
    with reader.open(name) as file:
        head = file.read(len(_HEAD))
        file.seek(max(0, reader.size(name) - 64))
        return head == _HEAD and file.read(64).rstrip(b"\r\n").endswith(_TAIL)


def check_threads(manifest: Manifest, tables: Mapping[str, pa.Table], findings: Findings) -> None:
    """SNP-2: the threads of the volumes."""
    with findings.reading("snapshot.volumes", "SNP-2"):
        posts = Counter(values(tables["posts"], "id"))
        shown = Counter(thread for volume in manifest.snapshot.volumes for thread in volume.threads)
        for thread in sorted(posts.keys() | shown.keys()):
            findings.expect("SNP-2", thread, expected=min(posts[thread], 1), found=shown[thread])
        findings.expect("SNP-2", "snapshot.threads", expected=len(posts), found=manifest.snapshot.threads)


def check_pages(
    reader: PackageReader,
    tables: Mapping[str, pa.Table] | None,
    plain: Sequence[str],
    findings: Findings,
    progress: Callable[[str, int, int], None],
    seen: Iterator[Seen] | None = None,
) -> None:
    """SNP-3 and SNP-4: every HTML page, and the style sheets. ``seen`` is what the pages show, where it is known."""
    names = frozenset(plain)
    threads = None if tables is None else _Threads(tables, findings)
    unread, total = False, len(page_names(plain))
    for place, page in enumerate(seen or read_pages(reader, plain), 1):
        if page.unread:
            unread = True
            findings.fail("SNP-4", page.path, found=page.unread)
        _report(page.path, page.faults, findings)
        if not page.unread and threads is not None and page.path != INDEX:
            threads.see(page)
        progress("snapshot", place, total)
    for name in plain:
        if name.startswith(FOLDER) and name.endswith(".css"):
            with findings.reading(name, "SNP-4"):
                text = read_whole(reader, name, TAG_BYTES).decode("utf-8")
                _report(name, css_faults(text, name, names), findings)
    findings.done("SNP-4")
    if INDEX not in names:
        findings.fail("SNP-3", INDEX, expected=Phrase.PRESENT, found=Phrase.MISSING)
    if threads is None or unread:
        findings.skip(Phrase.NOT_READABLE_ABOVE, "SNP-3")
    else:
        threads.finish()


def _report(name: str, faults: Sequence[tuple[str, str]], findings: Findings) -> None:
    for expected, found in faults:
        findings.fail("SNP-4", name, expected=expected, found=found)


class _Threads:
    """The threads of the tables, ticked off as pages show them. Memory: the ids, as Arrow columns."""

    def __init__(self, tables: Mapping[str, pa.Table], findings: Findings) -> None:
        comments = tables["comments"].select(["post_id", "id"]).sort_by("post_id").combine_chunks()
        self._ids = array(comments, "id")
        self._spans: dict[str, tuple[int, int]] = {}
        at = 0
        for thread, count in counted(comments, "post_id"):
            self._spans[thread] = (at, count)
            at += count
        self._unseen = dict.fromkeys(values(tables["posts"], "id"))
        self._posts = frozenset(self._unseen)
        self._findings = findings

    def see(self, page: Seen) -> None:
        """Compare a page with the tables."""
        for comment in page.stray:
            self._findings.fail("SNP-3", f"{page.path}: {comment}", expected=Phrase.ABSENT, found=Phrase.PRESENT)
        for thread, comments in page.threads:
            subject = f"{page.path}: {thread}"
            if thread not in self._posts:
                self._findings.fail("SNP-3", subject, expected=Phrase.A_POST, found=Phrase.PRESENT)
                continue
            if thread not in self._unseen:
                self._findings.fail("SNP-3", subject, expected=Phrase.ONE, found=Phrase.PRESENT)
            self._unseen.pop(thread, None)
            self._compare(subject, thread, comments)

    def _compare(self, subject: str, thread: str, shown: Sequence[str]) -> None:
        expected = Counter(self._ids.slice(*self._spans.get(thread, (0, 0))).to_pylist())
        for comment, times in (expected - Counter(shown)).items():
            self._findings.fail("SNP-3", f"{subject}: {comment}", expected=times, found=Phrase.MISSING)
        for comment, times in (Counter(shown) - expected).items():
            self._findings.fail("SNP-3", f"{subject}: {comment}", expected=expected[comment], found=times)

    def finish(self) -> None:
        """Report the threads no page showed."""
        for thread in self._unseen:
            self._findings.fail("SNP-3", thread, expected=Phrase.PRESENT, found=Phrase.MISSING)
        self._findings.done("SNP-3")
