"""Versioning, Object Lock and legal hold of a bucket, found by trying."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from urval.store._check import Answer, Line, yes_or_no
from urval.store._s3_faults import UNLOCKED, code_of, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from urval.spec import StorageRule
    from urval.store._uri import S3Place

_LOCK = "Have the bucket created with Object Lock; most servers cannot add it later."
_NOT_KEPT = "Do not rely on this server for locks; use one that refuses."


class LockTries:
    """The tries of what keeps a version from being deleted. Each line that spec or URI asks for is demanded."""

    def __init__(
        self, client: S3Client, place: S3Place, storage: StorageRule | None, *, probe: str, seconds: int
    ) -> None:
        self.client, self.bucket, self.probe, self.seconds = client, place.bucket, probe, seconds
        self.storage = storage
        self.demanded = storage is not None or place.lock is not None

    @cached_property
    def configured(self) -> dict[str, Any] | None:
        """The bucket's Object Lock: None where it has none, empty where these credentials may not ask."""
        try:
            return dict(self.client.get_object_lock_configuration(Bucket=self.bucket)["ObjectLockConfiguration"])
        except ClientError as error:
            return None if error_code(error) in UNLOCKED else {}

    @property
    def default(self) -> dict[str, Any]:
        """The bucket's default retention, empty where there is none."""
        return dict((self.configured or {}).get("Rule", {}).get("DefaultRetention", {}))

    def brief(self) -> dict[str, Any]:
        """Return the retention a probe object needs so that the bucket's default does not keep it for years."""
        return self._lock("GOVERNANCE") if self.default else {}

    def lines(self, *, compliance: bool) -> list[Line]:
        """Try everything, compliance only where told."""
        return [
            self._versioning(),
            self._object_lock(),
            self._default(),
            self._governance(),
            self._hold(),
            *self._compliance(try_it=compliance),
        ]

    def _versioning(self) -> Line:
        asked = "What is replaced or deleted stays as an older version"
        try:
            status = self.client.get_bucket_versioning(Bucket=self.bucket).get("Status", "never enabled")
        except ClientError as error:
            told = f"These credentials may not ask ({error_code(error)})."
            return Line("versioning", asked, Answer.CANNOT_TELL, told, "Ask who runs the bucket.", self.demanded)
        fine = status == "Enabled"
        means = (
            "A plain deletion only hides an object." if fine else f"Versioning is {status.lower()}: deleted is gone."
        )
        return Line("versioning", asked, yes_or_no(fine=fine), means, "" if fine else "Enable it.", self.demanded)

    def _object_lock(self) -> Line:
        asked = "The bucket has Object Lock"
        if self.configured == {}:
            told = "These credentials may not ask."
            return Line("object_lock", asked, Answer.CANNOT_TELL, told, "Ask who runs the bucket.", self.demanded)
        fine = self.configured is not None
        means = "Versions can be locked." if fine else "Nothing in it can be locked against deletion."
        return Line("object_lock", asked, yes_or_no(fine=fine), means, "" if fine else _LOCK, self.demanded)

    def _default(self) -> Line:
        one = self.default
        asked = "The bucket locks what is put by itself (default retention)"
        if not one:
            told = "What is put is locked only as the spec or the store's URI says."
            return Line("default_retention", asked, yes_or_no(fine=False), told)
        length = f"{one['Days']} days" if "Days" in one else f"{one.get('Years')} years"
        told = f"{one['Mode'].lower()}, {length}, for every object that is put without a retention of its own."
        if self.storage is not None and self.storage.captures_keep is None:
            told += " The spec leaves captures unlocked, and this default locks them: disposal would be refused."
            todo = "Remove the default retention, or give captures_keep in the spec."
            return Line("default_retention", asked, Answer.NO, told, todo, demanded=True)
        return Line("default_retention", asked, Answer.YES, told)

    def _governance(self) -> Line:
        asked = "A governance lock refuses the deletion of its version"
        version = self._locked("governance", "GOVERNANCE")
        if isinstance(version, Line):
            return version
        code = code_of(lambda: self._delete("governance", version))
        past = code_of(lambda: self._delete("governance", version, BypassGovernanceRetention=True)) if code else ""
        means = "It was refused." if code else "The version was deleted in spite of the lock."
        todo = "" if code else _NOT_KEPT
        if code and not past:
            means += " With the header for it these credentials can pass the lock."
            todo = (
                "Run Urval with credentials without the right s3:BypassGovernanceRetention, or lock in compliance mode."
            )
        return Line("governance", asked, yes_or_no(fine=code != ""), means, todo, self.demanded)

    def _hold(self) -> Line:
        asked, name = "A legal hold refuses the deletion of its version", f"{self.probe}/hold"
        if not self.configured:
            return Line("legal_hold", asked, yes_or_no(fine=False) if self.configured is None else Answer.CANNOT_TELL,
                        "Without Object Lock a server may take a hold and not keep to it.", _LOCK)  # fmt: skip
        version = self.client.put_object(Bucket=self.bucket, Key=name, Body=b"", **self.brief()).get("VersionId", "")
        held = code_of(lambda: self._set_hold(name, version, "ON"))
        if held:
            return Line("legal_hold", asked, Answer.CANNOT_TELL, f"No hold could be placed ({held}).",
                        "Grant the right s3:PutObjectLegalHold if holds are to be kept by the store.")  # fmt: skip
        code = code_of(lambda: self._delete("hold", version, BypassGovernanceRetention=True))
        if code:
            code_of(lambda: self._set_hold(name, version, "OFF"))
        means = (
            "It was refused, also past a governance lock." if code else "The version was deleted in spite of the hold."
        )
        return Line("legal_hold", asked, yes_or_no(fine=code != ""), means, "" if code else _NOT_KEPT)

    def _compliance(self, *, try_it: bool) -> list[Line]:
        asked = "A compliance lock refuses deletion and shortening, by anybody"
        if not try_it:
            return [Line("compliance", asked, Answer.CANNOT_TELL, "It was not tried: its object stays for a minute.",
                         "Give --compliance to try it.")]  # fmt: skip
        version = self._locked("compliance", "COMPLIANCE")
        if isinstance(version, Line):
            return [version]
        name = f"{self.probe}/compliance"
        kept = code_of(lambda: self._delete("compliance", version, BypassGovernanceRetention=True))
        sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": self._until(self.seconds // 2)}
        longer = code_of(
            lambda: self.client.put_object_retention(
                Bucket=self.bucket, Key=name, VersionId=version, Retention=sooner, BypassGovernanceRetention=True  # type: ignore[arg-type]
            )
        )  # fmt: skip
        return [
            Line("compliance", "A compliance lock refuses the deletion of its version, also past it",
                 yes_or_no(fine=kept != ""), "It was refused." if kept else "The version was deleted in spite of it.",
                 "" if kept else _NOT_KEPT, self.demanded),
            Line("compliance_shortening", "A compliance lock cannot be shortened", yes_or_no(fine=longer != ""),
                 "It was refused." if longer else "It was shortened.", "" if longer else _NOT_KEPT, self.demanded),
        ]  # fmt: skip

    def _locked(self, name: str, mode: str) -> str | Line:
        """Put a locked object and return its version; the line that says why not, where that was refused."""
        asked = f"A {name} lock refuses the deletion of its version"
        try:
            put = self.client.put_object(Bucket=self.bucket, Key=f"{self.probe}/{name}", Body=b"", **self._lock(mode))
        except ClientError as error:
            if self.configured is None:
                return Line(name, asked, Answer.NO, "The bucket takes no lock.", _LOCK, self.demanded)
            told = f"No locked object could be put ({error_code(error)})."
            return Line(name, asked, Answer.CANNOT_TELL, told, "Grant the right s3:PutObjectRetention.", self.demanded)
        return put.get("VersionId", "")

    def _lock(self, mode: str) -> dict[str, Any]:
        return {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": self._until(self.seconds)}

    def _until(self, seconds: int) -> datetime:
        return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)

    def _delete(self, name: str, version: str, **more: Any) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=f"{self.probe}/{name}", VersionId=version, **more)

    def _set_hold(self, name: str, version: str, status: Any) -> None:
        self.client.put_object_legal_hold(Bucket=self.bucket, Key=name, VersionId=version, LegalHold={"Status": status})
