"""The common model: what every source yields and every package holds.

Frozen dataclasses, and beside each the Arrow schema that is its only other description. Ids are strings, because a
platform's ids pass 2^53. Times are aware ``datetime`` objects; they are UTC in storage. Text is kept as given: nothing
is stripped, normalised or pseudonymised. ``raw`` is the object's JSON exactly as received, secrets removed, so that
fields this model does not know survive. ``exchange`` is the hex SHA-256 of the answer's body that carried the object.

Source: metadata per item, archive spec requirements R11-R13, R27 (docs/format.md section 3).
"""

from urval.records._codes import SURPLUS, AuthorRole, CountReason, Direction, Edited, GapReason, MediaKind, Visibility
from urval.records._lines import row_lines
from urval.records._model import AccountProfile, Comment, Completeness, Gap, MediaItem, Post, Version
from urval.records._names import same_person, shown_part
from urval.records._schemas import (
    COMMENT_SCHEMA,
    COMPLETENESS_SCHEMA,
    FRAME_SCHEMA,
    GAP_SCHEMA,
    MEDIA_SCHEMA,
    POST_SCHEMA,
    PROFILE_SCHEMA,
    RECORD_SCHEMAS,
    SELECTION_SCHEMA,
    VERSION_SCHEMA,
    without_raw,
)

__all__ = [
    "COMMENT_SCHEMA",
    "COMPLETENESS_SCHEMA",
    "FRAME_SCHEMA",
    "GAP_SCHEMA",
    "MEDIA_SCHEMA",
    "POST_SCHEMA",
    "PROFILE_SCHEMA",
    "RECORD_SCHEMAS",
    "SELECTION_SCHEMA",
    "SURPLUS",
    "VERSION_SCHEMA",
    "AccountProfile",
    "AuthorRole",
    "Comment",
    "Completeness",
    "CountReason",
    "Direction",
    "Edited",
    "Gap",
    "GapReason",
    "MediaItem",
    "MediaKind",
    "Post",
    "Version",
    "Visibility",
    "row_lines",
    "same_person",
    "shown_part",
    "without_raw",
]
