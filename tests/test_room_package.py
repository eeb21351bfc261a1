"""The pages of packages: the manifest in words, files checked byte by byte, damage in red, what is kept back."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from typing import TYPE_CHECKING

from _reading_room import client, json_of
from _room_package import address, marked_store, restricted_store
from _run_store import package_folders, run_store, store_copy

from urval.manifest import sha256_hex
from urval.reading_room import Role

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

_PICTURE = "6fd9b0898cc2e9928d47de0671f33a5eabc4ae9c2aa0495b333a2adeee8a20f5.png"


def picture_of(store: Path) -> str:
    """Return the path of the picture of the thread t1, in the newest package."""
    rows = (package_folders(store)[-1] / "data" / "tables" / "media.jsonl").read_text().splitlines()
    return next(f"data/{row['file']}" for row in map(json.loads, rows) if row["id"] == "t1m1")


def flip(file: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def problem(asking: TestClient, path: str, status: int) -> str:
    """Return the title of the problem at an address; a page and its headers say the same."""
    answer = asking.get(path)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:300]}"
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    return answer.text


def test_a_package_tells_its_manifest_in_words(tmp_path: Path) -> None:
    """The page names keeper, account, decision, rules with their claims, gaps and files, without raw codes as words."""
    with client(run_store(), tmp_path) as asking:
        told = json_of(asking, f"{address(run_store(), 1)}.json")
        page = asking.get(address(run_store(), 1)).text
    assert [(one["id"], one["threads"], one["claim"]) for one in told["rules"]] == [
        ("bedomda", 3, "illustrative"), ("mest", 1, "illustrative"), ("undantag", 1, ""),
    ]  # fmt: skip
    assert told["disagreements"] == []
    assert told["damage"] == []
    assert told["seal"]["signature_fits"]
    assert [one is not None for one in told["seal"]["stamps"]] == [True]
    assert len(told["files"]["files"]) == told["manifest"]["payload"]["files"]
    for words in ("Exempelstads kommun", "KS 2025/0417", "approved unseen", "the platform refused", "no longer there"):
        assert words in page
    assert "not_listed" not in page


def test_the_chain_names_its_neighbours_by_their_digests(tmp_path: Path) -> None:
    """The earlier package leads to the next and back, and a neighbour with another digest than the link's is red."""
    store = store_copy(tmp_path)
    earlier, later = package_folders(store)
    with client(store, tmp_path / "a") as asking:
        links = [json_of(asking, f"{address(store, place)}.json")["chain"] for place in (0, 1)]
    assert [(one["relation"], one["package_id"], one["state"]) for of in links for one in of] == [
        ("next", later.name, "agrees"), ("previous", earlier.name, "agrees"),
    ]  # fmt: skip
    document = json.loads((earlier / "manifest.json").read_bytes())
    document["archive"]["name"] = "Annan kommun"
    (earlier / "manifest.json").write_text(json.dumps(document, ensure_ascii=False, sort_keys=True))
    with client(store, tmp_path / "b") as asking:
        told = json_of(asking, f"{address(store, 1)}.json")
        assert [one["state"] for one in told["chain"]] == ["differs"]
        changed = json_of(asking, f"{address(store, 0)}.json")
        page = asking.get(address(store, 0)).text
    assert {one["by"] for one in changed["disagreements"]} == {"ledger", "run"}
    assert not changed["seal"]["signature_fits"]
    assert "THE SIGNATURE DOES NOT FIT" in page


def test_every_listed_file_is_sent_as_it_was_sealed(tmp_path: Path) -> None:
    """Each file that a package lists is sent with the bytes of its digest, under a policy that lets nothing run."""
    with client(run_store(), tmp_path) as asking:
        for one in json_of(asking, f"{address(run_store(), 1)}.json")["files"]["files"]:
            answer = asking.get(f"{address(run_store(), 1)}/files/{one['path']}")
            assert sha256_hex(answer.content) == one["sha256"]
            assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert answer.headers["x-content-type-options"] == "nosniff"
            shown = one["path"].endswith(".png")
            assert answer.headers["content-disposition"].startswith("inline" if shown else "attachment")
            assert "html" not in answer.headers["content-type"]


def test_a_range_of_a_file_is_sent(tmp_path: Path) -> None:
    """A film can be wound: one range of bytes is sent as such, and one beyond the end is refused."""
    path = f"{address(run_store(), 1)}/files/{picture_of(run_store())}"
    with client(run_store(), tmp_path) as asking:
        whole = asking.get(path).content
        part = asking.get(path, headers={"range": "bytes=10-19"})
        last = asking.get(path, headers={"range": "bytes=-5"})
        beyond = asking.get(path, headers={"range": f"bytes={len(whole)}-"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert (last.status_code, last.content) == (206, whole[-5:])
    assert beyond.status_code == 416


HOSTILE = (
    "data/%2e%2e/manifest.json", "%2e%2e/%2e%2e/keys/exempelstad/000001.json", "data//tables/posts.parquet",
    "data/tables/none.parquet", "seal/%2e%2e/manifest.json", "data%5Ctables", "%2Fetc%2Fpasswd", "%00", "x" * 2000,
)  # fmt: skip


def test_a_hostile_path_leads_nowhere(tmp_path: Path) -> None:
    """No path that the package does not list sends a byte, by whatever way it is written."""
    with client(run_store(), tmp_path) as asking:
        for path in HOSTILE:
            for prefix in ("files", "thumbnails", "snapshot"):
                answer = asking.get(f"{address(run_store(), 1)}/{prefix}/{path}")
                assert answer.status_code in {404, 422}, f"{path}: {answer.text[:200]}"
            assert asking.get(f"/packages/exempelstad/{path}").status_code in {404, 422}


def test_the_archived_page_stands_in_a_frame(tmp_path: Path) -> None:
    """The snapshot is served with its style and pictures under its own prefix, so that no script of it could run."""
    at = address(run_store(), 1)
    with client(run_store(), tmp_path) as asking:
        frame = asking.get(f"{at}/snapshot").text
        page = asking.get(f"{at}/snapshot/snapshot/index.html")
        style = asking.get(f"{at}/snapshot/snapshot/style.css")
        picture = asking.get(f"{at}/snapshot/media/{_PICTURE}")
        table = asking.get(f"{at}/snapshot/tables/posts.jsonl")
    assert 'sandbox="allow-same-origin"' in frame
    assert f"{at}/snapshot/snapshot/index.html" in frame
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy.replace("allow-scripts", "script")
    assert (style.headers["content-type"], picture.headers["content-type"]) == ("text/css; charset=utf-8", "image/png")
    assert table.status_code == 404


def test_pictures_in_lists_are_small(tmp_path: Path) -> None:
    """A list shows a small rendition of a thread's first picture; what is no picture has none."""
    at = address(run_store(), 1)
    with client(run_store(), tmp_path) as asking:
        line = json_of(asking, f"{at}/threads.json")["threads"][0]
        small = asking.get(f"{at}/thumbnails/{line['picture']}")
        assert small.content[:4] == b"RIFF"
        assert small.headers["content-type"] == "image/webp"
        assert asking.get(f"{at}/thumbnails/data/README.txt").status_code == 404


def test_the_whole_package_comes_as_a_zip(tmp_path: Path) -> None:
    """The ZIP holds every file of the package, byte for byte, under a folder of its name."""
    folder = package_folders(run_store())[1]
    with client(run_store(), tmp_path) as asking:
        packed = zipfile.ZipFile(io.BytesIO(asking.get(f"{address(run_store(), 1)}/package.zip").content))
    there = {f"{folder.name}/{file.relative_to(folder)}": file for file in folder.rglob("*") if file.is_file()}
    assert set(packed.namelist()) == there.keys()
    assert all(packed.read(name) == file.read_bytes() for name, file in there.items())


def test_one_bit_of_a_medium_is_shown_in_red(tmp_path: Path) -> None:
    """A changed picture is sent by no address, and the thread it belongs to says so."""
    store = store_copy(tmp_path)
    path, at = picture_of(store), address(store, 1)
    flip(package_folders(store)[1] / path)
    with client(store, tmp_path) as asking:
        for place in (f"files/{path}", f"thumbnails/{path}", f"snapshot/{path.removeprefix('data/')}"):
            assert "is not the file that was sealed" in problem(asking, f"{at}/{place}", 500)
        assert "NOT AS IT WAS SEALED" in asking.get(f"{at}/threads/1").text
        begun = asking.get(f"{at}/package.zip").content
    assert not zipfile.is_zipfile(io.BytesIO(begun))  # it ends before the changed file, without its directory


def test_a_changed_or_missing_table_is_told(tmp_path: Path) -> None:
    """Without its comments a thread shows its post and says in red what is wrong; without its posts nothing."""
    store = store_copy(tmp_path)
    folder, at = package_folders(store)[1], address(store, 1)
    flip(folder / "data" / "tables" / "comments.parquet")
    (folder / "data" / "tables" / "gaps.parquet").unlink()
    with client(store, tmp_path) as asking:
        told = json_of(asking, f"{at}/threads/1.json")
        assert told["post"]["id"] == "t1"
        assert told["comments"] == []
        assert [(one["kind"], one["path"]) for one in told["damage"]] == [
            ("changed", "data/tables/comments.parquet"), ("missing", "data/tables/gaps.parquet"),
        ]  # fmt: skip
        assert told["unread"] == ["comments", "gaps"]
        page = asking.get(f"{at}/threads/1").text
        assert "The comments are not as they were sealed" in page
        assert "No comments were captured" not in page
        assert json_of(asking, f"{at}.json")["files"]["missing"] == ["data/tables/gaps.parquet"]
        assert "The package is damaged" in asking.get(at).text
        assert json_of(asking, f"{at}/threads.json")["threads"][0]["comments"] is None
        flip(folder / "data" / "tables" / "posts.parquet")
        problem(asking, f"{at}/threads/1", 500)
        problem(asking, f"{at}/threads", 500)


def test_a_broken_manifest_or_listing_shows_nothing(tmp_path: Path) -> None:
    """Where manifest or listing is not to be believed, no page and no file of the package is shown."""
    store = store_copy(tmp_path)
    folders = package_folders(store)
    with client(store, tmp_path) as asking:
        (folders[0] / "manifest-sha256.txt").unlink()
        (folders[1] / "manifest.json").write_text("{")
        for place in (0, 1):
            for page in ("", "/threads", "/threads/1", "/threads/1/raw", "/snapshot", "/files/data/README.txt"):
                assert "data/README" not in problem(asking, f"{address(store, place)}{page}", 500)
        assert asking.get("/packages").status_code == 200


def test_a_package_that_is_deleted_meanwhile_is_not_there(tmp_path: Path) -> None:
    """Between the list and the click a package may go: the answer is 404, and says where to look."""
    store = store_copy(tmp_path)
    at = address(store, 1)
    with client(store, tmp_path) as asking:
        shutil.rmtree(package_folders(store)[1])
        assert "See the l" in problem(asking, at, 404)  # the ledger, or the list where the index knows already
        problem(asking, f"{at}/threads/1", 404)
        problem(asking, f"{at}/package.zip", 404)


def test_what_holds_a_restricted_item_is_not_handed_out(tmp_path: Path) -> None:
    """Tables, raw objects, PDF, archived page and ZIP hold the restricted comment too: a visitor gets none of them."""
    store = restricted_store(tmp_path, "t1c1")
    at = address(store, 1)
    closed = ["files/data/tables/comments.parquet", "files/data/tables/posts.jsonl", "files/data/raw/objects.jsonl.gz",
              "files/data/snapshot/snapshot-001.pdf", "files/data/snapshot/threads/0001.html", "snapshot",
              "snapshot/snapshot/index.html", "package.zip"]  # fmt: skip
    with client(store, tmp_path / "a") as asking:
        for path in closed:
            assert "restricted by decision" in problem(asking, f"{at}/{path}", 403)
        for path in ("files/manifest.json", "files/data/README.txt", f"files/{picture_of(store)}"):
            assert asking.get(f"{at}/{path}").status_code == 200
        assert "is restricted by decision" in asking.get(at).text
    assert not (tmp_path / "a" / "access.jsonl").exists()
    with client(store, tmp_path / "b", Role.AUDITOR) as asking:
        assert all(asking.get(f"{at}/{path}").status_code == 200 for path in closed)
    logged = [json.loads(line) for line in (tmp_path / "b" / "access.jsonl").read_text().splitlines()]
    assert len(logged) == len(closed)
    assert {entry["role"] for entry in logged} == {"auditor"}


def test_a_picture_goes_with_its_restricted_thread(tmp_path: Path) -> None:
    """The picture of a restricted thread is sent to a visitor by no address; the account's own picture is."""
    store = restricted_store(tmp_path, "t1", "thread")
    at, path = address(store, 1), picture_of(store)
    with client(store, tmp_path) as asking:
        for place in (f"files/{path}", f"thumbnails/{path}", f"snapshot/{path.removeprefix('data/')}"):
            problem(asking, f"{at}/{place}", 403)
        assert asking.get(f"{at}/files/data/media/{_PICTURE}").status_code == 200
        line = json_of(asking, f"{at}/threads.json")["threads"][0]
    assert line["hidden"]
    assert (line["words"], line["thread_id"], line["picture"], line["comments"]) == ("", "", "", None)


def test_the_list_of_threads_tells_how_each_begins(tmp_path: Path) -> None:
    """Each thread stands with its number, kind, comments and the rules that kept it, as text and nothing else."""
    at = address(marked_store())
    with client(marked_store(), tmp_path) as asking:
        told = json_of(asking, f"{at}/threads.json")
        page = asking.get(f"{at}/threads").text
        assert asking.get(f"{at}/threads?page=2").status_code == 404
    assert [(one["number"], one["kind"], one["comments"]) for one in told["threads"]] == [
        (1, "post", 3), (2, "post", 4), (3, "post", 6), (4, "removal", 0),
    ]  # fmt: skip
    assert told["threads"][2]["rules"] == ["bedomda", "mest"]
    assert "<script>alert" not in page
    assert "Removed by the account" in page
