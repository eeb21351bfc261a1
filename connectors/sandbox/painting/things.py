"""Things that stand in several scenes: houses, trees, people, boats, water."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.painting.canvas import mix

if TYPE_CHECKING:
    from random import Random

    from connectors.sandbox.painting.canvas import Canvas, Colour, Point

RED, CREAM, SLATE, INK = (158, 58, 44), (246, 236, 216), (70, 78, 92), (38, 48, 66)
FACADES: tuple[Colour, ...] = (
    (206, 120, 84), (226, 178, 106), (178, 74, 58), (236, 214, 170), (150, 164, 142), (122, 146, 168), (214, 150, 130),
)  # fmt: skip
JACKETS: tuple[Colour, ...] = (
    (214, 84, 64), (240, 188, 72), (62, 110, 152), (84, 138, 106), (240, 240, 236), (142, 92, 132), (46, 58, 84),
)  # fmt: skip
LIT = (255, 224, 150)


def townhouse(canvas: Canvas, spot: Point, size: Point, wall: Colour, *, roof: Colour = SLATE, glass: Colour) -> None:
    """Paint a stone house with rows of windows; ``spot`` is the lower left corner."""
    (x, ground), (wide, high) = spot, size
    top = ground - high
    canvas.shape([(x - 5, top), (x + wide * 0.14, top - 34), (x + wide * 0.86, top - 34), (x + wide + 5, top)], roof)
    canvas.box(x, top, wide, high, wall)
    canvas.box(x, top, wide, 7, mix(wall, CREAM, 0.6))
    columns, rows = max(2, round(wide / 44)), max(2, round(high / 62))
    step = wide / columns
    for row in range(rows):
        for column in range(columns):
            left, upper = x + step * column + step / 2 - 10, top + 22 + row * (high - 24) / rows
            canvas.box(left - 3, upper - 3, 26, 38, mix(wall, CREAM, 0.75))
            canvas.box(left, upper, 20, 32, glass)
            canvas.line([(left + 10, upper), (left + 10, upper + 32)], mix(wall, CREAM, 0.75), 1.5)


def cottage(
    canvas: Canvas, spot: Point, wide: float, *, wall: Colour = RED, roof: Colour = SLATE, glass: Colour
) -> None:
    """Paint a wooden house with white corners; ``spot`` is the lower left corner."""
    x, ground = spot
    high = wide * 0.52
    top = ground - high
    canvas.box(x + wide * 0.66, top - wide * 0.4, wide * 0.09, wide * 0.3, mix(wall, INK, 0.35))
    canvas.shape([(x, top), (x + wide / 2, top - wide * 0.38), (x + wide, top)], wall)
    canvas.box(x, top, wide, high, wall)
    ridge = [(x - wide * 0.07, top + 5), (x + wide / 2, top - wide * 0.4), (x + wide * 1.07, top + 5)]
    canvas.line(ridge, roof, wide * 0.06)
    for edge in (x, x + wide - wide * 0.045):
        canvas.box(edge, top, wide * 0.045, high, CREAM)
    for share in (0.14, 0.64):
        canvas.box(x + wide * share, top + high * 0.24, wide * 0.22, high * 0.4, CREAM)
        canvas.box(x + wide * (share + 0.025), top + high * 0.28, wide * 0.17, high * 0.32, glass)
    canvas.box(x + wide * 0.42, top + high * 0.42, wide * 0.16, high * 0.58, mix(CREAM, SLATE, 0.55))
    canvas.disc((x + wide / 2, top - wide * 0.14), wide * 0.07, CREAM)
    canvas.disc((x + wide / 2, top - wide * 0.14), wide * 0.045, glass)


def spruce(canvas: Canvas, foot: Point, high: float, colour: Colour, *, snow: Colour | None = None) -> None:
    """Paint a spruce standing at ``foot``."""
    x, ground = foot
    canvas.box(x - high * 0.03, ground - high * 0.12, high * 0.06, high * 0.12, (92, 70, 56))
    for share, wide in ((0.08, 0.3), (0.32, 0.24), (0.56, 0.17)):
        low, tip = ground - high * share, ground - high * min(1, share + 0.5)
        canvas.shape([(x - high * wide, low), (x, tip), (x + high * wide, low)], colour)
        if snow:
            canvas.shape(
                [(x - high * wide * 0.45, (low + tip) / 2), (x, tip), (x + high * wide * 0.3, low * 0.4 + tip * 0.6)],
                snow,
            )


def leafy(canvas: Canvas, foot: Point, high: float, colour: Colour, rng: Random) -> None:
    """Paint a broad tree standing at ``foot``."""
    x, ground = foot
    canvas.shape(
        [
            (x - high * 0.045, ground),
            (x - high * 0.02, ground - high * 0.6),
            (x + high * 0.02, ground - high * 0.6),
            (x + high * 0.045, ground),
        ],
        (98, 74, 58),
    )
    for shade, reach in ((0.22, 1.0), (0.0, 0.82), (-0.14, 0.5)):
        tone = mix(colour, INK, shade) if shade > 0 else mix(colour, (255, 244, 200), -shade * 2)
        for _ in range(5):
            sway, lift = rng.uniform(-0.2, 0.2) * reach, rng.uniform(0.5, 0.86)
            canvas.disc(
                (x + high * (sway - (0.05 if shade < 0 else 0)), ground - high * lift), high * 0.16 * reach + 4, tone
            )


def person(canvas: Canvas, feet: Point, high: float, jacket: Colour, rng: Random) -> None:
    """Paint a person seen from afar."""
    x, ground = feet
    legs, skin = (
        rng.choice(((52, 60, 78), (84, 70, 66), (44, 50, 58))),
        rng.choice(((240, 206, 178), (196, 146, 112), (128, 88, 66))),
    )
    for side in (-1, 1):
        canvas.box(
            x + side * high * 0.06 - high * 0.045, ground - high * 0.4, high * 0.09, high * 0.4, legs, round_by=3
        )
    canvas.box(x - high * 0.15, ground - high * 0.78, high * 0.3, high * 0.45, jacket, round_by=high * 0.1)
    hair = rng.choice(((58, 44, 40), (120, 84, 56), (206, 170, 110), (176, 172, 168), jacket))
    canvas.disc((x, ground - high * 0.9), high * 0.115, hair)
    canvas.disc((x, ground - high * 0.865), high * 0.09, skin)


def sailboat(canvas: Canvas, keel: Point, size: float, hull: Colour, sail: Colour) -> None:
    """Paint a sailing boat; ``keel`` is the middle of the waterline."""
    x, y = keel
    canvas.shape(
        [
            (x - size * 0.5, y - size * 0.14),
            (x + size * 0.55, y - size * 0.16),
            (x + size * 0.36, y),
            (x - size * 0.4, y),
        ],
        hull,
    )
    canvas.line([(x, y - size * 0.14), (x, y - size * 1.2)], (104, 84, 70), size * 0.03)
    canvas.shape(
        [(x + size * 0.03, y - size * 1.16), (x + size * 0.03, y - size * 0.22), (x + size * 0.5, y - size * 0.22)],
        sail,
    )
    canvas.shape(
        [(x - size * 0.03, y - size * 1.02), (x - size * 0.03, y - size * 0.22), (x - size * 0.36, y - size * 0.22)],
        mix(sail, INK, 0.12),
    )


def ripples(canvas: Canvas, band: tuple[float, float], colour: Colour, rng: Random, *, amount: int = 70) -> None:
    """Paint short strokes of light on water between two heights."""
    top, bottom = band
    for _ in range(amount):
        depth = rng.random() ** 0.8
        y, x, reach = top + depth * (bottom - top), rng.uniform(-40, canvas.width), 14 + 70 * depth * rng.random()
        canvas.box(x, y, reach, 1 + 2.4 * depth, colour, round_by=1)


def clouds(canvas: Canvas, colour: Colour, rng: Random, *, amount: int = 3, low: float = 240) -> None:
    """Paint flat-bottomed clouds."""
    for _ in range(amount):
        x, y, size = rng.uniform(60, canvas.width - 160), rng.uniform(60, low), rng.uniform(24, 52)
        for offset, lift, radius in ((0, 0, 0.7), (0.9, 0.35, 1.0), (1.9, 0.2, 0.8), (2.7, 0, 0.55)):
            canvas.disc((x + offset * size, y - lift * size), radius * size, colour)
        canvas.box(x - size * 0.65, y, size * 3.9, size * 0.62, colour, round_by=size * 0.3)
