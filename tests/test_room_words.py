"""The reading room's words: each in Swedish, none twice in two ways, none that is no longer said."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.extract import extract
from babel.messages.pofile import read_po

import urval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages import Message

ROOM = Path(urval.__file__).parent / "reading_room"
OPTIONS = {"extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols", "newstyle_gettext": "true",
           "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}  # fmt: skip
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
HOLE = re.compile(r"%\((\w+)\)[sd]|%[sd]")
# Names that are the same in both languages.
SAME_IN_BOTH = {"Urval", "PDF", "Parquet", "JSON", "Lines", "CSV", "SHA", "256", "TLS", "docs/format.md"}


@cache
def said() -> dict[str, list[str]]:
    """Return every message that templates and code mark: singular -> where it is said."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in [*sorted(ROOM.rglob("*.html")), *sorted(ROOM.rglob("*.py"))]:
        method = "jinja2.ext:babel_extract" if file.suffix == ".html" else "python"
        options = OPTIONS if file.suffix == ".html" else {}
        for line, message, _, _ in extract(method, BytesIO(file.read_bytes()), KEYWORDS, options=options):
            found[message if isinstance(message, str) else message[0]].append(f"{file.relative_to(ROOM)}:{line}")
    return found


@cache
def composed() -> re.Pattern[str]:
    """Return what matches every string that the room's code holds or composes: some are translated when shown."""
    trees = (ast.parse(file.read_bytes()) for file in ROOM.rglob("*.py"))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    filled = {
        "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values)
        for node in nodes if isinstance(node, ast.JoinedStr)
    }  # fmt: skip
    wordy = {one for one in filled if len(re.findall(r"[a-z]{2,}", one)) > 2}
    return re.compile("|".join(sorted({re.escape(one) for one in plain if one} | wordy)), re.DOTALL)


def swedish() -> Iterator[tuple[str, Message]]:
    """Yield every message of the Swedish files, with the file's name."""
    for file in sorted((ROOM / "look" / "locale" / "sv").glob("*.po")):
        for message in read_po(BytesIO(file.read_bytes()), locale="sv", abort_invalid=True):
            if message.id:
                yield file.name, message


def singular(message: Message) -> str:
    """Return what a message is looked up by."""
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    """Return a message's Swedish: one form, or two."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_every_message_is_in_swedish() -> None:
    """Each message that a template or the code marks has a whole Swedish translation."""
    known = {singular(message) for _, message in swedish() if forms(message) and all(forms(message))}
    assert {text: places for text, places in said().items() if text not in known | SAME_IN_BOTH} == {}


def test_no_translation_is_left_over() -> None:
    """Each Swedish message is of an English one that is still said."""
    left = [f"{file}: {singular(one)}" for file, one in swedish() if singular(one) not in said()]
    assert [one for one in left if not composed().fullmatch(one.partition(": ")[2])] == []


def test_no_message_is_translated_in_two_ways() -> None:
    """A message that stands in two files has the same Swedish in both, alone and of so many things."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for _, message in swedish():
        found[singular(message)].append(forms(message))
    longest = {text: max(ways, key=len) for text, ways in found.items()}
    wrong = {text: ways for text, ways in found.items() if any(way != longest[text][: len(way)] for way in ways)}
    assert wrong == {}


def test_swedish_has_the_same_holes() -> None:
    """Each form of a translation names the placeholders of its English, no more and no fewer."""
    wrong = []
    for file, message in swedish():
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = [set(HOLE.findall(text)) for text in english]
        wrong += [f"{file}: {form!r}" for form in forms(message) if set(HOLE.findall(form)) not in wanted]
    assert wrong == []


def test_no_words_stand_in_a_template_unmarked() -> None:
    """Outside of what is marked for translation, templates hold no English sentence."""
    found = []
    for file in sorted(ROOM.rglob("*.html")):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(code|svg)\b.*?</\1>", "", file.read_text(), flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", "\n", text)
        words = [line for line in text.split("\n") if not re.search(r'="|^\s*(#|required$|[a-z-]+-$)', line)]
        found += [f"{file.name}: {line}" for line in words if set(re.findall(r"[\w/.]{2,}", line)) - SAME_IN_BOTH]
    assert found == []
