"""Selection: each thread of a capture kept, dropped or excluded, with the rules that did it, reproducibly.

::

    selection = select(spec, account, period, frame)        # pa.Table of FRAME_SCHEMA in, Selection out
    explain(spec, account, period, frame, thread_id, "sv")  # why, in words
"""

from urval.selection.engine import Explanation, Selection, Verdict, explanation, select
from urval.selection.frame import frame_digest, selection_seed
from urval.selection.keys import key_of
from urval.selection.wording import explain, explain_many

__all__ = [
    "Explanation",
    "Selection",
    "Verdict",
    "explain",
    "explain_many",
    "explanation",
    "frame_digest",
    "key_of",
    "select",
    "selection_seed",
]
