"""Print one SHA-256 over every kind of body the sandbox serves; run in a process of its own by test_sandbox."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime

from connectors.sandbox import BLOG_HOST, GRAPH_HOST, PAGE_IDS, City, Sandbox
from connectors.sandbox.answers import Request
from connectors.sandbox.pictures import SCENES, Picture

COMMENTS = "comments.filter(stream).order(chronological).limit(100).summary(true){id,parent{id},from,message,is_hidden}"
POST_FIELDS = f"id,message,created_time,updated_time,from,attachments,shares,reactions.summary(true),{COMMENTS}"


def main() -> None:
    """Ask for everything without the network, and hash status, headers and bodies."""
    demo = City.demo()
    city = City.generate(seed=9, posts=24, comments_mean=8, start=demo.start, end=demo.end)
    sandbox, digest = Sandbox(city, clock=lambda: datetime(2026, 11, 23, tzinfo=UTC)), hashlib.sha256()
    for account, page in PAGE_IDS.items():
        headers = {"authorization": f"Bearer {sandbox.tokens[account]}"}
        for path in (page, f"{page}/published_posts", f"{page}/video_reels"):
            fields = f"fields={POST_FIELDS}&limit=100" if "published" in path else ""
            answer = sandbox.answer(Request.parsed("GET", GRAPH_HOST, f"/v25.0/{path}", fields, headers))
            digest.update(repr((answer.status, answer.headers)).encode() + answer.encoded())
    for path in ("", "/wp/v2/posts", "/wp/v2/comments", "/wp/v2/media", "/wp/v2/users"):
        answer = sandbox.answer(Request.parsed("GET", BLOG_HOST, f"/wp-json{path}", "per_page=100&_embed=1", {}))
        digest.update(repr((answer.status, answer.headers)).encode() + answer.encoded())
    for account in (*PAGE_IDS, "nyheter"):
        digest.update(repr(sandbox.truth(account)).encode())
    for scene in sorted(SCENES):
        digest.update(Picture(scene, 2, png=scene < "m").paint())
    sys.stdout.write(digest.hexdigest() + "\n")


if __name__ == "__main__":
    main()
