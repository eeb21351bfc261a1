"""Access: which items may not be shown, and copies for release and research with commenters pseudonymised. Pure."""

from urval.access.mentions import Mentions
from urval.access.names import names_of
from urval.access.pseudonyms import METHOD, Pseudonyms
from urval.access.restriction import Lift, Restriction, is_restricted, restricted_by_ledger
from urval.access.rows import TABLES, Copied, Copying, Source

__all__ = [
    "METHOD",
    "TABLES",
    "Copied",
    "Copying",
    "Lift",
    "Mentions",
    "Pseudonyms",
    "Restriction",
    "Source",
    "is_restricted",
    "names_of",
    "restricted_by_ledger",
]
