"""Coverage: which occasions of which accounts are kept, where work waits, and which year is red. Pure.

Everything is judged from three things: the register and its calendar (``Register``), what the ledgers say
(``Standing``, one a ledger), and today's local date. The cells are columns, not objects: 10,000 accounts with twenty
occasions are judged in a tenth of a second. Source: requirements R02 (at least two occasions a year) and R06 (a capture
before an account is closed), and the issue that asked for "nobody can forget an account for two years unnoticed".
"""

from __future__ import annotations

from urval.coverage.listing import as_csv, as_json
from urval.coverage.picture import ACCOUNTS_A_PAGE, pictures
from urval.coverage.register import Entry, Register, chains_of
from urval.coverage.standing import SCHEMA, Standing, standing_of, table_of
from urval.coverage.states import CellState
from urval.coverage.table import Cell, Coverage, Slot, cover
from urval.coverage.text import Style, coverage_lines
from urval.coverage.todo import Need, needs
from urval.coverage.words import words
from urval.coverage.years import Years, YearVerdict, red_sentences, years_of

__all__ = [
    "ACCOUNTS_A_PAGE",
    "SCHEMA",
    "Cell",
    "CellState",
    "Coverage",
    "Entry",
    "Need",
    "Register",
    "Slot",
    "Standing",
    "Style",
    "YearVerdict",
    "Years",
    "as_csv",
    "as_json",
    "chains_of",
    "cover",
    "coverage_lines",
    "needs",
    "pictures",
    "red_sentences",
    "standing_of",
    "table_of",
    "words",
    "years_of",
]
