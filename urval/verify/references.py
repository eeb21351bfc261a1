"""Section 4 of docs/format.md: every reference leads somewhere. Works on whole columns, for their size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from urval.records import MediaKind
from urval.verify.columns import array, values
from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader

_PAGE_VIEWS = (MediaKind.PAGE_DESKTOP.value, MediaKind.PAGE_PHONE.value)
_FILE = re.compile(r"media/([0-9a-f]{64})\.[a-z0-9]{1,8}")


def check_references(tables: Mapping[str, pa.Table], findings: Findings) -> None:
    """REF-1, REF-2, REF-4, REF-7 and REF-8: references from row to row."""
    posts = _ids(tables["posts"], "id")
    with findings.reading("data/tables/comments", "REF-1"):
        comments = tables["comments"]
        for subject, post in _strays(comments, "id", "post_id", posts):
            findings.fail("REF-1", f"comments: {subject}", expected=Phrase.A_POST, found=post)
    with findings.reading("data/tables/comments", "REF-2"):
        _check_parents(comments, tables["gaps"], findings)
    with findings.reading("data/tables/media", "REF-4"):
        _check_media_ids(tables, posts, findings)
    with findings.reading("data/tables/versions", "REF-8"):
        _check_versions(tables, findings)
    with findings.reading("data/tables/gaps", "REF-7"):
        gaps = tables["gaps"]
        for subject, thread in _strays(gaps, "subject_id", "thread_id", posts):
            findings.fail("REF-7", f"gaps: {subject}", expected=Phrase.A_POST, found=thread)


def _check_parents(comments: pa.Table, gaps: pa.Table, findings: Findings) -> None:
    answers = comments.select(["id", "post_id", "parent_id"]).filter(pc.is_valid(comments.column("parent_id")))
    parents = array(answers, "parent_id")
    place = pc.index_in(parents, value_set=_ids(comments, "id"))
    of_parent = array(comments, "post_id").take(place)
    same = pc.fill_null(pc.equal(of_parent, array(answers, "post_id")), False)
    known = pc.is_in(parents, value_set=_ids(gaps, "subject_id"))
    wrong = answers.filter(pc.invert(pc.or_(same, known)))
    for row in wrong.to_pylist():
        findings.fail("REF-2", f"comments: {row['id']}", expected=Phrase.A_COMMENT, found=row["parent_id"])


def _check_versions(tables: Mapping[str, pa.Table], findings: Findings) -> None:
    homes = dict(zip(values(tables["comments"], "id"), values(tables["comments"], "post_id"), strict=True))
    homes |= {post: post for post in values(tables["posts"], "id")}
    last: dict[str, int] = {}
    for row in tables["versions"].to_pylist():
        subject, number = row["subject_id"], row["number"]
        home = homes.get(subject)
        if home is None or home != row["thread_id"]:
            findings.fail("REF-8", f"versions: {subject}", expected=Phrase.A_POST, found=row["thread_id"])
        if number <= last.get(subject, -1):
            findings.fail("REF-8", f"versions: {subject}", expected=last[subject] + 1, found=number)
        last[subject] = number


def _check_media_ids(tables: Mapping[str, pa.Table], posts: Any, findings: Findings) -> None:
    media = tables["media"]
    known = _ids(media, "id")
    for name in ("posts", "comments"):
        lists = tables[name].select(["id", "media_ids"]).combine_chunks()
        for owner, entry in _strays(_flat(lists), "id", "media_ids", known):
            findings.fail("REF-4", f"{name}: {owner}", expected=Phrase.A_MEDIUM, found=entry)
    for column in ("avatar_media_id", "cover_media_id"):
        for owner, entry in _strays(tables["profile"], "id", column, known):
            findings.fail("REF-4", f"profile: {owner}", expected=Phrase.A_MEDIUM, found=entry)
    for owner, thread in _strays(media, "id", "thread_id", posts):
        findings.fail("REF-4", f"media: {owner}", expected=Phrase.A_POST, found=thread)
    _check_page_media(tables["profile"], media, findings)


def _check_page_media(profile: pa.Table, media: pa.Table, findings: Findings) -> None:
    """See that what belongs to no thread is the profile's, or a picture of its page: each kind of these once."""
    rows = profile.to_pylist()
    on_page = {row[column] for row in rows for column in ("avatar_media_id", "cover_media_id")}
    views = {(row["id"], kind) for row in rows for kind in _PAGE_VIEWS}
    columns = media.select(["id", "owner_id", "kind", "thread_id", "mime"])
    for row in columns.filter(pc.is_null(media.column("thread_id"))).to_pylist():
        view = (row["owner_id"], row["kind"])
        if view in views and row["mime"] == "image/png":
            views.remove(view)
        elif row["id"] not in on_page:  # else a picture of a dropped thread could travel as the page's
            findings.fail("REF-4", f"media: {row['id']}", expected=Phrase.A_POST, found=Phrase.MISSING)


def _flat(lists: pa.Table) -> pa.Table:
    column = array(lists, "media_ids")
    owners = array(lists, "id").take(pc.list_parent_indices(column))
    return pa.table({"id": owners, "media_ids": pc.list_flatten(column)})


def _ids(table: pa.Table, name: str) -> Any:
    return array(table, name).drop_null()


def _strays(table: pa.Table, subject: str, column: str, known: Any) -> Iterable[tuple[str, str]]:
    """Yield (subject, value) of rows whose value is set and not known."""
    stated = table.column(column)
    wrong = table.filter(pc.and_(pc.is_valid(stated), pc.invert(pc.is_in(stated, value_set=known))))
    return zip(values(wrong, subject), values(wrong, column), strict=True)


def check_media(
    reader: PackageReader, media: pa.Table, digests: Mapping[str, str | None], names: Iterable[str], findings: Findings
) -> None:
    """REF-3 and REF-5: media and their files. ``digests`` is what BAG-3 found, by path."""
    named = set()
    with findings.reading("data/tables/media", "REF-3"):
        for batch in media.to_batches(max_chunksize=8192):
            for row in batch.to_pylist():
                if row["file"] is not None:
                    named.add(f"data/{row['file']}")
                _check_medium(reader, row, digests, findings)
    with findings.reading("data/media", "REF-5"):
        for name in names:
            if name.startswith("data/media/") and name not in named:
                findings.fail("REF-5", name, expected=Phrase.A_MEDIUM_FILE, found=Phrase.NOT_LISTED)


def _check_medium(
    reader: PackageReader, row: dict[str, Any], digests: Mapping[str, str | None], findings: Findings
) -> None:
    subject, file, digest = f"media: {row['id']}", row["file"], row["sha256"]
    if (file is None) != (digest is None) or (file is None) == (row["gap"] is None):
        found = Phrase.NEITHER if file is None and row["gap"] is None else Phrase.BOTH
        findings.fail("REF-3", subject, expected=Phrase.FILE_OR_GAP, found=found)
        return
    if file is None:
        return
    match = _FILE.fullmatch(file)
    if match is None or match[1] != digest:
        findings.fail("REF-3", subject, expected=f"media/{digest}.…", found=file)
        return
    path = f"data/{file}"
    if path not in digests:
        findings.fail("REF-3", subject, expected=path, found=Phrase.MISSING)
        return
    findings.expect("REF-3", path, expected=digest, found=digests[path])
    findings.expect("REF-3", path, expected=row["bytes"], found=reader.size(path))
