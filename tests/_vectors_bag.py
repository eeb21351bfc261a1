"""Breaking bag and manifest: sections 1 and 2 of docs/format.md."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from _tampering import digest
from _vector import breaks, relist, seal_but

if TYPE_CHECKING:
    from _tampering import Tampering


@breaks("BAG-1")
def other_version(t: Tampering) -> None:
    (t.folder / "bagit.txt").write_text("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")


@breaks("BAG-1")
def a_thirdline_of(t: Tampering) -> None:
    with (t.folder / "bagit.txt").open("a") as file:
        file.write("\n")


@breaks("BAG-2")
def unlisted_file(t: Tampering) -> None:
    t.seal()
    t.folder = t.folder.with_name(t.manifest["package_id"])
    t.path("snapshot/threads/0099.html").write_text("<!DOCTYPE html><title>x</title>")
    t.leave.add("listing")


@breaks("BAG-2")
def unsorted(t: Tampering) -> None:
    relist(t, lambda text: "".join(sorted(text.splitlines(keepends=True))))


@breaks("BAG-2")
def carriage_returns(t: Tampering) -> None:
    relist(t, lambda text: text + "\r\n")


@breaks("BAG-3")
def one_letter(t: Tampering) -> None:
    seal_but(t, "listing")
    t.edit("README.txt", lambda text: text.replace("SVENSKA", "SVENSKa"))


@breaks("BAG-3")
def one_byte_of_the_schema(t: Tampering) -> None:
    seal_but(t, "listing")
    t.edit("spec/schema.json", lambda text: text.replace("{", "[", 1))


@breaks("BAG-4")
def tag_of_another_file(t: Tampering) -> None:
    path = seal_but(t, "tags") / "tagmanifest-sha256.txt"
    path.write_text(path.read_text() + f"{'0' * 64}  fetch.txt\n")


@breaks("BAG-4")
def wrong_tag_digest(t: Tampering) -> None:
    path = seal_but(t, "tags") / "tagmanifest-sha256.txt"
    text = path.read_text()
    path.write_text(("1" if text[0] == "0" else "0") + text[1:])


@breaks("BAG-5")
def other_organisation(t: Tampering) -> None:
    path = seal_but(t, "bag-info") / "bag-info.txt"
    path.write_text(path.read_text().replace("Exempelstads", "Annanstads"))


@breaks("BAG-5")
def more_bag_info(t: Tampering) -> None:
    path = seal_but(t, "bag-info") / "bag-info.txt"
    path.write_text(path.read_text() + "Contact-Name: x\n")


@breaks("BAG-6")
def a_link(t: Tampering) -> None:
    (t.folder / "data" / "snapshot" / "link.html").symlink_to("/etc/passwd")


@breaks("BAG-6")
def a_linked_folder(t: Tampering) -> None:
    (t.folder / "data" / "more").symlink_to("/etc")


@breaks("BAG-6")
def a_pipe(t: Tampering) -> None:
    os.mkfifo(t.folder / "data" / "pipe")


@breaks("BAG-6")
def a_file_of_no_format(t: Tampering) -> None:
    t.path("dropped.jsonl").write_text("{}\n")


@breaks("BAG-6")
def a_note_at_the_top(t: Tampering) -> None:
    (t.folder / "notes.txt").write_text("x")


@breaks("BAG-6")
def no_readme(t: Tampering) -> None:
    t.path("README.txt").unlink()


@breaks("BAG-6")
def a_path_that_climbs(t: Tampering) -> None:
    relist(t, lambda text: text + f"{'0' * 64}  data/../../../etc/passwd\n")


@breaks("MAN-1")
def unknown_key(t: Tampering) -> None:
    t.manifest["surprise"] = 1


@breaks("MAN-1")
def not_json(t: Tampering) -> None:
    (seal_but(t, "manifest") / "manifest.json").write_bytes(b"{")


@breaks("MAN-1")
def nested_deeply(t: Tampering) -> None:
    (seal_but(t, "manifest") / "manifest.json").write_bytes(b"[" * 200_000)


@breaks("MAN-1")
def account_without_id(t: Tampering) -> None:
    seal_but(t, "folder")
    t.leave |= {"id", "bag-info"}
    del t.manifest["account"]["id"]


@breaks("MAN-2")
def spaces(t: Tampering) -> None:
    path = seal_but(t, "manifest") / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text())))


@breaks("MAN-2")
def a_key_twice(t: Tampering) -> None:
    path = seal_but(t, "manifest") / "manifest.json"
    path.write_text(path.read_text().replace("{", '{"account":{},', 1))


@breaks("MAN-3")
def other_size(t: Tampering) -> None:
    t.seal()
    t.folder = t.folder.with_name(t.manifest["package_id"])
    t.manifest["payload"]["bytes"] += 1
    t.leave.add("payload")


@breaks("MAN-3")
def other_listing(t: Tampering) -> None:
    t.seal()
    t.folder = t.folder.with_name(t.manifest["package_id"])
    t.manifest["payload"]["manifest_sha256"] = "0" * 64
    t.leave.add("payload")


@breaks("MAN-4")
def other_capture(t: Tampering) -> None:
    t.manifest["capture"]["sha256"] = "0" * 64
    t.leave.add("id")


@breaks("MAN-4")
def renamed_folder(t: Tampering) -> None:
    t.leave.add("folder")
    t.folder = t.folder.rename(t.folder.with_name("renamed"))


@breaks("MAN-5")
def not_midnight(t: Tampering) -> None:
    t.manifest["period"]["start"] = "2026-05-01T00:00:00Z"


@breaks("MAN-5")
def backwards(t: Tampering) -> None:
    period = t.manifest["period"]
    period["start"], period["end"] = period["end"], period["start"]


@breaks("MAN-6")
def shows_all(t: Tampering) -> None:
    t.manifest["cannot_show"] = []


@breaks("MAN-6")
def says_nothing(t: Tampering) -> None:
    t.manifest["cannot_show"] = [" "]


@breaks("MAN-7")
def no_decision(t: Tampering) -> None:
    t.manifest["spec"]["decision"] = None
    t.edit("spec/archive-spec.yaml", lambda text: "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith("decision")
    ))  # fmt: skip
    t.manifest["spec"]["sha256"] = digest(t.path("spec/archive-spec.yaml"))
