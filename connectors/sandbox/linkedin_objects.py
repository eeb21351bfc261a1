"""What pages, posts, counts, comments and media look like in LinkedIn's REST API (documentation of version 202606)."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.answers import mark
from connectors.sandbox.media import Shelf
from connectors.sandbox.native_ids import linkedin_activity

if TYPE_CHECKING:
    from connectors.sandbox.model import CityAccount, CityComment, CityPost

_SIGNS: Final = re.compile(r"([|{}@\[\]()<>#\\*_~])")
_TAG: Final = re.compile(r"(?<!\w)#(\w+)")
_EPOCH, _DRAFTED = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=41)
_LINK_TIME = 1_900_000_000_000  # when addresses of media run out, in milliseconds since 1970
_REACTIONS = {
    "LIKE": "LIKE", "LOVE": "EMPATHY", "CARE": "APPRECIATION", "HAHA": "ENTERTAINMENT", "WOW": "INTEREST",
}  # fmt: skip


def milliseconds(when: datetime) -> int:
    """Write an instant as LinkedIn does."""
    return (when - _EPOCH) // timedelta(milliseconds=1)


def little_text(text: str) -> str:
    r"""Write a text with LinkedIn's own signs: ``#park`` is ``{hashtag|\#|park}``, reserved signs get a backslash."""
    parts, at = [], 0
    for found in _TAG.finditer(text):
        parts.append(_SIGNS.sub(r"\\\1", text[at : found.start()]))
        parts.append(r"{hashtag|\#|" + _SIGNS.sub(r"\\\1", found.group(1)) + "}")
        at = found.end()
    return "".join(parts) + _SIGNS.sub(r"\\\1", text[at:])


def asset_id(number: str) -> str:
    """Return the name of a medium without its kind; pages and posts call the same picture differently."""
    digest = bytes.fromhex(mark("linkedin", number, length=32))
    return "D4D22AQ" + base64.urlsafe_b64encode(digest).decode()[:14]


def page(account: CityAccount) -> dict[str, Any]:
    """Return an organisation."""
    locale = {"country": "SE", "language": "sv"}

    def picture(name: str) -> dict[str, Any]:
        urn = f"urn:li:digitalmediaAsset:{asset_id(Shelf.profile_picture_id(account, name))}"
        return {"cropped": urn, "original": urn, "cropInfo": {"x": 0, "y": 0, "width": 0, "height": 0}}

    def localized(text: str) -> dict[str, Any]:
        return {"localized": {"sv_SE": text}, "preferredLocale": locale}

    return {
        "vanityName": account.handle, "localizedName": account.name, "name": localized(account.name),
        "localizedDescription": account.about, "description": localized(account.about),
        "localizedWebsite": account.website, "website": localized(account.website), "groups": [], "versionTag": "417",
        "organizationType": "GOVERNMENT_AGENCY", "defaultLocale": locale, "alternativeNames": [], "specialties": [],
        "staffCountRange": "SIZE_5001_TO_10000", "localizedSpecialties": [], "industries": ["urn:li:industry:75"],
        "locations": [], "id": int(account.id.rpartition(":")[2]), "$URN": account.id, "logoV2": picture("avatar"),
        "coverPhotoV2": picture("cover"), "primaryOrganizationType": "NONE",
    }  # fmt: skip


def shown_pictures(post: CityPost) -> list[tuple[str, Any]]:
    """Return the numbers and pictures that a post has on LinkedIn: what is shared on keeps its own."""
    return [] if post.kind == "share" else list(zip(post.picture_ids, post.pictures, strict=True))


def _content(post: CityPost) -> dict[str, Any] | None:
    images = [{"altText": p.alt_text, "id": f"urn:li:image:{asset_id(n)}"} for n, p in shown_pictures(post)]
    if post.kind == "link":
        article = {"description": post.title, "source": post.link, "title": post.title}
        return {"article": article | ({"thumbnail": images[0]["id"]} if images else {})}
    if len(images) > 1:
        return {"multiImage": {"images": images}}
    return {"media": images[0]} if images else None


def post_object(account: CityAccount, post: CityPost) -> dict[str, Any]:
    """Return a post."""
    edited, content = post.updated_at > post.created_at, _content(post)
    told: dict[str, Any] = {
        "isReshareDisabledByAuthor": False, "createdAt": milliseconds(post.created_at - _DRAFTED),
        "lifecycleState": "PUBLISHED", "lastModifiedAt": milliseconds(post.updated_at), "visibility": "PUBLIC",
        "publishedAt": milliseconds(post.created_at), "author": account.id, "id": post.id,
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "commentary": little_text(post.text), "lifecycleStateInfo": {"isEditedByAuthor": edited},
        "isPromotable": True,  # no documentation names it
    }  # fmt: skip
    if content:
        told["content"] = content
    if post.kind == "share":
        original = f"urn:li:share:{int(post.id.rpartition(':')[2]) - (86_400_000 << 22)}"
        told["reshareContext"] = {"parent": original, "root": original}
    return told


def metadata_object(post: CityPost) -> dict[str, Any]:
    """Return the counts of a post: its comments on both levels, also those that are listed to nobody."""
    kinds = [(_REACTIONS[kind], count) for kind, count in post.reactions if kind in _REACTIONS and count]
    tops = [c for c in post.comments if c.parent_id is None]
    return {
        "reactionSummaries": {kind: {"reactionType": kind, "count": count} for kind, count in kinds},
        "commentsState": "OPEN", "entity": linkedin_activity(post.id),
        "commentSummary": {"count": len(post.comments), "topLevelCount": len(tops)},
    }  # fmt: skip


def statistics(account: CityAccount, post: CityPost) -> dict[str, Any]:
    """Return how often a post was shown and shared."""
    likes = sum(count for _, count in post.reactions)
    told = {
        "uniqueImpressionsCount": likes * 19, "shareCount": post.shares, "engagement": 0.0417, "clickCount": likes * 2,
        "likeCount": likes, "impressionCount": likes * 31, "commentCount": len(post.comments),
    }  # fmt: skip
    kind = "ugcPost" if ":ugcPost:" in post.id else "share"
    return {"totalShareStatistics": told, kind: post.id, "organizationalEntity": account.id}


def comment_object(account: CityAccount, post: CityPost, comment: CityComment, shelf: Shelf) -> dict[str, Any]:
    """Return a comment. Its text has no signs of its own; its picture comes with an address."""
    actor = account.id if comment.author is None else f"urn:li:person:{_person(comment.author.id)}"
    by = "urn:li:person:" + _person("staff") if comment.author is None else actor
    answers = [c.id for c in post.comments if c.parent_id == comment.id and c.listed]
    changed = comment.edited_at or comment.created_at
    told: dict[str, Any] = {
        "actor": actor, "commentUrn": comment.id, "id": comment.id.rpartition(",")[2].rstrip(")"),
        "created": {"actor": by, "time": milliseconds(comment.created_at)},
        "lastModified": {"actor": by, "time": milliseconds(changed)},
        "message": {"attributes": [], "text": comment.text}, "object": linkedin_activity(post.id),
        "likesSummary": {
            "selectedLikes": [], "aggregatedTotalLikes": comment.likes, "likedByCurrentUser": False,
            "totalLikes": comment.likes,
        },
    }  # fmt: skip
    if comment.author is None:
        told["agent"] = by
    if comment.parent_id:
        told["parentComment"] = comment.parent_id
    elif answers:
        told["commentsSummary"] = {
            "selectedComments": answers[:2], "totalFirstLevelComments": len(answers), "commentsState": "OPEN",
            "aggregatedTotalComments": len(answers),
        }  # fmt: skip
    if comment.picture:
        entity = {"digitalmediaAsset": f"urn:li:digitalmediaAsset:{asset_id(comment.id)}"}
        address = shelf.graph_picture(comment.picture, comment.id)
        told["content"] = [{"entity": entity, "type": "IMAGE", "url": address}]
    return told


def image_object(owner: str, urn: str, address: str) -> dict[str, Any]:
    """Return a picture and where it can be fetched."""
    return {
        "downloadUrl": address, "downloadUrlExpiresAt": _LINK_TIME, "id": urn, "owner": owner, "status": "AVAILABLE",
    }  # fmt: skip


def located(address: str) -> dict[str, Any]:
    """Return where a picture can be fetched, as the data-portability interface writes it."""
    return {"downloadUrl": address, "downloadUrlExpiresAt": _LINK_TIME, "status": "AVAILABLE"}


def _person(number: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(mark("person", number, length=16))).decode()[:10]
