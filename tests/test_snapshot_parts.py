"""The snapshot's pure parts: words, glyphs, texts, the comments' order, and pictures made fit for the PDF."""

from __future__ import annotations

import json
import random
import re
import string
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typst
from _samples import Samples, paint
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from urval.package.snapshot.document import reading_order
from urval.package.snapshot.glyphs import Sanitizer, html_safe, load_fonts
from urval.package.snapshot.labels import WORDS, Labels
from urval.package.snapshot.pdf import row_sizes
from urval.package.snapshot.pictures import LONG_EDGE, rendition
from urval.package.snapshot.richtext import Placeholders, direction_of, html_blocks, one_line, plain_blocks
from urval.records import CountReason, Direction, GapReason, MediaKind, Visibility

if TYPE_CHECKING:
    from urval.package.snapshot.richtext import Block

FONTS = load_fonts((Path(__file__).parents[1] / "urval/package/fonts",))
SANITIZER = Sanitizer(FONTS)
WORDS_EN = Placeholders("Picture", "Embedded content")
TOKEN = re.compile(r"\[U\+[0-9A-F]{4,6}\]")
TAGS = ("<p>", "</p>", "<ul>", "<li>", "</ul>", "<b>", "</b>", "<a href=x>", "</a>", "<br>", "<pre>", "<blockquote>",
        "</blockquote>", "<ol>", "</ol>", "ord", " ", "&amp;", "<!--", "-->", "<", "]]>")  # fmt: skip
TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


def words_of(blocks: tuple[Block, ...]) -> list[str]:
    """Return the text of each block."""
    return ["".join(run.text for run in block.runs) for block in blocks]


# ---- words ---------------------------------------------------------------------------------------------------------


def test_both_languages_say_everything() -> None:
    """Swedish and English have the same keys, the same places for values, and no empty text."""
    swedish, english = WORDS["sv"], WORDS["en"]
    assert list(swedish) == list(english)
    for key, text in swedish.items():
        assert text, key
        assert english[key], key
        places = [
            sorted(name for _, name, _, _ in string.Formatter().parse(words) if name) for words in (text, english[key])
        ]
        assert places[0] == places[1], key
    assert len(swedish["months"].split()) == len(english["months"].split()) == 12


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [("gap", GapReason), ("count", CountReason), ("media", MediaKind), ("direction", Direction),
     ("mark", [kind for kind in Visibility if kind is not Visibility.VISIBLE])],
)  # fmt: skip
def test_every_code_has_words(prefix: str, codes: list[str]) -> None:
    """No code of the common model reaches a reader as a code."""
    assert {f"{prefix}.{code}" for code in codes} <= set(WORDS["sv"])


def test_times_and_numbers_are_local() -> None:
    """Times carry their offset on both sides of the clock change; periods are told by their last day."""
    swedish, english = Labels("sv", "Europe/Stockholm"), Labels("en", "Europe/Stockholm")
    assert swedish.time(datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == "29 mars 2026 kl. 01:59 (UTC+01:00)"
    assert english.time(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == "29 March 2026 at 03:00 (UTC+02:00)"
    assert swedish.machine_time(datetime(2026, 7, 1, 10, tzinfo=UTC)) == "2026-07-01T12:00:00+02:00"
    assert swedish.span(datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC)) == (
        "1 januari 2026 – 30 juni 2026"
    )
    assert english.span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)).endswith(
        "01:00 (UTC+01:00)"
    )
    assert (swedish.number(1234567), english.number(1234567)) == ("1\u00a0234\u00a0567", "1,234,567")


# ---- glyphs --------------------------------------------------------------------------------------------------------


@given(TEXT)
def test_sanitizing_twice_changes_nothing_more(text: str) -> None:
    """What was made showable is showable, and each replaced code point is one visible token."""
    shown, replaced = SANITIZER.sanitize(text)
    assert SANITIZER.sanitize(shown) == (shown, 0)
    assert len(TOKEN.findall(shown)) == len(TOKEN.findall(text)) + replaced
    assert replaced or shown == text


@given(st.text(string.ascii_letters + string.digits + string.punctuation + " \n\tåäöÅÄÖéüñ–—’”…€🎉💙", max_size=60))
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Swedish text, line breaks and common emoji pass as they are."""
    assert SANITIZER.sanitize(text) == (text, 0)


@given(TEXT)
def test_html_safe_text_can_be_written(text: str) -> None:
    """What HTML cannot carry becomes visible; everything else keeps its characters."""
    safe = html_safe(text)
    safe.encode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", safe)
    if text.isprintable():
        assert safe == text


@pytest.mark.parametrize(
    "kept",
    [
        "👩\u200d👩\u200d👧",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "🇸🇪",
        "👍🏽",
        "e\u0301",
        "שָׁלוֹם",
        "مُحَمَّد",
        "नमस्ते",
        "ภาษาไทยน้ำ",
        "ኢትዮጵያ",
        "ქართული",
        "🩷",
    ],
)
def test_sequences_survive(kept: str) -> None:
    """Joined emoji, keycaps, flags, accents and vowel signs are one cluster each and stay so."""
    assert SANITIZER.sanitize(kept) == (kept, 0)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("a\x00b", "a[U+0000]b"), ("\ue000", "[U+E000]"), ("\ufeffa", "[U+FEFF]a"),
        ("\U0001fae9\ufe0f!", "[U+1FAE9][U+FE0F]!"),
        ("\ud83d", "[U+D83D]"), ("\ufdd0", "[U+FDD0]"), ("\U0010ffff", "[U+10FFFF]"), ("\u0301a", "[U+0301]a"),
        ("4\u0902", "4[U+0902]"), ("中", "[U+4E2D]"), ("\r", "[U+000D]"), ("\x9b", "[U+009B]"), ("\u0378", "[U+0378]"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_told(given_text: str, shown: str) -> None:
    """Controls, private use, noncharacters, lone surrogates, orphan marks and uncovered scripts become tokens."""
    assert SANITIZER.sanitize(given_text)[0] == shown


def test_typst_takes_whatever_the_sanitizer_lets_through() -> None:
    """Every code point of Unicode, alone and in wild company, sets without a refusal once it is sanitized."""
    chars = [chr(point) for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF]
    kept = [char for char in chars if SANITIZER.sanitize(char)[1] == 0]
    dice = random.Random(20260415)
    marks = [char for char in chars if SANITIZER.sanitize("a" + char)[0] == "a" + char and SANITIZER.sanitize(char)[1]]
    wild = ["".join(dice.choice(dice.choice((kept, marks))) for _ in range(10)) for _ in range(1500)]
    lines = [*kept, *(SANITIZER.sanitize(text)[0] for text in wild)]
    families = ", ".join(f'"{family}"' for family in FONTS.families)
    template = f'#set document(title: "x")\n#set text(font: ({families}))\n= X\n'
    template += "#for t in json(bytes(sys.inputs.data)) [ #par(t) ]"
    pdf = typst.compile(
        template.encode(), format="pdf", pdf_standards=["a-2a", "ua-1"], sys_inputs={"data": json.dumps(lines)},
        ignore_system_fonts=True, font_paths=list(FONTS.folders),
    )  # fmt: skip
    assert pdf.startswith(b"%PDF-1.7")
    assert len(kept) > 11_000


# ---- texts ---------------------------------------------------------------------------------------------------------


def test_plain_text_keeps_its_lines() -> None:
    """One block a line, with empty lines as gaps, whatever the line break."""
    blocks = plain_blocks("ett\r\ntvå\n\n\ntre\u2028fyra\n")
    assert words_of(blocks) == ["ett", "två", "tre", "fyra"]
    assert [block.gap for block in blocks] == [False, False, True, False]


@given(TEXT)
def test_plain_text_loses_no_character(text: str) -> None:
    """All that is not white space is in the blocks, in order."""
    assert "".join("".join(words_of(plain_blocks(text))).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "direction"),
    [("hej", "ltr"), ("مرحبا hej", "rtl"), ("12 שלום", "rtl"), ("hej مرحبا", "ltr"), ("…", "ltr")],
)
def test_direction_follows_the_first_strong_character(text: str, direction: str) -> None:
    """A line's base direction is that of its first letter."""
    assert direction_of(text) == direction


def test_html_becomes_blocks() -> None:
    """WordPress markup keeps its structure: paragraphs, emphasis, addresses, lists, headings, quotations, pictures."""
    blocks = html_blocks(
        '<h2>Ny <b>bro</b></h2>\n<p>Läs <a href="https://x.example/a">mer</a> &amp; <em>snart</em><br>igen</p>'
        "<ol><li>ett</li><li>två<ul><li>under</li></ul></li></ol><blockquote><p>sagt</p></blockquote>"
        '<figure><img src="http://evil.example/x.png" alt="En bro"></figure><p>slut',
        WORDS_EN,
    )
    texts = [text.strip() for text in words_of(blocks)]
    assert [(block.kind, block.marker, block.level, text) for block, text in zip(blocks, texts, strict=True)] == [
        ("h", "", 0, "Ny bro"), ("p", "", 0, "Läs mer (https://x.example/a) & snart"), ("p", "", 0, "igen"),
        ("li", "1.", 1, "ett"), ("li", "2.", 1, "två"), ("li", "•", 2, "under"), ("quote", "", 0, "sagt"),
        ("p", "", 0, "[Picture: En bro]"), ("p", "", 0, "slut"),
    ]  # fmt: skip
    assert [run.text for run in blocks[0].runs if run.bold] == ["bro"]
    assert [run.text for run in blocks[1].runs if run.italic] == ["snart"]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<script>alert(1)</script>a<style>p{}</style>b", ["ab"]),
        ("<p onclick=x>a<svg><text>b</text></svg></p>", ["ab"]),
        ("<iframe src='https://v.example/1'></iframe>", ["[Embedded content: https://v.example/1]"]),
        ("<a href='https://x.example/'>https://x.example</a>", ["https://x.example"]),
        ("</p></ul></blockquote></b>text", ["text"]),
        ("<pre>a  b\n c</pre>", ["a  b", " c"]),
        ("&lt;script&gt;", ["<script>"]),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", ["1 2", "3"]),
        ("<script>never closed", []),
    ],
)
def test_odd_html_leaves_its_text(markup: str, words: list[str]) -> None:
    """Scripts and styles vanish, everything else leaves its text, and broken markup is taken as it comes."""
    assert [text.rstrip() for text in words_of(html_blocks(markup, WORDS_EN))] == words


@given(st.lists(st.sampled_from(TAGS)))
def test_any_html_can_be_read(parts: list[str]) -> None:
    """No sequence of tags breaks the parser, and indentation stays within bounds."""
    assert all(0 <= block.level <= 6 for block in html_blocks("".join(parts), WORDS_EN))


def test_deep_html_takes_linear_time() -> None:
    """A hundred thousand nested elements are read without recursion."""
    blocks = html_blocks("<div><ul><li><a href=y>" * 25_000 + "djupt", WORDS_EN)
    assert words_of(blocks) == ["djupt"]


def test_headings_have_no_direction_controls() -> None:
    """A title is cut at a word, on one line, and cannot turn the text around it."""
    assert one_line(plain_blocks("ett\u202e två\ntre"), 72) == "ett två tre"
    title = one_line(plain_blocks("Vi öppnar " + "snart " * 40), 72)
    assert len(title) <= 74
    assert title.endswith("snart …")


# ---- comments ------------------------------------------------------------------------------------------------------


@given(st.lists(st.none() | st.integers(0, 12), max_size=12))
def test_reading_order_loses_no_comment(tmp_path_factory: pytest.TempPathFactory, parents: list[int | None]) -> None:
    """Whatever the parents say, rings and missing ones included, each comment stands once, after its parent."""
    samples = Samples(tmp_path_factory.getbasetemp())
    post = samples.post("p", "x")
    comments = [
        samples.comment(str(number), post, "x", minutes=number, parent_id=None if parent is None else str(parent))
        for number, parent in enumerate(parents)
    ]
    placed = reading_order(reversed(comments))
    assert sorted(comment.id for comment, _, _ in placed) == sorted(comment.id for comment in comments)
    depths = {comment.id: depth for comment, depth, _ in placed}
    seen: set[str] = set()
    for comment, depth, parent in placed:
        seen.add(comment.id)
        assert (parent is None) == (depth == 0)
        if parent is not None:
            assert parent.id == comment.parent_id
            assert parent.id in seen
            assert depth == depths[parent.id] + 1


def test_a_thread_of_ten_thousand_levels_is_read(tmp_path: Path) -> None:
    """Depth is no limit: the order is found without recursion."""
    samples = Samples(tmp_path)
    post = samples.post("p", "x")
    chain = [samples.comment(f"{n:05d}", post, "x", minutes=n, parent_id=f"{n - 1:05d}") for n in range(10_000)]
    assert [depth for _, depth, _ in reading_order(chain)] == list(range(10_000))


# ---- pictures ------------------------------------------------------------------------------------------------------


@given(st.integers(0, 200))
def test_album_rows_hold_every_picture(count: int) -> None:
    """Rows of one to three pictures add up to the album."""
    sizes = row_sizes(count)
    assert sum(sizes) == count
    assert all(1 <= size <= 3 for size in sizes)


def test_pictures_are_upright_bounded_and_bare(tmp_path: Path) -> None:
    """A turned 4000-pixel photo comes out upright, within the long edge, and without its metadata."""
    source = tmp_path / "in.jpg"
    paint(source, (4000, 1000), 20)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "secret place"
    with Image.open(source) as picture:
        picture.save(tmp_path / "turned.jpg", exif=exif, quality=90)
    made = rendition(tmp_path / "turned.jpg", tmp_path, "out")
    assert made is not None
    assert (made.name, made.width, made.height) == ("out.jpg", LONG_EDGE // 4, LONG_EDGE)
    assert b"secret place" not in (tmp_path / made.name).read_bytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"])
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    """Transparency lies on white, print colours and deep greys become sRGB."""
    source = tmp_path / ("in.jpg" if mode == "CMYK" else "in.png")
    paint(tmp_path / "rgb.png", (60, 40), 100)
    with Image.open(tmp_path / "rgb.png") as painted:
        picture = painted.convert("RGB")
    if mode == "I;16":
        picture = Image.frombytes("I;16", (60, 40), b"\x00\x80" * 2400)
    elif mode == "RGBA":
        picture = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    else:
        picture = picture.convert(mode)
    picture.save(source)
    made = rendition(source, tmp_path, "out")
    assert made is not None
    with Image.open(tmp_path / made.name) as out:
        assert (out.mode, out.size) == ("RGB", (60, 40))
        expected = {"RGBA": (255, 255, 255), "I;16": (127, 127, 127)}
        assert out.getpixel((5, 5)) == expected.get(mode, out.getpixel((5, 5)))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(50), b"<svg/>", b"%PDF-1.4"])
def test_bytes_that_are_no_picture_give_none(tmp_path: Path, data: bytes) -> None:
    """What cannot be read is left to a frame."""
    source = tmp_path / "in.bin"
    source.write_bytes(data)
    assert rendition(source, tmp_path, "out") is None


def test_truncated_and_huge_pictures_give_none(tmp_path: Path) -> None:
    """Half a photo is not shown as a whole one, and a picture of 10^10 pixels is never opened up."""
    whole = tmp_path / "whole.jpg"
    paint(whole, (800, 600), 5)
    half = tmp_path / "half.jpg"
    half.write_bytes(whole.read_bytes()[:4000])
    assert rendition(half, tmp_path, "out") is None
    huge = tmp_path / "huge.png"
    Image.new("1", (8, 8)).save(huge)
    data = bytearray(huge.read_bytes())
    data[16:24] = (100_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    huge.write_bytes(bytes(data))
    assert rendition(huge, tmp_path, "out") is None
