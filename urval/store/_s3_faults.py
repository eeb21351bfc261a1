"""What a refusal by an S3 server, or the way to it, means: one sentence and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's name for what it is
    FlexibleChecksumError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from urval.errors import ConfigError, StoreError, UrvalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import BotoCoreError

MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
TAKEN = frozenset({"412", "PreconditionFailed"})
UNLOCKED = frozenset({"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"})  # no Object Lock
BUSY = frozenset({"409", "ConditionalRequestConflict"})  # another put of the key was under way

_KEYS = "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_RIGHTS = "Use credentials that may list, read and put objects here, or ask who runs the bucket to grant it."
_LATER = "Wait, then run the same command again; it takes up where it stopped."
_DAMAGE = "Read it again; if it stays so, restore the object from a copy and verify the store."
_REGION = "Correct region= and endpoint= in the store URI."
_FAULTS = {
    "NoSuchBucket": ("has no such bucket", "Correct the bucket's name, or have it created with Object Lock."),
    "AccessDenied": ("does not allow it with these credentials", _RIGHTS),
    "403": ("does not allow it with these credentials", f"{_KEYS} {_RIGHTS}"),
    "InvalidAccessKeyId": ("does not know the access key", _KEYS),
    "SignatureDoesNotMatch": ("does not accept the secret key", _KEYS),
    "ExpiredToken": ("says the credentials have expired", "Get new credentials."),
    "InvalidToken": ("does not accept the session token", "Get new credentials."),
    "RequestTimeTooSkewed": ("says the clock of this machine is wrong", "Set the clock."),
    "PermanentRedirect": ("keeps the bucket in another region", _REGION),
    "AuthorizationHeaderMalformed": ("keeps the bucket in another region", _REGION),
    "301": ("keeps the bucket in another region", _REGION),
    "SlowDown": ("is overloaded", _LATER),
    "ServiceUnavailable": ("is overloaded", _LATER),
    "503": ("is overloaded", _LATER),
    "InternalError": ("has an internal fault", _LATER),
    "500": ("has an internal fault", _LATER),
    "QuotaExceeded": ("is over its quota", "Have the quota raised, then run the same command again."),
    "XMinioStorageFull": ("is full", "Have space added, then run the same command again."),
    "InsufficientStorage": ("is full", "Have space added, then run the same command again."),
    "507": ("is full", "Have space added, then run the same command again."),
    "BadDigest": (
        "received other bytes than were sent",
        "The source changed or the network damages data; run it again.",
    ),
    "XAmzContentSHA256Mismatch": ("received other bytes than were sent", "Run the same command again."),
    "InvalidRequest": ("does not take the request", "If the store URI asks for a lock, the bucket needs Object Lock."),
    "InvalidObjectState": ("keeps the object in cold storage", "Have the object restored first."),
    "KeyTooLongError": ("does not take a key this long", "Choose a shorter prefix in the store URI."),
}


def client_fault(error: ClientError, place: str, deed: str) -> StoreError:
    """Return what to say when the server refuses. Its own message is not repeated: it may hold the access key.

    Args:
        error: What botocore made of the answer.
        place: The store, as the subject of the sentence.
        deed: What did not happen, as a clause.
    """
    code = error_code(error)
    cause, step = _FAULTS.get(code, (f"refused with {code!r}", "Look the code up in the server's documentation."))
    return StoreError(f"{place} {cause}; {deed}.", next_step=step)


def no_bucket(uri: str) -> StoreError:
    """Return what to say where there is no bucket."""
    return StoreError(
        f"The store {uri} has no such bucket.",
        next_step="Correct the bucket's name, or have it created with Object Lock.",
    )


def way_fault(error: BotoCoreError, place: str, deed: str) -> UrvalError:
    """Return what to say when the server was not reached, or not asked for want of credentials."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return ConfigError(f"{place} needs credentials, and there are none; {deed}.", next_step=_KEYS)
    if isinstance(error, NoRegionError | InvalidRegionError | ProfileNotFound):
        return ConfigError(f"{place} needs a valid region or profile; {deed}.", next_step=_REGION)
    if isinstance(error, FlexibleChecksumError):
        return StoreError(f"{place} gave other bytes than were put; {deed}.", next_step=_DAMAGE)
    if isinstance(error, ConnectionError | HTTPClientError):
        step = "Check the network, the endpoint= in the store URI, and that the server runs."
        return StoreError(f"{place} cannot be reached ({type(error).__name__}); {deed}.", next_step=step)
    return StoreError(f"{place} failed ({type(error).__name__}); {deed}.", next_step=_LATER)


def error_code(error: ClientError) -> str:
    """Return the server's error code; for answers without a body, the HTTP status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def code_of(deed: Callable[[], object]) -> str:
    """Return the server's error code for a deed it refuses, "" where it does it: for trying what a server enforces."""
    try:
        deed()
    except ClientError as error:
        return error_code(error) or "unknown"
    return ""
