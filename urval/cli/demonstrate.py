"""``urval demo``: the whole way on the fictional city Exempelstad. No token, no network, no server to start."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from urval.cli.archive import run_flow
from urval.cli.output import language, show, tell_progress
from urval.errors import ConfigError, UrvalError

if TYPE_CHECKING:
    from datetime import datetime

    from urval.holdings import Held
    from urval.spec import ArchiveSpec
    from urval.store import Store
    from urval.verify import Report

_TIME = "2026-11-02T03:00:00+01:00"  # the city's clock: the second day after the period's end
_OCCASION = "2026-host"
# Accounts of the spec that have another name in the sandbox's city than that of their platform.
_KEYS = {"exempelstad-facebook": "exempelstad", "kommundirektoren-facebook": "kommundirektor"}

_WORDS = {
    "sv": {
        "intro": "Exempelstad är påhittad. Urval arkiverar dess konton för {occasion} som en riktig stads.",
        "kept": "{account}: {kept} av {frame} trådar bevarade, {comments} kommentarer, {media} medier, {gaps} luckor",
        "package": "Ett av paketen:",
        "look": "  att titta på: data/snapshot/index.html, data/snapshot/snapshot-001.pdf",
        "data": "  som data:     data/tables/ (Parquet och JSON Lines); vad det är: manifest.json",
        "seal": "  förseglat av:  {key}, tidsstämplat {stamped}",
        "unstamped": "inte ännu (openssl saknas)",
        "check": "Kontrollera själv: {program} verify {store}",
        "again": "Inget att göra: alla paket finns redan. De kontrollerades på nytt.",
        "made": "Klart. {count} paket i {store}, alla kontrollerade ({checks} kontroller, 0 fel).",
    },
    "en": {
        "intro": "Exempelstad is made up. Urval archives its accounts for {occasion} like a real city's.",
        "kept": "{account}: {kept} of {frame} threads kept, {comments} comments, {media} media, {gaps} gaps",
        "package": "One of the packages:",
        "look": "  to look at: data/snapshot/index.html, data/snapshot/snapshot-001.pdf",
        "data": "  as data:    data/tables/ (Parquet and JSON Lines); what it is: manifest.json",
        "seal": "  sealed by:   {key}, stamped {stamped}",
        "unstamped": "not yet (there is no openssl)",
        "check": "Check yourself: {program} verify {store}",
        "again": "Nothing to do: all packages are there already. They were verified again.",
        "made": "Done. {count} packages in {store}, all verified ({checks} checks, 0 failed).",
    },
}


def demo(
    store: Annotated[Path, typer.Option("--store", help="Where to keep the packages.")] = Path("demo-store"),
    lang: Annotated[str | None, typer.Option("--language", help="sv or en.", show_default=False)] = None,
    *,
    all_platforms: Annotated[
        bool, typer.Option("--all-platforms", help="One account on each of the eleven platforms; takes longer.")
    ] = False,
) -> None:
    """Archive the fictional city Exempelstad into a local store, and verify the packages."""
    import urval
    from urval.holdings import packages, verify_held
    from urval.store import open_store

    words = _WORDS[language(lang)]
    name = "exempelstad-alla-plattformar.yaml" if all_platforms else "exempelstad.yaml"
    spec = Path(urval.__file__).parents[1] / "archive_specs" / name
    if not spec.is_file():
        raise ConfigError("the demo needs the repository", next_step="Clone it, and give: make demo")
    show(words["intro"].format(occasion=_OCCASION))
    with tell_progress():
        outcomes = _archive(spec, store)
    failed = [outcome for outcome in outcomes if outcome["state"] == "failed"]
    if failed:
        raise UrvalError(f"the demo failed for {failed[0]['account_id']}: {failed[0]['detail']}")
    opened = open_store(str(store))
    held = list(packages(opened))
    reports = [verify_held(opened, one) for one in held]
    _tell(words, opened, held, reports, again=all(outcome["state"] == "already" for outcome in outcomes))


def _archive(spec: Path, store: Path) -> list[dict[str, str]]:
    """Run the flow against the sandbox, which lives as long as this call."""
    from datetime import datetime

    from connectors.sandbox import City, Sandbox
    from flows.run import CONNECT_TO
    from urval.spec import read_spec

    moment = datetime.fromisoformat(_TIME)
    _make_key(read_spec(spec).spec, Path(f"{store}-keys"), moment)
    with Sandbox(City.demo(), clock=lambda: moment) as sandbox:
        pairs = (f"{name}={address}" for name, address in sandbox.connect_to.items())
        os.environ[CONNECT_TO] = ",".join(pairs)
        for account in read_spec(spec).spec.accounts:
            if account.credential:
                os.environ[account.credential.removeprefix("env:")] = sandbox.tokens[
                    _KEYS.get(account.id, account.platform)
                ]
        return run_flow(spec, str(store), _OCCASION, None, dry=False, fixed_time=_TIME, approve_unseen=True)


def _make_key(spec: ArchiveSpec, folder: Path, moment: datetime) -> None:
    """Make the demonstration's seal key, once. Its passphrase is no secret: nothing it signs is real."""
    from flows.sealing import KEYS, key_folder

    passphrase = "Exempelstad är påhittad"  # noqa: S105 - the demonstration's, which everybody may know
    os.environ[KEYS], os.environ["URVAL_KEY_PASSPHRASE"] = str(folder), passphrase
    keys = key_folder(spec.archive.id)
    if spec.seal is not None and not keys.history():
        keys.create("new", identity=spec.seal.identity, passphrase=passphrase, at=moment)


def _program() -> str:
    """Return how this program is called from here."""
    return "urval" if shutil.which("urval") else str(_short(Path(sys.executable).with_name("urval")))


def _short(path: Path) -> Path:
    """Return the path as seen from here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _tell(words: dict[str, str], store: Store, held: list[Held], reports: list[Report], *, again: bool) -> None:
    """Say in ten lines what was made and where to look."""
    from urval.verify import Verdict

    root = _short(Path(store.uri))
    show()
    for one in held:
        manifest = one.manifest
        if manifest is None:
            raise UrvalError(f"the manifest of {one.prefix} does not parse", next_step=f"Give: urval verify {root}")
        show(
            words["kept"].format(
                account=manifest.account["id"],
                kept=manifest.selection.kept,
                frame=manifest.selection.frame_size,
                comments=manifest.tables["comments"].rows,
                media=manifest.tables["media"].rows,
                gaps=sum(manifest.gaps.values()),
            )
        )
    show(words["package"])
    show(f"  {root}/{held[0].prefix}")
    show(words["look"])
    show(words["data"])
    if (seal := reports[0].seal) is not None:
        stamped = [one.at.isoformat(timespec="seconds") for one in seal.stamps]
        show(words["seal"].format(key=seal.key, stamped=", ".join(stamped) or words["unstamped"]))
    show(words["check"].format(program=_program(), store=root))
    bad = [report for report in reports if report.verdict is Verdict.NOT_VALID]
    if bad:
        raise UrvalError(f"{len(bad)} of {len(held)} packages do not verify", next_step=f"Give: urval verify {root}")
    show(
        words["again" if again else "made"].format(
            count=len(held), store=root, checks=sum(report.counts["passed"] for report in reports)
        )
    )
