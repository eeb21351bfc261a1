"""Export files as archives: what is refused, that nothing is held in memory, and that broken ones say so."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tarfile
import tracemalloc
import zipfile
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from _exports import film, png, write_folder, write_tar, write_zip
from hypothesis import given
from hypothesis import strategies as st

from connectors._media import NotStored, StoredMedia
from connectors.exports import detect
from connectors.exports._archive import ArchiveLimits, open_archive
from connectors.exports._elements import elements
from urval.errors import ConfigError, IncompleteError, MalformedError
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIB = 1024**2
FEW = ArchiveLimits(max_members=10, max_member_bytes=8 * MIB, max_total_bytes=12 * MIB, free_bytes=MIB, max_ratio=50)


def zip_of(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """Write a zip with members that may be anything."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for info, data in members:
            file.writestr(info, data)
    return path


def of_mode(name: str, mode: int) -> zipfile.ZipInfo:
    """Return a member with a Unix file mode."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def changed(path: Path, at: bytes, offset: int, new: bytes) -> Path:
    """Overwrite bytes at an offset from every place where a mark stands."""
    data = bytearray(path.read_bytes())
    place = data.find(at)
    assert place >= 0
    while place >= 0:
        data[place + offset : place + offset + len(new)] = new
        place = data.find(at, place + 1)
    path.write_bytes(bytes(data))
    return path


def twice(path: Path) -> Path:
    """Write a zip that has one name two times."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zip_of(path, ("data/tweets.js", b"[1]"), ("data/tweets.js", b"[2]"))


def overlapping(path: Path) -> Path:
    """Write a zip whose second member is read from the first one's bytes."""
    zip_of(path, ("a.json", b"[1]" * 400), ("b.json", b"[2]" * 400))
    data = bytearray(path.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)  # where its local header is
    path.write_bytes(bytes(data))
    return path


def cut(path: Path, share: float) -> Path:
    """Keep the beginning of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


CENTRAL = b"PK\x01\x02"
ZIPS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "out of it": (lambda p: zip_of(p, ("data/../../evil.js", b"[]")), "leads out of"),
    "out of it by backslashes": (lambda p: zip_of(p, ("data\\..\\..\\evil.js", b"[]")), "leads out of"),
    "absolute": (lambda p: zip_of(p, ("/etc/passwd", b"[]")), "absolute name"),
    "a drive": (lambda p: zip_of(p, ("C:\\evil.js", b"[]")), "absolute name"),
    "no name": (lambda p: zip_of(p, ("data//a.js", b"[]")), "impossible name"),
    "a control character": (lambda p: zip_of(p, ("data/\x1b[31m.js", b"[]")), "impossible name"),
    "a name in no encoding": (lambda p: write_folder(p, {"a\udcff.js": "[]"}), "impossible name"),
    "a link": (lambda p: zip_of(p, (of_mode("a", 0o120777), b"/etc/passwd")), "link or device"),
    "a device": (lambda p: zip_of(p, (of_mode("a", 0o020666), b"")), "link or device"),
    "a name twice": (twice, "twice"),
    "encrypted": (lambda p: changed(zip_of(p, ("a.js", b"[]")), CENTRAL, 8, b"\x01\x00"), "encrypted"),
    "packed strangely": (lambda p: changed(zip_of(p, ("a.js", b"[]")), CENTRAL, 10, b"\x09\x00"), "method 9"),
    "overlapping": (overlapping, "overlap"),
    "a bomb": (lambda p: zip_of(p, ("a.js", bytes(4 * MIB))), "unpacks to 4194304 bytes from"),
    "many small bombs": (lambda p: zip_of(p, *((f"{n}.js", bytes(MIB // 2)) for n in range(9))), "it unpacks to"),
    "too large": (lambda p: zip_of(p, ("a.mp4", os.urandom(9 * MIB))), "claims 9437184 bytes"),
    "too much": (lambda p: zip_of(p, *((f"{n}.mp4", os.urandom(7 * MIB)) for n in range(2))), "more than 12582912"),
    "too many": (lambda p: zip_of(p, *((f"{n}.js", b"[]") for n in range(11))), "more than 10 members"),
    "cut off": (lambda p: cut(zip_of(p, ("a.js", b"[]" * 99)), 0.6), "cut off or damaged"),
    "an absurd size": (
        lambda p: changed(zip_of(p, ("a.js", b"[]" * 99)), CENTRAL, 24, b"\xfe\xff\xff\xff"), "claims 4294967294 bytes",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ZIPS)
def test_a_hostile_zip_is_refused(tmp_path: Path, name: str) -> None:
    """It is refused as a whole with one sentence that names the file and the reason."""
    make, said = ZIPS[name]
    path = make(tmp_path / "export.zip")
    with pytest.raises(MalformedError) as caught:
        open_archive(path, FEW)
    assert "export.zip is refused" in caught.value.message
    assert said in caught.value.message
    assert caught.value.next_step


def tar_of(path: Path, *members: tarfile.TarInfo, data: bytes = b"") -> Path:
    """Write a tar with members that may be anything."""
    with tarfile.open(path, "w") as file:
        for info in members:
            info.size = len(data) if info.isreg() else 0
            file.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return path


def tar_member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    """Return a member of a kind."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def packed(path: Path, data: bytes) -> Path:
    """Write gzip."""
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


TARS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "out of it": (lambda p: tar_of(p, tar_member("../evil.json")), "leads out of"),
    "absolute": (lambda p: tar_of(p, tar_member("/evil.json")), "absolute name"),
    "a symbolic link": (lambda p: tar_of(p, tar_member("a", tarfile.SYMTYPE)), "link or device"),
    "a hard link": (lambda p: tar_of(p, tar_member("a", tarfile.LNKTYPE)), "link or device"),
    "a device": (lambda p: tar_of(p, tar_member("a", tarfile.BLKTYPE)), "link or device"),
    "a pipe": (lambda p: tar_of(p, tar_member("a", tarfile.FIFOTYPE)), "link or device"),
    "a name twice": (lambda p: tar_of(p, tar_member("a"), tar_member("./a")), "twice"),
    "too many": (lambda p: tar_of(p, *(tar_member(str(n)) for n in range(11))), "more than 10 members"),
    "cut off": (lambda p: cut(tar_of(p, tar_member("a"), data=b"x" * 40_000), 0.4), "cut off"),
    "no tar in it": (lambda p: packed(p, b"[1, 2]"), "no tar"),
    "a bomb": (lambda p: packed(p, bytes(4 * MIB)), "unpacks to"),
    "packing cut off": (lambda p: cut(packed(p, os.urandom(4000)), 0.5), "cut off"),
}


@pytest.mark.parametrize("name", TARS)
def test_a_hostile_tar_is_refused(tmp_path: Path, name: str) -> None:
    """So is a tar; one that is packed is unpacked no further than its limits."""
    make, said = TARS[name]
    with pytest.raises(MalformedError) as caught:
        open_archive(make(tmp_path / "export.tar"), FEW, scratch=tmp_path)
    assert said in caught.value.message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.tar"]


def test_a_forged_directory_does_not_fill_the_memory(tmp_path: Path) -> None:
    """A zip's directory or a tar's long header is read no further than the limit, whatever size it claims."""
    limits = ArchiveLimits(max_directory_bytes=10_000, max_read_bytes=10_000)
    many = zip_of(tmp_path / "many.zip", *((f"{n}.js", b"") for n in range(1000)))
    long = tmp_path / "long.tar"
    with tarfile.open(long, "w", format=tarfile.GNU_FORMAT) as file:
        file.addfile(tarfile.TarInfo("a" * 20_000))
    for path in (many, long):
        with pytest.raises(MalformedError, match="directory takes more than 10000 bytes"):
            open_archive(path, limits)


def test_a_folder_with_a_link_is_refused(tmp_path: Path) -> None:
    """An unpacked export must not lead out of itself either."""
    write_folder(tmp_path / "export", {"data/tweets.js": "[]"})
    (tmp_path / "export" / "data" / "secret").symlink_to("/etc/passwd")
    with pytest.raises(MalformedError, match="link or device"):
        open_archive(tmp_path / "export")


def test_what_is_no_file_or_no_export(tmp_path: Path) -> None:
    """A path without a file, and a file that no reader knows, are told in one sentence that names it."""
    with pytest.raises(ConfigError, match=r"missing\.zip cannot be read"):
        open_archive(tmp_path / "missing.zip")
    pages = write_zip(tmp_path / "facebook.zip", {"your_facebook_activity/posts/your_posts_1.html": "<html></html>"})
    with open_archive(pages) as archive, pytest.raises(ConfigError, match="holds web pages, not data"):
        detect(archive)
    (tmp_path / "notes.txt").write_text("hello")
    with (
        open_archive(tmp_path / "notes.txt") as archive,
        pytest.raises(ConfigError, match=r"notes\.txt is no account export") as caught,
    ):
        detect(archive)
    assert "tweets.js" in caught.value.next_step


MEMBERS: dict[str, bytes | str] = {
    "Export/data/part10.json": "[10]",
    "Export/data/part2.json": "[2]",
    "Export/media/å.png": png(7),
    "Export/media/film.mp4": film(1),
}


@pytest.mark.parametrize("write", [write_zip, write_tar, write_folder])
@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz"])
def test_every_container_reads_alike(tmp_path: Path, write: Callable[..., Path], ending: str) -> None:
    """Names come in natural order with forward slashes; bytes and digests are those of the members."""
    with open_archive(write(tmp_path / f"export{ending}", MEMBERS), scratch=tmp_path) as archive:
        assert archive.names == (
            "Export/data/part2.json", "Export/data/part10.json", "Export/media/film.mp4", "Export/media/å.png",
        )  # fmt: skip
        assert archive.find("DATA/PART2.JSON") == ["Export/data/part2.json"]
        assert archive.read("Export/media/å.png") == png(7)
        assert archive.read("Export/data/part2.json") == b"[2]"  # again backwards in a packed tar
        kept = archive.keep_medium("Export/media/å.png", tmp_path / "media")
        assert isinstance(kept, StoredMedia)
        assert (kept.mime, (tmp_path / kept.file).read_bytes()) == ("image/png", png(7))
        assert kept.sha256 == archive.digest("Export/media/å.png")
        assert archive.unread() == ["Export/data/part10.json", "Export/media/film.mp4"]
        assert len(archive.sha256) == 64


def test_names_that_do_not_say_they_are_utf8(tmp_path: Path) -> None:
    """A zip's names in UTF-8 without the flag are read as they were meant."""
    path = write_zip(tmp_path / "export.zip", {"YouTube/Kan\u00e4le.csv": b""})
    changed(path, CENTRAL, 8, b"\x00\x00")
    changed(path, b"PK\x03\x04", 6, b"\x00\x00")
    with open_archive(path) as archive:
        assert archive.names == ("YouTube/Kanäle.csv",)


def test_a_medium_that_cannot_be_kept_says_why(tmp_path: Path) -> None:
    """Missing, larger than the spec allows, damaged, or no medium at all: a reason, and no file left behind."""
    members = {"a.png": png(1), "b.png": os.urandom(3000), "c.jpg": b"<!DOCTYPE html>", "d.png": b""}
    path = write_zip(tmp_path / "export.zip", members)
    data = bytearray(path.read_bytes())
    data[data.find(b"b.png") + 50] ^= 0xFF
    path.write_bytes(bytes(data))
    reasons = {}
    with open_archive(path, ArchiveLimits(max_medium_bytes=3500)) as archive:
        for name in ("nowhere.png", "b.png", "c.jpg", "d.png"):
            kept = archive.keep_medium(name, tmp_path / "media")
            assert isinstance(kept, NotStored)
            reasons[name] = kept.reason
    with open_archive(path, ArchiveLimits(max_medium_bytes=10)) as archive:
        large = archive.keep_medium("a.png", tmp_path / "media")
        assert isinstance(large, NotStored)
        assert large.reason is GapReason.TOO_LARGE
    assert reasons == {
        "nowhere.png": GapReason.GONE, "b.png": GapReason.MALFORMED, "c.jpg": GapReason.MALFORMED,
        "d.png": GapReason.MALFORMED,
    }  # fmt: skip
    assert list((tmp_path / "media").iterdir()) == []


def test_a_member_that_is_longer_than_it_says(tmp_path: Path) -> None:
    """A member that unpacks to more than its declared size is damaged, however it is read."""
    path = write_zip(tmp_path / "export.zip", {"a.json": json.dumps(list(range(5000)))})
    changed(path, CENTRAL, 24, struct.pack("<I", 1000))
    with open_archive(path) as archive:
        with pytest.raises(MalformedError, match="damaged"):
            archive.read("a.json")
        with pytest.raises(MalformedError, match="damaged"):
            archive.digest("a.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values=st.lists(JSON, max_size=6), place=st.lists(st.text(max_size=3), max_size=3), data=st.data())
def test_the_elements_of_an_array_are_those_json_has(values: list[Any], place: list[str], data: st.DataObject) -> None:
    """Whatever the values, white space and members around the array, its elements come one by one as they stand."""
    document: Any = values
    for name in reversed(place):
        document = {**data.draw(st.dictionaries(st.text(), JSON, max_size=2)), name: document}
    indent, plain = data.draw(st.sampled_from([None, 0, 2])), data.draw(st.booleans())
    text = json.dumps(document, indent=indent, ensure_ascii=plain)
    prefix = data.draw(st.sampled_from(["", "\ufeff", "window.YTD.tweets.part0 = ", " \n"])).encode()
    stream = io.BytesIO(prefix + text.encode("utf-8", "surrogatepass") + b" ;")
    found = [json.loads(bytes(raw)) for raw in elements(stream, tuple(place), MIB)]
    assert found == values


@given(cut_at=st.integers(0, 90))
def test_an_array_that_is_cut_off_gives_what_is_whole(cut_at: int) -> None:
    """The elements before the cut come, then an error says that the file ended."""
    text = json.dumps([{"n": n, "text": ']} \\ "'} for n in range(5)], separators=(",", ":")).encode()
    found: list[Any] = []

    def read() -> None:
        found.extend(msgspec.json.decode(raw) for raw in elements(io.BytesIO(text[:cut_at]), (), MIB))

    assert len(text) > 90
    with pytest.raises((IncompleteError, MalformedError)):
        read()
    assert found == json.loads(text)[: len(found)]
    assert len(found) >= (cut_at - 2) // (len(text) // 5 + 1)


def test_elements_that_cross_the_pieces_a_file_is_read_in() -> None:
    """Elements of any length come whole, and one beyond the limit is refused."""
    values = [{"text": "x" * size, "deep": [[["]"]]]} for size in (10, 300_000, 5, 700_000, 1)]
    text = json.dumps(values).encode()
    assert [json.loads(bytes(raw)) for raw in elements(io.BytesIO(text), (), 4 * MIB)] == values
    with pytest.raises(MalformedError, match="more than"):
        list(elements(io.BytesIO(text), (), 200_000))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A 96 MiB array and a 96 MiB film are read in a few MiB: streamed, digested and kept on disk."""
    path, entry = tmp_path / "export.zip", json.dumps({"tweet": {"full_text": "å" * 4000}}).encode() + b","
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("data/tweets.js", "w", force_zip64=True) as member:
            member.write(b"window.YTD.tweets.part0 = [")
            count = 96 * MIB // len(entry)
            for _ in range(count):
                member.write(entry)
            member.write(b"{}]")
        with file.open("film.mp4", "w", force_zip64=True) as member:
            for number in range(96):
                member.write(film(number) + bytes(MIB - len(film(number))))
    tracemalloc.start()
    try:
        with open_archive(path, ArchiveLimits(max_ratio=100_000)) as archive:
            assert sum(1 for _ in archive.array("data/tweets.js")) == count + 1
            assert isinstance(archive.keep_medium("film.mp4", tmp_path / "media"), StoredMedia)
            archive.digest("data/tweets.js")
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * MIB
