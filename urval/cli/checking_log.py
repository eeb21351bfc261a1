"""``urval browse STORE --check-access-log``: whether the access log is whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urval.cli.output import one_line, show
from urval.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def check_log(file: Path, noted: str) -> int:
    """Print whether a log's chain is whole, and the digest of its last entry; return 0 where it is whole, else 1.

    Raises:
        ConfigError: What was noted is no digest.
        UnavailableError: The file cannot be read.
    """
    from urval.reading_room.access.chain import read_chain

    if noted and not re.fullmatch(r"[0-9a-f]{64}", noted):
        raise ConfigError("--noted takes the SHA-256 of an entry, 64 hexadecimal digits")
    chain = read_chain(file, noted=noted or None)
    show(f"access log  {one_line(str(file))}")
    show(f"entries     {chain.entries}")
    show(f"torn lines  {chain.torn}{' and one at the end, not told of yet' if chain.unfinished else ''}")
    show(f"head        {chain.head or 'none'}")
    if chain.noted_at:
        show(f"noted       entry {chain.noted_at}: everything up to it is as it was then")
    for problem in chain.problems:
        show(f"problem     {problem.sentence()}")
    show("whole" if chain.whole else "broken")
    return 0 if chain.whole else 1
