"""What a bucket really enforces, found by trying with throw-away objects below ``probe/``.

Where the bucket has a default retention, every probe object gets a governance retention of a minute instead: the
default would keep them for years.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from urval.manifest import sha256_hex
from urval.store._check import Answer, Line, StoreCheck, yes_or_no
from urval.store._check_s3_locks import LockTries
from urval.store._retention import PROBE
from urval.store._s3 import client_of
from urval.store._s3_faults import MISSING, TAKEN, client_fault, code_of, error_code, no_bucket, way_fault
from urval.store._s3_locks import destroy, lock_of, versions_of
from urval.store._s3_upload import base64_of

if TYPE_CHECKING:
    from urval.spec import StorageRule
    from urval.store._uri import S3Place

S3_TRIES = (
    "create an object below probe/, in one request and in parts, and try to create it again with other bytes",
    "put bytes with a wrong SHA-256",
    "read and list at once what was put",
    "ask for versioning, Object Lock and default retention",
    "lock an object in governance mode for a minute, and try to delete its version, also past the lock",
    "put an object under a legal hold, and try to delete its version",
    "compare the server's clock with this machine's",
    "remove what was created",
)
COMPLIANCE_TRY = "lock an object in compliance mode for a minute, and try to delete its version and to shorten the lock"
_ORDER = ("a-b", "a/b", "ab", "å")  # as bytes sort
_SKEW_SECONDS = 60
_SECONDS = 60  # of retention: the shortest that outlasts the tries on a slow line


def check_s3(place: S3Place, *, storage: StorageRule | None = None, compliance: bool = False) -> StoreCheck:
    """Try what the bucket enforces.

    Args:
        place: The place a store URI names.
        storage: The archive spec's lock, which the bucket must be able to keep.
        compliance: Try a compliance lock too. Its object stays for a minute, and is named.

    Raises:
        StoreError: The bucket does not exist, cannot be reached, or does not let these credentials write.
    """
    uri = f"s3://{place.bucket}/{place.prefix}".rstrip("/")
    try:
        return _Tries(place, uri, storage).all(compliance=compliance)
    except ClientError as error:
        if error_code(error) in MISSING:
            raise no_bucket(uri) from error
        raise client_fault(error, f"The store {uri}", "it was not checked, or not wholly") from error
    except BotoCoreError as error:
        raise way_fault(error, f"The store {uri}", "it was not checked, or not wholly") from error


class _Tries:
    """The tries on one bucket, below one probe prefix."""

    def __init__(self, place: S3Place, uri: str, storage: StorageRule | None) -> None:
        self.client = client_of(place)
        self.bucket = place.bucket
        self.uri = uri
        self.above = f"{place.prefix}/{PROBE}" if place.prefix else PROBE
        self.probe = f"{self.above}/{secrets.token_hex(8)}"
        self.locks = LockTries(self.client, place, storage, probe=self.probe, seconds=_SECONDS)

    def all(self, *, compliance: bool) -> StoreCheck:
        """Try everything; remove what can be removed, also after a fault."""
        self.client.head_bucket(Bucket=self.bucket)
        self._remove(self.above)  # what an earlier check had to leave
        lines: list[Line] = []
        try:
            lines += self._creating()
            lines += self.locks.lines(compliance=compliance)
            lines.append(self._clock())
        finally:
            left = self._remove(self.probe)
        return StoreCheck(self.uri, tuple(lines), tuple(left))

    def _creating(self) -> list[Line]:
        once, parts = f"{self.probe}/once", f"{self.probe}/parts"
        self._put(once, b"one")
        again = code_of(lambda: self._put(once, b"two", IfNoneMatch="*"))
        self._put_in_parts(parts, b"one")
        again_in_parts = code_of(lambda: self._put_in_parts(parts, b"two", IfNoneMatch="*"))
        wrong = code_of(
            lambda: self._put(f"{self.probe}/wrong", b"two", ChecksumSHA256=base64_of(bytes.fromhex(sha256_hex(b"1"))))
        )
        replace = (
            "Use a server with conditional writes (If-None-Match); until then two runs could overwrite each other."
        )
        return [
            _refusal("create_once", "An object that is there is not written over", again, TAKEN, replace),
            _refusal("create_once_in_parts", "The same for a large object, in parts", again_in_parts, TAKEN, replace),
            Line(
                "sha256",
                "Bytes that do not have the SHA-256 they are sent with are refused",
                yes_or_no(fine=wrong != ""),
                "The server checks what arrives." if wrong else "Damage on the way would not be noticed at once.",
                "" if wrong else "Use a server that checks x-amz-checksum-sha256.",
                demanded=True,
            ),
            self._reading(once),
            self._listing(),
        ]

    def _reading(self, once: str) -> Line:
        answer = self.client.get_object(Bucket=self.bucket, Key=once)
        same = answer["Body"].read() == b"one"
        listed = once in self._listed(self.probe)
        return Line(
            "read_after_write",
            "What was put can be read and listed at once",
            yes_or_no(fine=same and listed),
            "A run sees what the run before it stored.",
            "" if same and listed else "Use a server that is consistent: a run could store things twice.",
            demanded=True,
        )

    def _listing(self) -> Line:
        for name in reversed(_ORDER):
            self._put(f"{self.probe}/order/{name}", b"")
        fine = self._listed(f"{self.probe}/order") == [f"{self.probe}/order/{name}" for name in _ORDER]
        told = "" if fine else "This server lists in another order. "
        return Line("listing_order", "Keys are listed in the order of their bytes", yes_or_no(fine=fine),
                    f"{told}Urval sorts by itself, so it does not matter.")  # fmt: skip

    def _clock(self) -> Line:
        began = datetime.now(UTC)
        answer = self.client.head_bucket(Bucket=self.bucket)
        now = began + (datetime.now(UTC) - began) / 2
        try:
            # The header is cut to whole seconds: on the average it is half a second behind.
            told = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
            ahead = 0.5 + (told - now).total_seconds()
        except (KeyError, ValueError, TypeError):
            return Line("clock", "The server's clock agrees with this machine's", Answer.CANNOT_TELL,
                        "The server does not tell its time.", "Ask who runs it.")  # fmt: skip
        fine = abs(ahead) <= _SKEW_SECONDS
        return Line(
            "clock",
            "The server's clock agrees with this machine's",
            yes_or_no(fine=fine),
            f"They differ by about {abs(ahead):.0f} s. Retention ends by the server's clock.",
            "" if fine else "Set both clocks by NTP: a lock would end too early or too late.",
        )

    def _listed(self, prefix: str) -> list[str]:
        answer = self.client.list_objects_v2(Bucket=self.bucket, Prefix=f"{prefix}/")
        return [one["Key"] for one in answer.get("Contents", [])]

    def _put(self, name: str, data: bytes, **more: Any) -> None:
        self.client.put_object(Bucket=self.bucket, Key=name, Body=data, **self.locks.brief(), **more)

    def _put_in_parts(self, name: str, data: bytes, **condition: Any) -> None:
        begun = self.client.create_multipart_upload(Bucket=self.bucket, Key=name, **self.locks.brief())
        target: dict[str, Any] = {"Bucket": self.bucket, "Key": name, "UploadId": begun["UploadId"]}
        try:
            part = self.client.upload_part(**target, PartNumber=1, Body=data)
            parts: Any = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
            self.client.complete_multipart_upload(**target, MultipartUpload=parts, **condition)
        except ClientError:
            code_of(lambda: self.client.abort_multipart_upload(**target))
            raise

    def _remove(self, below: str) -> list[str]:
        """Remove what can be, past a governance lock where these credentials may; return what is left."""
        left = []
        for one in versions_of(self.client, self.bucket, below):
            code = code_of(lambda one=one: destroy(self.client, self.bucket, [one]))  # type: ignore[misc]
            if code:
                code = code_of(lambda one=one: self.client.delete_object(  # type: ignore[misc]
                    Bucket=self.bucket, Key=one.name, VersionId=one.id, BypassGovernanceRetention=True))  # fmt: skip
            if code:
                until, held = lock_of(self.client, self.bucket, one)
                why = "held" if held else f"locked until {until:%Y-%m-%dT%H:%M:%SZ}" if until else code
                left.append(f"{one.name} ({why})")
        return left


def _refusal(name: str, asked: str, code: str, expected: frozenset[str], todo: str) -> Line:
    fine = code in expected
    answer = Answer.CANNOT_TELL if code and not fine else yes_or_no(fine=fine)
    means = "The second put was refused." if fine else f"The second put gave {code!r}." if code else (
        "The second put went through.")  # fmt: skip
    return Line(name, asked, answer, means, "" if fine else todo, demanded=True)
