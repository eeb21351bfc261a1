"""A year of Exempelstad in a simulated clock: every stage is the ``urval`` command, beside a city of that day.

The city's posts are those written by then. The year holds two ordinary occasions, one that was missed and caught up, a
change of the page's look, an account that closes, a leader in full, a removal, a rule that changes by date, and a
supplement.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from _program import ROOT, Program, program
from PIL import Image, ImageDraw

from connectors.sandbox import LEADER, MAIN, City, Sandbox
from connectors.sandbox.pictures import Picture

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

MAIN_PAGE, LEADER_PAGE, NEWS = "exempelstad-facebook", "kommundirektoren-facebook", "exempelstad-nyheter"
SPRING, AUTUMN = "2026-var", "2026-host"
REMOVED = "Borttagen kommentar med grov förolämpning"
CLOSING = "2026-10-01"
END = "2026-12-01T08:00:00+01:00"
CHANGED = datetime.fromisoformat("2026-09-10T00:00:00+02:00")

_OLD_RULE = """\
  - id: slumpurval
    rule: simple_random
    applies_to: {accounts: [exempelstad-facebook]}
    n: 5
"""
_DATED_RULES = """\
  - id: slumpurval
    version: "1"
    valid_to: 2026-06-30
    rule: simple_random
    applies_to: {accounts: [exempelstad-facebook]}
    n: 3
    purpose: Ett urval utan avsikt, som stöd för slutsatser om helheten.

  - id: slumpurval
    version: "2"
    valid_from: 2026-07-01
    decision_ref: KS 2026/0211
    rule: simple_random
    applies_to: {accounts: [exempelstad-facebook]}
    n: 8
"""
_CLOSING_RULE = """\
  - id: avslutas-i-sin-helhet
    rule: census
    applies_to: {occasions: [closing]}
    purpose: Ett konto som avslutas bevaras i sin helhet en sista gång.

  - id: undantag
"""


@dataclass
class Year:
    """The year's folder, its spec and store, and the clock."""

    program: Program
    city: City
    now: str = "2026-05-02T03:00:00+02:00"

    @property
    def folder(self) -> Path:
        """Return where everything lies."""
        return self.program.folder

    @property
    def spec(self) -> Path:
        """Return the year's archive spec."""
        return self.folder / "spec.yaml"

    @property
    def store(self) -> Path:
        """Return the store."""
        return self.program.store

    def ask(self, *command: object, ends: int = 0) -> subprocess.CompletedProcess[str]:
        """Give a command that takes spec, store and time; it must end with the status expected."""
        common = ("--spec", self.spec, "--store", self.store, "--fixed-time", self.now)
        done = self.program.run(*command, *common, USER="arkivarien")
        assert done.returncode == ends, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def told(self, *command: object) -> Any:
        """Give a command and return its JSON."""
        return json.loads(self.ask(*command, "--json").stdout)

    @contextmanager
    def on(self, moment: str) -> Iterator[Year]:
        """Let it be a day: the city has written what it wrote by then, and its page looks as it looks then."""
        at = datetime.fromisoformat(moment)
        with Sandbox(_city_of(self.city, at), clock=lambda: at) as sandbox:
            reach = ",".join(f"{name}={address}" for name, address in sandbox.connect_to.items())
            environment = self.program.environment | {
                "URVAL_CONNECT_TO": reach,
                "URVAL_SANDBOX_TOKEN": sandbox.tokens[MAIN],
                "URVAL_SANDBOX_TOKEN_LEADER": sandbox.tokens[LEADER],
            }
            yield replace(self, program=replace(self.program, environment=environment), now=moment)


def a_year(folder: Path) -> Year:
    """Return the year, its spec written, nothing done yet."""
    text = (ROOT / "archive_specs" / "exempelstad.yaml").read_text(encoding="utf-8")
    start = text.index("  - id: slumpurval")
    end = text.index("  - id: var-femte-nyhet")
    text = text[:start] + _DATED_RULES + "\n" + text[end:]
    text = text.replace("  - id: undantag\n", _CLOSING_RULE, 1)
    opened = "    opened: 2016-01-15\n"
    assert text.count(opened) == 1
    text = text.replace(opened, f"{opened}    closing: {CLOSING}\n")
    assert text.count(CLOSING) == 1
    assert text.count("  - id: slumpurval") == 2
    made = program(folder)
    city = City.generate(
        seed=11,
        posts=48,
        comments_mean=4,
        start=datetime.fromisoformat("2025-11-01T00:00:00+01:00"),
        end=datetime.fromisoformat("2026-11-01T00:00:00+01:00"),
        only=(MAIN, LEADER, "nyheter"),
    )
    year = Year(made, city)
    year.spec.write_text(text, encoding="utf-8")
    return year


def screenshot(path: Path) -> Path:
    """Draw what an archivist's own screenshot would be."""
    picture = Image.new("RGB", (900, 600), "#f4f1ea")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 900, 90), fill="#0b5563")
    for row in range(4):
        draw.rectangle((60, 130 + 110 * row, 840, 220 + 110 * row), fill="#ffffff", outline="#c8c2b4")
    picture.save(path)
    return path


def _city_of(city: City, at: datetime) -> City:
    def then(account: Any) -> Any:
        posts = tuple(post for post in account.posts if post.created_at < at)
        new_look = {"cover": Picture("harbour", 7), "about": f"{account.about} Nytt utseende!"} if at > CHANGED else {}
        return replace(account, posts=posts, **(new_look if account.key == MAIN else {}))

    return replace(city, accounts=tuple(then(account) for account in city.accounts))


def approve(year: Year, account: str, occasion: str) -> None:
    """Look at a proposal, and approve what was looked at."""
    shown = year.told("review", "show", "--account", account, "--occasion", occasion)
    year.ask(
        "review", "approve", "--account", account, "--occasion", occasion, "--proposal", shown["proposal"],
        "--by", "Arkivarie Alm",
    )  # fmt: skip


def spring(year: Year) -> None:
    """Two of three accounts are captured; the main page's proposal is changed and pictured; the news are forgotten."""
    with year.on("2026-05-04T03:00:00+02:00") as day:
        for account in (MAIN_PAGE, LEADER_PAGE):
            outcome = day.told("capture", "--occasion", SPRING, "--account", account)
            assert [one["state"] for one in outcome] == ["proposed"]
    with year.on("2026-05-06T09:00:00+02:00") as day:
        of = ("--account", MAIN_PAGE, "--occasion", SPRING)
        threads = day.told("review", "show", *of)["threads"]
        dropped = next(one["id"] for one in threads if one["decision"] == "dropped")
        kept = next(one["id"] for one in threads if one["rules"] == ["mest-kommenterade"])
        day.ask("review", "add", dropped, *of, "--reason", "Visar invigningen av badhuset.", "--by", "Arkivarie Alm")
        day.ask("review", "remove", kept, *of, "--reason", "Dubblett av ett annat inlägg.", "--by", "Arkivarie Alm")
        picture = screenshot(year.folder / "skarmbild.png")
        day.ask(
            "review", "attach", picture, *of, "--caption", "Sidans huvud, som den såg ut", "--taken-by",
            "Alva Exempelsson", "--taken-at", "2026-05-05T10:12:00+02:00", "--by", "Arkivarie Alm",
        )  # fmt: skip
        approve(day, MAIN_PAGE, SPRING)
        approve(day, LEADER_PAGE, SPRING)


def summer(year: Year) -> None:
    """The city removes a comment, and registers it."""
    with year.on("2026-06-23T14:00:00+02:00") as day:
        day.ask(
            "moderate", "add", "--account", MAIN_PAGE, "--text", REMOVED, "--link",
            "https://www.facebook.com/exempelstad/posts/1?comment_id=2", "--reason", "defamation", "--kind", "comment",
            "--removed-by", "Bo Påhittad", "--removed-at", "2026-06-23T13:40:00+02:00", "--case", "KS 2026/0307",
        )  # fmt: skip


def september(year: Year) -> None:
    """The page's look has changed: the check finds it, and the extra occasion is captured and approved."""
    with year.on("2026-09-14T08:00:00+02:00") as day:
        day.ask("occasion", "check", "--account", MAIN_PAGE)
        day.told("capture", "--occasion", "2026-09-14-change", "--account", MAIN_PAGE)
        approve(day, MAIN_PAGE, "2026-09-14-change")


def october(year: Year) -> None:
    """The news site closes: its missed spring is caught up, then its last days are captured in full."""
    with year.on(f"{CLOSING}T09:00:00+02:00") as day:
        outcomes = day.told("capture", "--occasion", "due", "--account", NEWS)
        assert [(one["occasion"], one["state"]) for one in outcomes] == [
            (SPRING, "proposed"), (f"{CLOSING}-closing", "proposed"),
        ]  # fmt: skip
        closing = day.told("review", "show", "--account", NEWS, "--occasion", f"{CLOSING}-closing")
        refused = day.ask(
            "review",
            "approve",
            "--account",
            NEWS,
            "--occasion",
            f"{CLOSING}-closing",
            "--by",
            "Arkivarie Alm",
            "--proposal",
            closing["proposal"],
            ends=2,
        )
        assert "earlier" in refused.stderr
        approve(day, NEWS, SPRING)
        day.ask("capture", "--occasion", f"{CLOSING}-closing", "--account", NEWS)


def autumn_captured(year: Year) -> None:
    """The ordinary autumn occasion is captured, and waits for its review."""
    with year.on("2026-11-02T03:00:00+01:00") as day:
        outcomes = day.told("capture", "--occasion", "due")
        assert {one["account_id"] for one in outcomes} == {MAIN_PAGE, LEADER_PAGE}


def autumn_approved(year: Year) -> None:
    """It is approved, and so is a supplement to the spring's package of the main page."""
    with year.on("2026-11-04T10:00:00+01:00") as day:
        approve(day, MAIN_PAGE, AUTUMN)
        approve(day, LEADER_PAGE, AUTUMN)
        of = ("--account", MAIN_PAGE, "--occasion", SPRING)
        threads = day.told("review", "show", *of)["threads"]
        dropped = [one["id"] for one in threads if one["decision"] == "dropped"]
        day.ask("review", "supplement", *of, "--reason", "Efterfrågat i ett ärende.", "--by", "Arkivarie Alm")
        day.ask("review", "add", dropped[0], *of, "--reason", "Begärd handling.", "--by", "Arkivarie Alm")
        approve(day, MAIN_PAGE, SPRING)


def live(folder: Path) -> Year:
    """Live the year in a folder, and return it as it stands at its end."""
    year = a_year(folder)
    for stage in (spring, summer, september, october, autumn_captured, autumn_approved):
        stage(year)
    return replace(year, now=END)
