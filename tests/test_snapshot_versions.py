"""Earlier wordings in the snapshot: every one is shown below what replaced it, and none is taken for it."""

from __future__ import annotations

import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from _rendered import Rendered, squeezed
from _samples import CAPTURED, START, Samples

from urval.package.snapshot.labels import Labels
from urval.package.snapshot.marks import marks_of
from urval.records import Comment, Edited, Post, Version, Visibility
from urval.source import Thread

sys.path.insert(0, str(Path(__file__).with_name("verapdf")))
import verapdf  # the folder is no package: it is a test program beside its Java source

HOSTILE = '<script>alert(1)</script> {{ 7*7 }} #panic("x") *stark*\x00 ' + "A" * 400 + "\u202eomvänd"


def version(of: Post | Comment, number: int, text: str, **changes: Any) -> Version:
    """Return an earlier wording, written ``number`` hours into the sample's time."""
    values: dict[str, Any] = {
        "platform": of.platform, "account_id": of.account_id, "subject_id": of.id, "number": number, "text": text,
        "thread_id": of.post_id if isinstance(of, Comment) else of.id,
        "created_at": START + timedelta(hours=number), "captured_at": CAPTURED, "exchange": "0" * 64, "raw": "{}",
    }  # fmt: skip
    return Version(**{**values, **changes})


def edited_thread(samples: Samples) -> Thread:
    """Return a thread whose post was changed twice and whose comment once, at a time not told."""
    post = samples.post("p", "Bron öppnar lördag kl. 11.", edited=Edited.YES, updated_at=START + timedelta(hours=5))
    comment = samples.comment("c", post, "Vad fint!", edited=Edited.YES)
    other = samples.comment("d", post, "Grattis!", minutes=9)
    versions = (
        version(post, 1, "Bron öppnar söndag kl. 10."),
        version(post, 0, "Bron öppnar söndag."),
        version(comment, 0, "Vad fult!", created_at=None),
    )
    return Thread(post=post, comments=(comment, other), versions=versions)


def test_every_earlier_wording_stands_below_the_text_that_replaced_it(tmp_path: Path) -> None:
    """Oldest first, each with its number, its time and its text, in HTML and PDF; the mark tells how many there are."""
    rendered = Rendered(tmp_path)
    rendered.render([edited_thread(rendered.samples)])
    in_order = (
        "Redigerad 12 januari 2026 kl. 14:30 (UTC+01:00), 2 tidigare lydelser",
        "Bron öppnar lördag kl. 11.",
        "Tidigare lydelse 1 av 2, 12 januari 2026 kl. 09:30 (UTC+01:00)",
        "Bron öppnar söndag.",
        "Tidigare lydelse 2 av 2, 12 januari 2026 kl. 10:30 (UTC+01:00)",
        "Bron öppnar söndag kl. 10.",
        "Redigerad, 1 tidigare lydelse",
        "Vad fint!",
        "Tidigare lydelse 1 av 1, när den skrevs uppges inte",
        "Vad fult!",
        "Grattis!",
    )
    for text in (rendered.html_text(), rendered.pdf_text()):
        shown = text[text.rindex(squeezed("Tråd 1 · 12 januari 2026")) :]
        places = [shown.find(squeezed(line)) for line in in_order]
        assert -1 not in places
        assert places == sorted(places)
        assert text.count(squeezed("Tidigare lydelse")) == 3


def test_an_earlier_wording_is_read_by_the_form_its_platform_gives(tmp_path: Path) -> None:
    """Markup of a Mastodon text becomes lines; the same signs in an X text are shown as they stand."""
    rendered = Rendered(tmp_path)
    threads = []
    for platform in ("mastodon", "x"):
        post = rendered.samples.post(platform, "nu", platform=platform)
        threads.append(Thread(post=post, versions=(version(post, 0, "<p>förr</p><p>en gång</p>"),)))
    rendered.render(threads, language="en")
    page = (rendered.out / "threads" / "0001.html").read_text(encoding="utf-8")
    assert page.count('<p dir="ltr" class="l-p">förr</p>') == 1
    assert page.count("&lt;p&gt;förr&lt;/p&gt;&lt;p&gt;en gång&lt;/p&gt;") == 1
    assert "Earlier wording 1 of 1" in page


def test_a_hostile_earlier_wording_stays_text(tmp_path: Path) -> None:
    """Script, template and Typst markup of an earlier wording are shown, never run."""
    rendered = Rendered(tmp_path)
    post = rendered.samples.post("p", "nu")
    rendered.render([Thread(post=post, versions=(version(post, 0, HOSTILE),))])
    for page in rendered.pages().values():
        assert "script" not in page.tags
    for text in (rendered.html_text(), rendered.pdf_text()):
        assert squeezed('<script>alert(1)</script> {{ 7*7 }} #panic("x") *stark*') in text
        assert "[U+0000]" in text
        assert "A" * 400 in text


def test_verapdf_accepts_earlier_wordings(tmp_path: Path) -> None:
    """A PDF with earlier wordings, hostile ones too, is PDF/A-2a and PDF/UA-1 by veraPDF."""
    if lacking := verapdf.missing():
        assert os.environ.get("CI") != "true", f"veraPDF needs {lacking}"
        pytest.skip(f"veraPDF needs {lacking}")
    rendered = Rendered(tmp_path)
    post = rendered.samples.post("h", "nu")
    hostile = Thread(post=post, versions=(version(post, 0, HOSTILE), version(post, 1, "")))
    rendered.render([edited_thread(rendered.samples), hostile])
    verdicts = verapdf.judge([*rendered.out.glob("*.pdf")])
    assert len(verdicts) == 2
    assert all(verdict.compliant for verdict in verdicts), verdicts


@pytest.mark.parametrize(
    ("visibility", "hidden", "marks"),
    [
        (Visibility.HELD, True, ("Hålls för granskning",)),
        (Visibility.HIDDEN, True, ("Dold",)),
        (Visibility.VISIBLE, True, ("Dold",)),
        (Visibility.DELETED_BY_US, True, ("Borttagen av kontot", "Dold")),
        (Visibility.VISIBLE, False, ()),
    ],
)
def test_what_visitors_do_not_see_is_marked_once(
    tmp_path: Path, visibility: Visibility, hidden: bool, marks: tuple[str, ...]
) -> None:
    """A comment that is held is hidden too, and says the one that tells more."""
    samples = Samples(tmp_path)
    comment = samples.comment("c", samples.post("p", "x"), "y", visibility=visibility, hidden=hidden)
    assert marks_of(comment, Labels("sv", "Europe/Stockholm"), hidden=hidden) == marks


def test_an_earlier_wording_of_what_is_not_said_to_be_edited_is_marked(tmp_path: Path) -> None:
    """Where the platform does not say that a text was changed, the known wordings are marked all the same."""
    post = Samples(tmp_path).post("p", "x", edited=Edited.UNKNOWN)
    assert marks_of(post, Labels("en", "Europe/Stockholm"), earlier=2) == ("2 earlier wordings",)
    assert not re.search("Edited", " ".join(marks_of(post, Labels("en", "Europe/Stockholm"), earlier=2)))
