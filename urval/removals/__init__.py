"""The register of removed items: what the body takes off a platform, saved with reason, who and when. Pure.

Removing something is itself a records event: what is removed must be saved. An entry is never changed; a correction is
another entry. Each becomes a thread of its own in the next capture of its account, and what vanished from a platform
without an entry is a finding.

Source: requirement R12 (what we remove is saved), R09 (looks between occasions), R14 (linked to its case).
"""

from urval.removals._entry import Draft, checked_link, checked_time, drafted
from urval.removals._looking import Held, HeldComment, Seen
from urval.removals._observed import ALL, Missing, Observation, Sign, Vanished, judge, parse_observation
from urval.removals._reasons import Reason, read_reason
from urval.removals._record import FORMAT, MIMES, Removal, SavedFile, encode, parse_removal, sealed
from urval.removals._thread import removal_of, thread_id_of, thread_of
from urval.removals._vanished import Finding, Gone, entries_of, unregistered, vanished_in, without_entry

__all__ = [
    "ALL",
    "FORMAT",
    "MIMES",
    "Draft",
    "Finding",
    "Gone",
    "Held",
    "HeldComment",
    "Missing",
    "Observation",
    "Reason",
    "Removal",
    "SavedFile",
    "Seen",
    "Sign",
    "Vanished",
    "checked_link",
    "checked_time",
    "drafted",
    "encode",
    "entries_of",
    "judge",
    "parse_observation",
    "parse_removal",
    "read_reason",
    "removal_of",
    "sealed",
    "thread_id_of",
    "thread_of",
    "unregistered",
    "vanished_in",
    "without_entry",
]
