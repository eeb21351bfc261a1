"""The snapshot: what a person sees, in HTML and in PDF/A, of any account and any text."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _rendered import Rendered, squeezed
from _samples import CAPTURED, Samples, city, counted
from pypdf import PdfReader

from urval.errors import PackageError
from urval.package.snapshot import render_snapshot
from urval.records import CountReason, GapReason, MediaKind, Visibility
from urval.source import Thread

sys.path.insert(0, str(Path(__file__).with_name("verapdf")))
import verapdf  # the folder is no package: it is a test program beside its Java source

if TYPE_CHECKING:
    from collections.abc import Iterator


HOSTILE = (
    (
        "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} {% raw %} "
        '#let x = 1 #panic("x") *stark* _kursiv_ $x^2$ @ref <label> \\u{41} // bort /* bort */ ]] ))'
    ),
    "före\u202eomvänd text utan slut",
    "noll\x00klocka\x07escape\x1b[31m\ufeff\ufffe\ue000\U0001fae9\ud800slut",
    "å" * 10_000,
    "A" * 10_000,
    "z\u0351\u036b\u0343\u0369" + "a\u0300\u0301\u0302\u0303\u0304\u0305" * 40,
    "4\u0902 \u2014\u093e \ua8f3\ua8e4 中文 \u0abc",
    "\u200b" * 3000 + "a\u200bb" * 3000,
    "http://evil.example/" + "x" * 300 + " https://evil.example/a.png\nrad två\r\nrad tre\u2028rad fyra",
)


@pytest.fixture
def rendered(tmp_path: Path) -> Rendered:
    """Return an empty place for a snapshot."""
    return Rendered(tmp_path)


@pytest.fixture(scope="module")
def city_snapshot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rendered, list[Thread]]:
    """Return the snapshot of the sample city, rendered once."""
    place = Rendered(tmp_path_factory.mktemp("city"))
    threads = city(place.samples)
    place.render(threads)
    return place, threads


def hostile_threads(samples: Samples) -> list[Thread]:
    """Return threads whose every free text is hostile."""
    threads = []
    for number, text in enumerate(HOSTILE):
        post = samples.post(f"h{number}", text, author_name=text[:60], title=text[:300], permalink=text[:200],
                            language='sv"><script>', kind=text[:30], platform_comment_count=1)  # fmt: skip
        comment = samples.comment(f"k{number}", post, text, author_name=text[:60], media_ids=(f"m{number}",))
        picture = samples.photo(f"m{number}", comment.id, (40, 30), 10, alt_text=text[:200])
        threads.append(Thread(post=post, comments=(comment,), media=(picture,)))
    return threads


def test_every_thread_and_text_is_in_html_and_pdf(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """Ids, authors, texts, captures and counts of every kept thread can be read in both renderings."""
    place, threads = city_snapshot
    html, pdf = place.html_text(), place.pdf_text()
    for thread in threads:
        latin = [line for text in (thread.post.text, *(c.text for c in thread.comments)) for line in text.splitlines()]
        for text in (thread.post.id, *(line for line in latin if max(line, default="") < "\u0590")):
            assert squeezed(text) in html
            assert squeezed(text) in pdf
    for text in ("@exempelstad", "41 872", "Renderad från data", "Graph API v25.0",
                 "15 april 2026 kl. 10:02 (UTC+02:00)", hashlib.sha256(b"capture").hexdigest(),
                 "5 av 214 trådar bevarade", "Exempelstad svarar", "Svar till Maria Lindqvist",
                 "Plattformen räknar 9, insamlat 7: 2 lämnas inte ut.", "Fäst", "Dold", "Borttagen av kontot",
                 "Veckan i april, allt", "Svar på en kommentar som inte har samlats in"):  # fmt: skip
        assert squeezed(text) in html, text
        assert squeezed(text) in pdf, text


def test_arabic_keeps_its_characters_and_direction(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """A right-to-left line is marked as such in HTML, and lies in the page as given."""
    place, threads = city_snapshot
    line = threads[2].post.text.splitlines()[0]
    page = (place.out / "threads" / "0001.html").read_text(encoding="utf-8")
    assert f'<p dir="rtl" class="l-p">{line}</p>' in page


def test_result_names_volumes_fonts_and_pages(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """The result says which threads lie in which PDF, with which fonts, and how many pages there are."""
    place, threads = city_snapshot
    volume = place.result.volumes[0]
    assert (volume.file, list(volume.threads)) == ("snapshot-001.pdf", [thread.post.id for thread in threads])
    assert place.result.pages == volume.pages == len(PdfReader(place.out / volume.file).pages)
    assert place.result.unrenderable == 0
    assert place.result.html_pages == len(place.pages())
    fonts = Path(__file__).parents[1] / "urval/package/fonts"
    assert place.result.fonts == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(fonts.glob("*.ttf"))
    }


def test_bookmarks_lead_to_every_thread(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """The PDF has a bookmark a thread, under one heading, and its document properties are those of the view."""
    place, threads = city_snapshot
    reader = PdfReader(place.out / "snapshot-001.pdf")
    nested = [entry for entry in reader.outline if isinstance(entry, list)]
    assert [entry["/Title"].split(".")[0] for entry in nested[-1]] == [str(n + 1) for n in range(len(threads))]
    assert reader.metadata is not None
    assert reader.metadata.title == "Exempelstad på Facebook, 1 januari 2026 – 30 juni 2026"
    assert reader.metadata.creation_date == CAPTURED
    assert reader.trailer["/Root"]["/Lang"] == "sv"


def test_capture_line_stands_on_every_page(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """Source, time and digest stand on every PDF page with its number, and on every HTML page."""
    place, _ = city_snapshot
    digest = hashlib.sha256(b"capture").hexdigest()[:12]
    reader = PdfReader(place.out / "snapshot-001.pdf")
    for number, page in enumerate(reader.pages, 1):
        text = squeezed(page.extract_text())
        assert squeezed(f"SHA-256 {digest}") in text
        assert squeezed(f"Sida {number} av {len(reader.pages)}") in text
    assert all(digest in " ".join(page.words) for page in place.pages().values())


def test_missing_media_are_framed_with_their_reason(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """A lost picture and an unshown film stand as frames that say why, and which file it is."""
    place, threads = city_snapshot
    film = threads[3].media[0]
    for text in (place.html_text(), place.pdf_text()):
        assert squeezed("Saknas: bild Orsak finns inte längre") in text
        assert squeezed("Visas inte här: film") in text
        assert film.sha256 is not None
        assert film.sha256 in text


def test_svg_and_unreadable_pictures_are_never_shown(rendered: Rendered) -> None:
    """SVG stays a named file; bytes that are no picture get a frame in the PDF; a file outside media/ is refused."""
    samples = rendered.samples
    post = samples.post("p", "Bilder", media_ids=("svg", "broken"))
    svg = samples.medium("svg", "p", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")
    broken = samples.medium("broken", "p", b"\xff\xd8 not a picture", "image/jpeg")
    rendered.render([Thread(post=post, media=(svg, broken))])
    shown = [
        value
        for page in rendered.pages().values()
        for tag, name, value in page.attributes
        if (tag, name) == ("img", "src")
    ]
    assert not any(value.endswith(".svg") for value in shown)
    assert squeezed("Visas inte här: bild") in rendered.html_text()
    assert squeezed("Bilden gick inte att återge") in rendered.pdf_text()
    with pytest.raises(PackageError, match="media/<sha256>"):
        rendered.render([Thread(post=post, media=(replace(svg, file="../../etc/passwd"),))])


def test_hostile_text_stays_text(rendered: Rendered) -> None:
    """Script, template and Typst markup, direction tricks and endless words are shown, never run, never lost."""
    threads = hostile_threads(rendered.samples)
    rendered.render(threads, language="en")
    for name, page in rendered.pages().items():
        assert not {"script", "iframe", "object", "embed", "form", "svg", "base"} & set(page.tags), name
        for tag, attribute, value in page.attributes:
            assert not attribute.startswith("on")
            assert attribute != "style"
            if attribute in {"src", "href", "srcset", "action"}:
                assert re.fullmatch(r"(\.\./){0,2}[\w/.-]+(#t\d+)?", value), (tag, value)
    html, pdf = rendered.html_text(), rendered.pdf_text()
    for text in (HOSTILE[0], HOSTILE[8]):
        for line in text.splitlines():
            assert squeezed(line) in html
            assert squeezed(line) in pdf
    for text in ("noll[U+0000]klocka[U+0007]escape[U+001B]", "[U+FFFE]", "[U+D800]slut"):
        assert text in html
        assert text in pdf
    assert "[U+FEFF]" in pdf
    assert "[U+E000][U+1FAE9]" in pdf
    assert "\ue000\U0001fae9" in html
    assert "å" * 10_000 in html
    assert pdf.count("å") >= 10_000
    assert "[U+4E2D][U+6587]" in pdf
    assert rendered.result.unrenderable > 10


def test_nothing_runs_out_of_the_page_and_digests_can_be_copied(rendered: Rendered) -> None:
    """Endless words break inside the margins of the PDF, and no break hint lies in a copied digest."""
    rendered.render(hostile_threads(rendered.samples))
    command = ["pdftotext", "-bbox", str(rendered.out / "snapshot-001.pdf"), "-"]
    boxes = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    edges = [float(edge) for edge in re.findall(r'xMax="([0-9.]+)"', boxes)]
    margin = (210 - 24) / 25.4 * 72
    assert len(edges) > 500
    assert max(edges) <= margin + 1
    assert f">{hashlib.sha256(b'capture').hexdigest()}<" in boxes


def test_direction_tricks_do_not_leak(rendered: Rendered) -> None:
    """An unclosed override in a name leaves the time beside it as it is: every archived text is isolated."""
    post = rendered.samples.post("p", "Text", author_name="Anna\u202eanna")
    rendered.render([Thread(post=post)])
    page = (rendered.out / "threads" / "0001.html").read_text(encoding="utf-8")
    assert '<bdi class="author">Anna\u202eanna</bdi>' in page
    assert squeezed("12 januari 2026 kl. 09:30 (UTC+01:00)") in rendered.pdf_text()


def test_pages_forbid_what_they_do_not_need(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """Every page carries a policy that allows own pictures and styles only, its language, and alternative texts."""
    place, _ = city_snapshot
    for page in place.pages().values():
        policy = next(
            value for tag, name, value in page.attributes if tag == "meta" and name == "content" and "src" in value
        )
        assert policy.startswith("default-src 'none'; img-src 'self'; style-src 'self'")
        assert ("html", "lang", "sv") in page.attributes
        assert page.tags.count("img") == sum((tag, name) == ("img", "alt") for tag, name, _ in page.attributes)
        links = [value for _, name, value in page.attributes if name in {"src", "href"}]
        assert not any("://" in value or value.startswith("//") for value in links)


def test_pages_name_every_thread_and_comment(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """The ids of threads and their comments stand in the pages as attributes, for those who verify."""
    place, threads = city_snapshot
    found: dict[str, list[str]] = {}
    for page in place.pages().values():
        for _, name, value in page.attributes:
            if name == "data-thread-id":
                found[value] = []
            elif name == "data-comment-id":
                found[list(found)[-1]].append(value)
    assert {thread.post.id: sorted(comment.id for comment in thread.comments) for thread in threads} == {
        thread: sorted(comments) for thread, comments in found.items()
    }


def test_every_link_and_picture_of_the_pages_exists(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """No address in the pages leads nowhere."""
    place, _ = city_snapshot
    for name, page in place.pages().items():
        for _, attribute, value in page.attributes:
            if attribute in {"src", "href"}:
                assert (place.out / name).parent.joinpath(value.split("#")[0]).resolve().is_file(), (name, value)


def test_verapdf_accepts_the_snapshot(city_snapshot: tuple[Rendered, list[Thread]], tmp_path: Path) -> None:
    """The PDFs of an ordinary and of a hostile account are PDF/A-2a and PDF/UA-1 by veraPDF; a text file is not."""
    if lacking := verapdf.missing():
        assert os.environ.get("CI") != "true", f"veraPDF needs {lacking}"
        pytest.skip(f"veraPDF needs {lacking}")
    hostile = Rendered(tmp_path)
    hostile.render(
        hostile_threads(hostile.samples), volume_size=3, language="en", cover=None, avatar=None, profile=None
    )
    empty = Rendered(tmp_path / "media")
    empty.render([])
    files = [*city_snapshot[0].out.glob("*.pdf"), *sorted(hostile.out.glob("*.pdf")), *empty.out.glob("*.pdf")]
    verdicts = verapdf.judge(files)
    assert len(files) == 5
    assert len(verdicts) == 10
    assert {verdict.flavour: verdict.failures for verdict in verdicts if not verdict.compliant} == {}
    assert all(verdict.checks > 1000 for verdict in verdicts)
    no_pdf = tmp_path / "no.pdf"
    no_pdf.write_text("%PDF-1.7 but nothing more")
    assert [verdict.compliant for verdict in verapdf.judge([no_pdf])] == [False, False]


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a snapshot."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_input_same_bytes_in_any_process(tmp_path: Path) -> None:
    """Two processes with other hash seeds, time zones, locales and folders write the same bytes, and no path."""
    program = textwrap.dedent("""
        import sys; from pathlib import Path
        from test_snapshot import Rendered, city, hostile_threads
        place = Rendered(Path(sys.argv[1]))
        place.render(city(place.samples) + hostile_threads(place.samples), volume_size=4)
    """)
    found = []
    for number, (seed, zone, locale) in enumerate((("1", "UTC", "C"), ("4711", "Asia/Tokyo", "C.UTF-8"))):
        folder = tmp_path / ("x" * (1 + 20 * number))
        folder.mkdir()
        tests = Path(__file__).parent
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale,
                       "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"}  # fmt: skip
        subprocess.run([sys.executable, "-c", program, str(folder)], check=True, env=environment, cwd=folder)
        found.append(digests(folder / "snapshot"))
        assert not any(str(tmp_path).encode() in path.read_bytes() for path in (folder / "snapshot").rglob("*.*"))
    assert len(found[0]) == 7
    assert found[0] == found[1]


def test_threads_are_read_lazily_and_volumes_let_go(rendered: Rendered) -> None:
    """A volume's PDF is written before the thread after the next is asked for, so memory is bounded by the volume."""
    samples, asked = rendered.samples, []

    def stream() -> Iterator[Thread]:
        for number in range(7):
            asked.append(len(list(rendered.out.glob("*.pdf"))))
            yield Thread(post=samples.post(f"p{number}", f"Inlägg {number}"))

    view = samples.view([Thread(post=samples.post(f"p{number}", "")) for number in range(7)])
    result = render_snapshot(view, stream(), media_file=samples.media_file, out=rendered.out, volume_size=2)
    assert asked == [0, 0, 0, 1, 1, 2, 2]
    assert [volume.threads for volume in result.volumes] == [("p0", "p1"), ("p2", "p3"), ("p4", "p5"), ("p6",)]
    assert [volume.file for volume in result.volumes] == [f"snapshot-00{number}.pdf" for number in (1, 2, 3, 4)]


def test_heavy_threads_end_a_volume_early(rendered: Rendered) -> None:
    """Two threads of 5,000 comments do not share a PDF, and each stays whole."""
    samples, threads = rendered.samples, []
    for name in ("one", "two"):
        post = samples.post(name, "Många svar", platform_comment_count=5000)
        comments = tuple(samples.comment(f"{name}{n}", post, f"Svar {n}", minutes=n) for n in range(5000))
        threads.append(Thread(post=post, comments=comments))
    rendered.render(threads)
    assert [volume.threads for volume in rendered.result.volumes] == [("one",), ("two",)]
    assert rendered.result.html_pages == 3


def test_pages_of_threads_are_linked(rendered: Rendered) -> None:
    """Sixty threads stand on three pages that lead to each other and are all reached from the contents."""
    threads = [Thread(post=rendered.samples.post(f"p{number}", f"Inlägg {number}")) for number in range(60)]
    rendered.render(threads)
    pages = rendered.pages()
    assert list(pages) == ["index.html", "threads/0001.html", "threads/0002.html", "threads/0003.html"]
    assert ("a", "href", "0003.html") in pages["threads/0002.html"].attributes
    assert ("a", "href", "0001.html") in pages["threads/0002.html"].attributes
    assert ("a", "href", "0004.html") not in pages["threads/0003.html"].attributes
    targets = {value for _, name, value in pages["index.html"].attributes if name == "href" and "#" in value}
    assert len(targets) == 60
    ids = {
        f"{name}#{value}"
        for name, page in pages.items()
        for tag, key, value in page.attributes
        if (tag, key) == ("article", "id")
    }
    assert targets == ids


def test_nothing_kept_and_no_profile_is_said(rendered: Rendered) -> None:
    """An account without a kept thread, whose page was refused, still has a snapshot that says so."""
    rendered.render([], profile=None, avatar=None, cover=None, language="en")
    for text in (rendered.html_text(), rendered.pdf_text()):
        assert squeezed("The selection kept no thread.") in text
        assert squeezed("The account's page could not be had.") in text
    assert rendered.result.volumes[0].threads == ()


def test_account_gaps_are_told_on_the_first_pages(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """What the platform refused for the whole account is said in words, with the platform's own."""
    place, _ = city_snapshot
    told = squeezed("händelser – plattformen nekade: (#10) Application does not have permission for this action")
    assert told in place.html_text()
    assert told in place.pdf_text()


def test_pdf_standards_follow_the_view(rendered: Rendered) -> None:
    """Another standard is taken from the view; one that Typst does not know is an error with a next step."""
    rendered.render([], pdf_standards=("a-3b",))
    assert b"<pdfaid:part>3</pdfaid:part>" in (rendered.out / "snapshot-001.pdf").read_bytes()
    with pytest.raises(PackageError, match="a-9z"):
        rendered.render([], pdf_standards=("a-9z",))


def test_extra_fonts_are_used_and_recorded(rendered: Rendered, tmp_path: Path) -> None:
    """A folder of further fonts shows what the bundled ones cannot, and its digests are recorded."""
    from fontTools.ttLib import TTFont

    extra = tmp_path / "extra"
    extra.mkdir()
    bundled = Path(__file__).parents[1] / "urval/package/fonts/NotoSansThai-Regular.ttf"
    with TTFont(bundled) as font:
        for table in font["cmap"].tables:
            table.cmap = {0x4E2D: font.getBestCmap()[0x0E01]}
        for record in font["name"].names:
            font["name"].setName(str(record).replace("Noto Sans Thai", "Urval Test"), record.nameID, record.platformID,
                                 record.platEncID, record.langID)  # fmt: skip
        font.save(extra / "Test.ttf")
    thread = Thread(post=rendered.samples.post("p", "中文"))
    result = render_snapshot(rendered.samples.view([thread]), [thread], media_file=rendered.samples.media_file,
                             out=rendered.out, extra_fonts=extra)  # fmt: skip
    assert "中[U+6587]" in rendered.pdf_text()
    assert result.fonts["Test.ttf"] == hashlib.sha256((extra / "Test.ttf").read_bytes()).hexdigest()
    assert result.unrenderable == 2  # in the text and in the heading made from it


def test_completeness_speaks_for_every_reason(rendered: Rendered) -> None:
    """Equal, unknown and differing counts are each told in their own words."""
    samples = rendered.samples
    threads = [
        Thread(post=samples.post(f"p{number}", "x", day=number, platform_comment_count=0)) for number in range(4)
    ]
    base = counted(threads[0])
    counts = {
        "p0": base,
        "p1": replace(base, platform_count=None, difference=None),
        "p2": replace(base, platform_count=9, difference=9, reasons=tuple((reason.value, 1) for reason in CountReason)),
        "p3": replace(base, platform_count=1, difference=1),
    }
    rendered.render(threads, completeness=counts)
    text = rendered.html_text()
    for told in ("Plattformen räknar 0, insamlat 0: inget saknas.", "Plattformen uppger inget antal; insamlat 0.",
                 "Plattformen räknar 9, insamlat 0: 1 lämnas inte ut, 1 fler listas än räknas, 1 dolda har samlats in",
                 "Plattformen räknar 1, insamlat 0: skillnaden är inte förklarad."):  # fmt: skip
        assert squeezed(told) in text


@pytest.mark.parametrize("visibility", [kind for kind in Visibility if kind is not Visibility.VISIBLE])
def test_visibility_marks(rendered: Rendered, visibility: Visibility) -> None:
    """Whatever a visitor could not see is marked so."""
    from urval.package.snapshot.words_sv import SV

    rendered.render([Thread(post=rendered.samples.post("p", "x", visibility=visibility))])
    assert squeezed(SV[f"mark.{visibility.value}"]) in rendered.html_text()


@pytest.mark.parametrize("reason", list(GapReason))
@pytest.mark.parametrize("kind", list(MediaKind))
def test_every_gap_has_its_frame(rendered: Rendered, reason: GapReason, kind: MediaKind) -> None:
    """Each medium that could not be had is framed with the reason, whatever it is."""
    from urval.package.snapshot.figures import picture_of
    from urval.package.snapshot.labels import Labels

    item = rendered.samples.missing("m", "p", reason, kind)
    shown = picture_of(item, Labels("en", "UTC"), has_file=False)
    assert shown.state == "gap"
    assert shown.heading.startswith("Missing: ")
    assert json.dumps(shown.lines)


def test_chromium_shows_it_from_a_folder(city_snapshot: tuple[Rendered, list[Thread]]) -> None:
    """Opened from disk under its own policy, pictures and styles load, nothing is fetched, nothing overflows."""
    from playwright.sync_api import sync_playwright

    place, _ = city_snapshot
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        for file in ("index.html", "threads/0001.html"):
            page.goto((place.out / file).as_uri())
            page.evaluate("() => document.querySelectorAll('img').forEach(i => { i.loading = 'eager' })")
            page.wait_for_load_state("networkidle")
            sizes = page.evaluate("() => [...document.images].map(i => i.naturalWidth)")
            assert sizes
            assert all(sizes)
            assert page.evaluate("() => getComputedStyle(document.body).maxWidth") == "860px"
            for width in (360, 390, 768, 1280, 1600):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        browser.close()
    assert complaints == []
    assert all(address.startswith("file:") for address in asked)
