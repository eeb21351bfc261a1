"""Parameters of WordPress collections: checks, windows, order, pages, ``_fields`` and ``_embed``."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from connectors.sandbox.answers import Answer, Request
from connectors.sandbox.wordpress_objects import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
_MOST, _DEFAULT = 100, 10
_ORDERS: Mapping[str, tuple[str, ...]] = {
    "posts": ("author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title"),
    "media": ("author", "date", "id", "include", "modified", "parent", "relevance", "slug", "include_slugs", "title"),
    "comments": ("date", "date_gmt", "id", "include", "post", "parent", "type"),
    "users": ("id", "include", "name", "registered_date", "slug", "include_slugs", "email", "url"),
}
_DATES = ("after", "before", "modified_after", "modified_before")
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


_INTEGER = re.compile(r"-?[0-9]{1,18}")


class RestError(Exception):
    """A refusal on its way to becoming an answer."""

    def __init__(self, code: str, message: str, status: int, **data: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.data = code, message, status, data

    def document(self) -> dict[str, Any]:
        """Return the error object as the platform writes it."""
        return {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}}


def _invalid(name: str, told: str, code: str) -> RestError:
    detail = {name: {"code": code, "message": told, "data": None}}
    return RestError("rest_invalid_param", f"Invalid parameter(s): {name}", 400, params={name: told}, details=detail)


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None


class Query:
    """The parameters of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.authorization = request.headers.get("authorization", "")
        self._given = {key.removesuffix("[]"): value for key, value in request.query}

    def parameter(self, name: str, default: str = "") -> str:
        """Return a parameter, or the default."""
        return self._given.get(name, default)

    def check(self, collection: str) -> None:
        """Refuse what WordPress refuses (RestError); unknown parameters are ignored, as there."""
        self._number("per_page", _MOST)
        self._number("page", None)
        for name, allowed in (("order", ("asc", "desc")), ("orderby", _ORDERS[collection])):
            if name in self._given and self._given[name] not in allowed:
                words = f"{', '.join(allowed[:-1])}{',' if len(allowed) > 2 else ''} and {allowed[-1]}"  # noqa: PLR2004
                raise _invalid(name, f"{name} is not one of {words}.", "rest_not_in_enum")
        for name in _DATES:
            if name in self._given and not _is_date(self._given[name]):
                raise _invalid(name, "Invalid date.", "rest_invalid_date")
        if self.parameter("status", "publish") not in {"publish", "approve", "any", "inherit"}:
            if collection == "comments":
                raise RestError("rest_forbidden_param", "Query parameter not permitted: status", 401)
            raise _invalid("status", "Status is forbidden.", "rest_forbidden_status")
        for name in ("include", "post", "parent", "author"):
            self.ids(name)

    def _number(self, name: str, most: int | None) -> None:
        text = self.parameter(name, "1")
        if not _INTEGER.fullmatch(text):
            raise _invalid(name, f"{name} is not of type integer.", "rest_invalid_type")
        if int(text) < 1 or (most is not None and int(text) > most):
            told = (
                f"{name} must be between 1 (inclusive) and {most} (inclusive)"
                if most
                else f"{name} must be greater than or equal to 1"
            )
            raise _invalid(name, told, "rest_out_of_bounds")

    def ids(self, name: str) -> set[int] | None:
        """Return a list of ids given as ``1,2,3`` or as repeated ``name[]``; None if it was not given."""
        texts = [value for key, value in self._request.query if key.removesuffix("[]") == name]
        if not texts:
            return None
        items = [item for text in texts for item in re.split(r"[\s,]+", text) if item]
        if not all(_INTEGER.fullmatch(item) for item in items):
            raise _invalid(name, f"{name}[0] is not of type integer.", "rest_invalid_type")
        return {int(item) for item in items}

    def within(self, created: datetime, modified: datetime | None = None) -> bool:
        """Tell whether the times lie in the window asked for: ends exclusive, a time without zone is site time."""
        for name in _DATES:
            if name not in self._given:
                continue
            bound = datetime.fromisoformat(self._given[name])
            bound = bound if bound.tzinfo else bound.replace(tzinfo=ZONE)
            when = modified if name.startswith("modified") else created
            if when is not None and not (when > bound if name.endswith("after") else when < bound):
                return False
        return True

    def embeds(self, resource: str) -> bool:
        """Tell whether a linked resource is to be embedded."""
        if "_embed" not in self._given:
            return False
        wanted = self._given["_embed"]
        return wanted in {"", "1", "true"} or resource in wanted.split(",")

    def shaped(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the item with only the keys that ``_fields`` names (links go unless named; a dot reaches inside)."""
        if "_fields" not in self._given:
            return item
        told: dict[str, Any] = {}
        for name in self._given["_fields"].split(","):
            outer, _, inner = name.strip().partition(".")
            if outer not in item:
                continue
            if inner and isinstance(item[outer], dict) and inner in item[outer]:
                told.setdefault(outer, {})[inner] = item[outer][inner]
            elif not inner:
                told[outer] = item[outer]
        return told

    def page(
        self, items: Sequence[T], orders: Mapping[str, Callable[[T], Any]], orderby: str, shown: Callable[[T], Any],
        *, order: str = "desc",
    ) -> Answer:  # fmt: skip
        """Sort, cut out the page asked for, and add the paging headers."""
        key = orders.get(self.parameter("orderby", orderby), orders[orderby])
        ordered = sorted(items, key=key, reverse=self.parameter("order", order) == "desc")
        per_page, page = int(self.parameter("per_page", str(_DEFAULT))), int(self.parameter("page", "1"))
        pages = math.ceil(len(ordered) / per_page)
        if page > max(1, pages):
            told = "The page number requested is larger than the number of pages available."
            raise RestError("rest_post_invalid_page_number", told, 400)
        headers = [("X-WP-Total", str(len(ordered))), ("X-WP-TotalPages", str(pages))]
        links = [(other, rel) for other, rel in ((page - 1, "prev"), (page + 1, "next")) if 1 <= other <= pages]
        if links:
            headers.append(("Link", ", ".join(f'<{self._address(other)}>; rel="{rel}"' for other, rel in links)))
        chunk = ordered[(page - 1) * per_page : page * per_page]
        return Answer(200, headers, document=[shown(item) for item in chunk])

    def _address(self, page: int) -> str:
        pairs = [(key, str(page) if key == "page" else value) for key, value in self._request.query]
        pairs += [] if "page" in self._given else [("page", str(page))]
        return f"http://{self._request.host}{self._request.path}?{urlencode(pairs, safe=':,')}"
