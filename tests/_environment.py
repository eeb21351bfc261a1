"""An environment log for captures that are made by hand, and exchanges that agree with one."""

from __future__ import annotations

import gzip
import hashlib

from urval.manifest import Environment, HostLog, Software

HOST = "graph.example"
BODIES = [b'{"profile":{}}', '{"data":["å","ä","ö"]}'.encode(), b'{"comments":["REDACTED"]}']
REPLACED = 2  # places of each exchange from which a secret was removed
CERTIFICATE = hashlib.sha256(b"certificate").hexdigest()
_RESPONSE = "<urn:uuid:00000000-0000-4000-8000-000000000000>"
_ORIGINAL = hashlib.sha256(b"original").hexdigest()


def environment_with(*hosts: HostLog, redactions: int = 0) -> Environment:
    """Return an environment log of these hosts."""
    software = Software(name="urval", version="0.1.0", lock_sha256=None, libraries={"requests": "2"})
    return Environment(
        software=software, python="CPython 3.11.1", openssl="OpenSSL 3", system="Linux", redactions=redactions,
        hosts=list(hosts),
    )  # fmt: skip


def host_log(exchanges: int) -> HostLog:
    """Return the log of the host of :func:`warc_record`, asked under a fixed clock."""
    return HostLog(
        host=HOST, exchanges=exchanges, api_versions=["facebook-api-version: v25.0"], clock_offset=None,
        tls_versions=["TLSv1.3"], tls_certificates=[CERTIFICATE],
    )  # fmt: skip


def notes() -> dict[str, str]:
    """Return what the metadata record of an exchange says."""
    return {
        "redacted-request-headers": "1",
        "original-request-headers-sha256": _ORIGINAL,
        "redacted-request-header": "Authorization",
        "redacted-response-headers": "1",
        "original-response-headers-sha256": "withheld",
        "redacted-response-header": "Set-Cookie",
        "redacted-with": "REDACTED",
        "tls-version": "TLSv1.3",
        "tls-certificate-sha256": CERTIFICATE,
    }


def warc_record(body: bytes, noted: dict[str, str] | None = None, host: str = HOST) -> bytes:
    """Return an exchange (response, request, metadata), each record gzipped by itself as WARC files are."""
    answer = b"HTTP/1.1 200 OK\r\nFacebook-API-Version: v25.0\r\nSet-Cookie: REDACTED\r\n\r\n" + body
    asked = b"GET /x HTTP/1.1\r\nAuthorization: REDACTED\r\n\r\n"
    told = "".join(f"{name}: {value}\r\n" for name, value in (notes() if noted is None else noted).items()).encode()
    named = f"WARC-Concurrent-To: {_RESPONSE}\r\n"
    parts = (
        ("response", f"WARC-Record-ID: {_RESPONSE}\r\n", answer), ("request", named, asked), ("metadata", named, told),
    )  # fmt: skip
    return b"".join(_record(kind, extra, host, block) for kind, extra, block in parts)


def _record(kind: str, extra: str, host: str, block: bytes) -> bytes:
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\n{extra}WARC-Target-URI: https://{host}/x\r\n"
        f"WARC-Date: 2026-11-02T08:00:00Z\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)
