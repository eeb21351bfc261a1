"""Facebook's and Instagram's "download your information", written here in the platforms' true layouts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from _exports import END, START, Read, film, mangled, meta_json, png, read_with, write_folder, write_zip
from hypothesis import given
from hypothesis import strategies as st

from connectors.exports import detect
from connectors.exports._archive import open_archive
from connectors.exports._meta import repaired
from connectors.exports.facebook import READER as FACEBOOK
from connectors.exports.instagram import READER as INSTAGRAM
from urval.errors import ConfigError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = datetime(2026, 6, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOT = "your_facebook_activity"
POSTS = f"{ROOT}/posts/your_posts__check_ins__photos_and_videos_1.json"


def at(moment: datetime) -> int:
    """Return Unix seconds."""
    return int(moment.timestamp())


def fb_post(moment: datetime, text: str, **more: Any) -> dict[str, Any]:
    """Return an entry of a Facebook posts file."""
    return {"timestamp": at(moment), "data": [{"post": text}], "title": "Exempelstad har uppdaterat sin status."} | more


def fb_media(*uris: str, **more: Any) -> dict[str, Any]:
    """Return the attachments of an entry."""
    return {
        "attachments": [{"data": [{"media": {"uri": uri, "creation_timestamp": at(BEGIN)} | more}]} for uri in uris]
    }


PERSON = {"profile_v2": {"name": {"full_name": "Exempelstads kommun", "first_name": "x"}, "username": "exempelstad",
                         "profile_uri": "https://www.facebook.com/exempelstad", "about_me": "Här händer det ☀",
                         "websites": [{"address": "https://exempelstad.example"}], "birthday": {"year": 1971},
                         "emails": {"emails": ["stab@exempelstad.example"]}}}  # fmt: skip


def facebook(tmp_path: Path, members: dict[str, bytes | str], name: str = "facebook-exempelstad.zip") -> Read:
    """Read a Facebook export."""
    person = {"personal_information/profile_information/profile_information.json": meta_json(PERSON)}
    return read_with(FACEBOOK, write_zip(tmp_path / name, person | members))


@given(st.text())
def test_broken_texts_are_repaired(text: str) -> None:
    """Every text as Facebook writes it comes back as it was."""
    assert repaired(mangled(text)) == text


@pytest.mark.parametrize("text", ["Malmö", "£5", "café 🏙", "Здравствуйте", "naïve"])
def test_texts_that_are_right_are_left_alone(text: str) -> None:
    """A newer file may have its texts right: what is no UTF-8 in disguise stays as it is."""
    assert repaired(text) == text


def test_facebook_posts(tmp_path: Path) -> None:
    """Posts of every part file are read, their texts repaired, kinds told by their parts, edits and links kept."""
    film_uri, photo_uri = f"{ROOT}/posts/media/videos/9.mp4", f"{ROOT}/posts/media/Sommar_1/5_n.png"
    link = {"attachments": [{"data": [{"external_context": {"url": "https://exempelstad.example/å"}}]}]}
    entries = [
        fb_post(BEGIN, "Välkomna till vår nya park 🌳"),
        fb_post(BEGIN + HOUR, "Rättad", data=[{"post": "Rättad"}, {"update_timestamp": at(BEGIN + 2 * HOUR)}]),
        fb_post(BEGIN + 2 * HOUR, "Läs mer", **link), fb_post(BEGIN + 3 * HOUR, "Se", **fb_media(film_uri)),
        fb_post(START - HOUR, "före"), fb_post(END, "efter"),
    ]  # fmt: skip
    second = [fb_post(BEGIN + 4 * HOUR, "Bild", **fb_media(photo_uri, description="Barn på å"))]
    found = facebook(tmp_path, {
        POSTS: meta_json(entries), POSTS.replace("_1.json", "_2.json"): meta_json(second),
        film_uri: film(1), photo_uri: png(2), f"{ROOT}/messages/inbox/anna/message_1.json": "{}",
    })  # fmt: skip
    by_text = {post.text: post for post in found.posts.values()}
    assert set(by_text) == {"Välkomna till vår nya park 🌳", "Rättad", "Läs mer", "Se", "Bild"}
    assert [by_text[text].kind for text in ("Rättad", "Läs mer", "Se", "Bild")] == ["post", "share", "video", "photo"]
    edited = by_text["Rättad"]
    assert (edited.edited, edited.updated_at, edited.created_at) == (Edited.YES, BEGIN + 2 * HOUR, BEGIN + HOUR)
    first = by_text["Välkomna till vår nya park 🌳"]
    assert (first.title, first.author_name) == ("Exempelstad har uppdaterat sin status.", "Exempelstads kommun")
    assert json.loads(first.raw)["data"][0]["post"] == mangled("Välkomna till vår nya park 🌳")
    assert first.exchange == found.digested[POSTS]
    assert {(one.kind, one.mime, one.alt_text) for one in found.media} == {
        (MediaKind.VIDEO, "video/mp4", None), (MediaKind.IMAGE, "image/png", "Barn på å"),
    }  # fmt: skip
    assert len(found.stored(tmp_path / "media")) == 2
    assert (found.ends["posts"].records, found.ends["posts"].outside_period) == (7, 2)
    assert found.unread == [f"{ROOT}/messages/inbox/anna/message_1.json"]
    assert found.gaps == []


def test_a_second_export_gives_the_same_ids(tmp_path: Path) -> None:
    """Ids rest on content, not on the order, the part file or the folder of an entry; two equal ones are both there."""
    entries = [
        fb_post(BEGIN, "lika"),
        fb_post(BEGIN, "lika"),
        fb_post(BEGIN + HOUR, "annan", **fb_media("posts/media/7.png")),
    ]
    one = facebook(tmp_path, {POSTS: meta_json(entries)})
    moved = json.loads(json.dumps(entries[::-1]).replace("posts/media", f"{ROOT}/posts/media"))
    two = facebook(tmp_path, {"top/posts/your_posts_3.json": meta_json(moved)}, "other.zip")
    assert len(one.posts) == 3
    assert set(one.posts) == set(two.posts)


def test_whose_facebook_export_it_is(tmp_path: Path) -> None:
    """The page's name, address and text are told, and nothing private is kept."""
    found = facebook(tmp_path, {POSTS: meta_json([])})
    assert found.owner == {"Exempelstads kommun", "exempelstad", "https://www.facebook.com/exempelstad"}
    assert found.profile is not None
    assert (found.profile.handle, found.profile.about) == ("exempelstad", "Här händer det ☀")
    assert found.profile.links == ("https://exempelstad.example",)
    assert "1971" not in found.profile.raw
    assert "stab@" not in found.profile.raw
    assert not any("profile_information" in name for name in found.digested)


def test_own_facebook_comments(tmp_path: Path) -> None:
    """Comments the account wrote under others' posts are posts of kind comment; a broken one is a gap."""
    name = f"{ROOT}/comments_and_reactions/comments.json"
    entries = [
        {"timestamp": at(BEGIN), "title": "Exempelstad hat Kreisstadts Beitrag kommentiert.",
         "data": [{"comment": {"timestamp": at(BEGIN), "comment": "Schöne Grüße", "author": "Exempelstads kommun"}}]},
        {"timestamp": at(END), "data": [{"comment": {"comment": "senare"}}]}, {"data": [{"comment": {"comment": "?"}}]},
    ]  # fmt: skip
    found = facebook(tmp_path, {name: meta_json({"comments_v2": entries})})
    assert [(post.kind, post.text, post.title) for post in found.posts.values()] == [
        ("comment", "Schöne Grüße", "Exempelstad hat Kreisstadts Beitrag kommentiert."),
    ]  # fmt: skip
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("comment", GapReason.MALFORMED)]
    assert found.ends["comments"].outside_period == 1


def test_photos_in_albums(tmp_path: Path) -> None:
    """A photo of a post is there once, with the comments its album has; one without a post is a thread of its own."""
    shown, alone, clip = (f"{ROOT}/posts/media/{name}" for name in ("a_n.png", "b_n.png", "c.mp4"))
    remarks = [
        {"timestamp": at(BEGIN + HOUR), "comment": "Så fint! 😍", "author": "Maj Påhittad"},
        {"timestamp": at(BEGIN + 2 * HOUR), "comment": "Tack!", "author": "Exempelstads kommun"},
    ]
    photos = [{"uri": shown, "creation_timestamp": at(BEGIN), "comments": remarks},
              {"uri": alone, "creation_timestamp": at(BEGIN), "description": "Ensam bild", "title": "Album"},
              ]  # fmt: skip
    found = facebook(tmp_path, {
        POSTS: meta_json([fb_post(BEGIN, "Parken", **fb_media(shown))]),
        f"{ROOT}/posts/album/0.json": meta_json({"name": "Sommar", "photos": photos, "last_modified_timestamp": 1}),
        f"{ROOT}/posts/your_videos.json": meta_json({"videos_v2": [{"uri": clip, "creation_timestamp": at(BEGIN)}]}),
        shown: png(1), alone: png(2), clip: film(3),
    })  # fmt: skip
    by_text = {thread.post.text: thread for thread in found.threads.values()}
    assert {text: thread.post.kind for text, thread in by_text.items()} == {
        "Parken": "photo", "Ensam bild": "photo", "": "video",
    }  # fmt: skip
    told = [(one.text, one.author_name, one.author_role, one.direction) for one in by_text["Parken"].comments]
    assert told == [
        ("Så fint! 😍", "Maj Påhittad", AuthorRole.UNKNOWN, Direction.RECEIVED),
        ("Tack!", "Exempelstads kommun", AuthorRole.OWN, Direction.MADE),
    ]
    album = found.digested[f"{ROOT}/posts/album/0.json"]
    assert {one.exchange for one in by_text["Parken"].comments} == {album}
    assert json.loads(by_text["Parken"].comments[0].raw)["comment"] == mangled("Så fint! 😍")
    assert len(found.media) == 3
    assert found.gaps == []


OLD = {
    "profile": "posts/your_posts_1.json", "page": "this_profile's_activity_across_facebook/posts/profile_posts_1.json",
    "middle": "your_activity_across_facebook/posts/your_posts__check_ins__photos_and_videos_1.json",
    "wrapped": "facebook-exempelstad-2019/posts/your_posts.json",
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_file_names_of_other_years(tmp_path: Path, name: str) -> None:
    """The names of other years, of Pages and of a zip with a folder on top are known too."""
    entries: Any = [fb_post(BEGIN, "Hej", **fb_media("photos_and_videos/å_1/2.png"))]
    entries = {"status_updates": entries} if name == "wrapped" else entries
    top = "facebook-exempelstad-2019/" if name == "wrapped" else ""
    old = {OLD[name]: meta_json(entries), f"{top}photos_and_videos/å_1/2.png": png(1),
           f"{top}comments/comments.json": meta_json({"comments": []})}  # fmt: skip
    found = facebook(tmp_path, old)
    assert [post.text for post in found.posts.values()] == ["Hej"]
    assert [medium.gap for medium in found.media] == [None]
    assert found.ends["comments"].reason is EndReason.EXHAUSTED


@pytest.mark.parametrize("labels", [("Beskrivning", "Länk"), ("Beschreibung", "Link"), ("Texte", "Lien")])
def test_entries_with_labels_in_any_language(tmp_path: Path, labels: tuple[str, str]) -> None:
    """In the newer shape the text is the longest value, whatever its label; the platform's id is used if it is told."""
    entry = {"timestamp": at(BEGIN), "media": [], "fbid": "1234567890123456789", "label_values": [
        {"label": labels[1], "value": "https://exempelstad.example/en/mycket/lång/adress/som/är/längre"},
        {"label": "Ort", "value": "Exempelstad"}, {"label": labels[0], "value": "Nu öppnar badet för säsongen"},
    ]}  # fmt: skip
    found = facebook(tmp_path, {POSTS: meta_json([entry])})
    (post,) = found.posts.values()
    assert (post.id, post.text, post.kind) == ("1234567890123456789", "Nu öppnar badet för säsongen", "share")


def test_facebook_entries_that_cannot_be_read(tmp_path: Path) -> None:
    """Each becomes a gap and the next one is read; a medium that is an address or is missing becomes a gap as well."""
    away = "https://media.giphy.example/x.gif"
    entries: list[Any] = [
        5, {"data": [{"post": "utan tid"}]}, fb_post(BEGIN, "x", timestamp="snart"),
        fb_post(BEGIN, "x", data=[{"post": 5}]),
        fb_post(BEGIN, "x", attachments="?"), fb_post(BEGIN, "hel", **fb_media(away, "posts/media/borta.png")),
    ]  # fmt: skip
    found = facebook(tmp_path, {POSTS: meta_json(entries)})
    assert [post.text for post in found.posts.values()] == ["hel"]
    assert [gap.reason for gap in found.gaps if gap.what == "post"] == [GapReason.MALFORMED] * 5
    assert [(medium.gap, medium.source_url) for medium in found.media] == [
        (GapReason.GONE, away),
        (GapReason.GONE, None),
    ]
    assert len([gap for gap in found.gaps if gap.what == "media"]) == 2


def instagram(tmp_path: Path, members: dict[str, bytes | str], **labels: str) -> Read:
    """Read an Instagram export; ``labels`` are those of its language."""
    values = {labels.get("username", "Username"): "exempelstad", labels.get("name", "Name"): "Exempelstads kommun",
              labels.get("bio", "Bio"): "Vår stad 🏙", "Email": "stab@exempelstad.example"}  # fmt: skip
    entry = {"media_map_data": {labels.get("photo", "Profile Photo"): {"uri": "media/other/profil.png"}},
             "string_map_data": {label: {"value": value, "timestamp": 0} for label, value in values.items()},
             }  # fmt: skip
    name = "personal_information/personal_information/personal_information.json"
    person = {name: meta_json({"profile_user": [entry]}), "media/other/profil.png": png(9)}
    return read_with(INSTAGRAM, write_zip(tmp_path / "instagram-exempelstad.zip", person | members))


def ig_media(moment: datetime, uri: str, title: str = "") -> dict[str, Any]:
    """Return a medium of an Instagram export."""
    return {"uri": uri, "creation_timestamp": at(moment), "media_metadata": {}, "title": title,
            "cross_post_source": {"source_app": "FB"}}  # fmt: skip


@pytest.mark.parametrize("folder", ["your_instagram_activity/media", "your_instagram_activity/content", "content"])
def test_instagram_posts(tmp_path: Path, folder: str) -> None:
    """Posts, reels, stories, archived and deleted ones come with text and media, in old folders and new ones."""
    photo, clip, story = "media/posts/202606/1_n.jpg", "media/reels/202606/2.mp4", "media/stories/202606/3_n.png"
    more = ["media/posts/202606/4_n.png", "media/posts/202606/5_n.png"]
    found = instagram(tmp_path, {
        f"{folder}/posts_1.json": meta_json([
            {"media": [ig_media(BEGIN, photo, "Skön sommardag i Exempelstad ☀️")]},
            {"media": [ig_media(BEGIN, uri) for uri in more], "title": "Två bilder",
             "creation_timestamp": at(BEGIN + HOUR)},
            {"media": [ig_media(END, photo, "för sent")]},
        ]),
        f"{folder}/reels.json": meta_json({"ig_reels_media": [{"media": [ig_media(BEGIN, clip, "Film")]}]}),
        f"{folder}/stories.json": meta_json({"ig_stories": [ig_media(BEGIN, story, "Berättelse")]}),
        f"{folder}/archived_posts.json": meta_json(
            {"ig_archived_post_media": [{"media": [ig_media(BEGIN, photo, "undan")]}]}),
        f"{folder}/recently_deleted_content.json": meta_json(
            {"ig_recently_deleted_media": [{"media": [ig_media(BEGIN, photo, "bort")]}]}),
        photo: b"\xff\xd8\xff" + bytes(9), clip: film(1), story: png(1), more[0]: png(2), more[1]: png(3),
    })  # fmt: skip
    told = {post.text: (post.kind, post.visibility, len(post.media_ids)) for post in found.posts.values()}
    assert told == {
        "Skön sommardag i Exempelstad ☀️": ("post", Visibility.VISIBLE, 1),
        "Två bilder": ("post", Visibility.VISIBLE, 2), "Film": ("reel", Visibility.VISIBLE, 1),
        "Berättelse": ("story", Visibility.VISIBLE, 1), "undan": ("post", Visibility.HIDDEN, 1),
        "bort": ("post", Visibility.DELETED_BY_US, 1),
    }  # fmt: skip
    assert {medium.gap for medium in found.media} == {None}
    assert len(found.stored(tmp_path / "media")) == 6
    assert {name: end.records for name, end in found.ends.items()} == {
        "posts": 3, "reels": 1, "stories": 1, "archived": 1, "deleted": 1,
    }  # fmt: skip
    assert found.gaps == []


LANGUAGES = {
    "English": ("Comment", "Media Owner", "Time", "Username"),
    "German": ("Kommentar", "Medienbesitzer", "Zeit", "Benutzername"),
    "French": ("Commentaire", "Propriétaire du média", "Heure", "Nom d’utilisateur"),
    "Swedish": ("Kommentar", "Medieägare", "Tid", "Användarnamn"),
    "unknown": ("Ummæli", "Eigandi", "Tími", "Notandanafn"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_instagram_comments_in_any_language(tmp_path: Path, language: str) -> None:
    """Text, time and whose post it was are told whatever language the labels are in; so is whose export it is."""
    comment, owner, time, username = LANGUAGES[language]
    entry = {"media_list_data": [{"uri": ""}], "string_map_data": {
        owner: {"value": "en_granne_med_ett_ganska_langt"}, comment: {"value": "Så bra!"},
        time: {"timestamp": at(BEGIN)},
    }}  # fmt: skip
    folder = "your_instagram_activity/comments"
    reels = {"comments_reels_comments": [json.loads(json.dumps(entry).replace("bra!", "kul!"))]}
    found = instagram(tmp_path, {
        f"{folder}/post_comments_1.json": meta_json([entry]), f"{folder}/reels_comments.json": meta_json(reels),
    }, username=username)  # fmt: skip
    told = [(post.kind, post.text, post.title, post.created_at) for post in found.posts.values()]
    assert told == [
        ("comment", "Så bra!", "en_granne_med_ett_ganska_langt", BEGIN),
        ("comment", "Så kul!", "en_granne_med_ett_ganska_langt", BEGIN),
    ]
    assert "exempelstad" in found.owner
    assert found.profile is not None
    assert found.profile.handle == (None if language == "unknown" else "exempelstad")
    assert "stab@" not in found.profile.raw
    assert [medium.kind for medium in found.page_media] == [MediaKind.AVATAR]


def test_old_instagram_comments(tmp_path: Path) -> None:
    """The shape of earlier years, with a list of values, and its file name are known."""
    entry = {"title": "en_granne", "string_list_data": [{"href": "", "value": "Åh så fint", "timestamp": at(BEGIN)}]}
    found = instagram(tmp_path, {"comments/post_comments.json": meta_json({"comments_media_comments": [entry, {}]})})
    assert [(post.text, post.title) for post in found.posts.values()] == [("Åh så fint", "en_granne")]
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("comment", GapReason.MALFORMED)]


def test_the_kind_of_export_is_told(tmp_path: Path) -> None:
    """Facebook and Instagram are told apart by their files; a folder that holds both is refused with both names."""
    fb = {POSTS: "[]", f"{ROOT}/comments_and_reactions/comments.json": '{"comments_v2": []}',
          f"{ROOT}/groups/your_comments_in_groups.json": "{}"}  # fmt: skip
    ig = {
        "your_instagram_activity/media/posts_1.json": "[]",
        "your_instagram_activity/comments/post_comments_1.json": "[]",
    }
    for name, members, reader in (("fb", fb, FACEBOOK), ("ig", ig, INSTAGRAM)):
        with open_archive(write_folder(tmp_path / name, dict(members))) as archive:
            assert detect(archive) is reader
    both = open_archive(write_folder(tmp_path / "both", {**fb, **ig}))
    with both, pytest.raises(ConfigError, match="Facebook export, Instagram export"):
        detect(both)
