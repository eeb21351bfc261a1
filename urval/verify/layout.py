"""Where things lie in a package, and how much of each the verifier reads at once. Bounds keep hostile input bounded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urval.records import (
    COMMENT_SCHEMA,
    COMPLETENESS_SCHEMA,
    GAP_SCHEMA,
    MEDIA_SCHEMA,
    POST_SCHEMA,
    PROFILE_SCHEMA,
    SELECTION_SCHEMA,
    VERSION_SCHEMA,
    without_raw,
)

if TYPE_CHECKING:
    import pyarrow as pa

TABLES: dict[str, pa.Schema] = {
    "profile": without_raw(PROFILE_SCHEMA),
    "posts": without_raw(POST_SCHEMA),
    "comments": without_raw(COMMENT_SCHEMA),
    "versions": without_raw(VERSION_SCHEMA),
    "media": MEDIA_SCHEMA,
    "selection": SELECTION_SCHEMA,
    "gaps": GAP_SCHEMA,
    "completeness": COMPLETENESS_SCHEMA,
}

MANIFEST = "manifest.json"
PAYLOAD_MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
TAGGED = ("bag-info.txt", "bagit.txt", PAYLOAD_MANIFEST, MANIFEST)  # sorted
OBJECTS = "data/raw/objects.jsonl.gz"
WARC = "data/raw/exchanges.warc.gz"
SPEC = "data/spec/archive-spec.yaml"
INDEX = "data/snapshot/index.html"
NEEDED = ("data/README.txt", "data/verify.py", "data/spec/schema.json")  # files no other clause would miss

_LATER = r"\.(?:[2-9]|[1-9][0-9])"  # the number of a further time stamp
_ALLOWED = re.compile(
    r"bagit\.txt|bag-info\.txt|manifest-sha256\.txt|tagmanifest-sha256\.txt|manifest\.json"
    rf"|manifest\.json\.sig(?:(?:{_LATER})?\.tsr)?"
    rf"|seal/(?:allowed_signers|sealed\.sha256|tsa(?:{_LATER})?(?:\.crl)?\.pem|stamped(?:{_LATER})?\.sha256)"
    r"|data/(?:README\.txt|verify\.py)"
    rf"|data/tables/(?:{'|'.join(TABLES)})\.(?:parquet|jsonl)"
    r"|data/snapshot/(?:index\.html|page\.html|style\.css|snapshot-[0-9]{3,6}\.pdf|threads/[A-Za-z0-9_][A-Za-z0-9._-]{0,120}\.html)"
    r"|data/media/[0-9a-f]{64}\.[a-z0-9]{1,8}"
    r"|data/review/[0-9a-f]{64}\.(?:png|pdf)"
    r"|data/raw/(?:objects\.jsonl|exchanges\.warc)\.gz"
    r"|data/spec/(?:archive-spec\.yaml|schema\.json)"
)

MIB = 1 << 20
TAG_BYTES = 64 * MIB  # manifest.json, bag-info.txt
LISTING_BYTES = 256 * MIB  # manifest-sha256.txt: some 1.7 million files
SPEC_BYTES = 1 * MIB
LINE_BYTES = 32 * MIB  # one row
CHUNK_ROWS = 8_192
CHUNK_BYTES = 32 * MIB
PAGE_BYTES = 64 * MIB  # one page of a Parquet column, unpacked
BATCH_BYTES = 256 * MIB  # one column of the rows read at a time, if each were the longest entry of its dictionary
LIST_BYTES = 1024 * MIB  # all lists of one column in one row group, likewise
EXPANSION = 300  # bytes out per byte in, past the first FREE_BYTES: no text we write packs better
FREE_BYTES = 64 * MIB
HTML_BYTES = 256 * MIB
PENDING_MARKUP = 256 * 1024  # an HTML construct that does not end within this is refused
HTTP_HEADER_BYTES = 1 * MIB


def is_of_the_format(name: str) -> bool:
    """Tell whether a path is one docs/format.md names."""
    return _ALLOWED.fullmatch(name) is not None


def leaves_the_package(path: str) -> bool:
    """Tell whether a listed path is absolute, climbs, or is otherwise no plain relative path."""
    parts = path.split("/")
    return path.startswith("/") or "\\" in path or any(part in {"", ".", ".."} for part in parts)
