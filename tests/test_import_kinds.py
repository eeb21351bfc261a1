"""``urval import`` on an export of each kind: a verified package whose rows say what the file said."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from _car_files import DID, Repo, blob, blob_name
from _exports import SPEC_HEAD, film, png, write_tar, write_zip
from _program import TIME, packages_of, program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_HEAD = (
    SPEC_HEAD
    + """\
rules:
  - {id: allt, rule: census, purpose: Allt bevaras.}
seed: Exempelstad 2026
accounts:
"""
)
_ACCOUNT = """\
  - id: stad
    platform: %s
    name: Exempelstads kommun
    handle: exempelstad
    class: main
    purpose: Berätta om kommunens service.
    owner: {name: Alva Exempelsson, role: kommunikatör}
    settings: {did: "%s", channel_id: UCexempelstad0123456789a}
"""
_DAY = "2026-06-01T10:00:00Z"
_ME = "https://social.example/users/exempelstad"
_SECRET = "hemligt meddelande"


def _youtube(folder: Path) -> Path:
    base = "Takeout/YouTube und YouTube Music"
    channel = "UCexempelstad0123456789a"
    return write_zip(folder / "takeout.zip", {
        f"{base}/Kanäle/Kanal.csv": f"Channel ID,Channel Title (Original),Channel Visibility\n{channel},Stad,Public\n",
        f"{base}/Video-Metadaten/Videos.csv": (
            "Video ID,Video Description (Original),Channel ID,Video Title (Original),Privacy,Video Create Timestamp\n"
            f"Aa1-_bridge,Om bron,{channel},Bron,Public,{_DAY}\n"
        ),
        f"{base}/Kommentare/Kommentare.csv": (
            "Channel ID,Comment Create Timestamp,Price,Comment ID,Parent Comment ID,Video ID,Comment Text\n"
            f'{channel},{_DAY},0,UgxOwn,,Aa1-_bridge,"{{""text"":""Öppet""}}"\n'
            f'{channel},{_DAY},0,UgxHers.Own,UgxHers,Aa1-_bridge,"{{""text"":""Ja""}}"\n'
        ),
        f"{base}/Videos/Bron.mp4": film(1),
        f"{base}/Verlauf/Suchverlauf.html": _SECRET,
    })  # fmt: skip


def _linkedin(folder: Path) -> Path:
    link = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A9007199254740993"
    comment = f"{link}?commentUrn=urn:li:comment:(1%2C2)"
    return write_zip(folder / "Basic_LinkedInDataExport.zip", {
        "Profile.csv": f"First Name,Last Name,Address,Headline\nExempelstads,kommun,{_SECRET},Stad\n",
        "Shares.csv": (
            "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
            f"2026-06-01 10:00:00,{link},Bron,,,\n"
        ),
        "Comments.csv": f'Date,Link,Message\n2026-06-01 10:00:00,{comment},"\\"Ja\\", visst"\n',
        "messages.csv": f"FROM,CONTENT\nA,{_SECRET}\n",
    })  # fmt: skip


def _tiktok(folder: Path) -> Path:
    link = "https://www.tiktokv.com/share/video/7512345678901234567/"
    video = {"Date": "2026-06-01 10:00:00", "Link": link, "Title": "Bron"}
    comment = {"date": "2026-06-01 10:00:00", "comment": "Tack", "url": link}
    return write_zip(folder / "TikTok_Data.zip", {"user_data_tiktok.json": json.dumps({
        "Direct Message": {"Chat History": {"ChatHistory": {"x": [{"Content": _SECRET}]}}},
        "Post": {"Posts": {"VideoList": [video]}}, "Comment": {"Comments": {"CommentsList": [comment]}},
        "Profile": {"Profile Info": {"ProfileMap": {"userName": "exempelstad", "emailAddress": _SECRET}}},
    })})  # fmt: skip


def _mastodon(folder: Path) -> Path:
    note: dict[str, Any] = {
        "id": f"{_ME}/statuses/1", "type": "Note", "published": _DAY, "to": ["as:Public"], "content": "<p>Bron</p>",
        "attachment": [{"mediaType": "image/png", "url": "/media_attachments/files/1/bro.png", "name": "Bron"}],
    }  # fmt: skip
    items = [
        {"id": "a", "type": "Create", "published": _DAY, "to": note["to"], "object": told}
        for told in (note, note | {"id": f"{_ME}/statuses/2", "inReplyTo": note["id"], "attachment": []})
    ]
    to_her = {"id": "b", "to": ["https://annan.example/bo"], "content": _SECRET}
    items.append({"id": "b", "type": "Create", "published": _DAY, "object": note | to_her})
    return write_tar(folder / "archive-1.tar.gz", {
        "outbox.json": json.dumps({"type": "OrderedCollection", "totalItems": 3, "orderedItems": items}),
        "actor.json": json.dumps({"id": _ME, "preferredUsername": "exempelstad", "icon": {"url": "avatar.png"}}),
        "avatar.png": png(1), "media_attachments/files/1/bro.png": png(2), "bookmarks.json": json.dumps([_SECRET]),
    })  # fmt: skip


def _bluesky(folder: Path) -> Path:
    repo = Repo()
    image = {"alt": "Bron", "image": blob(png(2), "image/png")}
    uri = repo.post("3a", _DAY, "Bron", embed={"$type": "app.bsky.embed.images", "images": [image]})
    hers = "at://did:plc:boende/app.bsky.feed.post/3h"
    repo.post("3b", _DAY, "Ja", reply={"root": {"uri": uri}, "parent": {"uri": hers}})
    return write_zip(folder / "repo.zip", {"repo.car": repo.car(), f"blobs/{blob_name(png(2))}": png(2)})


KINDS: dict[str, tuple[Callable[[Path], Path], int, int, int]] = {  # writer, posts, comments, media files kept
    "youtube": (_youtube, 1, 2, 1),
    "linkedin": (_linkedin, 1, 1, 0),
    "tiktok": (_tiktok, 1, 1, 0),
    "mastodon": (_mastodon, 1, 1, 2),
    "bluesky": (_bluesky, 1, 1, 1),
}


@pytest.mark.parametrize("platform", KINDS)
def test_an_export_of_each_kind_becomes_a_verified_package(tmp_path: Path, platform: str) -> None:
    """The command tells what the file is, packs what it holds; the package is valid and nothing private is in it."""
    write, posts, comments, files = KINDS[platform]
    run, store = program(tmp_path), tmp_path / "store"
    spec = tmp_path / "spec.yaml"
    spec.write_text(_HEAD + _ACCOUNT % (platform, DID), encoding="utf-8")
    done = run.run(
        "import", write(tmp_path), "--account", "stad", "--spec", spec, "--store", store, "--occasion", "2026-host",
        "--fixed-time", TIME, "--approve-unseen", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [one["state"] for one in json.loads(done.stdout)] == ["done"], done.stdout
    verified = run.run("verify", store)
    assert (verified.returncode, "VALID (level: full)" in verified.stdout) == (0, True), verified.stdout
    (package,) = packages_of(store)
    told = {
        name: [json.loads(line) for line in (package / "data" / "tables" / f"{name}.jsonl").read_text().splitlines()]
        for name in ("posts", "comments", "media", "gaps")
    }
    assert (len(told["posts"]), len(told["comments"])) == (posts, comments)
    assert sum(medium["file"] is not None for medium in told["media"]) == files
    assert {"comments", "interface_limit"} <= {value for gap in told["gaps"] for value in (gap["what"], gap["reason"])}
    files_held = [path.read_bytes() for path in store.rglob("*") if path.is_file()]
    held = b"".join(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data for data in files_held)
    assert b"WARC/1.1" in held
    assert _SECRET.encode() not in held
