"""A proposal in words: the lines of a terminal, and the sentences that the page has in common with them. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from urval.review.words import WORDS, local_minute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import Any

    from urval.review.view import ReviewView, RuleLine, ThreadLine
    from urval.review.words import Language

_EXCERPT = 60
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # turn what follows them


class Teller:
    """The sentences about one proposal, in one language."""

    def __init__(self, view: ReviewView, language: Language) -> None:
        self.view = view
        self.words = WORDS[language]
        self._zone = ZoneInfo(view.timezone)

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its values in place."""
        return self.words[key].format(**values)

    def time(self, moment: datetime) -> str:
        """Return local day and minute."""
        return local_minute(moment, self._zone)

    def day(self, moment: datetime) -> str:
        """Return the local day."""
        return moment.astimezone(self._zone).date().isoformat()

    def title(self) -> str:
        """Return the heading."""
        return self.say("title", account=self.view.account_name, occasion=self.view.occasion)

    def head(self) -> list[tuple[str, str]]:
        """Return what the proposal is of, and where it stands."""
        view, words = self.view, self.words
        since = self.say("since", stands=words[f"state.{view.stands}"], time=self.time(view.since))
        told = [
            ("account", f"{view.account}, {view.platform}"),
            ("period", self.say("period_span", start=view.start, end=view.end)),
            ("captured", self.time(view.captured_at)),
            ("stands", f"{since}, {self.say('needs', given=len(view.approvals), persons=view.persons)}"),
            ("returned", view.returned),
            ("supplement", view.supplements or ""),
            ("correction", view.corrects or ""),
            ("proposal", view.proposal),
        ]
        return [(words[key], shown(value)) for key, value in told if value]

    def completeness(self) -> str:
        """Return captured comments beside the platform's own number, and why they differ."""
        totals = self.view.completeness
        text = self.say("comments", captured=totals["captured_total"], threads=totals["threads"])
        if totals["platform_total"] is not None:
            text += f", {self.say('counted', platform=totals['platform_total'])}"
        reasons = ", ".join(self.view.differences)
        return f"{text} ({self.words['why_not']}: {reasons})" if reasons else text

    def gaps(self) -> list[str]:
        """Return the gaps by reason, and those of the account."""
        return [", ".join(self.view.gap_words) or self.words["no_gaps"], *map(shown, self.view.account_gaps)]

    def look(self) -> str:
        """Return what changed on the account's page since last time."""
        if self.view.look is None:
            return self.words["look_first"]
        if not self.view.look:
            return self.words["look_same"]
        return self.say("look_changed", fields=", ".join(self.words[f"look.{name}"] for name in self.view.look))

    def rule(self, rule: str) -> str:
        """Return a rule's name; of those that no spec has, what it is."""
        return self.words.get(f"rule.{rule}", rule)

    def warnings(self) -> list[str]:
        """Return threads that rules name and the capture has not, and substitutes."""
        missing = [self.say("missing", rule=rule, thread=shown(thread)) for rule, thread in self.view.missing]
        taken = [self.say("substitute", rule=r, lost=shown(a), taken=shown(b)) for r, a, b in self.view.substitutes]
        return missing + taken

    def change(self, change: dict[str, Any]) -> str:
        """Return one change, with the thread."""
        key = "added" if change["action"] == "add" else "removed"
        text = self.say(key, by=change["by"], time=self.time(change["at"]), reason=change["reason"])
        return shown(f"{change['thread']}: {text}")

    def attachment(self, one: dict[str, Any]) -> str:
        """Return one attached view."""
        return shown(
            self.say(
                "attached",
                caption=one["caption"],
                mime=one["mime"],
                bytes=one["bytes"],
                taken_by=one["taken_by"],
                time=self.time(one["taken_at"]),
                by=one["attached_by"],
            )
        )

    def approval(self, one: dict[str, Any]) -> str:
        """Return one approval."""
        text = self.say("approved_by", by=one["by"], role=one["role"], time=self.time(one["at"]))
        return shown(text if one["looked_at"] else f"{text}, {self.words['unseen']}")

    def comments(self, thread: ThreadLine) -> str:
        """Return the number of comments with its word."""
        key = "thread_comments_one" if thread.comments == 1 else "thread_comments"
        return self.say(key, count=thread.comments)

    def excerpt(self, thread: ThreadLine, length: int = _EXCERPT) -> str:
        """Return the beginning of the thread's text, on one line."""
        text = shown(" ".join(thread.text.split()))
        if not text:
            return self.words["no_text"]
        return text if len(text) <= length else f"{text[: length - 1]}…"

    def lines(self) -> Iterator[str]:
        """Yield the proposal line by line, each thread on one."""
        view, words = self.view, self.words
        yield self.title()
        yield from (f"  {term}: {told}" for term, told in self.head())
        told = ", ".join(f"{getattr(view, name)} {words[name]}" for name in ("frame", "kept", "dropped", "excluded"))
        yield f"  {words['counts']}: {told}"
        yield f"{words['rules']}:" if view.rules else words["no_rules"]
        yield from (f"  {self._rule(rule)}" for rule in view.rules)
        yield from (f"  {line}" for line in self.warnings())
        yield f"{words['completeness']}: {self.completeness()}"
        yield f"{words['gaps']}: {'; '.join(self.gaps())}"
        yield f"{words['look']}: {self.look()}"
        yield f"{words['vanished']}: {'; '.join(map(shown, view.vanished)) or words['vanished_none']}"
        parts = (("changes", map(self.change, view.changes)), ("attachments", map(self.attachment, view.attachments)))
        for name, entries in (*parts, ("approvals", map(self.approval, view.approvals))):
            listed = [f"  {entry}" for entry in entries]
            yield f"{words[name]}:" if listed else f"{words[name]}: {words['none']}"
            yield from listed
        for decision in ("kept", "dropped", "excluded"):
            threads = view.of(decision)
            if threads:
                yield f"{words[f'list_{decision}']}: {len(threads)}"
                yield from (f"  {self._thread(thread)}" for thread in threads)

    def _rule(self, rule: RuleLine) -> str:
        claim = f" ({self.words[f'claim.{rule.claim}']})" if rule.claim else ""
        return f"{self.rule(rule.id)}: {rule.threads}{claim}"

    def _thread(self, thread: ThreadLine) -> str:
        marks = "" if thread.whole else f" ({self.words['not_whole']})"
        return (
            f"{shown(thread.id)}  {self.day(thread.created_at)}  {self.comments(thread)}{marks}  "
            f"[{', '.join(thread.rules)}]  {self.excerpt(thread)}  | {shown('; '.join(thread.why))}"
        )


def shown(text: str) -> str:
    """Return archived text fit for a terminal: what would move its cursor or turn its lines becomes a dot."""
    return "".join("·" if unicodedata.category(char) in {"Cc", "Cs"} or char in _DIRECTIONS else char for char in text)
