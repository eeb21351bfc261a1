"""Breaking references: section 4 of docs/format.md."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

from _sample_package import POSTS_EXCHANGE, PROFILE_EXCHANGE
from _vector import breaks, line_of

if TYPE_CHECKING:
    from _tampering import Tampering


@breaks("REF-1")
def comment_of_a_dropped_thread(t: Tampering) -> None:
    rows = t.rows("comments")
    stray = rows[0] | {"id": "stray", "post_id": "t4"}
    t.write("comments", [*rows, stray])
    raw = {"table": "comments", "id": "stray", "exchange": stray["exchange"], "raw": "{}"}
    t.pack("raw/objects.jsonl.gz", [*t.lines_of("raw/objects.jsonl.gz"), line_of(raw)])


@breaks("REF-2")
def unknown_parent(t: Tampering) -> None:
    t.change("comments", 2, parent_id="nobody")


@breaks("REF-2")
def parent_in_another_thread(t: Tampering) -> None:
    assert t.rows("comments")[0]["post_id"] == "t1"
    t.change("comments", 0, parent_id="t2c1")


@breaks("REF-3")
def file_and_gap(t: Tampering) -> None:
    t.change("media", 0, gap="gone")


@breaks("REF-3")
def neither_file_nor_gap(t: Tampering) -> None:
    place = next(place for place, row in enumerate(t.rows("media")) if row["gap"])
    t.change("media", place, gap=None)


@breaks("REF-3")
def other_bytes(t: Tampering) -> None:
    t.change("media", 0, bytes=1)


@breaks("REF-3")
def file_of_another_name(t: Tampering) -> None:
    row = t.rows("media")[0]
    t.path(row["file"]).write_bytes(b"other")


@breaks("REF-4")
def unknown_medium(t: Tampering) -> None:
    t.change("posts", 1, media_ids=["ghost"])


@breaks("REF-4")
def unknown_medium_of_a_comment(t: Tampering) -> None:
    t.change("comments", 1, media_ids=["ghost"])


@breaks("REF-4")
def unknown_avatar(t: Tampering) -> None:
    t.change("profile", 0, avatar_media_id="ghost")


@breaks("REF-4")
def medium_of_a_dropped_thread(t: Tampering) -> None:
    t.change("media", 0, thread_id="t4")


@breaks("REF-4")
def medium_of_nobody(t: Tampering) -> None:
    t.change("profile", 0, cover_media_id=None)


@breaks("REF-4")
def a_picture_of_the_page_twice(t: Tampering) -> None:
    rows = t.rows("media")
    view = _page_picture(t) | {"file": rows[0]["file"], "sha256": rows[0]["sha256"], "bytes": rows[0]["bytes"]}
    t.write("media", [*rows, view, view | {"id": "other"}])


@breaks("REF-4")
def a_picture_of_another_page(t: Tampering) -> None:
    rows = t.rows("media")
    view = _page_picture(t) | {"file": rows[0]["file"], "sha256": rows[0]["sha256"], "bytes": rows[0]["bytes"]}
    t.write("media", [*rows, view | {"owner_id": "t4"}])


def _page_picture(t: Tampering) -> dict[str, Any]:
    changes = {"id": "page", "owner_id": t.rows("profile")[0]["id"], "thread_id": None, "kind": "page_phone"}
    return t.rows("media")[0] | changes | {"mime": "image/png", "gap": None}


@breaks("REF-5")
def unnamed_file(t: Tampering) -> None:
    t.path(f"media/{hashlib.sha256(b'x').hexdigest()}.png").write_bytes(b"x")


@breaks("REF-6")
def an_object_less(t: Tampering) -> None:
    t.pack("raw/objects.jsonl.gz", t.lines_of("raw/objects.jsonl.gz")[:-1])


@breaks("REF-6")
def an_object_of_a_dropped_thread(t: Tampering) -> None:
    raw = {"table": "posts", "id": "t4", "exchange": POSTS_EXCHANGE, "raw": "{}"}
    t.pack("raw/objects.jsonl.gz", [*t.lines_of("raw/objects.jsonl.gz"), line_of(raw)])


@breaks("REF-6")
def an_object_twice(t: Tampering) -> None:
    lines = t.lines_of("raw/objects.jsonl.gz")
    t.pack("raw/objects.jsonl.gz", [*lines, lines[0]])


@breaks("REF-6")
def raw_is_no_json(t: Tampering) -> None:
    lines = [json.loads(line) for line in t.lines_of("raw/objects.jsonl.gz")]
    lines[1]["raw"] = "{"
    t.pack("raw/objects.jsonl.gz", [line_of(line) for line in lines])


@breaks("REF-6")
def object_of_another_exchange(t: Tampering) -> None:
    lines = [json.loads(line) for line in t.lines_of("raw/objects.jsonl.gz")]
    lines[1]["exchange"] = PROFILE_EXCHANGE
    t.pack("raw/objects.jsonl.gz", [line_of(line) for line in lines])


@breaks("REF-6")
def no_gzip(t: Tampering) -> None:
    t.path("raw/objects.jsonl.gz").write_bytes(b"{}\n")


@breaks("REF-6")
def a_bomb(t: Tampering) -> None:
    block = gzip.compress(b"\0" * (32 << 20), mtime=0)
    t.path("raw/objects.jsonl.gz").write_bytes(block * 3)


@breaks("REF-7")
def gap_of_a_dropped_thread(t: Tampering) -> None:
    t.change("gaps", 1, thread_id="t4")


@breaks("REF-8")
def version_of_a_comment_that_is_not_there(t: Tampering) -> None:
    t.change("versions", 1, subject_id="t1c99")
    lines = [json.loads(line) for line in t.lines_of("raw/objects.jsonl.gz")]
    lines[-1]["id"] = "t1c99"
    t.pack("raw/objects.jsonl.gz", [line_of(line) for line in lines])


@breaks("REF-8")
def versions_out_of_order(t: Tampering) -> None:
    t.change("versions", 1, number=0)
