"""The state of the sandbox: the city as generated, and what tests changed in it since."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.sandbox.media import Shelf
from connectors.sandbox.model import Earlier

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from connectors.sandbox.city import City
    from connectors.sandbox.model import CityAccount, CityComment, CityPost

_ANSWERS_GO_TOO = {"instagram", "youtube", "tiktok", "linkedin"}
_ORPHANING = {"x", "mastodon", "bluesky", "threads"}  # answers to a deleted comment go on naming it


class World:
    """Accounts as they are now. Every method is safe to call from several threads."""

    def __init__(self, city: City, clock: Callable[[], datetime]) -> None:
        self.city, self.clock = city, clock
        self.shelf = Shelf(city)
        self._lock = threading.RLock()
        self._accounts = {account.key: account for account in city.accounts}
        self._posts = {account.key: {post.id: post for post in account.posts} for account in city.accounts}
        self._comment_homes = {
            account.key: {c.id: post.id for post in account.posts for c in post.comments} for account in city.accounts
        }

    def account(self, key: str) -> CityAccount:
        """Return an account's head (its ``posts`` are those of the start; see ``posts``)."""
        return self._accounts[key]

    def posts(self, key: str) -> tuple[CityPost, ...]:
        """Return the account's posts of this moment, oldest first."""
        with self._lock:
            return tuple(self._posts[key].values())

    def post(self, key: str, post_id: str) -> CityPost | None:
        """Return a post, or None if there is none (any more)."""
        with self._lock:
            return self._posts[key].get(post_id)

    def comment(self, key: str, comment_id: str) -> tuple[CityPost, CityComment] | None:
        """Return a comment and its post, or None."""
        with self._lock:
            post = self._posts[key].get(self._comment_homes[key].get(comment_id, ""))
            found = [c for c in post.comments if c.id == comment_id] if post else []
            return (post, found[0]) if post and found else None

    def delete_post(self, key: str, post_id: str) -> None:
        """Delete a post for good, with its thread (KeyError if there is none)."""
        with self._lock:
            del self._posts[key][post_id]

    def delete_comment(self, key: str, comment_id: str) -> None:
        """Delete a comment: Facebook counts it on, WordPress moves its answers up, X and Mastodon leave them behind."""
        with self._lock:
            post, gone = self._existing(key, comment_id)
            if self._accounts[key].platform == "facebook":
                self._rewrite(key, post, gone, replace(gone, listed=False))
                return
            moved = list(post.comments)
            if self._accounts[key].platform in _ANSWERS_GO_TOO:
                moved = [c for c in moved if c.parent_id != gone.id]
            if self._accounts[key].platform not in _ORPHANING:
                moved = [replace(c, parent_id=gone.parent_id) if c.parent_id == gone.id else c for c in moved]
            self._posts[key][post.id] = replace(post, comments=tuple(c for c in moved if c.id != gone.id))

    def hide_comment(self, key: str, comment_id: str) -> None:
        """Hide a comment: on Facebook it is flagged; on WordPress it is held and no longer public."""
        with self._lock:
            post, comment = self._existing(key, comment_id)
            self._rewrite(key, post, comment, replace(comment, hidden=True))

    def edit_post(self, key: str, post_id: str, text: str) -> None:
        """Change a post's text, now; the earlier texts are kept for platforms that show them."""
        with self._lock:
            now, old = self.clock().replace(microsecond=0), self._posts[key][post_id]
            before = Earlier(old.text, old.updated_at if old.earlier else old.created_at)
            self._posts[key][post_id] = replace(old, text=text, updated_at=now, earlier=(*old.earlier, before))

    def edit_comment(self, key: str, comment_id: str, text: str) -> None:
        """Change a comment's text, now (KeyError if there is none)."""
        with self._lock:
            post, old = self._existing(key, comment_id)
            now = self.clock().replace(microsecond=0)
            earlier = (*old.earlier, Earlier(old.text, old.edited_at or old.created_at))
            self._rewrite(key, post, old, replace(old, text=text, edited_at=now, earlier=earlier))

    def _existing(self, key: str, comment_id: str) -> tuple[CityPost, CityComment]:
        found = self.comment(key, comment_id)
        if found is None:
            raise KeyError(comment_id)
        return found

    def _rewrite(self, key: str, post: CityPost, old: CityComment, new: CityComment) -> None:
        comments = tuple(new if c.id == old.id else c for c in post.comments)
        self._posts[key][post.id] = replace(post, comments=comments)
