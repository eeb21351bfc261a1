"""The pages, one file a group."""

from urval.reading_room.views import overview, packages

GROUPS = (overview.pages, packages.pages)
