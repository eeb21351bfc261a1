"""A capture: the frozen outcome of reading one source for one period, as a folder.

::

    capture.json             identity, method, environment log, listings, counts, the digest of every other file; last
    exchanges.warc.gz        every request and answer, secrets removed (written by the gate)
    records/*.parquet        profile, posts, comments, media, versions, gaps, completeness, frame
    media/<sha256>.<ext>     pictures, films, files

Without ``capture.json`` the folder is no capture. Records are written thread by thread, so memory is bounded by the
largest thread. Within a thread, comments are in the order of (created_at, id), whatever the pages looked like; all
comments of one thread are neighbours in the table.
"""

from urval.capture._frame import PageFacts, completeness_of, frame_row, row_digest
from urval.capture._layout import FORMAT, SCHEMAS, CaptureIdentity, CaptureInfo
from urval.capture._look import PageLook, changed_fields, look_of
from urval.capture._read import Capture
from urval.capture._row_groups import RowGroupWriter
from urval.capture._threads import record
from urval.capture._write import CaptureWriter

__all__ = [
    "FORMAT",
    "SCHEMAS",
    "Capture",
    "CaptureIdentity",
    "CaptureInfo",
    "CaptureWriter",
    "PageFacts",
    "PageLook",
    "RowGroupWriter",
    "changed_fields",
    "completeness_of",
    "frame_row",
    "look_of",
    "record",
    "row_digest",
]
