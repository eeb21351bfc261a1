"""``urval prove``: one small file that shows a post or comment to be in a package, and a page that shows the thread."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from urval.cli.output import language, one_line, show, show_json
from urval.errors import ConfigError, PackageError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from urval.cli.output import Language
    from urval.package.proof import PackageFiles, Proof
    from urval.store import Store

    _Restricted: TypeAlias = Callable[[str, str], str | None]


def prove(
    package: Annotated[str, typer.Argument(help="A package folder, or a store with --package.", show_default=False)],
    post: Annotated[str, typer.Argument(help="The post's id.", show_default=False)],
    package_id: Annotated[
        str | None, typer.Option("--package", help="Of a store: this package.", show_default=False)
    ] = None,
    comment: Annotated[
        str | None, typer.Option("--comment", help="The proof is of this comment on the post.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="The proof file; left out: named here.", show_default=False)
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Also the thread as a page to read or print.", show_default=False)
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--language", help="sv or en: of the PDF.", show_default="the package's")
    ] = None,
    despite_restriction: Annotated[
        str | None,
        typer.Option("--despite-restriction", help="Why, though access is restricted.", show_default=False),
    ] = None,
    *,
    thread: Annotated[bool, typer.Option("--thread/--alone", help="The whole thread, or only the row.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write the proof of one post or comment: its row, the row's way to the manifest, and the seal.

    Anyone checks it without the package: urval verify PROOF, or the procedure in docs/proof.md.
    """
    from urval.package.proof import Item, make_proof, write_new

    if despite_restriction is not None and not despite_restriction.strip():
        raise typer.BadParameter("a reason in words", param_hint="--despite-restriction")
    if pdf is not None and not thread:
        raise ConfigError("the PDF shows the whole thread, and --alone leaves it out", next_step="Leave --alone out.")
    spoken = language(lang) if lang is not None else None
    with _package(package, package_id) as (files, restricted):
        item = Item(post, comment)
        proof = make_proof(files, item, alone=not thread, restricted=restricted, despite=despite_restriction)
        target = output or Path(_named(proof))
        require_good(proof, target.name)
        sheet = _sheet(files, proof, target.name, spoken) if pdf is not None else None
    said: dict[str, Any] = _told(proof, target, new=write_new(target, proof.data))
    if pdf is not None and sheet is not None:
        write_new(pdf, sheet)
        said["pdf"] = str(pdf)
    if as_json:
        show_json(said)
    else:
        _show(said)


def require_good(proof: Proof, name: str) -> None:
    """Judge the proof as any stranger will, before it is written."""
    from urval.verify import Verdict, verify_proof

    report = verify_proof(proof.data, name)
    if report.verdict is Verdict.NOT_VALID:
        raise PackageError(
            f"a proof from the package {proof.manifest.package_id} would not hold: {', '.join(report.failed())}",
            next_step="See what is wrong with the package: urval verify.",
        )


def _sheet(files: PackageFiles, proof: Proof, name: str, spoken: Language | None) -> bytes:
    from urval.package.proof.sheet import thread_sheet

    return thread_sheet(files, proof, proof_name=name, language=spoken)


def _named(proof: Proof) -> str:
    extent = "" if len(proof.rows) > 1 else "-alone"
    return f"{proof.manifest.package_id}_{proof.item.table}-{proof.subject.index}{extent}.proof.json"


def _told(proof: Proof, target: Path, *, new: bool) -> dict[str, Any]:
    subject, seal = proof.subject, proof.manifest.seal
    return {
        "proof": str(target),
        "new": new,
        "bytes": len(proof.data),
        "package": proof.manifest.package_id,
        "manifest_sha256": proof.manifest_sha256,
        "table": subject.table,
        "index": subject.index,
        "tree_size": proof.manifest.tables[subject.table].rows,
        "rows": len(proof.rows),
        "key": seal.key if seal else None,
        "stamps": len(proof.seal["stamps"]) if proof.seal else 0,
        "pdf": None,
    }


def _show(said: dict[str, Any]) -> None:
    state = "" if said["new"] else " (there already, the same bytes)"
    show(f"{said['proof']}: {said['bytes']} bytes{state}")
    show(f"  row {said['index'] + 1} of {said['tree_size']} in {said['table']}; rows in the proof: {said['rows']}")
    show(f"  package {one_line(said['package'])}")
    if said["key"]:
        show(f"  signed by {said['key']}; time stamps: {said['stamps']}")
    else:
        show("  the package is NOT signed: the proof shows only that the rows belong to this manifest")
    if said["pdf"]:
        show(f"  {said['pdf']}: the thread, to read or print")
    show(f"  check it with: urval verify {said['proof']}")


@contextmanager
def _package(place: str, package_id: str | None) -> Iterator[tuple[PackageFiles, _Restricted]]:
    """Open the package; a folder by itself does not know what is restricted, its store does."""
    from urval.store import open_store
    from urval.verify import FolderReader

    if package_id is None:
        if "://" in place or not (Path(place) / "manifest.json").is_file():
            raise ConfigError(
                f"{place} is no package folder", next_step="Name one, or a store and its package: --package ID."
            )
        yield FolderReader(Path(place)), lambda _table, _id: None
        return
    store = open_store(place, must_exist=True)
    with tempfile.TemporaryDirectory(prefix="urval-prove-") as name:
        prefix = _prefix(store, package_id)
        yield Stored(store, prefix, Path(name)), restricted_in(store, prefix)


def restricted_in(store: Store, prefix: str) -> _Restricted:
    """Return what says which decision restricts access to an item of the account, or None."""
    from urval.access import is_restricted
    from urval.restricted import in_force

    _, archive, account, *_ = prefix.split("/")
    restrictions = in_force(store, archive, account)

    def restricted(_table: str, item: str) -> str | None:
        found = is_restricted(restrictions, account=account, item=item)
        return one_line(found.decision) if found else None

    return restricted


def _prefix(store: Store, package_id: str) -> str:
    from urval.holdings import packages

    held = [one for one in packages(store) if one.package_id == package_id]
    if not held:
        some = [one.package_id for one, _ in zip(packages(store), range(3), strict=False)]
        raise ConfigError(
            f"{store.uri} holds no package {package_id}",
            next_step=f"It holds for example {', '.join(some)}." if some else "It holds no package at all.",
        )
    return held[0].prefix


class Stored:
    """A package in a store: a file is fetched when it is first opened."""

    def __init__(self, store: Store, prefix: str, folder: Path) -> None:
        """Take where the package lies, and a folder for what is fetched."""
        self._store, self._prefix, self._folder = store, prefix, folder

    def names(self) -> list[str]:
        """Return the paths of all files."""
        return [key.removeprefix(f"{self._prefix}/") for key in self._store.keys(self._prefix)]

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading."""
        local = self._folder.joinpath(*name.split("/"))
        if not local.is_file():
            local.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._store.fetch(f"{self._prefix}/{name}", local)
            except StoreError as error:
                if self._store.exists(f"{self._prefix}/{name}"):
                    raise
                raise FileNotFoundError(2, "no such file in the package", name) from error
        return local.open("rb")
