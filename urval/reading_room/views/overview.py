"""The first page: what is kept, what is due, what is wrong."""

from urval.reading_room.pages import AskedHere, Pages, View

pages = Pages()


class OverviewView(View):
    """The first page."""

    packages: int
    problems: int


@pages.page("/", name="overview", template="overview.html")
def overview(here: AskedHere) -> OverviewView:
    """Tell what the store holds."""
    fresh = here.room.index.freshness()
    return OverviewView(packages=fresh.indexed, problems=fresh.problems)
