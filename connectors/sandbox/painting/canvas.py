"""A drawing surface in picture units (1200 x 800 whatever the resolution), with the few shapes the scenes share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image, ImageDraw, ImageFilter, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

Colour: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]

_OVERSAMPLING = 2  # Pillow draws hard edges; the picture is drawn larger and scaled down
_RINGED, _DOTTED = {"Å": "A", "å": "a"}, {"Ä": "A", "Ö": "O", "ä": "a", "ö": "o"}


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour ``share`` (0 to 1) of the way from one to the other."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


class Canvas:
    """A picture being painted, ``width`` x ``height`` units, y downwards."""

    def __init__(self, width: int = 1200, height: int = 800, *, ground: Colour = (255, 255, 255)) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * _OVERSAMPLING, height * _OVERSAMPLING), ground)
        self._draw = ImageDraw.Draw(self._image)

    def finished(self) -> Image.Image:
        """Return the picture in its final size."""
        return self._image.reduce(_OVERSAMPLING)

    def gradient(self, stops: Sequence[Colour], top: float = 0, bottom: float | None = None) -> None:
        """Fill a band from ``top`` to ``bottom`` with colours blending downwards."""
        bottom = self.height if bottom is None else bottom
        rows = max(1, round((bottom - top) * _OVERSAMPLING))
        column = Image.new("RGB", (1, rows))
        for row in range(rows):
            place = row / rows * (len(stops) - 1)
            step = int(place)
            column.putpixel((0, row), mix(stops[step], stops[min(step + 1, len(stops) - 1)], place - step))
        band = column.resize((self._image.width, rows))
        self._image.paste(band, (0, round(top * _OVERSAMPLING)))

    def glow(self, centre: Point, radius: float, colour: Colour, strength: float = 0.6) -> None:
        """Let light shine softly around a point."""
        side = max(8, round(radius))  # a soft thing needs no fine grid
        mask = Image.new("L", (side * 2, side * 2), 0)
        ImageDraw.Draw(mask).ellipse((side * 0.6, side * 0.6, side * 1.4, side * 1.4), fill=round(255 * strength))
        mask = mask.filter(ImageFilter.GaussianBlur(side / 4)).resize((side * 2 * _OVERSAMPLING,) * 2)
        x, y = (round((v - side) * _OVERSAMPLING) for v in centre)
        self._image.paste(Image.new("RGB", mask.size, colour), (x, y), mask)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in points], fill=colour)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour, *, round_by: float = 0) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""
        corners = tuple(v * _OVERSAMPLING for v in (x, y, x + width, y + height))
        self._draw.rounded_rectangle(corners, radius=round_by * _OVERSAMPLING, fill=colour)

    def disc(self, centre: Point, across: float, colour: Colour, *, down: float | None = None) -> None:
        """Fill an ellipse with the half axes ``across`` and ``down``."""
        (x, y), down = centre, across if down is None else down
        self._draw.ellipse(tuple(v * _OVERSAMPLING for v in (x - across, y - down, x + across, y + down)), fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, width: float = 2) -> None:
        """Draw a line through points, with round joints."""
        scaled = [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in points]
        self._draw.line(scaled, fill=colour, width=max(1, round(width * _OVERSAMPLING)), joint="curve")

    def arc(self, centre: Point, radius: float, span: tuple[float, float], colour: Colour, width: float) -> None:
        """Draw a part of a circle, degrees clockwise from three o'clock."""
        (x, y), size = centre, _OVERSAMPLING
        frame = ((x - radius) * size, (y - radius) * size, (x + radius) * size, (y + radius) * size)
        self._draw.arc(frame, span[0], span[1], fill=colour, width=round(width * size))

    def hill(self, base: float, height: float, colour: Colour, rng: Random, *, floor: float | None = None) -> None:
        """Fill the land below a softly rolling line around ``base``."""
        floor = self.height if floor is None else floor
        waves = [(rng.uniform(0.6, 2.4), rng.uniform(0, math.tau), rng.uniform(0.2, 1)) for _ in range(3)]
        share = sum(weight for *_, weight in waves)
        ridge = [
            (x, base - height * sum(w * math.sin(f * x / self.width * math.tau + p) for f, p, w in waves) / share)
            for x in range(0, self.width + 12, 12)
        ]
        self.shape([*ridge, (self.width, floor), (0, floor)], colour)

    def lettering(self, place: Point, text: str, size: float, colour: Colour, *, bold: float = 0) -> None:
        """Write a line of text, its middle at ``place``.

        Pillow's own typeface has no Swedish letters, so rings and dots are drawn on; no font file is needed.
        """
        face = ImageFont.load_default(size * _OVERSAMPLING)
        plain = "".join(_RINGED.get(sign, _DOTTED.get(sign, sign)) for sign in text)
        x = place[0] - face.getlength(plain) / 2 / _OVERSAMPLING
        for sign, base in zip(text, plain, strict=True):
            wide = face.getlength(base) / _OVERSAMPLING
            self._draw.text(
                (x * _OVERSAMPLING, place[1] * _OVERSAMPLING), base, fill=colour, font=face, anchor="lm",
                stroke_width=round(bold * _OVERSAMPLING), stroke_fill=colour,
            )  # fmt: skip
            if sign != base:
                self._accent((x + wide / 2, place[1] - size * (0.47 if sign.isupper() else 0.32)), sign, size, colour)
            x += wide

    def _accent(self, place: Point, sign: str, size: float, colour: Colour) -> None:
        if sign in _RINGED:
            self.arc(place, size * 0.1, (0, 360), colour, size * 0.04)
            return
        for side in (-1, 1):
            self.disc((place[0] + side * size * 0.13, place[1]), size * 0.06, colour)
