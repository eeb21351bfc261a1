"""Every code a verification report can hold: what it demands, how much it weighs, at which level it is checked.

The table is the same as the one in docs/format.md; a test compares them. A code is stable for ever.
"""

from __future__ import annotations

from urval.verify.clauses import Code, Level, Severity
from urval.verify.clauses_content import CONTENT
from urval.verify.clauses_evidence import EVIDENCE
from urval.verify.clauses_proof import PROOF
from urval.verify.clauses_seal import RUNS, SEAL

__all__ = ["CODES", "PROOF_CODES", "RUN_CODES", "Code", "Level", "Severity"]

CODES: dict[str, Code] = {code.code: code for code in (*CONTENT, *EVIDENCE, *SEAL)}
PROOF_CODES: dict[str, Code] = {code.code: code for code in PROOF}  # of a proof file; a package has none of them
RUN_CODES: dict[str, Code] = {code.code: code for code in RUNS}  # of the run manifests of a store
