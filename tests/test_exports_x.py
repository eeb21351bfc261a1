"""The X archive, written here in the platform's true layout."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _exports import END, START, Read, film, png, read_x, tweet, write_folder, write_zip, x_id, x_time, ytd

from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason

if TYPE_CHECKING:
    from collections.abc import Mapping

BEGIN = datetime(2026, 6, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNT = {"account": {"email": "stab@exempelstad.example", "createdVia": "web", "username": "exempelstad",
                       "accountId": "2244994945", "createdAt": "2012-03-01T08:00:00.000Z", "phoneNumber": "+4670000000",
                       "accountDisplayName": "Exempelstads kommun"}}  # fmt: skip
PROFILE = {"profile": {"description": {"bio": "Välkommen 🏙", "website": "https://t.co/abc", "location": "Exempelstad"},
                       "avatarMediaUrl": "https://pbs.twimg.com/profile_images/77/bild.jpg",
                       "headerMediaUrl": "https://pbs.twimg.com/profile_banners/2244994945/1347977147"}}  # fmt: skip
SHARED = Path(__file__).parents[2] / "shared" / "recordings" / "x-export" / "dogsheep--twitter-to-sqlite"


def read(tmp_path: Path, members: Mapping[str, bytes | str]) -> Read:
    """Read an archive of these members and the account."""
    base: dict[str, bytes | str] = {
        "data/account.js": ytd("account", [ACCOUNT]), "data/profile.js": ytd("profile", [PROFILE]),
        "data/direct-messages.js": ytd("direct_messages", [{"dmConversation": {"messages": []}}]),
        "Your archive.html": "<html></html>",
    }  # fmt: skip
    return read_x(write_zip(tmp_path / "twitter-2026-11-02.zip", base | dict(members)))


def key(moment: datetime, number: int = 0) -> str:
    """Return the id of a post of that time."""
    return x_id(moment, number)


def test_posts_in_several_parts(tmp_path: Path) -> None:
    """Every part is read, ids above 2^53 stay exact, texts of numbers become numbers, raw is the entry itself."""
    first, second = tweet(BEGIN, "Hej &amp; välkommen ❤️"), tweet(BEGIN + HOUR, "Två", number=3)
    found = read(tmp_path, {
        "data/tweets.js": ytd("tweets", [first]), "data/tweets-part1.js": ytd("tweets", [second], 1),
        "data/tweets-part10.js": ytd("tweets", [tweet(BEGIN + 2 * HOUR, "Tre")], 10),
    })  # fmt: skip
    assert set(found.posts) == {key(BEGIN), key(BEGIN + HOUR, 3), key(BEGIN + 2 * HOUR)}
    assert int(key(BEGIN + HOUR, 3)) > 2**53
    post = found.posts[key(BEGIN)]
    assert (post.text, post.created_at, post.kind) == ("Hej &amp; välkommen ❤️", BEGIN, "post")
    assert (post.reaction_count, post.share_count, post.reactions) == (3, 1, (("like", 3),))
    assert post.permalink == f"https://x.com/exempelstad/status/{key(BEGIN)}"
    assert (post.language, post.edited, post.author_id) == ("sv", Edited.NO, "2244994945")
    assert (post.author_role, post.direction) == (AuthorRole.OWN, Direction.MADE)
    assert json.loads(post.raw) == first["tweet"]
    assert post.exchange == found.digested["data/tweets.js"]
    assert found.posts[key(BEGIN + HOUR, 3)].exchange == found.digested["data/tweets-part1.js"]
    end = found.ends["posts"]
    assert (end.reason, end.pages, end.records, end.outside_period) == (EndReason.EXHAUSTED, 3, 3, 0)
    assert found.gaps == [gap for gap in found.gaps if gap.what == "media"]  # of the profile's pictures


def test_whose_archive_it_is(tmp_path: Path) -> None:
    """The profile has name, text and pictures; e-mail address and telephone number are nowhere."""
    found = read(tmp_path, {
        "data/tweets.js": ytd("tweets", []), "data/profile_media/2244994945-bild.jpg": png(1),
        "data/profile_media/2244994945-1347977147": png(2),
    })  # fmt: skip
    assert found.owner == {"2244994945", "exempelstad"}
    assert found.profile is not None
    profile = found.profile
    assert (profile.id, profile.handle, profile.name) == ("2244994945", "exempelstad", "Exempelstads kommun")
    assert (profile.about, profile.links) == ("Välkommen 🏙", ("https://t.co/abc",))
    assert [medium.kind for medium in found.page_media] == [MediaKind.AVATAR, MediaKind.COVER]
    assert [medium.id for medium in found.page_media] == [profile.avatar_media_id, profile.cover_media_id]
    assert all(medium.sha256 for medium in found.page_media)
    assert "stab@" not in profile.raw
    assert "+467" not in profile.raw
    assert "data/account.js" not in found.digested, "its bytes would be kept"
    assert found.unread == ["data/direct-messages.js", "Your archive.html"]


def test_only_the_period(tmp_path: Path) -> None:
    """The period is half-open; what lies outside is counted, not kept."""
    moments = [START - timedelta(seconds=1), START, END - timedelta(seconds=1), END]
    found = read(tmp_path, {"data/tweets.js": ytd("tweets", [tweet(moment, "x") for moment in moments])})
    assert set(found.posts) == {key(moments[1]), key(moments[2])}
    assert found.ends["posts"].outside_period == 2


def test_own_answers_make_a_thread(tmp_path: Path) -> None:
    """Own answers to an own post of the period are its comments at their depth, whatever order and part they are in."""
    first, second, third = (key(BEGIN + n * HOUR) for n in range(3))
    entries = [
        tweet(BEGIN + 2 * HOUR, "tredje", in_reply_to_status_id_str=second, in_reply_to_screen_name="exempelstad"),
        tweet(BEGIN, "första"),
        tweet(BEGIN + 3 * HOUR, "@medborgare Tack!", in_reply_to_status_id_str="1999", in_reply_to_user_id_str="7"),
        tweet(BEGIN + 4 * HOUR, "till äldre", in_reply_to_status_id_str=key(START - HOUR)),
        tweet(START - HOUR, "äldre"),
    ]
    found = read(tmp_path, {
        "data/tweets.js": ytd("tweets", entries),
        "data/tweets-part1.js": ytd("tweets", [tweet(BEGIN + HOUR, "andra", in_reply_to_status_id_str=first)], 1),
    })  # fmt: skip
    assert set(found.posts) == {first, key(BEGIN + 3 * HOUR), key(BEGIN + 4 * HOUR)}
    thread = found.threads[first].comments
    assert [(one.id, one.parent_id, one.depth, one.post_id) for one in thread] == [
        (second, None, 0, first), (third, second, 1, first),
    ]  # fmt: skip
    reply = found.posts[key(BEGIN + 3 * HOUR)]
    assert (reply.kind, reply.in_reply_to) == ("reply", "1999")
    assert found.posts[key(BEGIN + 4 * HOUR)].in_reply_to == key(START - HOUR)


def test_answers_in_a_ring_end(tmp_path: Path) -> None:
    """Posts that name each other as what they answer, which should not be, are all there once."""
    ids = [key(BEGIN + n * HOUR) for n in range(3)]
    entries = [tweet(BEGIN + n * HOUR, str(n), in_reply_to_status_id_str=ids[(n + 1) % 3]) for n in range(3)]
    found = read(tmp_path, {"data/tweets.js": ytd("tweets", entries)})
    assert sorted([*found.posts, *found.comments]) == sorted(ids)


def test_a_long_post_has_its_whole_text(tmp_path: Path) -> None:
    """The text of ``note-tweet.js`` takes the place of the cut one, both are kept; one without a post is a gap."""
    whole = "Ny detaljplan för hamnen & stationen. " * 12
    short = whole[:240].replace("&", "&amp;") + "… https://t.co/abcdef"

    def note(moment: datetime, text: str, number: str) -> dict[str, Any]:
        at = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return {"noteTweet": {"noteTweetId": number, "updatedAt": at, "lifecycle": {"value": "1", "name": "Active"},
                              "createdAt": at, "core": {"styletags": [], "urls": [], "text": text, "mentions": [],
                                                        "cashtags": [], "hashtags": []}}}  # fmt: skip

    notes = [note(BEGIN + timedelta(seconds=1), whole, "1790000000000000001"), note(BEGIN, "En helt annan text", "5"),
             note(START - HOUR, "utanför", "6")]  # fmt: skip
    found = read(tmp_path, {
        "data/tweets.js": ytd("tweets", [tweet(BEGIN, short), tweet(BEGIN + HOUR, "kort")]),
        "data/note-tweet.js": ytd("note_tweet", notes),
    })  # fmt: skip
    post = found.posts[key(BEGIN)]
    assert post.text == whole
    assert json.loads(post.raw) == {"tweet": tweet(BEGIN, short)["tweet"], "noteTweet": notes[0]["noteTweet"]}
    assert found.posts[key(BEGIN + HOUR)].text == "kort"
    lost = [gap for gap in found.gaps if gap.what == "post"]
    assert [(gap.subject_id, gap.reason) for gap in lost] == [("5", GapReason.INCOMPLETE)]


def test_deleted_posts_say_so(tmp_path: Path) -> None:
    """A post deleted less than 30 days ago is kept and marked; found in both files it comes once, as deleted."""
    gone = tweet(BEGIN, "borttagen", deleted_at="2026-10-20T08:00:00.000Z")
    found = read(tmp_path, {
        "data/tweets.js": ytd("tweets", [tweet(BEGIN + HOUR, "kvar"), tweet(BEGIN + 2 * HOUR, "båda")]),
        "data/deleted-tweets.js": ytd("deleted_tweets", [gone, tweet(BEGIN + 2 * HOUR, "båda")]),
    })  # fmt: skip
    assert {name: post.visibility for name, post in found.posts.items()} == {
        key(BEGIN): Visibility.DELETED_BY_US, key(BEGIN + HOUR): Visibility.VISIBLE,
        key(BEGIN + 2 * HOUR): Visibility.DELETED_BY_US,
    }  # fmt: skip


def test_an_edited_post_has_its_versions(tmp_path: Path) -> None:
    """Of an edited post the last version is the post, the earlier ones are versions in order."""
    ids = [key(BEGIN + n * HOUR / 4) for n in range(3)]
    first = {"initial": {"editTweetIds": ids, "editableUntil": "2026-06-01T11:00:00.000Z", "editsRemaining": "3"}}
    later = {"edit": {"initialTweetId": ids[0], "editControlInitial": first["initial"]}}
    entries = [tweet(BEGIN + n * HOUR / 4, f"text {n}", edit_info=later if n else first) for n in range(3)]
    answer = tweet(BEGIN + HOUR, "svar", in_reply_to_status_id_str=ids[0])
    found = read(tmp_path, {"data/tweets.js": ytd("tweets", [*reversed(entries), answer])})
    assert list(found.posts) == [ids[2]]
    thread = found.threads[ids[2]]
    assert (thread.post.text, thread.post.edited) == ("text 2", Edited.YES)
    told = [(one.number, one.text, one.subject_id, one.thread_id, one.created_at) for one in thread.versions]
    assert told == [(0, "text 0", ids[2], ids[2], BEGIN), (1, "text 1", ids[2], ids[2], BEGIN + HOUR / 4)]
    assert [one.text for one in thread.comments] == ["svar"]


def test_media_are_found_and_kept(tmp_path: Path) -> None:
    """Pictures, the film in the encoding the archive holds, files no entity names are kept; a missing one is a gap."""
    photo = {"id_str": "1", "media_url_https": "https://pbs.twimg.com/media/AAA.jpg", "type": "photo",
             "sizes": {"large": {"w": "1200", "h": "675", "resize": "fit"}}}  # fmt: skip
    absent = {"id_str": "2", "media_url_https": "https://pbs.twimg.com/media/BBB.png", "type": "photo"}
    variants = [{"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/p.m3u8"},
                {"bitrate": "832000", "content_type": "video/mp4", "url": "https://video.twimg.com/s.mp4?tag=12"},
                {"bitrate": "2176000", "content_type": "video/mp4", "url": "https://video.twimg.com/big.mp4?tag=12"},
                ]  # fmt: skip
    moving = {"id_str": "3", "media_url_https": "https://pbs.twimg.com/thumb.jpg", "type": "video",
              "video_info": {"aspect_ratio": ["16", "9"], "variants": variants}}  # fmt: skip
    media = {"entities": {"media": [photo]}, "extended_entities": {"media": [photo, absent, moving]}}
    name = key(BEGIN)
    found = read(tmp_path, {
        "data/tweets.js": ytd("tweets", [tweet(BEGIN, "bilder", **media), tweet(BEGIN + HOUR, "utan")]),
        f"data/tweets_media/{name}-AAA.jpg": b"\xff\xd8\xff" + bytes(50),
        f"data/tweets_media/{name}-big.mp4": film(1),
        f"data/tweets_media/{name}-CCC.png": png(3),
        f"data/tweets_media/{key(BEGIN + 9 * HOUR)}-DDD.png": png(4),
    })  # fmt: skip
    items = {medium.id: medium for medium in found.media}
    assert list(items) == list(found.posts[name].media_ids) == [f"{name}:{n}" for n in range(1, 5)]
    picture, gone, clip, extra = items.values()
    assert (picture.kind, picture.mime, picture.width, picture.height) == (MediaKind.IMAGE, "image/jpeg", 1200, 675)
    assert (gone.file, gone.gap, gone.source_url) == (None, GapReason.GONE, absent["media_url_https"])
    assert (clip.kind, clip.source_url) == (MediaKind.VIDEO, "https://video.twimg.com/big.mp4?tag=12")
    assert (extra.kind, extra.mime) == (MediaKind.IMAGE, "image/png")
    assert found.stored(tmp_path / "media") == {one.sha256 for one in (picture, clip, extra)}
    assert [(gap.subject_id, gap.thread_id) for gap in found.gaps if gap.thread_id] == [(gone.id, name)]
    assert f"data/tweets_media/{key(BEGIN + 9 * HOUR)}-DDD.png" in found.unread


def test_kinds_of_posts(tmp_path: Path) -> None:
    """A repetition, a quotation, a picture and an answer are told apart as the interface's connector does."""
    photo = {"media": [{"type": "photo", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}]}
    found = read(tmp_path, {"data/tweets.js": ytd("tweets", [
        tweet(BEGIN, "RT @region: Regionen informerar", number=1),
        tweet(BEGIN, "Läs", number=2, quoted_status_id_str="9"),
        tweet(BEGIN, "Bild", number=3, entities=photo),
        tweet(BEGIN, "@a Svar", number=4, in_reply_to_status_id_str="8"),
    ])})  # fmt: skip
    assert [found.posts[key(BEGIN, n)].kind for n in range(1, 5)] == ["share", "quote", "photo", "reply"]


def test_entries_that_cannot_be_read(tmp_path: Path) -> None:
    """Each becomes a gap with its id where that can be made out; the others are read; of half a file what is whole."""
    entries: list[Any] = [
        tweet(BEGIN, "hel"), {"tweet": {"id_str": "77", "created_at": "igår", "full_text": "?"}},
        {"tweet": {"created_at": x_time(BEGIN)}}, {"tweet": {"id_str": "78", "created_at": x_time(BEGIN)}}, 5,
        tweet(BEGIN, "trasig", number=8, favorite_count="många"), tweet(BEGIN + HOUR, "half \ud83d pair"),
    ]  # fmt: skip
    text = "window.YTD.tweets.part0 = " + json.dumps(entries)
    half = ytd("tweets", [tweet(BEGIN + 2 * HOUR, "ett"), tweet(BEGIN + 3 * HOUR, "två")], 1)[:-300]
    found = read(tmp_path, {"data/tweets.js": text, "data/tweets-part1.js": half})
    assert set(found.posts) == {key(BEGIN), key(BEGIN + HOUR), key(BEGIN + 2 * HOUR)}
    assert found.posts[key(BEGIN + HOUR)].text == "half \ufffd pair"
    bad = [(gap.subject_id, gap.reason) for gap in found.gaps if gap.what == "post"]
    assert bad == [(name, GapReason.MALFORMED) for name in ("77", None, "78", None, key(BEGIN, 8))]
    files = [(gap.subject_id, gap.reason) for gap in found.gaps if gap.what == "file"]
    assert files == [("data/tweets-part1.js", GapReason.INCOMPLETE)]
    assert found.ends["posts"].reason is EndReason.FAILED


def test_an_old_archive(tmp_path: Path) -> None:
    """Before 2022 the file was ``tweet.js``, media lay in ``tweet_media``, and a time that is missing is in the id."""
    old = tweet(BEGIN, "gammalt")
    photo = {"media": [{"type": "photo", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}]}
    del old["tweet"]["edit_info"]
    headless = {"tweet": {"id_str": key(BEGIN + HOUR), "full_text": "utan tid"}}
    members = {
        "tweet.js": ytd("tweet", [old | {"tweet": old["tweet"] | {"entities": photo}}, headless]),
        f"tweet_media/{key(BEGIN)}-A.jpg": b"\xff\xd8\xff",
    }
    found = read_x(write_folder(tmp_path / "twitter", members))
    assert found.posts[key(BEGIN)].edited is Edited.UNKNOWN
    assert [medium.gap for medium in found.media] == [None]
    assert found.posts[key(BEGIN + HOUR)].created_at == BEGIN + HOUR
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("profile", GapReason.GONE)]
    assert found.owner == frozenset()


def test_nothing_of_it_is_evaluated(tmp_path: Path) -> None:
    """Code before or after the array makes the file unreadable, not executed."""
    found = read(tmp_path, {
        "data/tweets.js": "window.YTD.tweets.part0 = fetch('https://evil.example', [])",
        "data/tweets-part1.js": "alert(1); window.YTD.tweets.part1 = [" + json.dumps(tweet(BEGIN, "x")) + "]",
    })  # fmt: skip
    assert found.posts == {}
    assert [gap.reason for gap in found.gaps if gap.what == "file"] == [GapReason.MALFORMED] * 2


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of third-party recordings is not there")
def test_the_recorded_posts_and_account(tmp_path: Path) -> None:
    """Real posts in an archive laid out as the platform does: each one is a record, and the account is told."""
    entries = json.loads((SHARED / "tweets.json").read_bytes())
    account = (SHARED / "zip_contents" / "account.js").read_bytes()
    moved = [
        entry | {"created_at": entry["created_at"].replace("Sep", "Jun").replace("2019", "2026")} for entry in entries
    ]
    members: dict[str, bytes | str] = {
        "data/tweets.js": ytd("tweets", [{"tweet": entry} for entry in moved]), "data/account.js": account,
    }  # fmt: skip
    found = read_x(write_zip(tmp_path / "twitter.zip", members))
    assert set(found.posts) == {entry["id_str"] for entry in entries}
    assert all(found.posts[entry["id_str"]].text == entry["full_text"] for entry in entries)
    assert {"enebut", "11227"} == found.owner
    assert [gap.what for gap in found.gaps if gap.what != "media"] == []
