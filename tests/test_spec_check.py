"""``urval spec check``: everything that is wrong at once, the accounts' settings too; and what a correct spec holds."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from _program import SPEC, program
from _spec_texts import BASE

from connectors._registry import CONNECTORS, account_faults, check_account
from urval.cli.checking import checked, summary
from urval.errors import ConfigError
from urval.spec import parse_spec

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = '    settings: {page_id: "1"}\n'

# what stands in the place of the account's settings, and the problems: "line:column: sentence", or its beginning
SETTINGS = [
    ('    settings: {page_id: "1", api_versoin: v25.0}\n',
     ["23:30: Account sida has a setting that facebook does not know: 'api_versoin'. Did you mean 'api_version'?"]),
    ("    settings: {api_version: v25.0}\n",
     ["23:5: Account sida lacks the setting 'page_id' of facebook. Add page_id: "]),
    ('    settings:\n      page_id: "1"\n      base_url: ftp://x\n',
     ["25:7: base_url of account sida cannot be used: only http and https addresses are fetched. Give an"]),
    ("    settings:\n      base_url: gopher:x\n      pageid: '1'\n",
     ["23:5: Account sida lacks the setting 'page_id'", "24:7: base_url of account sida cannot be used",
      "25:7: Account sida has a setting that facebook does not know: 'pageid'. Did you mean 'page_id'?"]),
]  # fmt: skip


def told(folder: Path, text: str) -> list[str]:
    """Return the problems that the check tells of a spec, without the file's name."""
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        checked(path)
    return [line.removeprefix(f"{path}:") for line in error.value.message.split("\n")]


@pytest.mark.parametrize(("entry", "expected"), SETTINGS, ids=range(len(SETTINGS)))
def test_wrong_settings_are_told_at_their_keys(tmp_path: Path, entry: str, expected: list[str]) -> None:
    """All faults of an account's settings are told at once, at the key, or at ``settings`` where one is missing."""
    found = told(tmp_path, BASE.replace(ENTRY, entry))
    assert len(found) == len(expected), found
    for line, sentence in zip(found, expected, strict=True):
        assert line.startswith(sentence), found


def test_settings_and_form_are_told_together(tmp_path: Path) -> None:
    """A fault of a rule hides none of settings, and one account's fault none of another's, nor an unknown platform."""
    entry = BASE[BASE.index("  - id: sida") : BASE.index("rules:\n")]
    second = entry.replace("id: sida", "id: blogg").replace("platform: facebook", "platform: wordpres")
    text = BASE.replace("rules:\n", second + "rules:\n").replace("top_k: 10", "top_k: noll")
    text = text.replace("page_id", "pgid", 1)
    found = [line.partition(": ")[0::2] for line in told(tmp_path, text)]
    assert [place for place, _ in found] == ["23:5", "23:16", "26:5", "41:12"]
    assert found[2][1].startswith("There is no connector for the platform 'wordpres' of account blogg. Did you mean")


def test_what_looks_like_a_secret_is_not_repeated(tmp_path: Path) -> None:
    """An unknown setting in a line that holds a secret is not told beside it."""
    secret = "EAAB" + "sbCS1iHgBAKZCZBZCxyz12345"
    found = told(tmp_path, BASE.replace(ENTRY, f'    settings: {{page_id: "1", pageid: {secret}}}\n'))
    assert len(found) == 1
    assert found[0].startswith("23:")
    assert secret not in found[0]


def test_a_wrong_variant_is_told_alone(tmp_path: Path) -> None:
    """Which settings an account needs depends on the interface it names, so nothing else is judged."""
    setting = CONNECTORS["instagram"].variant_setting
    text = BASE.replace("platform: facebook", "platform: instagram")
    (found,) = told(tmp_path, text.replace(ENTRY, f"    settings: {{{setting}: nonsense}}\n"))
    assert found.startswith(f"23:16: {setting} of account sida says 'nonsense'. Write one of: ")


@pytest.mark.parametrize("platform", sorted(CONNECTORS))
def test_the_check_and_the_capture_refuse_the_same(platform: str) -> None:
    """What a capture would refuse first is the first of what the check tells; without faults it refuses nothing."""
    for settings in ({}, {"nonsense": "1"}, {"base_url": "x", "pds_url": "y"}):
        faults = list(account_faults(platform, account_id="a", settings=settings))
        try:
            check_account(platform, account_id="a", settings=settings)
            refused = ""
        except ConfigError as error:
            refused = error.message
        assert refused == (faults[0].error.message if faults else "")


def test_a_correct_spec_is_told_in_a_few_lines(tmp_path: Path) -> None:
    """Accounts by platform, rules and their versions, this year's occasions, and whether it may make packages."""
    path = tmp_path / "s.yaml"
    path.write_text(
        BASE.replace("n: 5}", "n: 5, valid_to: 2026-12-31}\n  - {id: slump, rule: simple_random, n: 9, "
                     "valid_from: 2027-01-01}"), encoding="utf-8",
    )  # fmt: skip
    year = datetime.now(ZoneInfo("Europe/Stockholm")).year
    assert summary(checked(path).spec) == [
        "Spec prov, version 1: 1 account (facebook 1), 5 rules in 6 versions.",
        (
            f"Occasions of {year}: {year}-var from {year}-05-02 to {year}-05-31; {year}-host from {year}-11-02 to "
            f"{year}-11-30."
        ),
        "It names no decision, so it runs dry only: it shows what would be kept, and makes no package.",
    ]


def test_an_account_without_settings_is_read_from_files_only(tmp_path: Path) -> None:
    """An account that no interface reads is no fault; the last line names it."""
    path = tmp_path / "s.yaml"
    path.write_text(BASE.replace(ENTRY, ""), encoding="utf-8")
    assert summary(checked(path).spec)[3:] == [
        "Without settings, so only by 'urval import' of an export file: sida."
    ]  # fmt: skip


def test_the_command_says_so_and_ends_by_it(tmp_path: Path) -> None:
    """Exit status 0 and the summary for a correct spec, 2 and every problem for a wrong one."""
    made = program(tmp_path)
    fine = made.run("spec", "check", SPEC)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert fine.stdout.startswith(f"{SPEC}: correct.\nSpec exempelstad, version ")
    assert "It makes packages, by decision KS 2025/0417 of 2025-12-03 (Kommunstyrelsen i Exempelstad)." in fine.stdout
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(BASE.replace("page_id", "pgid").replace("days: 7", "days: 0"), encoding="utf-8")
    refused = made.run("spec", "check", wrong)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert all(f"{wrong}:{place}:" in refused.stderr for place in ("23:5", "23:16", "28:11")), refused.stderr


def test_a_large_register_costs_in_proportion() -> None:
    """Ten times as many accounts, each with a rule of its own, take about ten times the steps, not a hundred times."""
    entry = BASE[BASE.index("  - id: sida") : BASE.index("rules:\n")]
    steps = []
    for number in (30, 300):
        accounts = "".join(entry.replace("id: sida", f"id: sida{at}") for at in range(number))
        rules = "".join(f"  - {{id: r{at}, rule: census, applies_to: {{accounts: [sida{at}]}}, valid_to: 2026-06-30}}\n"
                        for at in range(number))  # fmt: skip
        text = BASE.replace(entry, accounts).replace("rules:\n", "rules:\n" + rules)
        steps.append(_calls(text.encode()))
    assert steps[1] < 15 * steps[0]


def _calls(data: bytes) -> int:
    """Return how many functions of Python are called while a spec is read."""
    count = 0

    def counted(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        parse_spec(data, "x")
    finally:
        sys.setprofile(before)
    return count
