"""The tables of docs/connectors.md, made of what the connectors and the export readers declare."""

from __future__ import annotations

import re
from string import Template
from typing import TYPE_CHECKING

from connectors import CONNECTORS
from connectors._credential_checks import CHECKS
from connectors._limits_of_platforms import LIMITS
from connectors.exports import READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from connectors._connector import Connector, Endpoint, Setting

_PLACE = re.compile(r"(<!-- table: (?P<name>[a-z]+(?: [a-z]+)?) -->\n).*?(<!-- end of table -->)", re.DOTALL)
_DAY = 86_400  # seconds
_LONG = 100  # characters of a default that are too many for a cell


def filled(text: str) -> str:
    """Return the document with every table between its marks made anew (KeyError for a table nobody knows)."""
    return _PLACE.sub(lambda found: f"{found[1]}{_made(found['name'])}{found[3]}", text)


def interfaces() -> Iterator[tuple[str, Connector]]:
    """Yield every interface there is: the platform, with the setting that chooses another one than the usual."""
    for platform, connector in sorted(CONNECTORS.items()):
        yield platform, connector
        for value, variant in connector.variants.items():
            yield f"{platform}, `{connector.variant_setting}: {value}`", variant


def _made(name: str) -> str:
    kind, _, platform = name.partition(" ")
    rows = list(_TABLES[kind](platform))
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "".join(f"| {' | '.join(cell.replace('|', '¦') for cell in line)} |\n" for line in lines)


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _interfaces(_platform: str) -> Iterator[list[str]]:
    yield ["platform", "interface", "version", "permissions (scopes)", "credential", "renewed by Urval"]
    for label, one in interfaces():
        secret = next((setting for setting in one.settings if setting.secret), None)
        yield [
            label, one.interface, _version(one), _named(one.scopes),
            "none" if secret is None else "needed" if secret.required else "optional", _renewed(one),
        ]  # fmt: skip


def _version(one: Connector) -> str:
    setting = next((setting for setting in one.settings if setting.name == "api_version"), None)
    return f"{setting.default}, a setting" if setting else one.api_version or "-"


def _renewed(one: Connector) -> str:
    if one.renewal is None:
        return "no"
    members = (name for _, value in one.renewal.fields for name in Template(value).get_identifiers())
    early = one.renewal.early_seconds
    when = f"{early // _DAY} days" if early >= _DAY else f"{early} seconds"
    once = "; each refresh token works once, so `file:` or `block:`" if one.renewal.rotates else ""
    return f"{when} before its end, with {_named(dict.fromkeys(('access_token', *members)))}{once}"


def _losses(platform: str) -> Iterator[list[str]]:
    yield ["permission", "what is missing without it"]
    usual = CONNECTORS[platform]
    told = {
        scope.name: scope.loses
        for one in (usual, *usual.variants.values())
        for check in CHECKS.get(one.interface, ())
        for scope in check.scopes
    }
    for name in dict.fromkeys(scope for one in (usual, *usual.variants.values()) for scope in one.scopes):
        yield [f"`{name}`", told.get(name, "only helps to find the account")]


def _calls(_platform: str) -> Iterator[list[str]]:
    yield [
        "platform", "listings (records a page)", "comments (records a page)", "posts a call", "answers below a comment",
        "also asked for (objects a call)", "earlier texts", "medium whose address ran out",
    ]  # fmt: skip
    for label, one in interfaces():
        also = [f"{name} ({size})" for name, size in _companions(one).items()]
        also += [endpoint.name for endpoint in one.documents]
        yield [
            label, _sized(one.listings), _sized(one.comments), str(one.posts_per_call) if one.comments else "-",
            _answers(one), ", ".join(also) or "-", "yes" if one.history else "no",
            "its post is read again" if one.post else "a gap",
        ]  # fmt: skip


def _answers(one: Connector) -> str:
    if one.replies is None:
        return "in the same listing" if one.comments else "-"
    return _sized((one.replies.endpoint,))


def _companions(one: Connector) -> dict[str, int]:
    about = {companion.endpoint.name: 1 for companion in one.profile_companions}
    return about | {companion.endpoint.name: companion.size for companion in one.companions}


def _sized(endpoints: Iterable[Endpoint]) -> str:
    return ", ".join(f"{endpoint.name} ({_size(endpoint)})" for endpoint in endpoints) or "none"


def _size(endpoint: Endpoint) -> str:
    told = dict(endpoint.parameters).get(endpoint.limit, "") or "all at once"
    if not endpoint.limit and endpoint.newest_only:
        told = "as the site cuts it"
    return f"{told}; the newest {endpoint.reach}" if endpoint.reach else told


def _settings(platform: str) -> Iterator[list[str]]:
    yield ["setting", "meaning", "if it is not given"]
    usual = CONNECTORS[platform]
    forms = {"": usual, **{f"with `{usual.variant_setting}: {name}`": one for name, one in usual.variants.items()}}
    for name in dict.fromkeys(setting.name for one in forms.values() for setting in one.settings):
        found = {label: next((s for s in one.settings if s.name == name), None) for label, one in forms.items()}
        meanings = {label: setting.meaning for label, setting in found.items() if setting is not None}
        yield [f"`{name}`", _joined(meanings), _joined({label: _default(setting) for label, setting in found.items()})]


def _joined(texts: dict[str, str]) -> str:
    """Return what is said without a label, then what is said otherwise with one."""
    first = next(iter(texts.values()))
    return "; ".join((first, *(f"{label}: {text}" for label, text in texts.items() if text != first)))


def _default(setting: Setting | None) -> str:
    if setting is None:
        return "not known"
    if setting.required or not setting.default:
        return "needed" if setting.required else "left out"
    shown = setting.default if len(setting.default) < _LONG else "all that the connector knows"
    return f"`{shown}`" if shown == setting.default else shown


def _limits(_platform: str) -> Iterator[list[str]]:
    yield ["platform", "what it allows", "money"]
    for platform in sorted(CONNECTORS):
        limits = LIMITS[platform]
        small = f"; an app on the lowest tier has {limits.small_app} calls a day" if limits.small_app else ""
        prices = ", ".join(f"{price} US dollars a {kind}" for kind, price in limits.prices.items())
        yield [platform, limits.words + small, prices or "none"]


def _pages(_platform: str) -> Iterator[list[str]]:
    yield ["platform", "picture of the public page"]
    for platform, connector in sorted(CONNECTORS.items()):
        yield [platform, f"yes: {connector.page_view}" if connector.page_view else "no"]


def _exports(_platform: str) -> Iterator[list[str]]:
    yield ["export", "platform", "told by", "never in it (one gap each, reason `interface_limit`)"]
    for reader in READERS:
        never = " ".join(f"`{what}`: {words}" for what, words in reader.never)
        yield [reader.name, reader.platform, reader.looks_for, never]


_TABLES: dict[str, Callable[[str], Iterator[list[str]]]] = {
    "interfaces": _interfaces,
    "calls": _calls,
    "losses": _losses,
    "settings": _settings,
    "limits": _limits,
    "pages": _pages,
    "exports": _exports,
}
