"""What happened to a package, from its manifest and, where it lies in a store, from its ledger: PREMIS events.

Only what has a known time is told: a package outside its store says nothing of when it was built, sealed or stamped.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from urval.ledger import State
from urval.package.delivery.premis import Actor, Happening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from urval.ledger import Event
    from urval.manifest import Manifest
    from urval.package.delivery.entries import Sealed
    from urval.package.delivery.settings import DeliverySettings

# State -> term of the Library of Congress' list of preservation events, and the words. Capture, proposal and approval
# are told by the manifest, which knows more of them.
_OF_LEDGER = {
    State.PACKAGED: ("information package creation", "The package was built and stored."),
    State.SEALED: ("digital signature generation", "The manifest was signed."),
    State.STAMPED: ("digital signature generation", "A time-stamp authority stamped the signature (RFC 3161)."),
    State.VERIFIED: ("validation", "The package was verified."),
    State.REPLICATED: ("replication", "The package was copied to another store."),
    State.REPAIRED: ("recovery", "A damaged file of the package was restored from another copy."),
    State.HELD: ("policy assignment", "The package was put under a hold: it may not be disposed of."),
    State.RELEASED: ("policy assignment", "A hold on the package was released."),
    State.RESTRICTED: ("policy assignment", "Access to a part of the package was restricted."),
    State.UNRESTRICTED: ("policy assignment", "A restriction of access was lifted."),
    State.DELIVERED: ("transfer", "The package was delivered to an e-archive."),
    State.RECEIVED: ("transfer", "A receipt of an e-archive was registered."),
}


def moment(value: datetime) -> str:
    """Return a time as xs:dateTime in UTC, to the second."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def happenings(sealed: Sealed, settings: DeliverySettings) -> list[Happening]:
    """Return the events in the order of time; what came first where the times are equal stays first."""
    found = [*_of_manifest(sealed.manifest), *_of_ledger(sealed)]
    found.sort(key=lambda one: one.at)
    return [*found, *_of_delivery(sealed, settings)]


def _of_manifest(manifest: Manifest) -> Iterator[Happening]:
    software = _software(manifest)
    archive = Actor(manifest.archive.name, "organization", note=manifest.archive.organisation_number)
    capture, source, review = manifest.capture, manifest.source, manifest.review
    version = f" {source.api_version}" if source.api_version else ""
    notes = [f"scopes: {', '.join(source.scopes)}"] if source.scopes else []
    if capture.clock == "fixed":
        notes.append("The time comes from a fixed clock (demonstration).")
    yield Happening(
        type="capture",
        at=moment(capture.ended_at),
        detail=f"Captured from {source.platform} by {source.interface}{version}, begun {moment(capture.started_at)}.",
        outcome=f"capture {capture.id}, SHA-256 {capture.sha256}",
        notes=(*notes, *(f"gap: {reason}: {count}" for reason, count in sorted(manifest.gaps.items()))),
        actors=((software, "executing program"), (archive, "implementer")),
    )
    yield _selection(manifest, software)
    for approval in review.approvals:
        changed = len(review.changes)
        yield Happening(
            type="appraisal",
            at=moment(approval.at),
            detail=f"The selection was approved ({changed} change{'' if changed == 1 else 's'} in the review).",
            outcome="looked at by a person" if review.looked_at else "approved unseen",
            actors=((_person(approval.by, approval.role), "authorizer"),),
        )


def _selection(manifest: Manifest, software: Actor) -> Happening:
    one, decision = manifest.selection, manifest.spec.decision
    actors = [(software, "executing program")]
    notes = [f"seed: {one.seed}", f"frame SHA-256: {one.frame_sha256}", f"selection SHA-256: {one.selection_sha256}"]
    if decision is not None:
        actors.append((Actor(decision.authority, "organization"), "authorizer"))
        notes.append(f"decision: {decision.reference}, {decision.date}")
    return Happening(
        type="appraisal",
        at=moment(manifest.review.proposed_at),
        detail=f"Selected by the archive spec {manifest.spec.id}, version {manifest.spec.version}.",
        outcome=f"{one.kept} kept, {one.dropped} dropped, {one.excluded} excluded of {one.frame_size} threads",
        notes=tuple(notes),
        actors=tuple(actors),
    )


def _of_ledger(sealed: Sealed) -> Iterator[Happening]:
    for event in sealed.events:
        about = event.refs.get("package", sealed.manifest.package_id)
        if event.state in _OF_LEDGER and about == sealed.manifest.package_id:
            yield _told(event, *_OF_LEDGER[event.state])


def _told(event: Event, kind: str, detail: str) -> Happening:
    actors = [(_person(event.actor, event.role), "implementer")]
    if event.state is State.STAMPED and event.refs.get("authority"):
        actors.append((Actor(event.refs["authority"], "organization"), "time-stamp authority"))
    notes = [f"{name}: {value}" for name, value in sorted(event.refs.items())]
    if event.reason:
        notes.insert(0, f"reason: {event.reason}")
    return Happening(
        type=kind,
        at=moment(event.at),
        detail=detail,
        outcome=f"event {event.seq} of the ledger: {event.state.value}",
        notes=tuple(notes),
        actors=tuple(actors),
    )


def _of_delivery(sealed: Sealed, settings: DeliverySettings) -> Iterator[Happening]:
    name, version = sealed.software
    program = (Actor(name, "software", version), "executing program")
    yield Happening(
        type="validation",
        at=moment(sealed.now),
        detail="The package was verified before the delivery was made (docs/format.md).",
        outcome=sealed.verdict,
        notes=(f"manifest SHA-256: {sealed.manifest_sha256}",),
        actors=(program,),
    )
    agreement = f", under the submission agreement {settings.agreement}" if settings.agreement else ""
    submitter = settings.submitter or sealed.manifest.archive.name
    yield Happening(
        type="information package creation",
        at=moment(sealed.now),
        detail=f"The {settings.kind.value} was made of the package{agreement}.",
        actors=(program, (Actor(submitter, "organization"), "implementer")),
    )


def _software(manifest: Manifest) -> Actor:
    lock = manifest.software.lock_sha256
    note = f"lock SHA-256: {lock}" if lock else None
    return Actor(manifest.software.name, "software", manifest.software.version, note)


def _person(name: str, role: str) -> Actor:
    """Return who acted; in the role ``run`` it was the program, by that user."""
    return Actor(name, "software" if role == "run" else "person", note=f"role: {role}")
