"""For every code of docs/format.md, ways to break a package so that this code fails, and no other."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from _sample_package import POSTS_EXCHANGE, PROFILE_EXCHANGE, warc_record
from _tampering import digest

from urval.verify import CaptureState, StoreContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from _tampering import Tampering

FIRST_PAGE = "snapshot/threads/0001.html"


@dataclass(frozen=True)
class Vector:
    """One way to break a package: the code that must fail, what to alter, and which sample to begin with."""

    code: str
    alter: Callable[[Tampering], None]
    census: bool
    frame: bool  # whether the verifier is given the frame

    def __str__(self) -> str:
        return f"{self.code}-{self.alter.__name__}"


VECTORS: list[Vector] = []


def breaks(
    code: str, *, census: bool = False, frame: bool = True
) -> Callable[[Callable[[Tampering], None]], Callable[[Tampering], None]]:
    """Enter a function into ``VECTORS``."""

    def enter(alter: Callable[[Tampering], None]) -> Callable[[Tampering], None]:
        VECTORS.append(Vector(code, alter, census, frame))
        return alter

    return enter


@breaks("BAG-1")
def other_version(t: Tampering) -> None:
    (t.folder / "bagit.txt").write_text("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")


@breaks("BAG-1")
def a_third_line(t: Tampering) -> None:
    with (t.folder / "bagit.txt").open("a") as file:
        file.write("\n")


@breaks("BAG-2")
def unlisted_file(t: Tampering) -> None:
    t.seal()
    t.folder = t.folder.with_name(t.manifest["package_id"])
    t.path("snapshot/threads/0099.html").write_text("<!DOCTYPE html><title>x</title>")
    t.leave.add("listing")


@breaks("BAG-2")
def listed_but_gone(t: Tampering) -> None:
    name = "snapshot/threads/0099.html"
    t.path(name).write_text("<!DOCTYPE html><title>x</title>")
    _seal_but(t, "listing")
    t.path(name).unlink()


@breaks("BAG-2")
def unsorted(t: Tampering) -> None:
    _relist(t, lambda text: "".join(sorted(text.splitlines(keepends=True))))


@breaks("BAG-2")
def carriage_returns(t: Tampering) -> None:
    _relist(t, lambda text: text + "\r\n")


@breaks("BAG-3")
def one_letter(t: Tampering) -> None:
    _seal_but(t, "listing")
    t.edit("README.txt", lambda text: text.replace("SVENSKA", "SVENSKa"))


@breaks("BAG-3")
def one_byte_of_the_schema(t: Tampering) -> None:
    _seal_but(t, "listing")
    t.edit("spec/schema.json", lambda text: text.replace("{", "[", 1))


@breaks("BAG-4")
def tag_of_another_file(t: Tampering) -> None:
    path = _seal_but(t, "tags") / "tagmanifest-sha256.txt"
    path.write_text(path.read_text() + f"{'0' * 64}  fetch.txt\n")


@breaks("BAG-4")
def wrong_tag_digest(t: Tampering) -> None:
    path = _seal_but(t, "tags") / "tagmanifest-sha256.txt"
    text = path.read_text()
    path.write_text(("1" if text[0] == "0" else "0") + text[1:])


@breaks("BAG-5")
def other_organisation(t: Tampering) -> None:
    path = _seal_but(t, "bag-info") / "bag-info.txt"
    path.write_text(path.read_text().replace("Exempelstads", "Annanstads"))


@breaks("BAG-5")
def more_bag_info(t: Tampering) -> None:
    path = _seal_but(t, "bag-info") / "bag-info.txt"
    path.write_text(path.read_text() + "Contact-Name: x\n")


@breaks("BAG-6")
def a_link(t: Tampering) -> None:
    (t.folder / "data" / "snapshot" / "link.html").symlink_to("/etc/passwd")


@breaks("BAG-6")
def a_linked_folder(t: Tampering) -> None:
    (t.folder / "data" / "more").symlink_to("/etc")


@breaks("BAG-6")
def a_pipe(t: Tampering) -> None:
    os.mkfifo(t.folder / "data" / "pipe")


@breaks("BAG-6")
def a_file_of_no_format(t: Tampering) -> None:
    t.path("dropped.jsonl").write_text("{}\n")


@breaks("BAG-6")
def a_note_at_the_top(t: Tampering) -> None:
    (t.folder / "notes.txt").write_text("x")


@breaks("BAG-6")
def no_readme(t: Tampering) -> None:
    t.path("README.txt").unlink()


@breaks("BAG-6")
def a_path_that_climbs(t: Tampering) -> None:
    _relist(t, lambda text: text + f"{'0' * 64}  data/../../../etc/passwd\n")


@breaks("MAN-1")
def unknown_key(t: Tampering) -> None:
    t.manifest["surprise"] = 1


@breaks("MAN-1")
def not_json(t: Tampering) -> None:
    (_seal_but(t, "manifest") / "manifest.json").write_bytes(b"{")


@breaks("MAN-1")
def nested_deeply(t: Tampering) -> None:
    (_seal_but(t, "manifest") / "manifest.json").write_bytes(b"[" * 200_000)


@breaks("MAN-1")
def account_without_id(t: Tampering) -> None:
    _seal_but(t, "folder")
    t.leave |= {"id", "bag-info"}
    del t.manifest["account"]["id"]


@breaks("MAN-2")
def spaces(t: Tampering) -> None:
    path = _seal_but(t, "manifest") / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text())))


@breaks("MAN-2")
def a_key_twice(t: Tampering) -> None:
    path = _seal_but(t, "manifest") / "manifest.json"
    path.write_text(path.read_text().replace("{", '{"account":{},', 1))


@breaks("MAN-3")
def other_size(t: Tampering) -> None:
    t.seal()
    t.folder = t.folder.with_name(t.manifest["package_id"])
    t.manifest["payload"]["bytes"] += 1
    t.leave.add("payload")


@breaks("MAN-3")
def other_listing(t: Tampering) -> None:
    t.seal()
    t.folder = t.folder.with_name(t.manifest["package_id"])
    t.manifest["payload"]["manifest_sha256"] = "0" * 64
    t.leave.add("payload")


@breaks("MAN-4")
def other_capture(t: Tampering) -> None:
    t.manifest["capture"]["sha256"] = "0" * 64
    t.leave.add("id")


@breaks("MAN-4")
def renamed_folder(t: Tampering) -> None:
    t.leave.add("folder")
    t.folder = t.folder.rename(t.folder.with_name("renamed"))


@breaks("MAN-5")
def not_midnight(t: Tampering) -> None:
    t.manifest["period"]["start"] = "2026-05-01T00:00:00Z"


@breaks("MAN-5")
def backwards(t: Tampering) -> None:
    period = t.manifest["period"]
    period["start"], period["end"] = period["end"], period["start"]


@breaks("MAN-6")
def shows_all(t: Tampering) -> None:
    t.manifest["cannot_show"] = []


@breaks("MAN-6")
def says_nothing(t: Tampering) -> None:
    t.manifest["cannot_show"] = [" "]


@breaks("MAN-7")
def no_decision(t: Tampering) -> None:
    t.manifest["spec"]["decision"] = None
    t.edit("spec/archive-spec.yaml", lambda text: "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith("decision")
    ))  # fmt: skip
    t.manifest["spec"]["sha256"] = digest(t.path("spec/archive-spec.yaml"))


@breaks("TAB-1")
def no_page_checksums(t: Tampering) -> None:
    t.write_parquet("comments", t.rows("comments"), write_page_checksum=False)


@breaks("TAB-1")
def other_metadata(t: Tampering) -> None:
    t.write_parquet("posts", t.rows("posts"), metadata={"urval.format": "urval-package/2", "urval.table": "posts"})


@breaks("TAB-1")
def other_compression(t: Tampering) -> None:
    t.write_parquet("posts", t.rows("posts"), compression="snappy")


@breaks("TAB-1")
def a_column_more(t: Tampering) -> None:
    import pyarrow as pa

    from urval.verify.layout import TABLES

    rows = [row | {"secret": "x"} for row in t.rows("gaps")]
    t.write_parquet("gaps", rows, schema=TABLES["gaps"].append(pa.field("secret", pa.string())))


@breaks("TAB-1")
def no_parquet(t: Tampering) -> None:
    t.path("tables/gaps.parquet").unlink()


@breaks("TAB-1")
def spaced_lines(t: Tampering) -> None:
    t.write_lines("gaps", [json.dumps(row, ensure_ascii=False).encode() for row in t.rows("gaps")])


@breaks("TAB-1")
def last_line_open(t: Tampering) -> None:
    t.write_lines("gaps", [_line(row) for row in t.rows("gaps")], end=b"")


@breaks("TAB-1")
def a_number_as_text(t: Tampering) -> None:
    rows = t.rows("completeness")
    rows[0]["captured_count"] = str(rows[0]["captured_count"])
    t.write_lines("completeness", [_line(row) for row in rows])


@breaks("TAB-1")
def key_twice_in_a_line(t: Tampering) -> None:
    lines = [_line(row) for row in t.rows("posts")]
    t.write_lines("posts", [line.replace(b"{", b'{"platform":"x",', 1) for line in lines])


@breaks("TAB-1")
def local_time(t: Tampering) -> None:
    lines = [_line(row).replace(b".000000Z", b".000000+00:00") for row in t.rows("gaps")]
    t.write_lines("gaps", lines)


@breaks("TAB-2")
def other_text_in_parquet(t: Tampering) -> None:
    rows = t.rows("comments")
    rows[3]["text"] += "!"
    t.write_parquet("comments", rows)


@breaks("TAB-2")
def other_time_in_parquet(t: Tampering) -> None:
    rows = t.rows("comments")
    rows[3]["captured_at"] = "2026-11-02T08:00:00.000001Z"
    t.write_parquet("comments", rows)


@breaks("TAB-2")
def a_row_less_in_parquet(t: Tampering) -> None:
    t.write_parquet("comments", t.rows("comments")[:-1])


@breaks("TAB-2")
def a_row_more_in_parquet(t: Tampering) -> None:
    rows = t.rows("comments")
    t.write_parquet("comments", [*rows, rows[-1]])


@breaks("TAB-2")
def other_order_in_parquet(t: Tampering) -> None:
    t.write_parquet("comments", t.rows("comments")[::-1])


@breaks("TAB-3")
def a_row_more_stated(t: Tampering) -> None:
    t.manifest["tables"]["media"]["rows"] += 1


@breaks("TAB-3")
def a_table_more(t: Tampering) -> None:
    t.manifest["tables"]["secrets"] = {"rows": 0, "merkle_root": "0" * 64}


@breaks("TAB-3")
def a_table_less(t: Tampering) -> None:
    del t.manifest["tables"]["gaps"]


@breaks("TAB-4")
def other_root(t: Tampering) -> None:
    t.manifest["tables"]["posts"]["merkle_root"] = hashlib.sha256(b"").hexdigest()


@breaks("TAB-5")
def a_medium_twice(t: Tampering) -> None:
    rows = t.rows("media")
    t.write("media", [*rows, rows[0]])


@breaks("TAB-6")
def row_of_another_account(t: Tampering) -> None:
    t.change("gaps", 0, account_id="annanstad")


@breaks("TAB-7")
def swapped_comments(t: Tampering) -> None:
    rows = t.rows("comments")
    rows[0], rows[1] = rows[1], rows[0]
    t.write("comments", rows)


@breaks("TAB-7")
def scattered_comments(t: Tampering) -> None:
    rows = t.rows("comments")
    t.write("comments", [*rows[1:], rows[0]])


@breaks("TAB-7", frame=False)
def selection_out_of_order(t: Tampering) -> None:
    t.write("selection", t.rows("selection")[::-1])


@breaks("REF-1")
def comment_of_a_dropped_thread(t: Tampering) -> None:
    rows = t.rows("comments")
    stray = rows[0] | {"id": "stray", "post_id": "t4"}
    t.write("comments", [*rows, stray])
    raw = {"table": "comments", "id": "stray", "exchange": stray["exchange"], "raw": "{}"}
    t.pack("raw/objects.jsonl.gz", [*t.lines_of("raw/objects.jsonl.gz"), _line(raw)])


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


@breaks("REF-5")
def unnamed_file(t: Tampering) -> None:
    t.path(f"media/{hashlib.sha256(b'x').hexdigest()}.png").write_bytes(b"x")


@breaks("REF-6")
def an_object_less(t: Tampering) -> None:
    t.pack("raw/objects.jsonl.gz", t.lines_of("raw/objects.jsonl.gz")[:-1])


@breaks("REF-6")
def an_object_of_a_dropped_thread(t: Tampering) -> None:
    raw = {"table": "posts", "id": "t4", "exchange": POSTS_EXCHANGE, "raw": "{}"}
    t.pack("raw/objects.jsonl.gz", [*t.lines_of("raw/objects.jsonl.gz"), _line(raw)])


@breaks("REF-6")
def an_object_twice(t: Tampering) -> None:
    lines = t.lines_of("raw/objects.jsonl.gz")
    t.pack("raw/objects.jsonl.gz", [*lines, lines[0]])


@breaks("REF-6")
def raw_is_no_json(t: Tampering) -> None:
    lines = [json.loads(line) for line in t.lines_of("raw/objects.jsonl.gz")]
    lines[1]["raw"] = "{"
    t.pack("raw/objects.jsonl.gz", [_line(line) for line in lines])


@breaks("REF-6")
def object_of_another_exchange(t: Tampering) -> None:
    lines = [json.loads(line) for line in t.lines_of("raw/objects.jsonl.gz")]
    lines[1]["exchange"] = PROFILE_EXCHANGE
    t.pack("raw/objects.jsonl.gz", [_line(line) for line in lines])


@breaks("REF-6")
def no_gzip(t: Tampering) -> None:
    t.path("raw/objects.jsonl.gz").write_bytes(b"{}\n")


@breaks("REF-6")
def a_bomb(t: Tampering) -> None:
    import gzip

    block = gzip.compress(b"\0" * (32 << 20), mtime=0)
    t.path("raw/objects.jsonl.gz").write_bytes(block * 3)


@breaks("REF-7")
def gap_of_a_dropped_thread(t: Tampering) -> None:
    t.change("gaps", 1, thread_id="t4")


@breaks("SEL-1")
def one_more_kept(t: Tampering) -> None:
    t.manifest["selection"]["kept"] += 1
    t.manifest["selection"]["dropped"] -= 1


@breaks("SEL-1")
def larger_frame(t: Tampering) -> None:
    t.manifest["selection"]["frame_size"] += 1


@breaks("SEL-2", frame=False)
def other_frame(t: Tampering) -> None:
    selection = t.manifest["selection"]
    selection["frame_sha256"] = "0" * 64
    parts = ("exempelstad", t.manifest["account"]["id"], t.manifest["period"]["id"], "0" * 64, "Exempelstad")
    selection["seed"] = hashlib.sha256("\n".join(parts).encode()).hexdigest()


@breaks("SEL-3", frame=False)
def chosen_seed(t: Tampering) -> None:
    t.manifest["selection"]["seed"] = "7" * 64


@breaks("SEL-4")
def other_selection_digest(t: Tampering) -> None:
    t.manifest["selection"]["selection_sha256"] = "0" * 64


@breaks("SEL-5", frame=False)
def kept_and_dropped_exchanged(t: Tampering) -> None:
    rows = t.rows("selection")
    for column in ("decision", "rules"):
        rows[1][column], rows[3][column] = rows[3][column], rows[1][column]
    t.write("selection", rows)


@breaks("SEL-6")
def a_rule_moved(t: Tampering) -> None:
    rows = t.rows("selection")
    assert rows[2]["rules"] == ["bedomda", "mest"]
    rows[1]["rules"], rows[2]["rules"] = rows[2]["rules"], rows[1]["rules"]
    t.write("selection", rows)


@breaks("SEL-7")
def a_rule_less(t: Tampering) -> None:
    t.manifest["selection"]["by_rule"]["bedomda"] -= 1


@breaks("SEL-7")
def an_unknown_rule(t: Tampering) -> None:
    t.manifest["selection"]["by_rule"]["annan"] = 1


@breaks("CMP-1")
def one_comment_more_captured(t: Tampering) -> None:
    row = t.rows("completeness")[2]
    reasons = [{"type": "listed_more", "count": 1}]
    t.change("completeness", 2, captured_count=row["captured_count"] + 1, difference=-1, reasons=reasons)
    t.totals()


@breaks("CMP-1")
def a_thread_without_completeness(t: Tampering) -> None:
    t.write("completeness", t.rows("completeness")[:-1])
    t.totals()


@breaks("CMP-2")
def unknown_reason(t: Tampering) -> None:
    t.change("completeness", 0, reasons=[{"type": "moonlight", "count": 2}])
    t.totals()


@breaks("CMP-2")
def unexplained_difference(t: Tampering) -> None:
    t.change("completeness", 0, reasons=[{"type": "gone", "count": 1}])
    t.totals()


@breaks("CMP-2")
def other_platform_count(t: Tampering) -> None:
    t.change("completeness", 1, platform_count=4, difference=0)
    t.totals()


@breaks("CMP-3")
def other_total(t: Tampering) -> None:
    t.manifest["completeness"]["captured_total"] += 1


@breaks("CMP-4")
def a_gap_less(t: Tampering) -> None:
    t.manifest["gaps"]["gone"] -= 1


@breaks("SNP-1")
def cut_off_pdf(t: Tampering) -> None:
    path = t.path("snapshot/snapshot-001.pdf")
    path.write_bytes(path.read_bytes()[:-7])


@breaks("SNP-1")
def another_pdf(t: Tampering) -> None:
    t.path("snapshot/snapshot-002.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")


@breaks("SNP-1")
def no_pdf(t: Tampering) -> None:
    t.path("snapshot/snapshot-001.pdf").unlink()
    t.edit("snapshot/index.html", lambda text: text)  if False else None


@breaks("SNP-2")
def a_thread_less_in_the_pdf(t: Tampering) -> None:
    t.manifest["snapshot"]["volumes"][0]["threads"].pop()


@breaks("SNP-2")
def a_thread_twice_in_the_pdf(t: Tampering) -> None:
    threads = t.manifest["snapshot"]["volumes"][0]["threads"]
    threads.append(threads[0])


@breaks("SNP-3")
def a_comment_not_shown(t: Tampering) -> None:
    t.edit(FIRST_PAGE, lambda text: text.replace('data-comment-id="t1c1"', "", 1))


@breaks("SNP-3")
def a_comment_of_another_thread(t: Tampering) -> None:
    t.edit(FIRST_PAGE, lambda text: text.replace('data-comment-id="t1c1"', 'data-comment-id="t4c1"', 1))


@breaks("SNP-3")
def a_dropped_thread_shown(t: Tampering) -> None:
    page = '<!DOCTYPE html><title>x</title><article data-thread-id="t4">Hemligt</article>'
    t.path("snapshot/threads/0099.html").write_text(page)


@breaks("SNP-3")
def a_thread_not_shown(t: Tampering) -> None:
    t.edit(FIRST_PAGE, lambda text: text.replace('data-thread-id="t2"', 'data-thread-id="t1"', 1))


@breaks("SNP-3")
def no_index(t: Tampering) -> None:
    t.path("snapshot/index.html").unlink()


def _page_with(name: str, markup: str) -> None:
    def alter(t: Tampering) -> None:
        t.edit(FIRST_PAGE, lambda text: text.replace("</body>", f"{markup}</body>"))

    alter.__name__ = name
    breaks("SNP-4")(alter)


for _name, _markup in {
    "script": "<script>1</script>",
    "script_capitals": "<ScRiPt src=x></ScRiPt>",
    "event": "<p onclick='x()'>x</p>",
    "remote_image": "<img src=https://cdn.example/x.png>",
    "remote_image_set": "<img srcset='../style.css 1x, //cdn.example/x.png 2x'>",
    "absolute_path": "<img src=/etc/passwd>",
    "climbing_path": "<img src=../../../../x.png>",
    "script_address": "<a href='java\tscript:alert(1)'>x</a>",
    "script_address_plain": "<a href=javascript:alert(1)>x</a>",
    "frame": "<iframe srcdoc='<p>x'></iframe>",
    "refresh": "<meta http-equiv=refresh content='0;url=https://x.example'>",
    "base": "<base href=https://x.example/>",
    "style": "<p style='background:url(//x.example/y)'>x</p>",
    "escaped_style": "<p style='background:u\\72l(https://x.example/y)'>x</p>",
    "hidden_in_a_comment": "<!--><img src=https://x.example/y><!-->",
    "section": "<![CDATA[><img src=https://x.example/y>]]>",
    "broken_declaration": "<![x",
    "instruction": "<?x ><img src=https://x.example/y>?>",
    "vector": "<svg><style><img src=https://x.example/y></style></svg>",
    "attribute_twice": "<img src=../style.css src=https://x.example/y>",
    "form": "<form action=https://x.example/><button>x</button></form>",
}.items():
    _page_with(_name, _markup)


@breaks("SNP-4")
def remote_style(t: Tampering) -> None:
    t.edit("snapshot/style.css", lambda text: text + "\nbody{background:url('https://x.example/y.png')}")


@breaks("SNP-4")
def remote_import(t: Tampering) -> None:
    t.edit("snapshot/style.css", lambda text: "@import 'https://x.example/y.css';" + text)


@breaks("SPC-1")
def other_spec_digest(t: Tampering) -> None:
    t.manifest["spec"]["sha256"] = "0" * 64


@breaks("SPC-1")
def other_register_entry(t: Tampering) -> None:
    t.manifest["account"]["purpose"] = "Annat"


@breaks("SPC-1")
def other_decision(t: Tampering) -> None:
    t.manifest["spec"]["decision"]["reference"] = "KS 1"


@breaks("RAW-1")
def says_whole(t: Tampering) -> None:
    t.manifest["capture"]["whole_in_package"] = True
    t.path("raw/exchanges.warc.gz").write_bytes(
        b"".join(warc_record(body) for body in (b'{"profile":{}}', '{"data":["å","ä","ö"]}'.encode(), b'{"comments":[]}'))
    )


@breaks("RAW-1", census=True)
def says_not_whole(t: Tampering) -> None:
    t.manifest["capture"]["whole_in_package"] = False


@breaks("RAW-1", census=True)
def no_warc(t: Tampering) -> None:
    t.path("raw/exchanges.warc.gz").unlink()


@breaks("RAW-2", census=True)
def an_exchange_less(t: Tampering) -> None:
    t.path("raw/exchanges.warc.gz").write_bytes(warc_record(b'{"profile":{}}') + warc_record(b'{"comments":[]}'))


@breaks("RAW-2", census=True)
def cut_off_warc(t: Tampering) -> None:
    path = t.path("raw/exchanges.warc.gz")
    path.write_bytes(path.read_bytes()[:-20])


@breaks("RAW-2", census=True)
def warc_of_garbage(t: Tampering) -> None:
    import gzip

    t.path("raw/exchanges.warc.gz").write_bytes(gzip.compress(b"WARC/1.1\r\nContent-Length: 99999999999\r\n\r\n"))


STORE_VECTORS: dict[str, list[Callable[[StoreContext], StoreContext]]] = {
    "STO-1": [
        lambda c: replace(c, key=c.key.replace("/2026-05-01", "/2025-05-01")),
        lambda c: replace(c, key="packages/x"),
    ],
    "STO-2": [
        lambda c: replace(c, neighbours=()),
        lambda c: replace(c, neighbours=tuple(_changed(data, archive={"id": "annan"}) for data in c.neighbours or ())),
        lambda c: _with_previous(c, archive={"id": "annan"}),
        lambda c: _with_previous(c, period={"end": "2026-06-30T22:00:00Z"}),
        lambda c: _with_previous(c, package_id="another"),
    ],
    "STO-3": [
        lambda c: _with_previous(c, period={"end": "2026-03-31T22:00:00Z"}),
        lambda c: _renewed(c, previous=None),
    ],
    "STO-4": [
        lambda c: replace(c, capture=CaptureState.MISSING),
        lambda c: replace(c, capture=CaptureState.DAMAGED),
    ],
    "STO-5": [
        lambda c: replace(c, ledger_problems=("event 3 does not name event 2",)),
        lambda c: replace(c, packaged=()),
        lambda c: replace(c, packaged=((c.packaged[0][0], "0" * 64),)),
    ],
}


def _changed(data: bytes, **changes: Any) -> bytes:
    from urval.manifest import canonical

    document = json.loads(data)
    for name, value in changes.items():
        document[name] = document[name] | value if isinstance(value, dict) and document[name] else value
    return canonical(document)


def _renewed(context: StoreContext, **changes: Any) -> StoreContext:
    """Return the context with another manifest, recorded in the ledger."""
    data = _changed(context.manifest, **changes)
    package = json.loads(data)["package_id"]
    return replace(context, manifest=data, packaged=((package, hashlib.sha256(data).hexdigest()),))


def _with_previous(context: StoreContext, **changes: Any) -> StoreContext:
    """Return the context with another package before, rightly named by its digest."""
    before = json.loads((context.neighbours or (b"",))[0])["package_id"]
    data = _changed((context.neighbours or (b"",))[0], **changes)
    previous = {"package_id": before, "manifest_sha256": hashlib.sha256(data).hexdigest()}
    return replace(_renewed(context, previous=previous), neighbours=(data,))


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _seal_but(t: Tampering, part: str) -> Any:
    """Seal now, and keep ``part`` (and what comes before it) as it will be left by the caller."""
    t.folder = t.seal()
    t.leave |= {"id", part, "folder"} | ({"payload"} if part == "listing" else set())
    return t.folder


def _relist(t: Tampering, change: Callable[[str], str]) -> None:
    path = _seal_but(t, "listing") / "manifest-sha256.txt"
    path.write_bytes(change(path.read_text()).encode())
    t.manifest["payload"]["manifest_sha256"] = digest(path)
