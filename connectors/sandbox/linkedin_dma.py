"""LinkedIn's Pages Data Portability API of the sandbox: finders that name posts and comments, and their contents.

Choices where nothing is documented: a finder names the comments directly under what it is asked about, newest first; a
member who did not consent is missing as ``actor``; cursors stay with their item; addresses of media run out in 2030.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from connectors.sandbox import linkedin_objects as objects
from connectors.sandbox.linkedin_restli import DEFAULT, MOST, RestliError, listed, number_in, several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.sandbox.answers import Request
    from connectors.sandbox.model import CityAccount, CityPost
    from connectors.sandbox.world import World


class Dma:
    """Answers the calls of the data-portability interface."""

    def __init__(self, world: World, page: CityAccount) -> None:
        self._world, self._page = world, page

    def document(self, request: Request) -> dict[str, Any]:
        """Return the answer to one call (RestliError if it is refused)."""
        name, *rest = [part for part in request.path.split("/") if part][1:]
        match name, rest, request.parameter("q"):
            case "dmaOrganizations", [number], _ if number == self._page.id.rpartition(":")[2]:
                return self._organization()
            case "dmaFeedContentsExternal", [], "postsByAuthor":
                return self._posts(request)
            case "dmaFeedContentsExternal", [], "commentsOnEntity":
                return self._comments(request)
            case "dmaPosts" | "dmaComments" | "dmaSocialMetadata", [], _:
                return several(request, lambda urn: self._one(name, urn))
        raise RestliError(404, "NOT_FOUND", f"Could not find {name} {'/'.join(rest)}", 0)

    def _organization(self) -> dict[str, Any]:
        told = objects.page(self._page)
        for key, name, picture in (
            ("logoV2", "avatar", self._page.avatar), ("coverPhotoV2", "cover", self._page.cover),
        ):  # fmt: skip
            number = self._world.shelf.profile_picture_id(self._page, name)
            address = objects.located(self._world.shelf.graph_picture(picture, number))
            told[key] = {"cropped": address, "original": address}
        return told

    def _posts(self, request: Request) -> dict[str, Any]:
        if request.parameter("author") != self._page.id:
            raise RestliError(403, "ACCESS_DENIED", "Viewer is not authorized to view the posts of the author", 100)
        posts = sorted(self._world.posts("linkedin"), key=lambda p: (p.created_at, p.id), reverse=True)
        return _names(request, [(f"{post.created_at.timestamp():.3f}", post.id) for post in posts])

    def _comments(self, request: Request) -> dict[str, Any]:
        urn = request.parameter("entity")
        found = self._world.comment("linkedin", urn)
        post = self._world.post("linkedin", urn) if found is None else found[0]
        if post is None:
            raise RestliError(404, "NOT_FOUND", f"Could not find entity {urn}", 0)
        below = [c for c in listed(post) if c.parent_id == (None if found is None else urn)]
        below.sort(key=lambda c: (c.created_at, c.id), reverse=True)
        return _names(request, [(f"{c.created_at.timestamp():.3f}", c.id) for c in below])

    def _one(self, name: str, urn: str) -> dict[str, Any]:
        post, found = self._world.post("linkedin", urn), self._world.comment("linkedin", urn)
        if name == "dmaComments" and found is not None and found[1] in listed(found[0]):
            told = objects.comment_object(self._page, *found, self._world.shelf)
            if found[1].author is not None and not found[1].author.named:
                for member in (told, told["created"], told["lastModified"]):
                    member.pop("actor")
            return told
        if name == "dmaSocialMetadata" and post is not None:
            return objects.metadata_object(post)
        if name == "dmaPosts" and post is not None:
            return self._post(post)
        raise RestliError(403, "ACCESS_DENIED", f"https://linkedin.com/feed/update/{urn}", 100)

    def _post(self, post: CityPost) -> dict[str, Any]:
        told = objects.post_object(self._page, post)
        actor = {"actor": "urn:li:person:staff"}
        told["created"] = actor | {"time": told.pop("createdAt")}
        told["lastModified"] = actor | {"time": told.pop("lastModifiedAt")}
        shelf = self._world.shelf
        pictures = [
            {"altText": picture.alt_text, "media": {"image": objects.located(shelf.graph_picture(picture, n))}}
            for n, picture in objects.shown_pictures(post)
        ]
        content = told.get("content", {})
        if "article" in content and pictures:
            content["article"]["thumbnail"] = pictures[0]["media"]["image"]
        elif "multiImage" in content:
            content["multiImage"] = {"images": pictures}
        elif "media" in content:
            content["media"] = pictures[0]
        return told


def _names(request: Request, items: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return a page of names; the cursor says below which item the next one begins."""
    size = number_in(request, "maxPaginationCount", DEFAULT, MOST)
    if size < 1:
        raise RestliError(400, "ILLEGAL_ARGUMENT", "maxPaginationCount must be positive")
    try:
        at = tuple(base64.urlsafe_b64decode(request.parameter("paginationCursor")).decode().split(" ")[:2])
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RestliError(400, "ILLEGAL_ARGUMENT", "Invalid paginationCursor") from error
    left = [item for item in items if len(at) < 2 or item < at]  # noqa: PLR2004 - time and name
    metadata = _cursor(" ".join(left[size - 1])) if len(left) > size else {"paginationCursorMetdata": {}}
    return {"elements": [{"id": urn} for _, urn in left[:size]], "metadata": metadata}


def _cursor(place: str) -> dict[str, Any]:
    return {"paginationCursorMetdata": {"nextPaginationCursor": base64.urlsafe_b64encode(place.encode()).decode()}}


def cursor_to_here(request: Request) -> dict[str, Any]:
    """Return a cursor of another look that leads to the page of this request."""
    return _cursor(f"{base64.urlsafe_b64decode(request.parameter('paginationCursor')).decode()} igen".strip())
