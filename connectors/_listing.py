"""Reads one listing page by page through the gate, by the endpoint's own rule, and tells how it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, partial
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors._address import target_of
from connectors._losses import UNREADABLE
from connectors._paging import End, PageView
from urval.errors import GoneError, IncompleteError, MalformedError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import msgspec

    from connectors._connector import Endpoint
    from connectors._credential import Keyring
    from connectors._gate import Gate
    from connectors._limits import Auth, Page
    from connectors._paging import Parameters
    from connectors._responses import ResponseTable
    from urval.source import EndReason

    Values = Mapping[str, str | tuple[str, ...]]  # what templates may name; several ids for ``ids``
    _Write = Callable[[str | tuple[str, ...]], str]

_ONE_NAME = re.compile(r"\$\w+|\$\{\w+\}")
_SWEEPS = 3  # readings of a listing that keeps shifting before it counts as incomplete


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How to reach the platform: gate, credential, response table, headers of every call, in templates."""

    gate: Gate
    auth: Auth | Keyring | None
    table: ResponseTable
    headers: Parameters = ()

    def get(self, endpoint: Endpoint, values: Values, token: str | None = None) -> Page:
        """Make one call.

        Raises:
            SourceError: As the gate does; Refused also for a link that leads to another host.
        """
        base = str(values[endpoint.base])
        url = base + _written(endpoint.path, values, _in_path)
        plain = partial(_in_parameter, join=endpoint.join)
        filled = tuple(_filled(endpoint, values, plain))
        address, parameters = endpoint.paging.request(url, filled, token)
        if token is not None and not self._is_ours(address, base):
            raise RefusedError(f"The next page of {endpoint.name} lies on another host and is not followed.")
        headers = tuple((name, _written(text, values, plain)) for name, text in (*self.headers, *endpoint.headers))
        return self.gate.get(
            address,
            parameters,
            auth=self.auth if endpoint.base == "base_url" else None,
            table=self.table,
            limit_parameter=endpoint.limit,
            form=endpoint.format,
            pace_seconds=endpoint.pace_seconds,
            headers=headers,
            cursor=bool(values.get("after")) or (token is not None and not endpoint.paging.ends_when_gone),
        )

    @staticmethod
    def _is_ours(url: str, base: str) -> bool:
        try:
            there, ours = target_of(url), target_of(base)
        except ValueError:
            return False
        return (there.scheme, there.authority) == (ours.scheme, ours.authority)


def _filled(endpoint: Endpoint, values: Values, plain: _Write) -> Iterator[tuple[str, str]]:
    for name, template in endpoint.parameters:
        if template == "$ids" and not endpoint.join[1]:
            each = Template(endpoint.join[0])
            yield from ((name, each.substitute(id=one)) for one in values.get("ids", ()))
            continue
        value = _written(template, values, plain)
        if value or not _ONE_NAME.fullmatch(template):
            yield _written(name, values, plain), value


def _written(text: str, values: Values, write: _Write) -> str:
    """Fill in a template; only the values it names are written out."""
    template, names = _template(text)
    return template.substitute({name: write(values[name]) for name in names})


@lru_cache(maxsize=1024)  # the declarations hold fewer
def _template(text: str) -> tuple[Template, tuple[str, ...]]:
    template = Template(text)
    return template, tuple(template.get_identifiers())


def _in_path(value: str | tuple[str, ...]) -> str:
    return quote(value, safe="") if isinstance(value, str) else ",".join(quote(one, safe="") for one in value)


def _in_parameter(value: str | tuple[str, ...], join: tuple[str, str]) -> str:
    if isinstance(value, str):
        return value
    each, between = join
    return between.join(Template(each).substitute(id=one) for one in value)


class Listing:
    """One listing being read: iterate over it once, then ask ``end``.

    Pages cut by position shift when something is deleted while they are read, and an item slips through. The server's
    own total shows it; the listing is then read again, and whoever reads drops what was seen. A number that stays short
    at two readings is no shift: the server counts what it lists to nobody, and ``unlisted`` says how many.
    """

    def __init__(self, line: Line, endpoint: Endpoint, values: Values) -> None:
        self.end: EndReason | None = None
        self.pages = 0  # fetched
        self.unlisted = 0
        self.envelope: Mapping[str, Any] = {}  # what surrounded the records of the page just yielded
        self._line, self._endpoint, self._values = line, endpoint, values

    def __iter__(self) -> Iterator[tuple[Page, list[msgspec.Raw]]]:
        """Yield each page with its records.

        Raises:
            SourceError: As the gate does; Incomplete for a repeated token or a listing that never settles.
        """
        before: _Sweep | None = None
        for _ in range(_SWEEPS):
            sweep = _Sweep()
            yield from self._sweep(sweep)
            if not sweep.shrank and not self._endpoint.paging.promises_total:
                self.end = sweep.end
                return
            if not sweep.shrank and sweep.missing() in {0, before.missing() if before else 0}:
                self.end, self.unlisted = sweep.end, sweep.missing()
                return
            before = sweep
        raise IncompleteError(f"The listing {self._endpoint.name} kept changing while it was read.")

    def _sweep(self, sweep: _Sweep) -> Iterator[tuple[Page, list[msgspec.Raw]]]:
        """Read the listing once."""
        rule, token, number, self.unlisted = self._endpoint.paging, None, 0, 0
        seen: set[str] = set()
        while True:
            number += 1
            try:
                page = self._line.get(self._endpoint, self._values, token)
            except GoneError:
                if number == 1 or not rule.ends_when_gone:
                    raise
                sweep.shrank = True
                return
            self.pages += 1
            envelope, records = self._cut(page)
            self.envelope = envelope
            objects = self._endpoint.objects
            yield from ((page, records),) if objects is None else self._named(objects, records)
            view = PageView(number=number, envelope=envelope, headers=page.headers, records=len(records))
            sweep.add(len(records), rule.total(view))
            step = self._step(view)
            if isinstance(step, End):
                sweep.end = step.reason
                return
            self._check(step, seen, number)
            seen.add(step)
            token = step

    def _cut(self, page: Page) -> tuple[dict[str, Any], list[msgspec.Raw]]:
        try:
            return self._endpoint.format.cut(page.body, self._endpoint.records)
        except UNREADABLE as error:
            raise _malformed(self._endpoint, error) from error

    def _step(self, view: PageView) -> str | End:
        try:
            return self._endpoint.paging.next(view)
        except UNREADABLE as error:
            raise _malformed(self._endpoint, error) from error

    def _named(self, objects: Endpoint, names: list[msgspec.Raw]) -> Iterator[tuple[Page, list[msgspec.Raw]]]:
        """Ask for the objects that a page names, some at a time; each answer counts as a page of records."""
        ids, size = tuple(map(self._endpoint.object_key, names)), self._endpoint.objects_size
        for first in range(0, len(ids), size):
            page = self._line.get(objects, {**self._values, "ids": ids[first : first + size]})
            records = objects.format.cut(page.body, objects.records)[1]
            self.unlisted += max(0, len(ids[first : first + size]) - len(records))
            yield page, records

    def _check(self, token: str, seen: set[str], number: int) -> None:
        if token in seen:
            raise IncompleteError(f"The listing {self._endpoint.name} repeats itself: page {number} leads back.")
        if number >= self._line.gate.settings.max_pages:
            raise IncompleteError(f"The listing {self._endpoint.name} has more than {number} pages.")


def _malformed(endpoint: Endpoint, error: Exception) -> MalformedError:
    if isinstance(error, MalformedError):
        return error
    return MalformedError(f"A page of {endpoint.name} cannot be read: {error}.")


@dataclass(slots=True)
class _Sweep:
    """What one reading of a listing showed."""

    records: int = 0
    total: int | None = None  # as the last page said
    shrank: bool = False
    end: EndReason | None = None

    def add(self, records: int, total: int | None) -> None:
        """Note a page's records and the total it states."""
        self.shrank |= total is not None and self.total is not None and total < self.total
        self.records += records
        self.total = total

    def missing(self) -> int:
        """Return how many records were counted but not listed."""
        return max(0, (self.total or 0) - self.records)
