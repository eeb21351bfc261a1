"""What posts, comments, media and users look like in the WordPress REST API (recorded from WordPress 6.1.9)."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.sandbox.answers import BLOG_HOST, mark
from connectors.sandbox.media import WIDTHS, scaled, upload_name

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost

SITE = f"http://{BLOG_HOST}"
API = f"{SITE}/wp-json/wp/v2"
ZONE = ZoneInfo("Europe/Stockholm")
_LINKED = re.compile(r"https?://[^\s<]+[^\s<.,)]")
_SLUG_SIGNS = str.maketrans("åäöéü ", "aaoeu-")
# An embed as an editor with full rights may place it: what a reader of archived pages must never run.
_EMBED = (
    '<script src="http://annan.exempelstad.example/raknare.js"></script>'
    '<iframe src="http://annan.exempelstad.example/film" onload="alert(1)"></iframe>'
)


def local(when: datetime) -> str:
    """Write an instant in the site's own time, without a zone mark, as ``date`` and ``modified`` are."""
    return f"{when.astimezone(ZONE):%Y-%m-%dT%H:%M:%S}"


def gmt(when: datetime) -> str:
    """Write an instant in UTC, without a zone mark, as the ``*_gmt`` fields are."""
    return f"{when:%Y-%m-%dT%H:%M:%S}"


def slug(title: str) -> str:
    """Return the part of an address made from a title."""
    return re.sub(r"-+", "-", re.sub(r"[^a-z0-9-]", "", title.lower().translate(_SLUG_SIGNS))).strip("-")


def post_slug(post: CityPost) -> str:
    """Return a post's slug, which its address and the parameter ``slug`` use."""
    return f"{slug(post.title)}-{post.id}"


def permalink(post: CityPost) -> str:
    """Return a post's public address."""
    return f"{SITE}/{post.created_at.astimezone(ZONE):%Y/%m}/{post_slug(post)}/"


def textured(text: str) -> str:
    """Escape text and set typographic signs as WordPress does."""
    escaped = html.escape(text, quote=False).replace("&amp;", "&#038;")
    return escaped.replace("”", "&#8221;").replace("–", "&#8211;").replace("…", "&#8230;")


def rendered_content(post: CityPost, shelf: Shelf, *, embed: bool) -> str:
    """Return a post's text and pictures as HTML blocks."""
    blocks = []
    for place, part in enumerate(post.text.split("\n\n")):
        blocks.append(f"\n<p>{_LINKED.sub(_anchor, textured(part))}</p>\n")
        if place < len(post.pictures):
            blocks.append(_figure(post, place, shelf))
    blocks += [_figure(post, place, shelf) for place in range(len(blocks) // 2 + 1, len(post.pictures))]
    if embed:
        blocks.append(f'\n<div class="wp-block-embed">{_EMBED}</div>\n')
    return "\n\n".join(blocks) + "\n"


def _anchor(found: re.Match[str]) -> str:
    return f'<a href="{found[0]}">{found[0]}</a>'


def _figure(post: CityPost, place: int, shelf: Shelf) -> str:
    picture, name, media_id = post.pictures[place], upload_name(post, place), post.picture_ids[place]
    width, height = picture.size
    source = shelf.upload(picture, name)
    sizes = ", ".join(
        [f"{source} {width}w"]
        + [f"{shelf.upload(picture, name, WIDTHS[key])} {WIDTHS[key]}w" for key in ("medium", "medium_large")]
    )
    return (
        f'\n<figure class="wp-block-image size-full"><img decoding="async" loading="lazy" width="{width}" '
        f'height="{height}" src="{source}" alt="{html.escape(picture.alt_text)}" class="wp-image-{media_id}" '
        f'srcset="{sizes}" sizes="(max-width: {width}px) 100vw, {width}px" />'
        f'<figcaption class="wp-element-caption">{picture.alt_text}. Bild: Exempelstad</figcaption></figure>\n'
    )


def post_object(post: CityPost, shelf: Shelf, *, embed: bool) -> dict[str, Any]:
    """Return a post as the REST API shows it."""
    address, own = permalink(post), f"{API}/posts/{post.id}"
    content = rendered_content(post, shelf, embed=embed)
    links: dict[str, Any] = {
        "self": [{"href": own}], "collection": [{"href": f"{API}/posts"}], "about": [{"href": f"{API}/types/post"}],
        "author": [{"embeddable": True, "href": f"{API}/users/{post.staff}"}],
        "replies": [{"embeddable": True, "href": f"{API}/comments?post={post.id}"}],
        "version-history": [{"count": 0, "href": f"{own}/revisions"}],
    }  # fmt: skip
    if post.pictures:
        links["wp:featuredmedia"] = [{"embeddable": True, "href": f"{API}/media/{post.picture_ids[0]}"}]
    links["wp:attachment"] = [{"href": f"{API}/media?parent={post.id}"}]
    links["curies"] = [{"name": "wp", "href": "https://api.w.org/{rel}", "templated": True}]
    summary = f"<p>{textured(post.text.split(chr(10))[0])}</p>\n"
    return {
        "id": int(post.id), "date": local(post.created_at), "date_gmt": gmt(post.created_at),
        "guid": {"rendered": f"{SITE}/?p={post.id}"}, "modified": local(post.updated_at),
        "modified_gmt": gmt(post.updated_at), "slug": post_slug(post), "status": "publish",
        "type": "post", "link": address, "title": {"rendered": textured(post.title)},
        "content": {"rendered": content, "protected": False}, "excerpt": {"rendered": summary, "protected": False},
        "author": post.staff, "featured_media": int(post.picture_ids[0]) if post.pictures else 0,
        "comment_status": "open", "ping_status": "closed", "sticky": post.pinned, "template": "",
        "format": "standard", "meta": [], "categories": [1], "tags": [], "_links": links,
    }  # fmt: skip


def comment_object(account: CityAccount, post: CityPost, comment: CityComment) -> dict[str, Any]:
    """Return a comment as the REST API shows it. The staff member with id 2 writes the site's own answers."""
    own = f"{API}/comments/{comment.id}"
    name = comment.author.name if comment.author else account.staff[1][1]
    links: dict[str, Any] = {"self": [{"href": own}], "collection": [{"href": f"{API}/comments"}]}
    if comment.author is None:
        links["author"] = [{"embeddable": True, "href": f"{API}/users/{account.staff[1][0]}"}]
    links["up"] = [{"embeddable": True, "post_type": "post", "href": f"{API}/posts/{post.id}"}]
    if comment.parent_id:
        links["in-reply-to"] = [{"embeddable": True, "href": f"{API}/comments/{comment.parent_id}"}]
    if any(other.parent_id == comment.id for other in post.comments):
        links["children"] = [{"embeddable": True, "href": f"{API}/comments?parent={comment.id}"}]
    return {
        "id": int(comment.id), "post": int(post.id), "parent": int(comment.parent_id or 0),
        "author": 0 if comment.author else account.staff[1][0], "author_name": name, "author_url": "",
        "date": local(comment.created_at), "date_gmt": gmt(comment.created_at),
        "content": {"rendered": comment_html(comment.text)}, "link": f"{permalink(post)}#comment-{comment.id}",
        "status": "approved", "type": "comment", "author_avatar_urls": _avatars(name), "meta": [], "_links": links,
    }  # fmt: skip


def comment_html(text: str) -> str:
    """Return a comment's text as WordPress renders it."""
    return f"<p>{textured(text)}</p>\n"


def media_object(post: CityPost, place: int, shelf: Shelf) -> dict[str, Any]:
    """Return an uploaded picture as the REST API shows it."""
    picture, name, media_id = post.pictures[place], upload_name(post, place), int(post.picture_ids[place])
    width, height = picture.size
    source, own = shelf.upload(picture, name), f"{API}/media/{media_id}"
    sizes = {
        key: _size(shelf.upload(picture, name, wide), scaled(picture, wide), shelf, picture.mime)
        for key, wide in WIDTHS.items()
    }
    sizes["full"] = {
        "file": source.rsplit("/", 1)[1],
        "width": width,
        "height": height,
        "mime_type": picture.mime,
        "source_url": source,
    }
    return {
        "id": media_id, "date": local(post.created_at), "date_gmt": gmt(post.created_at),
        "guid": {"rendered": source}, "modified": local(post.created_at), "modified_gmt": gmt(post.created_at),
        "slug": name.rsplit("/", 1)[1], "status": "inherit", "type": "attachment",
        "link": f"{SITE}/{name.rsplit('/', 1)[1]}/", "title": {"rendered": name.rsplit("/", 1)[1]},
        "author": post.staff,
        "comment_status": "closed", "ping_status": "closed", "template": "", "meta": [],
        "description": {"rendered": f'<p class="attachment"><a href=\'{source}\'>{picture.alt_text}</a></p>\n'},
        "caption": {"rendered": f"<p>{picture.alt_text}. Bild: Exempelstad</p>\n"}, "alt_text": picture.alt_text,
        "media_type": "image", "mime_type": picture.mime,
        "media_details": {
            "width": width, "height": height, "file": f"{name}.{picture.suffix}",
            "filesize": len(shelf.content(source)), "sizes": sizes, "image_meta": {"orientation": "0", "keywords": []},
        },
        "post": int(post.id), "source_url": source,
        "_links": {
            "self": [{"href": own}], "collection": [{"href": f"{API}/media"}],
            "about": [{"href": f"{API}/types/attachment"}],
            "author": [{"embeddable": True, "href": f"{API}/users/{post.staff}"}],
            "replies": [{"embeddable": True, "href": f"{API}/comments?post={media_id}"}],
        },
    }  # fmt: skip


def _size(source: str, size: tuple[int, int], shelf: Shelf, mime: str) -> dict[str, Any]:
    return {
        "file": source.rsplit("/", 1)[1], "width": size[0], "height": size[1], "mime_type": mime, "source_url": source,
        "filesize": len(shelf.content(source)),
    }  # fmt: skip


def user_object(staff: tuple[int, str, str]) -> dict[str, Any]:
    """Return an author as the REST API shows it."""
    user_id, name, nick = staff
    return {
        "id": user_id, "name": name, "url": "", "description": "", "link": f"{SITE}/author/{nick}/", "slug": nick,
        "avatar_urls": _avatars(name), "meta": [],
        "_links": {"self": [{"href": f"{API}/users/{user_id}"}], "collection": [{"href": f"{API}/users"}]},
    }  # fmt: skip


def _avatars(name: str) -> dict[str, str]:
    picture = mark("avatar", name)
    return {str(size): f"http://avatar.exempelstad.example/{picture}?s={size}&d=mm&r=g" for size in (24, 48, 96)}
