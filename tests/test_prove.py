"""The proof of one item: what is written, what is refused, how it is judged, and the page that goes with it."""

from __future__ import annotations

import base64
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _authority import authority
from _proof_package import ACCOUNT, BRIDGE, FILM, HOSTILE, city_package
from _rendered import squeezed
from _sample_package import whole_package
from _sealing import key, sealed_package, trust
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from urval.cli import app
from urval.errors import ConfigError, PackageError, UrvalError
from urval.manifest import canonical, sha256_hex
from urval.package.proof import Item, make_proof, write_new
from urval.package.proof.sheet import MOST_COMMENTS, thread_sheet
from urval.package.proof.words import WORDS
from urval.verify import (
    CODES,
    PROOF_CODES,
    FolderReader,
    Level,
    Severity,
    Status,
    Verdict,
    verify_package,
    verify_proof,
)

sys.path.insert(0, str(Path(__file__).with_name("verapdf")))
import verapdf  # the folder is no package: it is a test program beside its Java source

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = "100_2007"
LEFT_OUT = "100_2005"


def city() -> FolderReader:
    """Return the sealed package of the city."""
    return FolderReader(city_package())


def lines(table: str, column: str, value: str) -> dict[tuple[str, int], str]:
    """Return table and index -> line of the rows of a table that have a value."""
    text = (city_package() / "data" / "tables" / f"{table}.jsonl").read_text("utf-8")
    rows = enumerate(text.split("\n")[:-1])
    return {(table, index): line for index, line in rows if json.loads(line)[column] == value}


def document(*, post: str = BRIDGE, comment: str | None = None, alone: bool = False) -> dict[str, Any]:
    """Return a proof as a value, to alter."""
    return json.loads(make_proof(city(), Item(post, comment), alone=alone).data)


def failed(value: dict[str, Any]) -> list[str]:
    """Return the codes that fail for a proof, however canonical."""
    return verify_proof(canonical(value), "x", trust()).failed()


def test_proof_holds_the_whole_thread_and_nothing_else() -> None:
    """A post's proof holds every row of its thread, letter by letter, none of another, and is valid by itself."""
    proof = make_proof(city(), Item(BRIDGE))
    wanted = lines("posts", "id", BRIDGE) | lines("comments", "post_id", BRIDGE)
    for table in ("media", "gaps", "completeness", "selection", "versions"):
        wanted |= lines(table, "thread_id", BRIDGE)
    assert {(row["table"], row["index"]): row["line"] for row in json.loads(proof.data)["rows"]} == wanted
    assert len(proof.of("comments")) == 7
    assert canonical(json.loads(proof.data)) == proof.data
    report = verify_proof(proof.data, "x", trust())
    assert report.verdict is Verdict.VALID
    assert report.seal is not None
    assert report.seal.key == key().fingerprint
    assert len(report.seal.stamps) == 1


def test_comment_alone_is_one_row() -> None:
    """The proof of a comment by itself holds its row and no other text of the thread."""
    proof = make_proof(city(), Item(BRIDGE, "c6"), alone=True)
    (row,) = proof.rows
    assert row.values["text"].startswith("Köp billiga klockor")
    assert "Exempelån" not in proof.data.decode()
    assert verify_proof(proof.data, "x", trust()).verdict is Verdict.VALID
    with_thread = make_proof(city(), Item(BRIDGE, "c6"))
    assert with_thread.subject.values["id"] == "c6"
    assert len(with_thread.rows) == len(make_proof(city(), Item(BRIDGE)).rows)


def test_shared_hashes_stand_once() -> None:
    """The hashes of a long thread's paths stand once each: a comment costs little beside its own line."""
    value = document(post=LONG)
    assert len(set(value["nodes"])) == len(value["nodes"])
    beside = len(canonical(value)) - len(canonical({**value, "rows": [], "nodes": []}))
    assert beside < sum(len(row["line"].encode()) * 1.15 + 260 for row in value["rows"])


def test_no_trust_is_not_valid_without_more() -> None:
    """Without keys and authorities from elsewhere a proof is at best valid as far as checked."""
    report = verify_proof(make_proof(city(), Item(BRIDGE)).data, "x")
    assert report.verdict is Verdict.VALID_AS_FAR_AS_CHECKED
    unsure = [finding.code for finding in report.findings if finding.status is Status.NOT_CHECKED]
    assert unsure == ["PRF-5", "PRF-6"]
    assert "inte kontrollerad" in report.to_text("sv")


def test_codes_of_proofs_and_packages_are_apart() -> None:
    """A proof's report has the codes of proofs and no other; a package's has none of them."""
    report = verify_proof(make_proof(city(), Item(BRIDGE)).data, "x")
    assert {finding.code for finding in report.findings} == set(PROOF_CODES)
    package = verify_package(city(), level=Level.STRUCTURE)
    assert {finding.code for finding in package.findings} == set(CODES)
    assert not set(CODES) & set(PROOF_CODES)


# ---- vectors: a proof broken in one way fails exactly the code of that clause ---------------------------------------


def _text(value: dict[str, Any]) -> None:
    value["rows"][0]["line"] = value["rows"][0]["line"].replace("84 meter", "85 meter")


def _index(value: dict[str, Any]) -> None:
    value["rows"][0]["index"] += 1


def _size(value: dict[str, Any]) -> None:
    value["sizes"]["comments"] += 1


def _path(value: dict[str, Any]) -> None:
    value["nodes"][0] = "0" * 64


def _unused(value: dict[str, Any]) -> None:
    value["nodes"].append("0" * 64)


def _unknown_key(value: dict[str, Any]) -> None:
    value["note"] = "x"


def _other_format(value: dict[str, Any]) -> None:
    value["format"] = "urval-proof/2"


def _spaced_manifest(value: dict[str, Any]) -> None:
    value["manifest"] = json.dumps(json.loads(value["manifest"]))


def _broken_manifest(value: dict[str, Any]) -> None:
    value["manifest"] = "{}"


def _other_manifest(value: dict[str, Any]) -> None:
    manifest = json.loads(value["manifest"])
    manifest["archive"]["name"] = "Annanstad"
    value["manifest"] = canonical(manifest).decode()


def _other_signature(value: dict[str, Any]) -> None:
    value["seal"]["signature"] = document_of_another()["seal"]["signature"]


def _no_seal(value: dict[str, Any]) -> None:
    value["seal"] = None


def _other_stamp(value: dict[str, Any]) -> None:
    value["seal"]["stamps"] = document_of_another()["seal"]["stamps"]


def _spoilt_stamp(value: dict[str, Any]) -> None:
    value["seal"]["stamps"][0]["response"] = base64.b64encode(b"0").decode()


def _no_base64(value: dict[str, Any]) -> None:
    value["seal"]["stamps"][0]["response"] += "="


def _no_stamp(value: dict[str, Any]) -> None:
    value["seal"]["stamps"] = []


def _fewer_comments(value: dict[str, Any]) -> None:
    """Leave out the last comment, with its part of the paths: nothing but the count tells."""
    rows = value["rows"]
    rows.remove(next(row for row in reversed(rows) if row["table"] == "comments"))
    _without_unused_nodes(value)


def _other_thread(value: dict[str, Any]) -> None:
    other = document(post=FILM)
    for row in other["rows"]:
        if row["table"] == "media":
            row["path"] = [len(value["nodes"]) + place for place in row["path"]]
            value["rows"].append(row)
    value["nodes"] += other["nodes"]
    _without_unused_nodes(value)


def _without_unused_nodes(value: dict[str, Any]) -> None:
    nodes: dict[str, int] = {}
    for row in value["rows"]:
        row["path"] = [nodes.setdefault(value["nodes"][place], len(nodes)) for place in row["path"]]
    value["nodes"] = list(nodes)


def _no_subject(value: dict[str, Any]) -> None:
    value["subject"]["id"] = "100_9999"


def _twice(value: dict[str, Any]) -> None:
    value["rows"].append(next(row for row in value["rows"] if row["table"] == "media"))


def document_of_another() -> dict[str, Any]:
    """Return the proof of a post of another package, sealed by the same key and authority."""
    return json.loads(make_proof(FolderReader(sealed_package()), Item("t3")).data)


VECTORS: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("PRF-1", _unused), ("PRF-1", _unknown_key), ("PRF-1", _other_format), ("PRF-2", _text), ("PRF-2", _index),
    ("PRF-2", _size), ("PRF-2", _path), ("PRF-3", _broken_manifest), ("PRF-4", _other_manifest), ("PRF-4", _no_seal),
    ("PRF-4", _other_signature), ("PRF-6", _other_stamp), ("PRF-6", _spoilt_stamp), ("PRF-6", _no_base64),
    ("PRF-7", _fewer_comments), ("PRF-7", _other_thread), ("PRF-7", _no_subject), ("PRF-7", _twice),
    ("PRF-8", _no_stamp),
]  # fmt: skip


@pytest.mark.parametrize(("code", "change"), VECTORS, ids=[f"{code}{change.__name__}" for code, change in VECTORS])
def test_vector_fails_its_code(code: str, change: Callable[[dict[str, Any]], None]) -> None:
    """A proof broken in one way fails the code of that clause, and no other but by necessity."""
    value = document()
    change(value)
    found = failed(value)
    assert found[0] == code if change is not _no_seal else code in found
    # A signature that was taken away or replaced leaves no key to trust, and no stamp to be over it.
    assert set(found) <= {code, *({"PRF-5", "PRF-6"} if code == "PRF-4" else ())}
    report = verify_proof(canonical(value), "x", trust())
    severe = PROOF_CODES[code].severity is Severity.ERROR
    assert (report.verdict is Verdict.NOT_VALID) == severe


def test_manifest_in_another_spelling_fails() -> None:
    """A manifest that says the same in other bytes is not canonical, and not what was signed."""
    value = document()
    _spaced_manifest(value)
    assert failed(value)[:2] == ["PRF-3", "PRF-4"]


def test_key_that_nobody_trusts_fails_alone() -> None:
    """A good seal by a key that is not on the list, or was not valid then, fails PRF-5 and nothing else."""
    data = make_proof(city(), Item(BRIDGE)).data
    assert verify_proof(data, "x", trust(key("other"))).failed() == ["PRF-5"]
    assert verify_proof(data, "x", trust(times='valid-before="20200101Z"')).failed() == ["PRF-5"]
    other = authority("Annan").ca
    assert verify_proof(data, "x", trust(authorities=other)).failed() == ["PRF-6"]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    """A proof with any byte changed, but those of the certificates and keys it only carries along, is not valid."""
    sound = make_proof(city(), Item(FILM)).data
    seal = json.loads(sound)["seal"]
    spans = [
        (start, start + len(text))
        for text in (
            json.dumps(seal["allowed_signers"]).encode(),
            json.dumps(seal["stamps"][0]["certificates"]).encode(),
        )
        if (start := sound.index(text)) >= 0
    ]
    place = data.draw(st.integers(0, len(sound) - 1).filter(lambda at: not any(a <= at < b for a, b in spans)))
    changed = sound[:place] + bytes([sound[place] ^ data.draw(st.integers(1, 255))]) + sound[place + 1 :]
    assert verify_proof(changed, "x", trust()).verdict is Verdict.NOT_VALID


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["format", "manifest", "rows", "nodes", "seal", "sizes", "subject", "x"]), inner, max_size=8),
    max_leaves=12).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_anything_is_a_verdict(data: bytes) -> None:
    """Whatever the bytes, the verifier says which clause fails, and never breaks."""
    report = verify_proof(data, "x")
    assert report.verdict is Verdict.NOT_VALID
    assert report.failed()[0] == "PRF-1"


@pytest.mark.parametrize("data", [
    b"[" * 100_000, b'{"format":"urval-proof/1","format":"urval-proof/1"}', b"\xff\xfe{", b"1" * 5000, b'{"a":NaN}',
    b"PK\x03\x04",
])  # fmt: skip
def test_hostile_file_is_a_finding(data: bytes) -> None:
    """Nesting without end, keys given twice, numbers without end and other files are findings."""
    assert verify_proof(data, "x").failed() == ["PRF-1"]


def test_large_file_is_refused_unread() -> None:
    """A file larger than any proof is a finding, and is not parsed."""
    assert "larger than" in verify_proof(b"{" + bytes(64 << 20), "x").findings[0].found


# ---- making --------------------------------------------------------------------------------------------------------


ERRORS: list[tuple[tuple[str, str | None], type[UrvalError], str]] = [
    ((LEFT_OUT, None), PackageError, "was not kept: excluded, by the rule utan"),
    (("100_20001", None), ConfigError, "nearest 100_2001"),
    (("zzz", None), ConfigError, "it holds 6 posts, the first 100_2001, 100_2002, 100_2003"),
    (("c6", None), ConfigError, "c6 is a comment on the post 100_2001"),
    ((BRIDGE, "c77"), ConfigError, "nearest c7"),
    ((BRIDGE, "e1"), ConfigError, "It is on the post 100_2003"),
    (("\u202e\ud800\x1b[2J", None), ConfigError, "\\u202e\\ud800\\u001b[2J"),
]


@pytest.mark.parametrize(("item", "kind", "said"), ERRORS)
def test_unknown_item_is_told(item: tuple[str, str | None], kind: type[UrvalError], said: str) -> None:
    """An id that is not there gets the nearest ones, a dropped thread its rule; nothing acts on a terminal."""
    with pytest.raises(kind) as raised:
        make_proof(city(), Item(*item))
    assert said in raised.value.diagnostics()


def test_dropped_thread_is_told_its_rule() -> None:
    """A thread that no rule named, one that a rule bars, and a comment by itself are told apart."""
    files = FolderReader(whole_package().folder)
    with pytest.raises(PackageError, match="dropped, no rule named it"):
        make_proof(files, Item("t4"))
    with pytest.raises(PackageError, match="excluded, by the rule undantag"):
        make_proof(files, Item("t6"), alone=True)
    with pytest.raises(ConfigError, match="has no comment"):
        make_proof(files, Item("t3", "nix"), alone=True)


def test_unsigned_package_is_proven_and_said_to_be_unsigned() -> None:
    """A proof from a package that nobody signed shows its rows, and its seal is not checked."""
    proof = make_proof(FolderReader(whole_package().folder), Item("t3"))
    report = verify_proof(proof.data, "x")
    assert report.failed() == []
    assert [f.code for f in report.findings if f.status is Status.NOT_CHECKED] == ["PRF-4", "PRF-5", "PRF-6", "PRF-8"]
    assert verify_proof(proof.data, "x", trust()).failed() == ["PRF-5"]


def test_damaged_package_gives_no_proof(tmp_path: Path) -> None:
    """A table that is not the manifest's, a seal that is not there, a broken manifest: nothing is proven."""
    folder = Path(shutil.copytree(city_package(), tmp_path / city_package().name))
    table = folder / "data" / "tables" / "posts.jsonl"
    sound = table.read_bytes()
    for spoilt in (sound.replace(b"84 meter", b"85 meter"), sound + sound[:200] + b"\n", sound[:-1], b""):
        table.write_bytes(spoilt)
        with pytest.raises(UrvalError):
            make_proof(FolderReader(folder), Item(BRIDGE))
    table.write_bytes(sound)
    (folder / "manifest.json.sig").unlink()
    with pytest.raises(PackageError, match="not signed yet"):
        make_proof(FolderReader(folder), Item(BRIDGE))
    (folder / "manifest.json").write_bytes(b"{}")
    with pytest.raises(PackageError, match="manifest cannot be read"):
        make_proof(FolderReader(folder), Item(BRIDGE))


def test_restricted_item_is_refused_without_a_reason() -> None:
    """An item, or one in its thread, to which access is restricted is proven only when a reason is given."""

    def restricted(table: str, one: str) -> str | None:
        return "KS 2026/12" if (table, one) == ("comments", "c6") else None

    for item, alone in ((Item(BRIDGE), False), (Item(BRIDGE, "c6"), True)):
        with pytest.raises(PackageError, match="KS 2026/12"):
            make_proof(city(), item, alone=alone, restricted=restricted)
        assert make_proof(city(), item, alone=alone, restricted=restricted, despite="Domstol").rows
    assert make_proof(city(), Item(BRIDGE), alone=True, restricted=restricted).rows


def test_file_is_written_once(tmp_path: Path) -> None:
    """A file is created whole; the same bytes again change nothing, and other bytes are refused."""
    target = tmp_path / "a.json"
    assert write_new(target, b"1") is True
    assert write_new(target, b"1") is False
    with pytest.raises(ConfigError, match="nothing was overwritten"):
        write_new(target, b"2")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_new(tmp_path / "no" / "a.json", b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert target.read_bytes() == b"1"


# ---- the commands --------------------------------------------------------------------------------------------------


def run(*arguments: object) -> None:
    """Run the program in this process."""
    app(list(map(str, arguments)), standalone_mode=False)


def test_commands_from_a_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The proof from a store is the one from the folder; verify judges it by its keys, and names a changed one."""
    package = city_package()
    period = json.loads((package / "manifest.json").read_bytes())["period"]["id"]
    store = tmp_path / "store"
    shutil.copytree(package, store / "packages" / "exempelstad" / ACCOUNT / period / package.name)
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    run("prove", package, BRIDGE, "--output", one)
    capsys.readouterr()
    run("prove", store, BRIDGE, "--package", package.name, "--output", two, "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["index"], said["tree_size"], said["stamps"], said["rows"]) == (0, 6, 1, 12)
    assert one.read_bytes() == two.read_bytes()
    (tmp_path / "keys").write_bytes(key().line())
    (tmp_path / "ca.pem").write_bytes(authority().ca)
    run("verify", one, "--keys", tmp_path / "keys", "--tsa-ca", tmp_path / "ca.pem", "--json")
    assert json.loads(capsys.readouterr().out)[0]["verdict"] == "valid"
    two.write_bytes(one.read_bytes().replace(b"84 meter", b"85 meter"))
    with pytest.raises(UrvalError, match=r"the proof two.json is not valid"):
        run("verify", two)
    assert "PRF-2" in capsys.readouterr().out
    run("restrict", "add", store, "--package", package.name, "--item", "c6", "--decision", "KS 12", "--reason", "Skydd",
        "--by", "Alva")  # fmt: skip
    with pytest.raises(PackageError, match="c6 in comments is restricted: KS 12"):
        run("prove", store, BRIDGE, "--package", package.name, "--output", tmp_path / "three.json")
    run("prove", store, BRIDGE, "--package", package.name, "--output", one, "--despite-restriction", "Dom T 12-26")


def test_commands_refuse_what_makes_no_sense(tmp_path: Path) -> None:
    """What is no package, a package the store lacks, a page without the thread, and a store's options are refused."""
    proof = tmp_path / "a.json"
    run("prove", city_package(), FILM, "--output", proof)
    wrong: list[tuple[tuple[object, ...], str]] = [
        (("prove", tmp_path, FILM), "is no package folder"),
        (("prove", tmp_path, FILM, "--package", "x"), "holds no package x"),
        (("prove", city_package(), FILM, "--alone", "--pdf", tmp_path / "a.pdf"), "shows the whole thread"),
        (("verify", proof, "--account", "x"), "is one proof"),
    ]
    for arguments, said in wrong:
        with pytest.raises(ConfigError, match=said):
            run(*arguments)
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_broken_seal_is_not_passed_on(tmp_path: Path) -> None:
    """From a package whose signature is another's no proof is written."""
    folder = Path(shutil.copytree(city_package(), tmp_path / city_package().name))
    shutil.copyfile(sealed_package() / "manifest.json.sig", folder / "manifest.json.sig")
    with pytest.raises(PackageError, match=r"would not hold: PRF-4"):
        run("prove", folder, FILM, "--output", tmp_path / "a.json")
    assert not (tmp_path / "a.json").exists()


# ---- the page ------------------------------------------------------------------------------------------------------


def sheet(post: str, comment: str | None = None, **options: Any) -> bytes:
    """Return the page of a proof."""
    return thread_sheet(city(), make_proof(city(), Item(post, comment)), proof_name="bevis.json", **options)


def words_of(path: Path) -> str:
    """Return a PDF's squeezed text."""
    return squeezed(" ".join(page.extract_text() for page in PdfReader(path).pages))


def test_page_shows_the_thread_and_what_proves_it(tmp_path: Path) -> None:
    """The pages conform to PDF/A-2a and PDF/UA-1, show thread, marks, digests and key, and take no text for markup."""
    pages = {"film": sheet(FILM), "fientlig": sheet(HOSTILE), "bro": sheet(BRIDGE),
             "long": sheet(LONG, "m88", language="en")}  # fmt: skip
    for name, data in pages.items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
    assert sheet(FILM) == pages["film"]
    assert len(PdfReader(tmp_path / "film.pdf").pages) == 1
    bridge, long, hostile = (words_of(tmp_path / f"{name}.pdf") for name in ("bro", "long", "fientlig"))
    proof = make_proof(city(), Item(BRIDGE))
    manifest = proof.manifest
    for told in (
        "Utdrag ur arkivet: Exempelstad på Facebook", manifest.package_id, proof.manifest_sha256,
        sha256_hex(proof.data),
        manifest.tables["posts"].merkle_root, manifest.tables["comments"].merkle_root, key().fingerprint,
        "rad 1 av 6 i tabellen posts (index 0)", "12 januari 2026 kl. 09:30 (08:30 UTC)", "CN=Test TSA",
        "https://social.example/exempelstad/posts/100_2001", "Dold", "Redigerad", "Allt som huvudkontot skriver",
        "2 lämnas inte ut", "Det här visar det inte",
    ):  # fmt: skip
        assert squeezed(told) in bridge
    assert squeezed(f"This shows {MOST_COMMENTS + 1} of the thread's 90 comments") in long
    assert squeezed("The proof is of this comment") in long
    assert squeezed("Åsikt nummer 88.") in long
    assert squeezed("Åsikt nummer 87.") not in long
    for literal in ("#set text(red) *fet* $x^2$ @ref <a>", "<script>alert(1)</script>", "#heading[Rubrik] ]#",
                    "#strong[Mallory] [U+0007]", "[U+16A4F]", "[U+E000]"):  # fmt: skip
        assert squeezed(literal) in hostile
    if lacking := verapdf.missing():
        pytest.skip(f"veraPDF needs {lacking}")
    verdicts = verapdf.judge(sorted(tmp_path.glob("*.pdf")))
    assert len(verdicts) == 8
    assert [verdict for verdict in verdicts if not verdict.compliant] == []


def test_page_shows_no_picture_of_another_digest(tmp_path: Path) -> None:
    """A picture or a spec that is not what the signed rows state makes no page."""
    folder = Path(shutil.copytree(city_package(), tmp_path / city_package().name))
    proof = make_proof(FolderReader(folder), Item(BRIDGE))
    medium = folder / "data" / proof.of("media")[0].values["file"]
    medium.write_bytes(medium.read_bytes() + b"x")
    with pytest.raises(PackageError, match="not the bytes that its row states"):
        thread_sheet(FolderReader(folder), proof, proof_name="x")
    (folder / "data" / "spec" / "archive-spec.yaml").write_bytes(b"x")
    with pytest.raises(PackageError, match="not the spec"):
        thread_sheet(FolderReader(folder), replace(proof), proof_name="x")


def test_page_speaks_both_languages() -> None:
    """The page has the same words in Swedish and English."""
    assert WORDS["sv"].keys() == WORDS["en"].keys()
    alike = {name for name, told in WORDS["sv"].items() if told == WORDS["en"][name]}
    assert alike == {"captured_line", "stamp_line", "why_purpose"}
