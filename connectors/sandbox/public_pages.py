"""The account's page as a visitor meets it: plain HTML with its newest posts, where a fake platform has one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from connectors.sandbox.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connectors.sandbox.model import CityAccount, CityPost

_SHOWN = 10
_STYLE = (
    "body{margin:0;background:#eef1f2;color:#182226;font:17px/1.5 sans-serif}"
    "header{background:#0b5563;color:#fff;padding:24px}header img{width:96px;height:96px;border-radius:50%}"
    "main{max-width:720px;margin:0 auto;padding:16px}"
    "article{background:#fff;margin:16px 0;padding:16px;border-radius:8px;overflow-wrap:anywhere}"
    "article img{max-width:100%;height:auto}time{color:#56646b;font-size:14px}"
    "@media(max-width:600px){header{padding:12px}h1{font-size:22px}}"
)


def public_page(
    account: CityAccount, posts: Iterable[CityPost], avatar: str, pictures: Callable[[CityPost], Iterable[str]]
) -> Answer:
    """Return the page: name, description, and the newest posts that everyone may see. All text is escaped.

    Args:
        account: Whose page it is.
        posts: The posts, in any order.
        avatar: Address of the account's picture.
        pictures: Addresses of a post's pictures.
    """
    newest = sorted((post for post in posts if not post.hidden), key=lambda post: post.created_at, reverse=True)
    name, about = escape(account.name), escape(account.about)
    text = "".join(_article(post, pictures(post)) for post in newest[:_SHOWN])
    page = (
        f'<!DOCTYPE html><html lang="sv"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}</title><style>{_STYLE}</style>"
        f'<header><img src="{escape(avatar)}" alt=""><h1>{name}</h1><p>{about}</p></header><main>{text}</main></html>\n'
    )
    return Answer(200, [("Content-Type", "text/html; charset=UTF-8")], body=page.encode())


def _article(post: CityPost, pictures: Iterable[str]) -> str:
    heading = f"<h2>{escape(post.title)}</h2>" if post.title else ""
    lines = "".join(f"<p>{escape(part)}</p>" for part in post.text.split("\n") if part)
    shown = "".join(f'<p><img src="{escape(address)}" alt=""></p>' for address in pictures)
    return f"<article>{heading}<time>{post.created_at:%Y-%m-%d %H:%M}</time>{lines}{shown}</article>"
