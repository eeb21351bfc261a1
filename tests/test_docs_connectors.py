"""docs/connectors.md tells what the code does: tables, settings, permissions, and what is never given."""

from __future__ import annotations

import importlib.util
import re
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _program import ROOT, TIME

from connectors import CONNECTORS, Gate, GateSettings, WarcFile
from connectors._registry import open_source
from connectors.exports import READERS
from connectors.sandbox import City, Sandbox
from urval.records import CountReason, Edited, Gap, GapReason, Visibility
from urval.source import ListingEnd, Thread
from urval.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from connectors._connector import Connector

DOCUMENT = ROOT / "docs" / "connectors.md"
SPEC = ROOT / "archive_specs" / "exempelstad-alla-plattformar.yaml"
KEYS = {
    "facebook": "exempelstad",
    "wordpress": "nyheter",
}  # of the city's accounts, where it is not the platform's name
PARTS = [
    "What is captured", "What never can be", "How completeness is told", "Settings", "Credential, step by step",
    "Limits and cost", "What is not verified live",
]  # fmt: skip
# What a section may name in code type beside what the code declares.
MEMBERS = {"access_token", "refresh_token", "client_id", "client_secret", "expires_at"}  # of a credential
TABLES = {"gaps", "completeness"}  # of a package
GAPS = {"comment", "comments", "media", "post", "posts", "poll", "shared post", "counts"}  # a gap's ``what``
THEIRS = {  # what only the platform's own pages or answers call so
    "ads_read", "ads_management",  # wanted by Meta in one case; Urval asks nothing that needs them
    "open_id", "did:plc:", "#atproto_pds", "user:password", "comments_count",
}  # fmt: skip
_TABLE = re.compile(r"<!-- table: .*?<!-- end of table -->", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_SCOPES_THERE_ARE = {
    scope for one in CONNECTORS.values() for form in (one, *one.variants.values()) for scope in form.scopes
}
_TITLES = {
    "bluesky": "Bluesky", "facebook": "Facebook", "feed": "Feed", "instagram": "Instagram", "linkedin": "LinkedIn",
    "mastodon": "Mastodon", "threads": "Threads", "tiktok": "TikTok", "wordpress": "WordPress", "x": "X",
    "youtube": "YouTube",
}  # fmt: skip


@cache
def tables() -> ModuleType:
    """Return what makes the tables, which is no package."""
    place = importlib.util.spec_from_file_location("connectors_table", ROOT / "docs" / "connectors_table.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def sections() -> dict[str, str]:
    """Return the document's chapters by title."""
    chapters = re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {chapter.partition("\n")[0]: chapter.partition("\n")[2] for chapter in chapters}


def parts(platform: str) -> dict[str, str]:
    """Return the parts of a platform's chapter by title."""
    found = re.split(r"^### ", sections()[_TITLES[platform]], flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in found}


def forms(platform: str) -> tuple[Connector, ...]:
    """Return every interface of a platform."""
    return (CONNECTORS[platform], *CONNECTORS[platform].variants.values())


def words_for(platform: str) -> set[str]:
    """Return what a platform's chapter may name: settings and their values, permissions, calls."""
    known: set[str] = set()
    for one in forms(platform):
        known |= {setting.name for setting in one.settings} | {setting.default for setting in one.settings}
        known |= set(one.scopes) | {endpoint.name for endpoint in one.endpoints()}
        known |= {f"{setting.name}: {word}" for setting in one.settings for word in re.findall(r"\w+", setting.meaning)}
    return known


def test_the_tables_are_what_the_code_declares() -> None:
    """Every table between marks equals what the declarations give now, and a changed one does not."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert tables().filled(text) == text
    assert tables().filled(text.replace("| `page_id` |", "| `pageid` |")) == text
    assert "<!-- table" in text
    with pytest.raises(KeyError):
        tables().filled("<!-- table: nothing -->\n<!-- end of table -->")


def test_each_platform_has_its_chapter_with_the_same_parts() -> None:
    """Whoever knows one platform's chapter finds his way in every other; there is no chapter without code."""
    assert set(_TITLES) == set(CONNECTORS)
    general = {"Overview", "What holds for every platform", "Account exports"}
    assert {title for title in sections() if not title.startswith("#")} - general == set(_TITLES.values())
    for platform in CONNECTORS:
        assert list(parts(platform)) == PARTS
        assert all(part.strip() for part in parts(platform).values())


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_settings_and_permissions_are_told(platform: str) -> None:
    """Every setting stands in the settings table, and the steps to a credential name every permission to ask for."""
    told = parts(platform)
    for one in forms(platform):
        assert {setting.name for setting in one.settings} <= set(_CODE.findall(told["Settings"]))
        steps = _TABLE.sub("", told["Credential, step by step"])
        assert set(one.scopes) <= set(_CODE.findall(steps)) | (
            {"pages_read_engagement"} if "as under Facebook" in steps else set()
        )


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_what_the_document_names_exists(platform: str) -> None:
    """Whatever a chapter names in code type is a setting, a permission, a call or a code of this connector."""
    known = words_for(platform) | MEMBERS | TABLES | GAPS | THEIRS | set(GapReason) | set(CountReason)
    known |= set(Edited) | set(Visibility) | {"edited", "env:", "block:", "file:"} | never_given(platform)
    for title, part in parts(platform).items():
        for word in _CODE.findall(_FENCED.sub("", _TABLE.sub("", part))):
            address = "://" in word or word.startswith(("GET /", "POST /", "GET http"))
            assert address or word.startswith("urval ") or word in known, f"{platform}, {title}: {word}"
            assert word not in _SCOPES_THERE_ARE or word in words_for(platform), f"{word} is another platform's"


def test_every_code_has_its_meaning() -> None:
    """The reasons for a gap and for a difference in numbers are all told, in the chapter that holds for all."""
    told = set(_CODE.findall(sections()["What holds for every platform"]))
    assert {*map(str, GapReason), *map(str, CountReason)} <= told


@cache
def accounts() -> dict[str, Any]:
    """Return the register's entry of each platform."""
    return {account.platform: account for account in read_spec(SPEC).spec.accounts}


@cache
def losses() -> dict[str, frozenset[tuple[str, str]]]:
    """Return what the connectors say once for the account that they never give, in every form of each platform."""
    found: dict[str, frozenset[tuple[str, str]]] = {}
    demo, moment = City.demo(), datetime.fromisoformat(TIME)
    keys = {platform: KEYS.get(platform, platform) for platform in CONNECTORS}
    city = City.generate(seed=3, posts=2, comments_mean=1, start=demo.start, end=demo.end, only=tuple(keys.values()))
    with Sandbox(city, clock=lambda: moment) as sandbox, tempfile.TemporaryDirectory() as folder:
        for platform, connector in CONNECTORS.items():
            more = [{connector.variant_setting: value} for value in connector.variants]
            gaps = [
                gap
                for number, settings in enumerate([{}, *more])
                for gap in said_at_first(
                    sandbox, platform, keys[platform], settings, Path(folder, f"{platform}{number}")
                )
            ]
            found[platform] = frozenset((gap.what, str(gap.reason)) for gap in gaps)
    return found


def said_at_first(sandbox: Sandbox, platform: str, key: str, settings: dict[str, str], folder: Path) -> Iterator[Gap]:
    """Yield the gaps of the account before anything was listed."""
    folder.mkdir()
    demo, moment = City.demo(), datetime.fromisoformat(TIME)
    warc = WarcFile(folder / "x.warc.gz", capture_id="c", clock=lambda: moment, software={"software": "urval"})
    limits = GateSettings(retries=0, connect_seconds=5, read_seconds=5)
    with warc, Gate(
        limits, clock=lambda: moment, sleep=lambda _: None, warc=warc, media=folder, connect_to=sandbox.connect_to
    ) as gate:  # fmt: skip
        form = CONNECTORS[platform].variants.get(next(iter(settings.values()), ""), CONNECTORS[platform])
        names = {setting.name for setting in form.settings}
        known = {name: value for name, value in accounts()[platform].settings.items() if name in names} | settings
        source = open_source(
            platform, account_id="konto", settings=known,
            credential=sandbox.tokens.get(key), start=demo.start, end=demo.end, gate=gate,
        )  # fmt: skip
        for item in source.read():
            if isinstance(item, Thread | ListingEnd):
                return
            if isinstance(item, Gap):
                yield item


def never_given(platform: str) -> set[str]:
    """Return the names of what a platform never gives."""
    return {what for what, _ in losses()[platform]}


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_what_is_never_given_is_told(platform: str) -> None:
    """Each loss that a connector states for the whole account has its line with gap and reason; no line invents one."""
    lines = [_CODE.findall(line) for line in parts(platform)["What never can be"].splitlines() if "said once" in line]
    told = {
        (words[at], words[at + 1]) for words in lines for at in range(len(words) - 1) if words[at + 1] in set(GapReason)
    }
    assert told >= losses()[platform]
    assert {what for what, _ in told} == never_given(platform)


def test_the_connectors_do_state_losses() -> None:
    """The test above has something to compare: films, a feed's comments, reposts in a search, followers by door B."""
    assert ("films", "interface_limit") in losses()["youtube"] & losses()["tiktok"]
    assert losses()["feed"] == {("comments", "interface_limit")}
    assert losses()["x"] == {("posts", "interface_limit")}
    assert losses()["linkedin"] == {("followers", "interface_limit")}


def test_every_export_is_told() -> None:
    """Each export has its row, with what it never holds, and a line that says where to order it."""
    chapter = sections()["Account exports"]
    for reader in READERS:
        assert f"| {reader.name} | {reader.platform} | {reader.looks_for} |" in chapter
        assert all(f"`{what}`: {words}" in chapter for what, words in reader.never)
        assert f"\n| {_TITLES[reader.platform]} | " in chapter
