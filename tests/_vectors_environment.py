"""Breaking the notes of exchanges and the environment log: section 9 of docs/format.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _environment import BODIES, notes, warc_record
from _vector import breaks

if TYPE_CHECKING:
    from _tampering import Tampering


def _with_notes(t: Tampering, **changes: str | None) -> None:
    """Write the exchanges anew, the first with other notes: underscores stand for hyphens, None for no such note."""
    changed = notes() | {name.replace("_", "-"): value for name, value in changes.items()}
    noted = {name: value for name, value in changed.items() if value is not None}
    first, *rest = BODIES
    records = [warc_record(first, noted), *(warc_record(body) for body in rest)]
    t.path("raw/exchanges.warc.gz").write_bytes(b"".join(records))


def _host(t: Tampering) -> dict[str, Any]:
    host: dict[str, Any] = t.manifest["environment"]["hosts"][0]
    return host


@breaks("RAW-3", census=True)
def a_replacement_without_its_original(t: Tampering) -> None:
    _with_notes(t, original_request_headers_sha256=None)


@breaks("RAW-3", census=True)
def an_original_that_is_no_digest(t: Tampering) -> None:
    _with_notes(t, original_request_headers_sha256="0" * 63)


@breaks("RAW-3", census=True)
def an_original_without_its_number(t: Tampering) -> None:
    _with_notes(t, redacted_request_headers=None)


@breaks("RAW-3", census=True)
def more_places_than_marks(t: Tampering) -> None:
    _with_notes(t, redacted_body="1", original_body_sha256="0" * 64)
    t.manifest["environment"]["redactions"] += 1


@breaks("RAW-3", census=True)
def a_header_that_is_not_named(t: Tampering) -> None:
    _with_notes(t, redacted_response_header=None)


@breaks("RAW-3", census=True)
def another_mark(t: Tampering) -> None:
    _with_notes(t, redacted_with="XXX")


@breaks("RAW-3", census=True)
def no_notes_at_all(t: Tampering) -> None:
    _with_notes(t, **{name: None for name in notes() if not name.startswith("tls-")})


@breaks("RAW-3", census=True)
def another_sum(t: Tampering) -> None:
    t.manifest["environment"]["redactions"] -= 1


@breaks("RAW-4", census=True)
def another_certificate(t: Tampering) -> None:
    _host(t)["tls_certificates"] = ["0" * 64]


@breaks("RAW-4", census=True)
def another_api_version(t: Tampering) -> None:
    _host(t)["api_versions"] = []


@breaks("RAW-4", census=True)
def a_clock_nobody_measured(t: Tampering) -> None:
    t.manifest["capture"]["clock"] = "system"
    _host(t)["clock_offset"] = {"measured": 1, "min_ms": 0, "max_ms": 0, "longest_wait_ms": 0}


@breaks("RAW-4", census=True)
def a_clock_that_is_kept_back(t: Tampering) -> None:
    _with_notes(t, clock_offset_ms="86400000", clock_wait_ms="30")


@breaks("RAW-4", census=True)
def another_host(t: Tampering) -> None:
    _host(t)["host"] = "graph.example.org"


@breaks("ENV-1")
def an_exchange_not_counted(t: Tampering) -> None:
    _host(t)["exchanges"] -= 1


@breaks("ENV-1")
def exchanges_below_zero(t: Tampering) -> None:
    other = {**_host(t), "host": "other.example", "exchanges": -1}
    _host(t)["exchanges"] += 1
    t.manifest["environment"]["hosts"].append(other)


@breaks("ENV-1")
def a_host_twice(t: Tampering) -> None:
    _host(t)["exchanges"] -= 1
    t.manifest["environment"]["hosts"].append({**_host(t), "exchanges": 1})


@breaks("ENV-1")
def hosts_out_of_order(t: Tampering) -> None:
    _host(t)["exchanges"] -= 1
    t.manifest["environment"]["hosts"].append({**_host(t), "host": "a.example", "exchanges": 1})


@breaks("ENV-1")
def least_above_most(t: Tampering) -> None:
    t.manifest["capture"]["clock"] = "system"
    _host(t)["clock_offset"] = {"measured": 1, "min_ms": 1, "max_ms": 0, "longest_wait_ms": 0}


@breaks("ENV-1")
def an_offset_of_a_fixed_clock(t: Tampering) -> None:
    _host(t)["clock_offset"] = {"measured": 1, "min_ms": 0, "max_ms": 0, "longest_wait_ms": 0}


@breaks("ENV-1")
def a_certificate_that_is_no_digest(t: Tampering) -> None:
    _host(t)["tls_certificates"] = ["certificate"]


@breaks("ENV-1")
def a_certificate_without_tls(t: Tampering) -> None:
    _host(t)["tls_versions"] = []


@breaks("ENV-1")
def replacements_below_zero(t: Tampering) -> None:
    t.manifest["environment"]["redactions"] = -1
