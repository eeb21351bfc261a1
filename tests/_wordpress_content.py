"""What the tests publish on the real WordPress: posts, pictures, comments; and the truth about them, for comparison."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from _wordpress_server import WordPress

POSTS = 30
WITH_FEATURED = range(0, POSTS, 5)
WITH_PICTURE = range(1, POSTS, 6)
WITH_COMMENTS = range(0, POSTS, 3)
STICKY, PROTECTED = 4, 9
FIRST = datetime(2025, 11, 3, 8, 0)  # noqa: DTZ001 - the interface writes UTC without a zone
STEP = timedelta(days=5, hours=7, minutes=11)  # so that thirty lie in the period from November to April
SECRET_DRAFT = "Utkast om upphandlingen som ingen får se"
TRASHED = "Borttagen förolämpning"
WAITING = "Väntar på granskning"


@dataclass(slots=True)
class Truth:
    """What was published, by the ids the site gave."""

    posts: dict[str, str] = field(default_factory=dict)  # id -> title
    created: dict[str, str] = field(default_factory=dict)  # id -> time in UTC
    comments: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)  # id -> post, parent, text
    own: set[str] = field(default_factory=set)  # comments the body's own people wrote
    pictures: dict[str, tuple[str, str]] = field(default_factory=dict)  # SHA-256 -> post, file below uploads
    sticky: str = ""
    protected: str = ""
    protected_comment: str = ""
    trashed: str = ""
    outside: set[str] = field(default_factory=set)  # posts outside the period


def publish(site: WordPress) -> Truth:
    """Fill the site."""
    truth = Truth()
    writer = site.rest("POST", "users", json=_user("alva", "Alva Exempelsson", "author"))["id"]
    for number in range(POSTS):
        _post(site, truth, number, writer)
    for number, post in enumerate(truth.posts):
        if number in WITH_COMMENTS and post != truth.protected:
            _conversation(site, truth, post, writer)
    truth.protected_comment = _comment(site, truth, truth.protected, None, "Bakom lösenord", "Gäst")
    del truth.comments[truth.protected_comment]
    _what_must_not_appear(site, truth)
    return truth


def _post(site: WordPress, truth: Truth, number: int, writer: int) -> None:
    moment = (FIRST + number * STEP).isoformat()
    title = f"Nyhet {number}: Åtta äpplen på Östra ängen 🍏🇸🇪"
    body: dict[str, Any] = {
        "title": title, "date_gmt": moment, "status": "publish", "author": writer, "sticky": number == STICKY,
        "content": f"<p>Kommunen berättar, del {number}. Åå Ää Öö – “citat” 👩‍👩‍👧 &amp; مرحبا.</p>",
    }  # fmt: skip
    pictures: list[tuple[str, str]] = []
    if number in WITH_FEATURED:
        digest, media = _upload(site, f"utvald-{number}.png", _picture(number, (320, 200), "PNG"))
        body["featured_media"] = media["id"]
        pictures.append((digest, media["media_details"]["file"]))
    if number in WITH_PICTURE:
        digest, media = _upload(site, f"i-texten-å-{number}.jpg", _picture(number, (900, 600), "JPEG"))
        small = media["media_details"]["sizes"]["medium"]  # as the editor writes it; the original is another file
        address = small["source_url"]
        picture = f'<img class="wp-image-{media["id"]}" src="{address}" alt="Bild {number}" width="300" height="200">'
        body["content"] += f"<figure>{picture}</figure>"
        pictures.append((digest, media["media_details"]["file"]))
    if number == PROTECTED:
        body["password"] = "hemligt ord"
    post = str(site.rest("POST", "posts", json=body)["id"])
    truth.posts[post], truth.created[post] = title, moment
    truth.pictures.update({digest: (post, file) for digest, file in pictures})
    if number == STICKY:
        truth.sticky = post
    if number == PROTECTED:
        truth.protected = post


def _conversation(site: WordPress, truth: Truth, post: str, writer: int) -> None:
    """Three levels: a question, the body's answer, thanks for it; and one beside them."""
    question = _comment(site, truth, post, None, f"Var ligger ängen? Frågan gäller {post} 🤔", "Örjan Ö.")
    answer = _comment(site, truth, post, question, f"Bakom skolan, svarar kommunen om {post}.", None, author=writer)
    truth.own.add(answer)
    _comment(site, truth, post, answer, f"Tack för svaret om {post}! ❤️", "Örjan Ö.")
    _comment(site, truth, post, None, f"<b>Fint</b> & bra om {post}", "Åsa")


def _comment(
    site: WordPress, truth: Truth, post: str, parent: str | None, text: str, name: str | None, author: int | None = None
) -> str:
    moment = datetime.fromisoformat(truth.created[post]) + timedelta(hours=1, minutes=len(truth.comments))
    body: dict[str, Any] = {"post": int(post), "content": text, "date_gmt": moment.isoformat()}
    body |= {"author": author} if author else {"author_name": name, "author_email": "person@example.org"}
    if parent:
        body["parent"] = int(parent)
    if post == truth.protected:
        body["password"] = "hemligt ord"
    made = str(site.rest("POST", "comments", json=body)["id"])
    truth.comments[made] = (post, parent, text)
    return made


def _what_must_not_appear(site: WordPress, truth: Truth) -> None:
    site.rest("POST", "posts", json={"title": SECRET_DRAFT, "content": SECRET_DRAFT, "status": "draft"})
    for moment in ("2025-10-31T22:59:59", "2026-04-30T22:00:00"):  # a second before the period, and its end
        body = {"title": "Utanför perioden", "status": "publish", "date_gmt": moment}
        truth.outside.add(str(site.rest("POST", "posts", json=body)["id"]))
    post = next(iter(truth.comments.values()))[0]
    waiting = _comment(site, truth, post, None, WAITING, "Ny")
    site.rest("POST", f"comments/{waiting}", json={"status": "hold"})
    truth.trashed = _comment(site, truth, post, None, TRASHED, "Arg")
    _comment(site, truth, post, truth.trashed, "Håll en god ton!", "Åsa")  # stays, and names what it answered
    site.rest("DELETE", f"comments/{truth.trashed}")
    del truth.comments[waiting], truth.comments[truth.trashed]


def _upload(site: WordPress, name: str, data: bytes) -> tuple[str, Any]:
    kind = "image/png" if name.endswith("png") else "image/jpeg"
    media = site.rest("POST", "media", files={"file": (name, data, kind)})
    return hashlib.sha256(data).hexdigest(), media


def _picture(number: int, size: tuple[int, int], form: str) -> bytes:
    image = Image.new("RGB", size, (number * 8 % 256, 90, 160))
    ImageDraw.Draw(image).text((20, 20), f"bild {number}", fill="white")
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def _user(name: str, shown: str, role: str) -> dict[str, Any]:
    return {
        "username": name, "name": shown, "email": f"{name}@example.org", "password": "pw", "roles": [role],
    }  # fmt: skip
