"""The pages, one file a group."""

from urval.reading_room.views import (
    access,
    accounts,
    disposals,
    files,
    ledgers,
    overview,
    packages,
    register,
    removal,
    removed,
    reviews,
    runs,
    search,
    specs,
    thread,
    verification,
)

GROUPS = (
    reviews.pages,
    register.pages,
    overview.pages,
    accounts.pages,
    packages.pages,
    thread.pages,
    files.pages,
    access.pages,
    search.pages,
    verification.pages,
    runs.pages,
    ledgers.pages,
    specs.pages,
    removed.pages,
    removal.pages,
    disposals.pages,
)
