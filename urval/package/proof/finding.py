"""Which item a proof is about: found by its ids, or an error that says what the package holds instead."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.errors import ConfigError, PackageError
from urval.package.proof.reading import parsed, rows_with, table_lines
from urval.spec import NOT_ADDED, NOT_SELECTED, REVIEW

if TYPE_CHECKING:
    from urval.errors import UrvalError
    from urval.manifest import Manifest
    from urval.package.proof.reading import PackageFiles

_NEAREST = 3
_LOOKED_AT = 20_000  # ids compared to find the nearest ones
_SHOWN = 80
_NO_RULE = {
    NOT_SELECTED: "no rule named it",
    REVIEW: "a person took it out in the review",
    NOT_ADDED: "the supplement does not add it",
}


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be proven: a post, or one comment below it."""

    post: str
    comment: str | None = None

    @property
    def table(self) -> str:
        """Return the table that holds the item's row."""
        return "posts" if self.comment is None else "comments"

    @property
    def id(self) -> str:
        """Return the item's own id."""
        return self.post if self.comment is None else self.comment


def no_post(files: PackageFiles, manifest: Manifest, post: str) -> UrvalError:
    """Return the error for a post that is not in the package: not kept, a comment's id, or not known at all."""
    for row in rows_with(files, "selection", "thread_id", post):
        if row.get("decision") in {"dropped", "excluded"}:
            rules = [str(rule) for rule in row.get("rules", ())]
            return PackageError(
                f"the thread {_shown(post)} was not kept: {row['decision']}, {_by(rules)}; the package "
                f"{manifest.package_id} holds nothing of it but its id, the rule and a digest",
                next_step="What was captured lies in the capture, until a decision disposes of it.",
            )
    for row in rows_with(files, "comments", "id", post):
        return ConfigError(
            f"{_shown(post)} is a comment on the post {_shown(str(row.get('post_id')))}",
            next_step=f"Give the post's id, and --comment {_shown(post)}.",
        )
    count = manifest.tables["posts"].rows
    holds = f"it holds {count} post{'s' if count != 1 else ''}" + _examples(files, "posts", "", "", post)
    return ConfigError(
        f"the package {manifest.package_id} has no post {_shown(post)}",
        next_step=f"Check the id: {holds}.",
    )


def no_comment(files: PackageFiles, item: Item) -> UrvalError:
    """Return the error for a comment that does not stand below the post."""
    for row in rows_with(files, "comments", "id", item.id):
        return ConfigError(
            f"the comment {_shown(item.id)} is not on the post {_shown(item.post)}",
            next_step=f"It is on the post {_shown(str(row.get('post_id')))}: give that id.",
        )
    told = _examples(files, "comments", "post_id", item.post, item.id)
    return ConfigError(
        f"the post {_shown(item.post)} has no comment {_shown(item.id)} in the package",
        next_step=f"Check the id: the package holds comments on the post{told}." if told else "It has no comments.",
    )


def _by(rules: list[str]) -> str:
    told = [_NO_RULE.get(rule, f"by the rule {_shown(rule)}") for rule in rules]
    return ", ".join(told) or "no rule told"


def _examples(files: PackageFiles, table: str, column: str, value: str, wanted: str) -> str:
    """Return the ids nearest to the wanted one, or the first ones."""
    rows = rows_with(files, table, column, value) if column else map(parsed, table_lines(files, table))
    ids = [str(row.get("id")) for row, _ in zip(rows, range(_LOOKED_AT), strict=False)]
    near = difflib.get_close_matches(wanted, ids, _NEAREST, 0.5)
    if near:
        return f"; nearest {', '.join(map(_shown, near))}"
    return f", the first {', '.join(map(_shown, ids[:_NEAREST]))}" if ids else ""


def _shown(text: str) -> str:
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut)
