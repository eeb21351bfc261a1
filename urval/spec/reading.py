"""Reads an archive spec file, and says everything that is wrong with it at once, each with line and column."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pydantic import ValidationError

from urval.errors import ConfigError
from urval.spec.consistency import inconsistencies
from urval.spec.draft import Draft
from urval.spec.model import ArchiveSpec
from urval.spec.secret_scan import find_secret, secrets_in_text, secrets_in_values
from urval.spec.sentences import Locator, problem_of
from urval.spec.tree import Problem, Tree, read_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path as FilePath

    from urval.spec.register import Account
    from urval.spec.tree import Path

    AccountCheck: TypeAlias = Callable[[Account], Iterable[tuple[Path, str]]]

MAX_BYTES = 8_000_000  # a register of 10,000 accounts
MAX_SHOWN = 100  # problems in one message
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class LoadedSpec:
    """A spec, the bytes of its file, and their hex SHA-256."""

    spec: ArchiveSpec
    sha256: str
    data: bytes


def load_spec(path: FilePath) -> ArchiveSpec:
    """Read the archive spec in a file; as :func:`read_spec`, without the bytes."""
    return read_spec(path).spec


def read_spec(path: FilePath, *, account_check: AccountCheck | None = None) -> LoadedSpec:
    """Read the archive spec in a file; ``account_check`` as of :func:`parse_spec`.

    Raises:
        ConfigError: The file cannot be read, or is no sound spec.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise ConfigError(f"Cannot read the archive spec {path}: {reason}.", next_step="Check the path.") from error
    return parse_spec(data, str(path), account_check=account_check)


def parse_spec(data: bytes, name: str, *, account_check: AccountCheck | None = None) -> LoadedSpec:
    """Parse the bytes of an archive spec.

    Args:
        data: The file's bytes.
        name: What problems call the file.
        account_check: Yields what else is wrong with a sound account, for example its settings: the path of a key in
            the account's entry, and the sentence. Without it such faults are left to those who use the account.

    Raises:
        ConfigError: With every problem found, as ``name:line:column: sentence``, in the order of the file.
    """
    text, problems = _decoded(data)
    tree = Tree()
    if not problems:
        tree = read_tree(text)
        problems = _all_problems(text, tree, account_check)
    if problems:
        ordered = sorted(set(problems))
        lines = [f"{name}:{one.line}:{one.column}: {one.sentence}" for one in ordered[:MAX_SHOWN]]
        if len(ordered) > MAX_SHOWN:
            lines.append(f"{name}: and {len(ordered) - MAX_SHOWN} more problems")
        raise ConfigError("\n".join(lines), next_step="Correct the file, then check it with 'urval spec check'.")
    return LoadedSpec(ArchiveSpec.model_validate(tree.data), hashlib.sha256(data).hexdigest(), data)


def _decoded(data: bytes) -> tuple[str, list[Problem]]:
    """Return the text, or the problem that keeps it from being read at all."""
    if len(data) > MAX_BYTES:
        return "", [Problem(1, 1, "the file is larger than 8 MB; a spec is far smaller, so check what it holds")]
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place(data[: error.start].decode("utf-8"), error.start)
        return "", [Problem(*place, f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as UTF-8")]
    if match := _UNPRINTABLE.search(text):
        sentence = f"control character U+{ord(match[0]):04X} is not allowed; take it out"
        return "", [Problem(*_place(text, match.start()), sentence)]
    if not text.strip():
        return "", [Problem(1, 1, "the file is empty; begin from one of the examples in archive_specs")]
    return text, []


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _all_problems(text: str, tree: Tree, account_check: AccountCheck | None) -> list[Problem]:
    secrets, others = list(secrets_in_text(text)), list(tree.problems)
    hidden = set(tree.unreadable)
    lines = {one.line for one in secrets}
    for path, problem in secrets_in_values(tree):
        hidden.add(path)
        if problem.line not in lines:
            secrets.append(problem)
            lines.add(problem.line)
    if tree.data is not None or not tree.problems:
        found = [*_model_problems(tree), *_relations(tree), *_of_accounts(tree, account_check)]
        others += [one for path, one in found if not _below(path, hidden)]
    # Nothing else is said about the lines of secrets, so that nothing of them is shown.
    return secrets + [one for one in others if one.line not in lines and not find_secret(one.sentence)]


def _model_problems(tree: Tree) -> Iterable[tuple[Path, Problem]]:
    try:
        ArchiveSpec.model_validate(tree.data)
    except ValidationError as error:
        locator = Locator(tree)
        details = error.errors(include_url=False, include_input=False)
        found = [(one["type"], *problem_of(one, locator, tree)) for one in details]
        inner = {path[:length] for _, path, _ in found for length in range(len(path))}
        # pydantic calls a list too short when all its items are wrong; the items' own problems say it better
        return [(path, one) for kind, path, one in found if not (kind == "too_short" and path in inner)]
    return []


def _relations(tree: Tree) -> Iterable[tuple[Path, Problem]]:
    return [(path, Problem(*tree.place(path), sentence)) for path, sentence in inconsistencies(tree.data)]


def _of_accounts(tree: Tree, account_check: AccountCheck | None) -> Iterable[tuple[Path, Problem]]:
    if account_check is None or not isinstance(tree.data, dict):
        return
    for index, account in Draft(tree.data).accounts:
        for key, sentence in account_check(account):
            path = ("accounts", index, *key)
            yield path, Problem(*tree.place(path, key=True), sentence)


def _below(path: Path, hidden: set[Path]) -> bool:
    return any(path[:length] in hidden for length in range(len(path) + 1))
