"""A store and its copy: what is copied, each object checked; and what is damaged, restored from the copy.

Nothing that is there is ever written over, but the one object a person asks to repair; and of that, the damaged bytes
are kept.
"""

from urval.copies.recorded import Recorded
from urval.copies.repair import Outcome, Repair, keys_of_package, repair
from urval.copies.replicate import Problem, Replication, replicate

__all__ = [
    "Outcome",
    "Problem",
    "Recorded",
    "Repair",
    "Replication",
    "keys_of_package",
    "repair",
    "replicate",
]
