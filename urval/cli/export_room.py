"""``urval browse STORE --export DIR``: the reading room's pages as plain files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from urval.cli.output import language, one_line, show, tell

if TYPE_CHECKING:
    from pathlib import Path

    from urval.reading_room import Room
    from urval.reading_room.room import Language
    from urval.reading_room.static_twin import Made

_TOLD = 50  # faults that are printed; all are on the twin's first page


def export_room(room: Room, folder: Path, *, chosen: str | None, dry_run: bool) -> int:
    """Write the static twin of a room; return the exit status: 1 where something could not be shown.

    Raises:
        ConfigError: The folder holds something else, or lies in the store, or there are no pages in the language.
        StoreError: The store cannot be reached.
        UrvalError: The folder cannot be written.
    """
    from urval.reading_room.static_twin import export

    languages: tuple[Language, ...] = (language(chosen),) if chosen else ("sv", "en")
    room.index.bring_up_to_date(room.store, Counter("indexed", "packages"))
    made = export(room, folder, languages=languages, dry_run=dry_run, progress=Counter("made", "pages and files"))
    _say(made, folder, dry_run=dry_run)
    return 0 if made.whole else 1


def _say(made: Made, folder: Path, *, dry_run: bool) -> None:
    would = "would write" if dry_run else "wrote"
    show(f"{would} {made.pages} pages and {made.files} files of packages, {made.bytes / 1e6:.1f} MB, to {folder}")
    if made.left_out:
        show(f"left out {made.left_out} pages and files to which access is restricted by decision")
    if not dry_run:
        show(f"open {folder / 'index.html'} in a browser")
    for fault in made.faults[:_TOLD]:
        tell(f"could not be shown: {one_line(fault.address)}: {one_line(fault.what)}")
    if len(made.faults) > _TOLD:
        tell(f"… and {len(made.faults) - _TOLD} more; all of them are on the first page of what was written")


class Counter:
    """Tells how far long work is, on one line of a terminal; elsewhere it is silent."""

    def __init__(self, done_word: str, things: str) -> None:
        self._words = done_word, things
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int, of: int) -> None:
        """Tell it."""
        if self._shown:
            end = "\n" if done >= of else ""
            sys.stderr.write(f"\r{self._words[0]} {done} of {of} {self._words[1]}\x1b[K{end}")
            sys.stderr.flush()
