"""Every code a verification report can hold: what it demands, how much it weighs, at which level it is checked.

The table is the same as the one in docs/format.md; a test compares them. A code is stable for ever.
"""

from __future__ import annotations

from urval.verify.clauses import Code, Level, Severity
from urval.verify.clauses_content import CONTENT
from urval.verify.clauses_evidence import EVIDENCE

__all__ = ["CODES", "Code", "Level", "Severity"]

CODES: dict[str, Code] = {code.code: code for code in (*CONTENT, *EVIDENCE)}
