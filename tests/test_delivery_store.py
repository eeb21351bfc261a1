"""``urval deliver`` with a package and with a store: what is written, what the ledger says, and the receipt."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _delivering import AT
from _program import tree
from _sample_package import whole_package

from urval.cli import app
from urval.errors import ConfigError, UrvalError, VerificationError
from urval.ledger import State, check_chain, next_event
from urval.manifest import parse_manifest, sha256_hex
from urval.store import append_event, capture_prefix, ledger_prefix, open_store, package_prefix, read_events

if TYPE_CHECKING:
    from urval.ledger import Event

TIME = "2026-12-01T10:30:00+01:00"
LATER = "2027-01-15T10:30:00+01:00"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with a package, its capture and its ledger; alter copies only."""
    sample, folder = whole_package(), tmp_path_factory.mktemp("delivery") / "store"
    data = (sample.folder / "manifest.json").read_bytes()
    manifest = parse_manifest(data)
    store = open_store(str(folder))
    place = (manifest.archive.id, manifest.account["id"], manifest.period.id)
    store.put_tree(package_prefix(*place, manifest.package_id), sample.folder, last="manifest.json")
    capture = shutil.copytree(sample.capture, folder.parent / "capture", ignore=shutil.ignore_patterns("*.part"))
    store.put_tree(capture_prefix(*place, manifest.capture.id), capture, last="capture.json")
    events: list[Event] = []
    packaged = {"package": manifest.package_id, "manifest_sha256": sha256_hex(data)}
    for state in (State.CAPTURED, State.PROPOSED, State.APPROVED, State.PACKAGED):
        refs = packaged if state is State.PACKAGED else {}
        event = next_event(events, state, at=AT, actor="run", role="run", refs=refs)
        events.append(append_event(store, ledger_prefix(*place), event))
    return folder


@pytest.fixture
def store(stored: Path, tmp_path: Path) -> Path:
    """Return a copy of the store."""
    return Path(shutil.copytree(stored, tmp_path / "store"))


def urval(*arguments: object, at: str = TIME) -> None:
    """Give ``urval deliver``; a fault comes as its error."""
    app(["deliver", *map(str, arguments), "--fixed-time", at], standalone_mode=False)


def told(capsys: pytest.CaptureFixture[str], *arguments: object, at: str = TIME) -> Any:
    """Give ``urval deliver --json`` and return what it printed."""
    capsys.readouterr()
    urval(*arguments, "--json", at=at)
    return json.loads(capsys.readouterr().out)


def package_of(store: Path) -> Path:
    """Return the folder of the store's package."""
    return next(store.glob("packages/*/*/*/*"))


def ledger_of(store: Path) -> list[Event]:
    """Return the events of the package's ledger."""
    place = package_of(store).relative_to(store / "packages").parts[:3]
    return read_events(open_store(str(store)), ledger_prefix(*place))


def test_a_sip_from_a_store_is_told_to_the_ledger_once(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A SIP gets an event with its digest, profile and agreement; made again it is the same, and no event more."""
    name = package_of(store).name
    before = tree(store)
    order = (store, "--package", name, "--sip", "--submission-agreement", "KS 2026/12", "--by", "alva")
    first = told(capsys, *order, "--to", tmp_path / "a")
    assert first["recorded"]
    assert first["new"]
    assert first["verdict"] == "valid as far as checked (level full)" or first["verdict"] == "valid (level full)"
    event = ledger_of(store)[-1]
    assert (event.state, event.actor, event.role) == (State.DELIVERED, "alva", "archivist")
    mets = (tmp_path / "a" / name / "METS.xml").read_bytes()
    assert event.refs["mets_sha256"] == sha256_hex(mets) == first["mets_sha256"]
    assert event.refs["profile"] == "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
    assert event.refs["agreement"] == "KS 2026/12"
    assert event.refs["package"] == name
    again = told(capsys, *order, "--to", tmp_path / "b", at=LATER)
    assert not again["recorded"]
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert len(ledger_of(store)) == 5
    assert check_chain(ledger_of(store)) == []
    assert {path: digest for path, digest in tree(store).items() if path in before} == before


def test_other_settings_make_another_delivery(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another profile is another delivery with an event of its own, made at its own time."""
    name = package_of(store).name
    told(capsys, store, "--package", name, "--sip", "--to", tmp_path / "a")
    profile = ("--profile", "https://earksip.dilcis.eu/profile/E-ARK-SIP-v2-1-0.xml")
    second = told(capsys, store, "--package", name, "--sip", "--to", tmp_path / "b", *profile, "--zip", at=LATER)
    assert second["recorded"]
    events = [event for event in ledger_of(store) if event.state is State.DELIVERED]
    assert len(events) == 2
    assert events[1].refs["zip_sha256"] == second["zip_sha256"]
    assert list((tmp_path / "b").iterdir()) == [tmp_path / "b" / f"{name}.zip"]


def test_a_dry_run_and_an_aip_leave_the_ledger_alone(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dry run writes nothing anywhere and tells the METS it would make; an AIP is no delivery."""
    name, before = package_of(store).name, tree(store)
    order = (store, "--package", name, "--sip", "--to", tmp_path / "out")
    dry = told(capsys, *order, "--dry-run")
    assert dry["path"] is None
    assert not (tmp_path / "out").exists()
    told(capsys, store, "--package", name, "--aip", "--to", tmp_path / "aip")
    assert tree(store) == before
    assert told(capsys, *order)["mets_sha256"] == dry["mets_sha256"]


def test_a_package_that_is_not_valid_is_refused(store: Path, tmp_path: Path) -> None:
    """A package with a changed file is not delivered, from a store or as a folder, and the message names the code."""
    package = package_of(store)
    target = package / "data" / "README.txt"
    target.chmod(0o644)
    target.write_text("x")
    with pytest.raises(VerificationError, match="BAG-3") as caught:
        urval(store, "--package", package.name, "--sip", "--to", tmp_path / "out")
    assert caught.value.next_step
    with pytest.raises(VerificationError, match="not valid"):
        urval(package, "--sip", "--to", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert len(ledger_of(store)) == 4


def test_a_package_folder_is_delivered(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A package outside a store is delivered too; the text names the place, the verdict and the digest."""
    package = package_of(store)
    urval(package, "--sip", "--to", tmp_path / "out")
    text = capsys.readouterr().out
    assert f"{tmp_path / 'out' / package.name}: SIP made" in text
    assert sha256_hex((tmp_path / "out" / package.name / "METS.xml").read_bytes()) in text
    urval(package, "--sip", "--to", tmp_path / "out")
    assert "is there already, byte for byte" in capsys.readouterr().out


def test_a_receipt_is_kept_beside_the_delivery_and_told_once(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A receipt lies under its digest with a record of what it is for, and is one event; again it changes nothing."""
    package = package_of(store)
    told(capsys, store, "--package", package.name, "--sip", "--to", tmp_path / "out")
    receipt = tmp_path / "Kvittens från e-arkivet.XML"
    receipt.write_bytes(b"<kvittens/>")
    order = (store, "--package", package.name, "--receipt", receipt, "--reference", "EA 2026/77")
    first = told(capsys, *order)
    assert first["new"]
    assert first["delivered"]
    digest = sha256_hex(b"<kvittens/>")
    place = store / "deliveries" / package.relative_to(store / "packages")
    assert (place / f"{digest}.xml").read_bytes() == b"<kvittens/>"
    record = json.loads((place / f"{digest}.delivery.json").read_bytes())
    assert record["format"] == "urval-delivery/1"
    assert record["reference"] == "EA 2026/77"
    assert record["receipt"] == {"bytes": 11, "file": f"{digest}.xml", "name": receipt.name, "sha256": digest}
    event = ledger_of(store)[-1]
    assert event.state is State.RECEIVED
    assert dict(event.refs) == {"package": package.name, "receipt_sha256": digest, "reference": "EA 2026/77"}
    before = tree(store)
    assert not told(capsys, *order, at=LATER)["new"]
    assert tree(store) == before
    assert record["delivered"]["mets_sha256"] == sha256_hex((tmp_path / "out" / package.name / "METS.xml").read_bytes())


def test_an_interrupted_receipt_is_finished(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the command was cut off before the ledger's event, giving it again adds the event and nothing else."""
    package = package_of(store)
    receipt = tmp_path / "r.json"
    receipt.write_bytes(b"{}")
    order = (store, "--package", package.name, "--receipt", receipt)
    assert not told(capsys, *order)["delivered"]
    last = max(store.glob("ledger/*/*/*/*.json"))
    last.unlink()
    before = tree(store)
    assert told(capsys, *order, at=LATER)["new"]
    assert set(tree(store)) - set(before) == {last.relative_to(store).as_posix()}


def test_a_receipt_cannot_change_its_reference(store: Path, tmp_path: Path) -> None:
    """The same receipt with another reference is refused, and nothing changes."""
    receipt = tmp_path / "r.pdf"
    receipt.write_bytes(b"%PDF-")
    order = (store, "--package", package_of(store).name, "--receipt", receipt, "--reference")
    urval(*order, "A")
    before = tree(store)
    with pytest.raises(VerificationError, match="registered before"):
        urval(*order, "B")
    assert tree(store) == before


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("PACKAGE", "--sip", "--aip", "--to", "OUT"), "not both"),
        (("PACKAGE", "--to", "OUT"), "Either --sip or --aip"),
        (("PACKAGE", "--sip"), "--to is missing"),
        (("PACKAGE", "--sip", "--to", "OUT", "--reference", "x"), "belongs to --receipt"),
        (("PACKAGE", "--sip", "--to", "OUT", "--package", "x"), "is one package"),
        (("PACKAGE", "--receipt", "EMPTY"), "never changed"),
        (("STORE", "--sip", "--to", "OUT"), "--package must say"),
        (("STORE", "--sip", "--to", "STORE/out", "--package", "x"), "in the store itself"),
        (("STORE", "--receipt", "EMPTY", "--package", "x"), "is empty"),
        (("STORE", "--receipt", "NONE", "--package", "x"), "cannot be read"),
        (("STORE", "--receipt", "EMPTY", "--sip", "--package", "x"), "makes no delivery"),
        (("PACKAGE", "--sip", "--to", "OUT", "--profile", "x"), "no web address"),
        (("PACKAGE", "--sip", "--to", "OUT", "--contact", " "), "blank"),
    ],
)
def test_what_makes_no_sense_is_refused(store: Path, tmp_path: Path, arguments: tuple[str, ...], part: str) -> None:
    """Options that contradict each other, or lack something, end with status 2, a sentence and the next step."""
    (tmp_path / "empty").write_bytes(b"")
    names = {
        "PACKAGE": package_of(store), "STORE": store, "OUT": tmp_path / "out", "EMPTY": tmp_path / "empty",
        "NONE": tmp_path / "none", "STORE/out": store / "out",
    }  # fmt: skip
    before = tree(store)
    with pytest.raises(ConfigError, match=part) as caught:
        urval(*(names.get(word, word) for word in arguments))
    assert caught.value.next_step
    assert tree(store) == before
    assert not (tmp_path / "out").exists()


def test_a_package_that_the_store_does_not_hold_is_told(store: Path, tmp_path: Path) -> None:
    """An unknown package id ends with status 1 and what to do, for a delivery and for a receipt."""
    (tmp_path / "r.txt").write_bytes(b"r")
    for more in (("--sip", "--to", tmp_path / "out"), ("--receipt", tmp_path / "r.txt")):
        with pytest.raises(UrvalError, match="holds no package") as caught:
            urval(store, "--package", "exempelstad-facebook_x", *more)
        assert caught.value.exit_status == 1
