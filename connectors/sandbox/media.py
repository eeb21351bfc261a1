"""Where the city's pictures and films stand: addresses on the CDN and on the blog, and the bytes behind them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.sandbox.answers import BLOG_HOST, CDN_HOST, Answer, Request, mark
from connectors.sandbox.pictures import Picture, film

if TYPE_CHECKING:
    from connectors.sandbox.city import City
    from connectors.sandbox.model import CityAccount, CityPost, Film

WIDTHS = {"medium": 300, "medium_large": 768, "thumbnail": 150}
_SIGNED_FOR = timedelta(days=365 * 40)  # the demonstration must also run in ten years
_LAST_MODIFIED = "Fri, 01 May 2026 06:00:00 GMT"


class Shelf:
    """All media of a city by path; bytes are made on first request and remembered."""

    def __init__(self, city: City) -> None:
        self._expires = f"{int((city.end + _SIGNED_FOR).timestamp()):X}"
        self._generation = 0  # of signed addresses; those of an earlier one no longer work
        self._files: dict[str, tuple[Picture | Film, int]] = {}
        for account in city.accounts:
            if account.platform == "wordpress":
                self._put_uploads(account)
            else:
                self._put_graph_files(account)

    def _put_graph_files(self, account: CityAccount) -> None:
        for name, picture in (("avatar", account.avatar), ("cover", account.cover)):
            self._put(self.graph_picture(picture, self.profile_picture_id(account, name)), picture)
        for post in account.posts:
            for picture, picture_id in zip(post.pictures, post.picture_ids, strict=True):
                self._put(self.graph_picture(picture, picture_id), picture)
            if post.film:
                self._put(self.graph_film(post.film), post.film)
            for comment in post.comments:
                if comment.picture:
                    self._put(self.graph_picture(comment.picture, comment.id), comment.picture)

    def _put_uploads(self, account: CityAccount) -> None:
        self._put(self.upload(account.avatar, "vapen"), account.avatar)
        for post in account.posts:
            for place, picture in enumerate(post.pictures):
                for width in (0, *WIDTHS.values()):
                    self._put(self.upload(picture, upload_name(post, place), width), picture, width)

    def _put(self, address: str, file: Picture | Film, width: int = 0) -> None:
        self._files[urlsplit(address).path] = (file, width)

    @staticmethod
    def profile_picture_id(account: CityAccount, name: str) -> str:
        """Return the photo id of an account's avatar or cover."""
        first = int(account.id) if account.id.isdecimal() else int(mark("account", account.id, length=12), 16)
        return str(first + {"avatar": 1000, "cover": 2000}[name])

    def graph_picture(self, picture: Picture, picture_id: str) -> str:
        """Return the signed CDN address of a picture on Facebook."""
        return self._signed(f"/v/t39.30808-6/{picture_id}_{_digits(picture_id)}_n.{picture.suffix}")

    def graph_film(self, video: Film) -> str:
        """Return the signed CDN address of a film's file."""
        return self._signed(f"/v/t42.1790-2/{video.id}_{_digits(video.id)}_n.mp4")

    def upload(self, picture: Picture, name: str, width: int = 0) -> str:
        """Return the address of an uploaded picture on the blog, or of its copy of the given width."""
        size = "" if not width else "-{}x{}".format(*scaled(picture, width))
        return f"http://{BLOG_HOST}/wp-content/uploads/{name}{size}.{picture.suffix}"

    def expire(self) -> None:
        """Let every signed address given out so far run out."""
        self._generation += 1

    def _signed(self, path: str) -> str:
        fresh = f"&_nc_gid={self._generation}" if self._generation else ""
        signature = f"oh=00_{_signature(path)}&oe={self._expires}{fresh}"
        return f"http://{CDN_HOST}{path}?_nc_cat=1&ccb=1-7&_nc_sid=833d8c&{signature}"

    def content(self, address: str) -> bytes:
        """Return the file's bytes (KeyError if nothing stands there)."""
        file, width = self._files[urlsplit(address).path]
        return file.paint(width) if isinstance(file, Picture) else film(file.id)

    def answer(self, request: Request) -> Answer:
        """Serve a file as a CDN or a web server does."""
        if request.path not in self._files:
            return Answer(404, [("Content-Type", "text/plain")], body=b"Not Found\n")
        if request.host != BLOG_HOST and request.parameter("oh") != f"00_{_signature(request.path)}":
            return Answer(403, [("Content-Type", "text/plain")], body=b"URL signature mismatch")
        if request.host != BLOG_HOST and request.parameter("_nc_gid", "0") != str(self._generation):
            return Answer(403, [("Content-Type", "text/plain")], body=b"URL signature expired")
        file, _ = self._files[request.path]
        body = self.content(request.path)
        headers = [
            ("Content-Type", file.mime if isinstance(file, Picture) else "video/mp4"),
            ("Last-Modified", _LAST_MODIFIED),
            ("ETag", f'"{mark(request.path, len(body), length=16)}"'),
            ("Cache-Control", "max-age=1209600, no-transform"),
            ("Accept-Ranges", "bytes"),
        ]
        return Answer(200, headers, body=body)


def upload_name(post: CityPost, place: int) -> str:
    """Return folder and file name, without size and ending, of a blog post's picture."""
    return f"{post.created_at:%Y/%m}/{post.pictures[place].scene.replace('_', '-')}-{post.picture_ids[place]}"


def scaled(picture: Picture, width: int) -> tuple[int, int]:
    """Return the size in pixels of a picture's copy of the given width."""
    return width, round(picture.size[1] * width / picture.size[0])


def _signature(path: str) -> str:
    return "AY" + mark("cdn", path)


def _digits(text: str) -> str:
    return str(int(mark("file", text, length=14), 16))
