"""How pages look: templates, words in Swedish and English, charts as SVG, and the files a browser fetches."""

from urval.reading_room.look.look import Look

__all__ = ["Look"]
