"""Breaking snapshot, spec and exchanges: sections 7 to 9 of docs/format.md."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from _environment import BODIES, warc_record
from _vector import breaks

if TYPE_CHECKING:
    from _tampering import Tampering

FIRST_PAGE = "snapshot/threads/0001.html"


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
    t.path("raw/exchanges.warc.gz").write_bytes(b"".join(warc_record(body) for body in BODIES))


@breaks("RAW-1", census=True)
def says_not_whole(t: Tampering) -> None:
    t.manifest["capture"]["whole_in_package"] = False


@breaks("RAW-1", census=True)
def no_warc(t: Tampering) -> None:
    t.path("raw/exchanges.warc.gz").unlink()


@breaks("RAW-2", census=True)
def an_exchange_less(t: Tampering) -> None:
    t.path("raw/exchanges.warc.gz").write_bytes(b"".join(warc_record(body) for body in (BODIES[0], b"{}", BODIES[2])))


@breaks("RAW-2", census=True)
def cut_off_warc(t: Tampering) -> None:
    path = t.path("raw/exchanges.warc.gz")
    path.write_bytes(path.read_bytes()[:-20])


@breaks("RAW-2", census=True)
def warc_of_garbage(t: Tampering) -> None:
    t.path("raw/exchanges.warc.gz").write_bytes(gzip.compress(b"WARC/1.1\r\nContent-Length: 99999999999\r\n\r\n"))
