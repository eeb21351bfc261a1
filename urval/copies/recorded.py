"""Which bytes an object must have: as the ledger, the manifests and the listings of the archive say.

It begins at the ledger, a chain of digests: an event names the digest of a package's or capture's crown, the crown that
of the listing, the listing that of each file. Where several stores are given, each link is taken from the first of them
that holds it undamaged.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from urval.errors import ConfigError, StoreError, VerificationError
from urval.ledger import State, check_chain, decode, encode
from urval.ledger import digest as event_digest
from urval.manifest import parse_manifest, sha256_hex
from urval.runs import decode as decode_run
from urval.store import ledger_prefix, read_events, run_prefix
from urval.verify.bag import tag_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urval.ledger import Event
    from urval.runs import RunManifest
    from urval.store import Store

RUN_PARTS = 3  # runs/<archive>/<number>
TREE_PARTS = 5  # packages/<archive>/<account>/<period>/<id>
_LEDGER_PARTS = 5  # ledger/<archive>/<account>/<period>/<number>.json
_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")
_NAMED_BY_DIGEST = re.compile(r"([0-9a-f]{64})\.[a-z0-9]+")
_KINDS_NAMED_BY_DIGEST = frozenset({"reviews", "removals"})


class Recorded:
    """The digests the archive records for its objects, read from one store, or from it and its copies."""

    def __init__(self, *stores: Store) -> None:
        self._stores = stores
        self._trees: dict[str, Mapping[str, str]] = {}  # of the tree asked for last: keys come tree by tree
        self._ledgers: dict[str, dict[str, str]] = {}  # as above

    def digest(self, key: str) -> str | None:
        """Return the hex SHA-256 an object must have; None where nothing says."""
        parts = key.split("/")
        if parts[0] in {"packages", "captures"} and len(parts) > TREE_PARTS:
            return self.tree("/".join(parts[:TREE_PARTS])).get("/".join(parts[TREE_PARTS:]))
        if parts[0] == "ledger" and len(parts) == _LEDGER_PARTS:
            return self._event("/".join(parts[:-1]), parts[-1])
        if parts[0] == "runs" and len(parts) > RUN_PARTS:
            return self._run(parts[1], parts[2]).get("/".join(parts[RUN_PARTS:]))
        named = _NAMED_BY_DIGEST.fullmatch(parts[-1])
        return named[1] if named and parts[0] in _KINDS_NAMED_BY_DIGEST else None

    def tree(self, prefix: str) -> Mapping[str, str]:
        """Return name -> hex SHA-256 of what a package or capture holds; nothing where its crown is not recorded."""
        if prefix not in self._trees:
            kind, archive, account, period, name = prefix.split("/")
            events = self._events((archive, account, period))
            made = self._package(prefix, name, events) if kind == "packages" else self._capture(prefix, name, events)
            self._trees = {prefix: made}
        return self._trees[prefix]

    def _package(self, prefix: str, name: str, events: Sequence[Event]) -> dict[str, str]:
        crown = _ref(events, State.PACKAGED, {"package": name}, "manifest_sha256")
        data = self._right(f"{prefix}/manifest.json", crown)
        if crown is None or data is None:
            return {} if crown is None else {"manifest.json": crown}
        try:
            manifest = parse_manifest(data)
        except ValueError:
            return {"manifest.json": crown}  # not of this format: its listing is not known
        listing = self._right(f"{prefix}/manifest-sha256.txt", manifest.payload.manifest_sha256)
        known = {"manifest.json": crown, "manifest-sha256.txt": manifest.payload.manifest_sha256}
        known |= {name: sha256_hex(text) for name, text in tag_files(manifest, crown).items()}
        known |= _listed(listing or b"")
        return self._seal(prefix, events, name) | known

    def _seal(self, prefix: str, events: Sequence[Event], name: str) -> dict[str, str]:
        """Return what ledger and listings say of the seal's files."""
        anchors = {"manifest.json.sig": _ref(events, State.SEALED, {"package": name}, "signature_sha256")}
        for event in events:
            if event.state is State.STAMPED and event.refs.get("package") == name:
                number = event.refs.get("stamp", "")
                file = "manifest.json.sig.tsr" if number == "1" else f"manifest.json.sig.{number}.tsr"
                anchors[file] = event.refs.get("stamp_sha256")
        known = {file: digest for file, digest in anchors.items() if digest is not None}
        for store in reversed(self._stores):
            known |= _whole_listings(store, prefix, known)
        return known

    def _capture(self, prefix: str, name: str, events: Sequence[Event]) -> dict[str, str]:
        crown = _ref(events, State.CAPTURED, {"capture": name}, "capture_sha256")
        if crown is None:
            return {}
        document = _object(self._right(f"{prefix}/capture.json", crown))
        files: dict[str, dict[str, Any]] = document.get("files", {})
        return {"capture.json": crown, **{file: str(entry["sha256"]) for file, entry in files.items()}}

    def _run(self, archive: str, number: str) -> dict[str, str]:
        """Return what the run after it says of a run's manifest, and its own listings of its seal."""
        known: dict[str, str] = {}
        if number.isdecimal():
            for store in self._stores:
                after = _run_manifest(_bytes(store, f"{run_prefix(archive, int(number) + 1)}/run.json"))
                if after is not None and after.previous is not None:
                    known.setdefault("run.json", after.previous.sha256)
        for store in reversed(self._stores):
            known |= _whole_listings(store, f"runs/{archive}/{number}", known)
        return known

    def _events(self, place: tuple[str, str, str]) -> Sequence[Event]:
        """Return the events of the first store whose ledger is whole, none where none is."""
        for store in self._stores:
            try:
                events = read_events(store, ledger_prefix(*place))
            except (StoreError, VerificationError):
                continue
            if events and not check_chain(events):
                return events
        return ()

    def _event(self, prefix: str, name: str) -> str | None:
        """Return the digest of an event of a whole ledger, or of one that fits where it is missing."""
        if not re.fullmatch(r"[0-9]{6}\.json", name):
            return None
        if prefix not in self._ledgers:
            archive, account, period = prefix.split("/")[1:]
            events = self._events((archive, account, period))
            self._ledgers = {prefix: {f"{event.seq:06}.json": sha256_hex(encode(event)) for event in events}}
        if name in self._ledgers[prefix]:
            return self._ledgers[prefix][name]
        return self._loose_event(prefix, name)

    def _loose_event(self, prefix: str, name: str) -> str | None:
        """Return the digest of an event of no whole ledger that carries its own, and fits between its neighbours."""
        seq = int(name[:6])
        before, after = (self._decoded(f"{prefix}/{number:06}.json") for number in (seq - 1, seq + 1))
        for store in self._stores:
            data = _bytes(store, f"{prefix}/{name}")
            event = _decoded(data)
            if data is None or event is None or event.seq != seq:
                continue
            if before is not None and event.previous != event_digest(before):
                continue
            if after is not None and after.previous != event_digest(event):
                continue
            return sha256_hex(data)
        return None

    def _decoded(self, key: str) -> Event | None:
        return next((event for store in self._stores if (event := _decoded(_bytes(store, key)))), None)

    def _right(self, key: str, digest: str | None) -> bytes | None:
        """Return the bytes of that digest from the first store that has them."""
        for store in self._stores:
            data = _bytes(store, key)
            if data is not None and sha256_hex(data) == digest:
                return data
        return None


def _ref(events: Sequence[Event], state: State, refs: Mapping[str, str], name: str) -> str | None:
    """Return what the newest event of a state with these refs says of ``name``."""
    found = (event.refs.get(name) for event in reversed(events)
             if event.state is state and refs.items() <= event.refs.items())  # fmt: skip
    return next(found, None)


def _bytes(store: Store, key: str) -> bytes | None:
    try:
        return store.get(key)
    except StoreError:
        return None  # missing, or damaged


def _decoded(data: bytes | None) -> Event | None:
    try:
        return None if data is None else decode(data)
    except VerificationError:
        return None


def _run_manifest(data: bytes | None) -> RunManifest | None:
    try:
        return None if data is None else decode_run(data)
    except VerificationError:
        return None


def _object(data: bytes | None) -> dict[str, Any]:
    return dict(json.loads(data)) if data is not None else {}


def _listed(listing: bytes) -> dict[str, str]:
    """Return name -> digest of a listing as ``sha256sum`` writes it."""
    found = (_LINE.fullmatch(line) for line in listing.decode("utf-8", "replace").split("\n"))
    return {match[2]: match[1] for match in found if match}


def _whole_listings(store: Store, prefix: str, anchors: Mapping[str, str]) -> dict[str, str]:
    """Return what the listings of a seal say that contradict no event and whose every file has the listed digest."""
    known: dict[str, str] = {}
    for key in store.keys(f"{prefix}/seal"):
        data = (_bytes(store, key) if key.endswith(".sha256") else None) or b""
        lines = _listed(data)
        if lines and all(anchors.get(name, one) == one for name, one in lines.items()) and _hold(store, prefix, lines):
            known |= lines | {key.removeprefix(f"{prefix}/"): sha256_hex(data)}
    return known


def _hold(store: Store, prefix: str, lines: Mapping[str, str]) -> bool:
    """Return whether every file of a listing has the digest listed; not of one whose names make no key."""
    try:
        return all(store.digest(f"{prefix}/{name}") == one for name, one in lines.items())
    except (ConfigError, StoreError):
        return False
