"""Packages: the list of them, and each in plain words."""

from datetime import datetime

from urval.reading_room.pages import AskedHere, Pages, View

pages = Pages()


class PackageLine(View):
    """One package in a list. ``threads`` were kept of ``frame``; the period is in local days, the end not included."""

    archive: str
    account: str
    account_name: str
    package_id: str
    start: str
    end: str
    captured_at: datetime | None
    threads: int | None
    frame: int | None
    comments: int | None
    gaps: int
    signed: bool
    problem: str


class PackagesView(View):
    """The packages of the store, by archive, account and period."""

    packages: list[PackageLine]


@pages.page("/packages", name="packages", template="packages.html")
def packages(here: AskedHere) -> PackagesView:
    """List every package that the index knows."""
    lines = []
    for one in here.room.index.packages():
        said = one.manifest
        start, _, end = one.period.partition("--")
        lines.append(PackageLine(
            archive=one.archive, account=one.account, account_name=said.account["name"] if said else one.account,
            package_id=one.package_id, start=start, end=end, captured_at=said.capture.ended_at if said else None,
            threads=said.selection.kept if said else None, frame=said.selection.frame_size if said else None,
            comments=said.completeness.captured_total if said else None,
            gaps=sum(said.gaps.values()) if said else 0, signed=bool(said and said.seal), problem=one.problem,
        ))  # fmt: skip
    return PackagesView(packages=lines)
