"""Every recorded object of Facebook and X that no other test replays: each is a record, or is told as unreadable."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from ruamel.yaml import YAML

from connectors._connector import Authors, Origin
from connectors._graph import CommentNode
from connectors._graph_errors import GRAPH
from connectors._losses import UNREADABLE
from connectors._paging import CursorLink, End, PageView, cut
from connectors._responses import Action, judge
from connectors._x_errors import X_TABLE
from connectors.facebook import FACEBOOK
from connectors.x import X

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not ROOT.is_dir(), reason="the folder of third-party recordings is not there"),
]
ORIGIN = Origin("konto", datetime(2026, 11, 22, tzinfo=UTC), "0" * 64)
FACEBOOK_FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "facebook").rglob("*.json"))
HOLLOW = {  # errors, an empty page, a profile, reactions alone, and comments without ids (test_recordings has those)
    "connection-nodata.json", "connection-with-cursor.json", "error.json", "exampleErrorNew.json",
    "batch-first-error.json", "post-with-reactions.json", "single_default_page.json", "comments_p1.json",
    "comments_p2.json",
}  # fmt: skip


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object with an id and a time or a text, wherever it stands."""
    if isinstance(value, list):
        for one in value:
            yield from objects_in(one)
    elif isinstance(value, dict):
        if "id" in value and ("created_time" in value or "message" in value):
            yield value
        for one in value.values():
            yield from objects_in(one)


def is_comment(found: dict[str, Any]) -> bool:
    """Tell a comment from a post, as the Graph API's members do."""
    return bool({"can_hide", "comment_count", "object", "can_remove", "like_count", "user_likes"} & found.keys())


@pytest.mark.parametrize("name", FACEBOOK_FILES)
def test_every_recorded_facebook_object_is_a_record_or_told(name: str) -> None:
    """Posts, films, pictures, albums and comments keep id, text and raw form; what lacks its time is refused."""
    found = list(objects_in(json.loads((ROOT / name).read_bytes())))
    assert bool(found) is (Path(name).name not in HOLLOW)
    for given in found:
        raw = msgspec.Raw(json.dumps(given).encode())
        if is_comment(given):
            comment = msgspec.json.decode(raw, type=CommentNode, strict=False) if "created_time" in given else None
            if comment is None:
                with pytest.raises(UNREADABLE):
                    msgspec.json.decode(raw, type=CommentNode, strict=False)
                continue
            made: Any = FACEBOOK.to_comment(
                comment, str(bytes(raw), "utf-8"), ORIGIN, Authors(frozenset()),
                post_id="1_2", parent=None, depth=0, answer=False,
            )  # fmt: skip
        elif "created_time" in given:
            made = FACEBOOK.to_post(raw, ORIGIN, "posts", "1").post
        else:
            with pytest.raises(UNREADABLE):
                FACEBOOK.to_post(raw, ORIGIN, "posts", "1")
            continue
        assert made.id == given["id"]
        assert made.text == (given.get("message") or given.get("description") or "")
        assert made.created_at == datetime.fromisoformat(given["created_time"])
        assert json.loads(made.raw) == given


@pytest.mark.parametrize("name", ["connection-nodata", "connection-with-cursor"])
def test_recorded_pages_end_where_the_platform_says(name: str) -> None:
    """Cursors without a next link are the end, a next link is not, whatever the page holds."""
    body = (ROOT / "facebook/restfb--restfb" / f"{name}.json").read_bytes()
    envelope, records = cut(body, ("data",))
    step = CursorLink().next(PageView(number=1, envelope=envelope, headers={}, records=len(records)))
    assert isinstance(step, End) is ("next" not in envelope.get("paging", {}))


def test_the_first_of_a_recorded_batch_is_judged() -> None:
    """An error inside a batch has the error object that the table reads."""
    first = json.loads((ROOT / "facebook/restfb--restfb/batch/batch-first-error.json").read_bytes())[0]
    assert judge(GRAPH, first["code"], first["body"].encode()).action is not Action.ACCEPT


def exchange(name: str) -> tuple[int, dict[str, Any]]:
    """Return status and body of a recorded exchange of tweepy's."""
    text = (ROOT / "x/tweepy--tweepy" / f"test_client_{name}.yaml").read_text(encoding="utf-8")
    answer = YAML(typ="safe").load(text)["interactions"][0]["response"]
    return answer["status"]["code"], json.loads(gzip.decompress(answer["body"]["string"]))


@pytest.mark.parametrize("name", ["get_tweet", "get_users_tweets", "search_all_tweets"])
def test_recorded_posts_of_x_without_a_time_are_told(name: str) -> None:
    """They were asked for without fields: none has a time, so each is refused and becomes a gap with its id."""
    status, body = exchange(name)
    assert judge(X_TABLE, status, json.dumps(body).encode()).action is Action.ACCEPT
    posts = body["data"] if isinstance(body["data"], list) else [body["data"]]
    assert posts
    for given in posts:
        with pytest.raises(UNREADABLE):
            X.to_post(msgspec.Raw(json.dumps(given).encode()), ORIGIN, "posts", "1")
        whole = given | {"created_at": "2020-08-12T17:00:00.000Z"}
        post = X.to_post(msgspec.Raw(json.dumps(whole).encode()), ORIGIN, "posts", "1").post
        assert (post.id, json.loads(post.raw)) == (given["id"], whole)


def test_the_recorded_users_of_x_are_read() -> None:
    """Each recorded user is read as a profile with the id, handle and name of the recording."""
    _, body = exchange("get_users")
    assert body["data"]
    for given in body["data"]:
        view = X.to_profile(json.dumps({"data": given}).encode(), ORIGIN, {})
        assert (view.profile.id, view.profile.handle, view.profile.name) == (
            given["id"], given["username"], given["name"],
        )  # fmt: skip
