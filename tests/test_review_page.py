"""What a reviewer is shown: the same in text, JSON and on the page, in two languages, and nothing hostile in it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from _program import program
from _reviews import PDF, png
from _sample_package import ACCOUNT
from _waiting_store import Waiting, waiting

from flows.review_acts import attach, change, send_back
from flows.review_view import MOST_BYTES, pictures_of, view_of
from flows.reviewing import sitting
from urval.review.page import Pictures, render_page
from urval.review.telling import Teller, shown
from urval.verify.pages import Page

if TYPE_CHECKING:
    from pathlib import Path

    from urval.review.view import ReviewView
    from urval.review.words import Language

TAKEN = datetime(2026, 11, 3, 7, tzinfo=UTC)
NO_PICTURES = Pictures(threads={}, page={}, attached={})


@pytest.fixture
def one(tmp_path: Path) -> Waiting:
    """Return a proposal with a change of each kind and two attached views."""
    made = waiting(tmp_path)
    change(made.run(), ACCOUNT, "add", "t4", reason="Visar en vanlig dag")
    change(made.run(), ACCOUNT, "remove", "t2", reason="Dubblett")
    for data, caption in ((png(400, 4_000), "Min skärm"), (PDF, "Utskrift")):
        attach(made.run(), ACCOUNT, data, caption=caption, taken_by="Bo", taken_at=TAKEN)
    return made


def seen(one: Waiting, language: Language = "sv") -> ReviewView:
    """Return the view of the proposal."""
    with sitting(one.run(), ACCOUNT) as now:
        return view_of(one.run(), ACCOUNT, now, language)


class Texts(HTMLParser):
    """The words of a page, its tags, and the addresses of its pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.pictures: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element."""
        self.tags.append(tag)
        self.pictures += [value or "" for name, value in attrs if name == "src"]

    def handle_data(self, data: str) -> None:
        """Take a text."""
        self.text += data


def test_the_view_says_what_is_proposed(one: Waiting) -> None:
    """Counts, rules with their claims, changes, attachments, gaps and every thread with its reason are there."""
    view = seen(one)
    assert (view.frame, view.kept, view.dropped, view.excluded) == (7, 4, 2, 1)
    assert {rule.id: (rule.threads, rule.claim) for rule in view.rules} == {
        "arenden": (1, "evidential"),
        "bedomda": (2, "illustrative"),
        "mest": (1, "illustrative"),
        "undantag": (1, ""),
        "review": (2, ""),
    }
    assert [thread.id for thread in view.of("kept")] == ["t4", "t3", "t7", "t1"]
    assert [thread.id for thread in view.of("excluded")] == ["t6"]
    why = {thread.id: thread.why for thread in view.threads}
    assert why["t4"] == ("Tillagd vid granskningen av Alva 2026-11-03 09:00: Visar en vanlig dag",)
    assert why["t2"][0] == "Borttagen vid granskningen av Alva 2026-11-03 09:00: Dubblett"
    assert all(why.values())
    assert [entry["caption"] for entry in view.attachments] == ["Min skärm", "Utskrift"]
    assert (view.stands, view.persons, view.approvals) == ("proposed", 1, ())
    assert view.account_gaps
    assert view.look is None
    with sitting(one.run(), ACCOUNT) as now:
        assert view.proposal == now.proposal.digest


@pytest.mark.parametrize("language", ["sv", "en"])
def test_text_and_page_tell_the_same(one: Waiting, language: Language) -> None:
    """Each sentence of the text is on the page, and each thread with its id and its reasons."""
    view = seen(one, language)
    teller = Teller(view, language)
    lines = list(teller.lines())
    page = Texts(render_page(view, NO_PICTURES, language)).text
    told = [teller.completeness(), teller.look(), *teller.gaps(), *map(teller.change, view.changes)]
    told += [*map(teller.attachment, view.attachments), *(value for _, value in teller.head())]
    for sentence in told:
        assert any(sentence in line for line in lines), sentence
        assert sentence in page, sentence
    for thread in view.threads:
        line = next(line for line in lines if line.startswith(f"  {thread.id}  "))
        for words in (thread.id, *thread.why):
            assert words in line
            assert words in page
    assert f"--proposal {view.proposal[:16]}" in page


def test_json_has_all_of_the_view(one: Waiting) -> None:
    """The JSON holds every field, with times in UTC."""
    view = seen(one)
    value = json.loads(json.dumps(view.as_json()))
    assert set(value) == {field.name for field in dataclasses.fields(view)}
    assert [thread["id"] for thread in value["threads"]] == [thread.id for thread in view.threads]
    assert value["changes"][0]["at"] == "2026-11-03T08:00:00Z"
    assert value["attachments"][0]["taken_at"] == "2026-11-03T07:00:00Z"


def test_the_page_needs_nothing_else(one: Waiting) -> None:
    """No script, no form, no address; the one style is the one allowed, and pictures are inside the page."""
    with sitting(one.run(), ACCOUNT, whole=True) as now:
        view = view_of(one.run(), ACCOUNT, now, "sv")
        pictures = pictures_of(one.run(), ACCOUNT, now, view)
    text = render_page(view, pictures, "sv")
    page = Texts(text)
    assert not {"script", "iframe", "form", "link", "a", "object"} & set(page.tags)
    assert len(page.pictures) == len(pictures.threads) + len(pictures.page) + len(pictures.attached) > 3
    assert all(re.fullmatch(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+", address) for address in page.pictures)
    style = text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'" in text
    assert len(text) < 2 * MOST_BYTES
    read = Page("page.html", frozenset())
    read.feed(text)
    assert {found for _, found in read.faults} == {"<style>"}


def test_pictures_are_small(one: Waiting) -> None:
    """A screenshot of a long page shows its top, no thread has more than one picture, and none is large."""
    with sitting(one.run(), ACCOUNT, whole=True) as now:
        view = view_of(one.run(), ACCOUNT, now, "sv")
        pictures = pictures_of(one.run(), ACCOUNT, now, view)
    assert set(pictures.threads) == {"t1"}
    assert set(pictures.page) == {"avatar", "cover"}
    assert set(pictures.attached) == {entry["sha256"] for entry in view.attachments if entry["mime"] == "image/png"}
    assert pictures.left == 0
    head = base64.b64decode(next(iter(pictures.attached.values())).split(",")[1])
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (320, 448)


def test_hostile_texts_stay_texts(one: Waiting) -> None:
    """Archived text neither becomes markup on the page nor moves the cursor of a terminal."""
    view = seen(one)
    evil = "<script>alert(1)</script>\x1b[2J\u202eelif\x00"
    threads = tuple(
        dataclasses.replace(thread, text=evil, id=f"{evil}{place}", why=(evil,))
        for place, thread in enumerate(view.threads)
    )
    view = dataclasses.replace(view, threads=threads, account_gaps=(evil,), vanished=(evil,), look=("name",))
    text = render_page(view, NO_PICTURES, "en")
    assert "script" not in Texts(text).tags
    for told in (text, *Teller(view, "en").lines()):
        assert not set("\x1b\u202e\x00") & set(told)
    assert shown("å\u202e\x07") == "å··"


def test_a_proposal_without_threads_is_shown(one: Waiting) -> None:
    """An empty frame is shown as such, in text and on the page."""
    view = dataclasses.replace(seen(one), threads=(), rules=(), frame=0, kept=0, dropped=0, excluded=0)
    assert "Inga regler gäller." in Texts(render_page(view, NO_PICTURES, "sv")).text
    assert "Inga regler gäller." in list(Teller(view, "sv").lines())


def test_a_proposal_that_was_sent_back_says_why(one: Waiting) -> None:
    """Who looks later sees that it is closed, why, and no longer what to do with it."""
    send_back(one.run(), ACCOUNT, reason="Bilderna saknas")
    view = seen(one)
    assert (view.stands, view.returned) == ("returned", "Bilderna saknas")
    page = Texts(render_page(view, NO_PICTURES, "sv")).text
    assert "Bilderna saknas" in page
    assert "review approve" not in page


def test_the_command_from_end_to_end(tmp_path: Path, one: Waiting) -> None:
    """A person lists, shows, changes, attaches, is refused, and approves by digest; then the package is there."""
    tool = program(tmp_path, USER="Cilla")
    common = ["--spec", one.spec, "--store", one.store, "--account", ACCOUNT, "--occasion", "2026-host"]
    common += ["--fixed-time", "2026-11-04T09:00:00+01:00"]

    def ask(*arguments: object, ends: int = 0, **environment: str) -> str:
        done = tool.run("review", *arguments, *common, **environment)
        assert done.returncode == ends, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    listed = tool.run("review", "list", *common[:4], *common[-2:])
    assert listed.stdout.startswith(f"{ACCOUNT}  2026-host  2026-05-01--2026-11-01  waits for 2 days, 0 of 1 approvals")
    before = json.loads(ask("show", "--json"))
    (tmp_path / "view.png").write_bytes(png(colour="red"))
    about = ["--caption", "Telefonen", "--taken-by", "Cilla", "--taken-at", "2026-11-04T08:00+01:00"]
    assert "no time with a time zone" in ask("attach", tmp_path / "view.png", *about[:-1], "i går", ends=2)
    assert "cannot be read" in ask("attach", tmp_path / "none.png", *about, ends=2)
    assert "attached view.png, image/png" in ask("attach", tmp_path / "view.png", *about)
    assert "is not the one that stands now" in ask("approve", "--proposal", before["proposal"], ends=1)
    assert "excluded by rule undantag" in ask("add", "t6", "--reason", "x", ends=2)
    assert "nobody is named" in ask("remove", "t1", "--reason", "x", ends=2, USER="")
    assert "took out t1: 3 kept, 3 dropped, 1 excluded" in ask("remove", "t1", "--reason", "Dubblett")
    page = tmp_path / "page.html"
    assert ask("show", "--page", page, "--language", "en").strip() == str(page)
    assert page.read_text().startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "cannot be written" in ask("show", "--page", tmp_path / "no" / "page.html", ends=2)
    now = json.loads(ask("show", "--json"))["proposal"]
    done = ask("approve", "--proposal", now[:10])
    assert "package stored" in done
    assert "7 threads: 3 kept, 3 dropped, 1 excluded" in done
    assert "it stands at 'verified'" in ask("approve", "--proposal", now[:10], ends=1)
    assert "a supplement to" in ask("supplement", "--reason", "En forskare bad om tråden")
    assert "sent back" in ask("return", "--reason", "Behövs inte")
