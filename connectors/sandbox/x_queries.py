"""What a request to the X API asks for, checked as the platform checks it, and its refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.answers import Answer

if TYPE_CHECKING:
    from connectors.sandbox.answers import Request

PROBLEMS: Final = "https://api.twitter.com/2/problems/"
_OBJECT_FIELDS = {
    "id", "text", "note_tweet", "created_at", "author_id", "conversation_id", "in_reply_to_user_id",
    "referenced_tweets",
    "attachments", "entities", "public_metrics", "edit_history_tweet_ids", "edit_controls", "lang", "source",
    "reply_settings", "possibly_sensitive", "withheld", "geo", "community_id", "card_uri", "article",
}  # fmt: skip
_FIELDS = {
    "user.fields": {
        "id", "username", "name", "created_at", "protected", "verified", "public_metrics", "description",
        "location", "url",
        "profile_image_url", "pinned_tweet_id",
    },
    "media.fields": {
        "media_key", "type", "url", "preview_image_url", "alt_text", "width", "height", "duration_ms", "variants",
        "public_metrics",
    },
    "poll.fields": {"id", "options", "voting_status", "end_datetime", "duration_minutes"},
}  # fmt: skip
_ALWAYS = {
    "user.fields": {"id", "name", "username"}, "media.fields": {"media_key", "type"}, "poll.fields": {"id", "options"},
}  # fmt: skip
_TOKEN = re.compile(r"7140w([0-9a-v]*)(x*)")
_DIGITS = "0123456789abcdefghijklmnopqrstuv"


class XError(Exception):
    """A refusal on its way to becoming an answer."""

    def __init__(self, status: int, title: str, detail: str, problem: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.more = status, title, detail, more
        self.type = PROBLEMS + problem if problem else "about:blank"

    def answer(self) -> Answer:
        """Return the answer, without the headers every answer has."""
        document = {"title": self.title, "detail": self.detail, "type": self.type, "status": self.status, **self.more}
        return Answer(self.status, document=document)


def invalid(message: str, **parameters: str) -> XError:
    """Return the refusal of a request that is put wrongly."""
    errors = [{"parameters": {name: [value] for name, value in parameters.items()}, "message": message}]
    return XError(
        400, "Invalid Request", "One or more parameters to your request was invalid.", "invalid-request", errors=errors
    )


def unauthorised() -> XError:
    """Return the refusal of a token that is none, or none any more."""
    return XError(401, "Unauthorized", "Unauthorized")


def forbidden() -> XError:
    """Return the refusal of a call that the app's project may not make."""
    words = "This request must be made using an approved developer account."
    return XError(403, "Client Forbidden", words, "client-forbidden")


def app_only() -> XError:
    """Return the refusal of a call that only a user's token may make."""
    words = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication "
        "types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    return XError(403, "Unsupported Authentication", words, "unsupported-authentication")


def not_found(kind: str, parameter: str, value: str) -> dict[str, str]:
    """Return the partial error about one object that is not there."""
    return {
        "value": value, "detail": f"Could not find {kind} with {parameter}: [{value}].", "title": "Not Found Error",
        "resource_type": kind, "parameter": parameter, "resource_id": value, "type": f"{PROBLEMS}resource-not-found",
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """The checked parameters of one call. ``word`` is ``tweet`` or ``post``: the names the caller uses."""

    request: Request
    word: str

    @classmethod
    def asked(cls, request: Request, known: set[str]) -> Query:
        """Check the parameters' names and fields.

        Raises:
            XError: Unknown parameter, field or expansion.
        """
        word = (
            "post"
            if request.parameter("post.fields") or "referenced_posts" in request.parameter("expansions")
            else "tweet"
        )
        for name, value in request.query:
            if name not in known | set(_FIELDS) | {f"{word}.fields", "expansions"}:
                raise invalid(f"The query parameter [{name}] is not one of {sorted(known)}", **{name: value})
        query = cls(request, word)
        for name, fields in (*_FIELDS.items(), (f"{word}.fields", _OBJECT_FIELDS)):
            if unknown := query.names(name) - fields:
                text = request.parameter(name)
                raise invalid(
                    f"The `{name}` query parameter value [{min(unknown)}] is not one of the known", **{name: text}
                )
        if unknown := query.expansions - _EXPANSIONS:
            raise invalid(f"The `expansions` query parameter value [{min(unknown)}] is not one of the known")
        return query

    def names(self, parameter: str) -> set[str]:
        """Return the names listed in a parameter, as old names."""
        listed = set(self.request.parameter(parameter).split(",")) - {""}
        if self.word == "post" and parameter == "post.fields":
            return {_OLD.get(name, name) for name in listed}
        return listed

    @property
    def expansions(self) -> set[str]:
        """Return what to expand, as old names."""
        return {name.replace("referenced_posts", "referenced_tweets") for name in self.names("expansions")}

    def chosen(self, kind: str, whole: dict[str, Any]) -> dict[str, Any]:
        """Return the members of an object that were asked for, besides those that always come."""
        always = {"id", "text", "edit_history_tweet_ids"} if kind == "tweet" else _ALWAYS[f"{kind}.fields"]
        wanted = always | self.names(f"{self.word}.fields" if kind == "tweet" else f"{kind}.fields")
        return {name: value for name, value in whole.items() if name in wanted}

    def size(self, most: int, default: int) -> int:
        """Return the page size. Sizes below the platform's least are served, so that tests may cut small pages.

        Raises:
            XError: More than the platform gives.
        """
        text = self.request.parameter("max_results") or str(default)
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise invalid(
                f"The `max_results` query parameter value [{text}] is not between 5 and {most}", max_results=text
            )
        return int(text)

    def window(self, now: datetime, reach: timedelta | None = None) -> tuple[datetime, datetime]:
        """Return the half-open time span asked for; ``reach`` is how far back it goes by default.

        Raises:
            XError: Not a time, or an end that is not past.
        """
        start = self._time("start_time") or (now - reach if reach else datetime(2010, 11, 6, tzinfo=UTC))
        end = self._time("end_time") or now
        if end > now - timedelta(seconds=10) and self.request.parameter("end_time"):
            raise invalid("Invalid 'end_time'. 'end_time' must be a minimum of 10 seconds prior to the request time.")
        return start, end

    def _time(self, name: str) -> datetime | None:
        text = self.request.parameter(name)
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise invalid(f"The `{name}` query parameter value [{text}] is not a valid RFC3339 date-time") from None

    def before(self) -> int | None:
        """Return the id that this page comes after, by the page token; None for the first page.

        Raises:
            XError: Not a token of this interface.
        """
        text = self.request.parameter("pagination_token") or self.request.parameter("next_token")
        if not text:
            return None
        found = _TOKEN.fullmatch(text)
        if found is None:
            raise invalid(f"The `pagination_token` query parameter value [{text}] is not valid", pagination_token=text)
        return int(found[1], 32) if found[1] else None


_OLD = {
    "note_post": "note_tweet", "referenced_posts": "referenced_tweets",
    "edit_history_post_ids": "edit_history_tweet_ids",
}  # fmt: skip
_EXPANSIONS = {
    "author_id", "attachments.media_keys", "attachments.poll_ids", "referenced_tweets.id",
    "referenced_tweets.id.author_id",
    "in_reply_to_user_id", "entities.mentions.username",
}  # fmt: skip


def token(last: int) -> str:
    """Return the page token for what comes after an id."""
    digits = ""
    while last:
        digits, last = _DIGITS[last % 32] + digits, last // 32
    return "7140w" + digits
