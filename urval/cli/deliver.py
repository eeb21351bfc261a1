"""``urval deliver``: a package as a SIP or AIP for the e-archive, and the receipt that comes back."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.archive import FixedTime, Json  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import one_line, show, show_json
from urval.errors import ConfigError

if TYPE_CHECKING:
    from urval.deliveries import Made, Order, Registered


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


def deliver(
    target: Annotated[str, typer.Argument(help="A package folder, or a store (folder or s3://…).", show_default=False)],
    package: Annotated[str | None, _option("--package", "Of a store: the id of the package.")] = None,
    to: Annotated[Path | None, _option("--to", "The folder to put the delivery in.")] = None,
    profile: Annotated[
        str | None, _option("--profile", "Address of the METS profile that the e-archive asks for.")
    ] = None,
    submission_agreement: Annotated[
        str | None, _option("--submission-agreement", "Reference of the submission agreement.")
    ] = None,
    submitter: Annotated[str | None, _option("--submitter", "Who delivers, if not the archive creator.")] = None,
    submitter_code: Annotated[str | None, _option("--submitter-code", "Its organisation number.")] = None,
    contact: Annotated[str | None, _option("--contact", "The person the e-archive may ask.")] = None,
    access: Annotated[str | None, _option("--access", "Restrictions of access, in words.")] = None,
    receipt: Annotated[Path | None, _option("--receipt", "Register the e-archive's receipt.")] = None,
    reference: Annotated[str | None, _option("--reference", "With --receipt: the e-archive's reference.")] = None,
    by: Annotated[str, _option("--by", "Who acts; else the user's name.")] = "",
    role: Annotated[str, typer.Option("--role", help="As what.")] = "archivist",
    fixed_time: FixedTime = None,
    *,
    sip: Annotated[bool, typer.Option("--sip", help="Make a submission package (SIP).")] = False,
    aip: Annotated[bool, typer.Option("--aip", help="Make an archival package (AIP).")] = False,
    test: Annotated[bool, typer.Option("--test", help="A test delivery, not to be archived.")] = False,
    as_zip: Annotated[bool, typer.Option("--zip", help="One zip file instead of a folder.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Verify and compose, but write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Deliver a package to an e-archive (E-ARK SIP, FGS Paketstruktur 2.0), or register the receipt.

    The package is verified first and never changed; it can be rebuilt from the delivery byte for byte. From a store,
    a SIP and a receipt are written to the ledger; doing either again changes nothing.
    """
    from urval.package.delivery import DeliverySettings, Kind

    now, actor = _now(fixed_time), by or os.environ.get("USER", "unknown")
    if receipt is not None:
        _only_receipt(making=sip or aip or to is not None or dry_run or as_zip)
        _show_receipt(_register(target, package, receipt, reference, actor, role, now), as_json=as_json)
        return
    folder = _whole_order(to, reference, one_kind=sip != aip)
    settings = DeliverySettings(
        kind=Kind.SIP if sip else Kind.AIP, profile=profile, agreement=submission_agreement, submitter=submitter,
        submitter_code=submitter_code, contact=contact, access=access, test=test,
    )  # fmt: skip
    from urval.deliveries import Order

    order = Order(
        settings=settings, to=folder, now=now, actor=actor, role=role, as_zip=as_zip, dry=dry_run, progress=_progress
    )
    _show_made(_make(target, package, order), as_json=as_json)


def _only_receipt(*, making: bool) -> None:
    if making:
        raise ConfigError(
            "--receipt registers what came back, and makes no delivery.",
            next_step="Give it with the store, --package and --reference only.",
        )


def _whole_order(to: Path | None, reference: str | None, *, one_kind: bool) -> Path:
    if not one_kind:
        raise ConfigError("Either --sip or --aip is needed, and not both.", next_step="An e-archive takes a SIP.")
    if to is None or reference is not None:
        wrong = "--to is missing." if to is None else "--reference belongs to --receipt."
        raise ConfigError(wrong, next_step="Give for example: urval deliver PACKAGE --sip --to FOLDER")
    return to


def _make(target: str, package: str | None, order: Order) -> Made:
    from urval.deliveries import deliver_folder, deliver_held
    from urval.store import open_store

    if _is_package(target):
        if package is not None:
            raise ConfigError(
                f"{target} is one package, and --package chooses among those of a store.",
                next_step="Leave --package out, or name the store.",
            )
        return deliver_folder(Path(target), order)
    return deliver_held(open_store(target, must_exist=True), _named(target, package), order)


def _register(
    target: str, package: str | None, file: Path, reference: str | None, actor: str, role: str, now: datetime
) -> Registered:
    from urval.deliveries import Receipt, register_receipt
    from urval.store import open_store

    if _is_package(target):
        raise ConfigError(
            f"{target} is a package, and a sealed package is never changed.",
            next_step="Name the store the package lies in, and its id with --package.",
        )
    receipt = Receipt(file=file, reference=reference, actor=actor, role=role, now=now)
    return register_receipt(open_store(target, must_exist=True), _named(target, package), receipt)


def _named(store: str, package: str | None) -> str:
    if package is None:
        raise ConfigError(
            f"{store} is a store, and --package must say which package.", next_step=f"See: urval verify {store}"
        )
    return package


def _is_package(target: str) -> bool:
    return (Path(target) / "bagit.txt").is_file() or (Path(target) / "manifest.json").is_file()


def _now(fixed_time: str | None) -> datetime:
    if fixed_time is None:
        return datetime.now(UTC)
    from flows.run import clock_of

    return clock_of(fixed_time)[0]()


def _show_made(made: Made, *, as_json: bool) -> None:
    if as_json:
        show_json(made.as_json())
        return
    kind = made.settings.kind.value
    parts = ", ".join(f"{name} {count}" for name, count in made.delivery.representations.items())
    if made.written is None:
        show(f"{made.delivery.name}: the {kind} would be made; nothing was written")
    elif made.written.new:
        show(f"{one_line(str(made.written.path))}: {kind} made")
    else:
        show(f"{one_line(str(made.written.path))}: is there already, byte for byte")
    show(f"  package {made.verdict}; {made.delivery.files} files, {made.delivery.size} bytes ({parts})")
    show(f"  METS.xml SHA-256 {made.delivery.mets_sha256}")
    if made.written is not None and made.written.zip_sha256 is not None:
        show(f"  zip SHA-256 {made.written.zip_sha256}")
    if made.recorded:
        show("  written to the ledger: delivered")


def _show_receipt(one: Registered, *, as_json: bool) -> None:
    if as_json:
        show_json(one.as_json())
        return
    show(f"{one.key}: {'registered' if one.new else 'registered before, nothing to do'}")
    if not one.delivered:
        show("  the ledger knows of no delivery of this package: it was made outside the store")


def _progress(step: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        told = f"  {step} {done}/{total}" if done < total else ""
        print(f"\r\033[K{told}", end="", file=sys.stderr, flush=True)  # noqa: T201
