"""When a picture of an account's public page is taken, and of what; the taking itself is ``connectors._page_view``."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from connectors._address import target_of
from connectors._page_view import PageCamera, missing
from connectors._registry import page_view_ground
from urval.records import GapReason
from urval.spec import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flows.run import Run
    from urval.records import AccountProfile, Gap
    from urval.source import PageView
    from urval.spec.register import Account

log = logging.getLogger("flows.page_view")


def page_views(run: Run, account_id: str, profile: AccountProfile, media: Path) -> Iterator[PageView | Gap]:
    """Yield pictures of the account's public page, and a gap for each that could not or may not be taken.

    Under a fixed clock none is taken unless the spec asks for it: a browser draws on its own time, and a demonstration
    gives the same bytes again.

    Args:
        run: The run.
        account_id: The register's id.
        profile: The account's page as the platform tells it; its address is visited.
        media: Folder of the capture's media.
    """
    account, rule = run.loaded.spec.account(account_id), _snapshot_rule(run, account_id)
    if account.page_view == "off" or (account.page_view is None and run.clock_kind == "fixed"):
        return
    if account.page_view is None and not page_view_ground(account.platform, account_id=account_id):
        words = f"none is taken: the terms of {account.platform} are not known to allow it, and the spec does not ask"
        yield missing(account_id, profile.url, GapReason.REFUSED, words, run.clock())
        return
    camera = PageCamera(
        media=media,
        clock=run.clock,
        timezone=run.loaded.spec.timezone,
        locale=(rule and rule.locale) or {"sv": "sv-SE", "en": "en-GB"}[run.loaded.spec.language],
        screens=rule.viewports if rule else ("desktop", "phone"),
        connect_to=run.connect_to,
        own=_own(account),
        environment=os.environ,
    )
    log.info("%s: taking a picture of the public page", account_id)
    yield from camera.take(profile)


def _snapshot_rule(run: Run, account_id: str) -> Snapshot | None:
    """Return the rule that says how the page's head is pictured, if the account has one."""
    spec, occasion = run.loaded.spec, run.occasion_of(account_id)
    rules = spec.rules_for(spec.account(account_id), occasion.period.end_day, occasion.kind)
    return next((rule for rule in rules if isinstance(rule, Snapshot) and "profile" in rule.views), None)


def _own(account: Account) -> frozenset[str]:
    """Return host and port of every address that stands in the account's entry, hence was written by a person."""
    written = [value for name, value in account.settings.items() if name.endswith("_url")]
    return frozenset(target_of(url).authority for url in (*written, account.url) if url)
