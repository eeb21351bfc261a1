"""What both of LinkedIn's interfaces share: refusals, calls for several objects, numbers, and which comments show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from connectors.sandbox.answers import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.model import CityComment, CityPost

MOST, DEFAULT = 100, 10  # records a page, and objects a call


class RestliError(Exception):
    """A refusal on its way to becoming an answer."""

    def __init__(self, status: int, code: str, message: str, service: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.service = status, code, message, service

    def answer(self) -> Answer:
        """Return the answer as the platform writes it."""
        told: dict[str, Any] = {"status": self.status, "code": self.code, "message": self.message}
        if self.service is not None:
            told["serviceErrorCode"] = self.service
        return Answer(self.status, document=told)


def number_in(request: Request, name: str, default: int, most: int) -> int:
    """Return a number among the parameters, or the default (RestliError if it is none or too large)."""
    text = request.parameter(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) > most:
        raise RestliError(400, "ILLEGAL_ARGUMENT", f"Invalid value for {name}: {text}")
    return int(text)


def keys_in(request: Request, name: str, least: int = 0) -> list[str]:
    """Return the names in a list (RestliError if it is not written as Rest.li 2.0 wants it, too short or too long)."""
    asked = re.search(rf"(?:^|&){name}=([^&]*)", request.raw_query)
    written = re.fullmatch(r"List\(([^()&:]*)\)", asked.group(1)) if asked else None
    if (asked and not written) or request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise RestliError(400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
    urns = [unquote(item) for item in written.group(1).split(",") if item] if written else []
    if not least <= len(urns) <= MOST:
        raise RestliError(400, "ILLEGAL_ARGUMENT", f"{len(urns)} keys were asked for")
    return urns


def several(request: Request, one: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """Answer a call for several objects (RestliError if the list is not written as Rest.li wants it)."""
    results, errors, statuses = {}, {}, {}
    for urn in keys_in(request, "ids", least=1):
        try:
            results[urn], statuses[urn] = one(urn), 200
        except RestliError as error:
            errors[urn] = error.answer().document
    return {"results": results, "statuses": statuses, "errors": errors}


def listed(post: CityPost) -> list[CityComment]:
    """Return the comments that are listed: an answer is found only through the comment it answers."""
    unlisted = {c.id for c in post.comments if not c.listed}
    return [c for c in post.comments if c.listed and c.parent_id not in unlisted]
