"""Check the documents: links lead somewhere, docs/cli.md is what the help says, tables are what code declares.

usage: python docs/check.py [--write]     --write makes docs/cli.md and the tables of docs/connectors.md anew
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from connectors_table import filled

ROOT = Path(__file__).parents[1]
CLI = ROOT / "docs" / "cli.md"
CONNECTORS = ROOT / "docs" / "connectors.md"
COMMANDS = [
    "",
    "demo",
    "spec check",
    "spec show",
    "spec diff",
    "spec schema",
    "plan",
    "capture",
    "import",
    "review list",
    "review show",
    "review add",
    "review remove",
    "review attach",
    "review approve",
    "review return",
    "review supplement",
    "review correct",
    "select",
    "resample",
    "occasion list",
    "occasion add",
    "occasion skip",
    "occasion check",
    "moderate add",
    "moderate list",
    "moderate show",
    "moderate check",
    "keys new",
    "keys rotate",
    "keys retire",
    "keys show",
    "seal",
    "deliver",
    "store check",
    "store repair",
    "replicate",
    "dispose plan",
    "dispose approve",
    "dispose execute",
    "dispose list",
    "hold add",
    "hold release",
    "hold list",
    "restrict add",
    "restrict lift",
    "restrict list",
    "access-copy",
    "status",
    "ledger",
    "browse",
    "verify",
    "prove",
]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")


def help_pages() -> str:
    """Return docs/cli.md: the help of every command, as the program prints it."""
    parts = ["# Commands\n\nMade by `python docs/check.py --write`; `make check` fails when it is out of date.\n"]
    environment = {**os.environ, "COLUMNS": "110", "TERM": "dumb", "NO_COLOR": "1"}
    for command in COMMANDS:
        words = ["urval", *command.split()]
        run = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "urval.cli", *words[1:], "--help"],
            capture_output=True, text=True, check=True, env=environment, cwd=ROOT,
        )  # fmt: skip
        text = run.stdout.replace("python -m urval.cli", "urval").rstrip()
        text = "\n".join(line.rstrip() for line in text.splitlines()).strip()
        parts.append(f"## {' '.join(words)}\n\n```\n{text}\n```\n")
    return "\n".join(parts)


def broken_links() -> list[str]:
    """Return every relative link in a Markdown file of the repository that leads nowhere."""
    listed = subprocess.run(["git", "ls-files", "*.md"], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S607
    problems = []
    for name in listed.stdout.split():
        page = ROOT / name
        for groups in _LINK.findall(page.read_text(encoding="utf-8")):
            target = groups[0] or groups[1]
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                problems.append(f"{name}: {target} does not exist")
    return problems


def main() -> int:
    """Return 0 when the documents are in order."""
    wanted = {CLI: help_pages(), CONNECTORS: filled(CONNECTORS.read_text(encoding="utf-8"))}
    problems = broken_links()
    for page, text in wanted.items():
        if "--write" in sys.argv:
            page.write_text(text, encoding="utf-8")
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            problems.append(f"docs/{page.name} is out of date: run python docs/check.py --write")
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
