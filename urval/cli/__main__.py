"""``python -m urval.cli``: the same as the command ``urval``."""

from urval.cli import main

main()
