"""Names and reasons that people write: what shows alike is alike, and what shows as nothing is nothing."""

from __future__ import annotations

import pytest

from urval.errors import ConfigError
from urval.records import same_person
from urval.review import one_line

_UNSEEN = ["\u200b", "\u00ad", "\u034f", "\ufe0f", "\u115f", "\u3164", "\u2060", "\U000e0101"]


@pytest.mark.parametrize("char", _UNSEEN, ids=lambda char: f"U+{ord(char):04X}")
def test_unseen_characters_make_no_other_person(char: str) -> None:
    """A name with a character that shows as nothing is the same person's, so one cannot approve as two."""
    assert same_person(f"Arkivarie{char} Alm{char}") == same_person("arkivarie  ALM")


def test_different_names_are_different_people() -> None:
    """Letters with marks count: Åsa is not Asa."""
    assert len({same_person(name) for name in ("Åsa", "Asa", "Bo", "Bo 2")}) == 4


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u3164\u00ad", "a\u202eb", "a\u2066b", "a\x07b"])
def test_a_reason_shows_as_what_it_is(text: str) -> None:
    """A reason that shows as nothing, or turns the direction of writing, is refused."""
    with pytest.raises(ConfigError):
        one_line(text, "reason")
