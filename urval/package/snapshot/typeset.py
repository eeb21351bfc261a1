"""Sets one volume with Typst, as a program of its own: ``python -P typeset.py FOLDER``.

Typst keeps what it has laid out in memory for as long as its process lives, about 1 GB for each 1000 threads. One
process a volume gives it back. The folder holds ``job.json`` (template, standards, font folders), ``data.json`` and
the pictures; the PDF is written beside them. Exit status 3: Typst refused, and its words are on standard error.
Exit status 4: the disk refused, and the error's number is there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typst

REFUSED = 3
DISK = 4


def main(folder: Path) -> int:
    """Compile the job in the folder to ``volume.pdf``."""
    job = json.loads((folder / "job.json").read_bytes())
    try:
        pdf = typst.compile(
            str(folder / job["template"]),
            root=str(folder),
            format="pdf",
            pdf_standards=job["standards"],
            sys_inputs={"data": (folder / "data.json").read_text(encoding="utf-8")},
            ignore_system_fonts=True,
            font_paths=job["fonts"],
        )
    except typst.TypstError as error:
        sys.stderr.write(str(error))
        return REFUSED
    try:
        (folder / "volume.pdf").write_bytes(pdf)
    except OSError as error:
        sys.stderr.write(str(error.errno))
        return DISK
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
