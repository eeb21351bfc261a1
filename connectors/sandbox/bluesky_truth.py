"""Which answers of a thread a capture can have on Bluesky, where one lost answer hides all below it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from connectors.sandbox.truth import TrueMedium

if TYPE_CHECKING:
    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.pictures import Picture


def captured_comments(post: CityPost) -> tuple[CityComment, ...]:
    """Return the answers that can be had.

    Answers that are shown hang together in groups. The post leads to the group below it. An own answer, known from the
    account's repository, leads to the group it is in. Nothing leads to any other.
    """
    shown = {c.id: c for c in post.comments if c.listed}
    tops: dict[str, str | None] = {}  # an answer -> the first of its group; None: the post itself

    def top_of(comment: CityComment) -> str | None:
        way = [comment]
        while way[-1].id not in tops and way[-1].parent_id in shown:
            way.append(shown[way[-1].parent_id])
        last = way[-1]
        top = tops.get(last.id, None if last.parent_id is None else last.id)
        tops.update((one.id, top) for one in way)
        return top

    for comment in shown.values():
        top_of(comment)
    known = {tops[c.id] for c in shown.values() if c.author is None} | {None}
    return tuple(c for c in post.comments if c.id in shown and tops[c.id] in known)


def medium(shelf: Shelf, number: str, kind: str, picture: Picture) -> TrueMedium:
    """Return a picture as it was uploaded."""
    address = shelf.graph_picture(picture, number)
    content = shelf.content(address)
    return TrueMedium(number, kind, address, hashlib.sha256(content).hexdigest(), len(content))
