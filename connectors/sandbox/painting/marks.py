"""The city's own marks: coat of arms, the director's drawn portrait, and the wide cover picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from connectors.sandbox.painting.canvas import mix
from connectors.sandbox.painting.things import CREAM, FACADES, INK, RED, clouds, ripples, sailboat, townhouse

if TYPE_CHECKING:
    from random import Random

    from connectors.sandbox.painting.canvas import Canvas

_NIGHT_BLUE, _GOLD = (28, 66, 104), (242, 190, 84)


def arms(canvas: Canvas, rng: Random) -> None:
    """Paint the city's mark: a shield with a lighthouse over waves (square canvas)."""
    side = canvas.width
    field = mix(_NIGHT_BLUE, INK, 0.05 * rng.random())
    canvas.box(0, 0, side, side, CREAM)
    edge = [
        (0.2, 0.12),
        (0.8, 0.12),
        (0.8, 0.5),
        (0.74, 0.68),
        (0.62, 0.82),
        (0.5, 0.9),
        (0.38, 0.82),
        (0.26, 0.68),
        (0.2, 0.5),
    ]
    canvas.shape([(0.5 * side + (x - 0.5) * side * 1.06, 0.5 * side + (y - 0.5) * side * 1.06) for x, y in edge], _GOLD)
    canvas.shape([(x * side, y * side) for x, y in edge], field)
    for ray in range(-4, 5):
        turn = math.radians(-90 + ray * 21)
        start, stop = side * 0.1, side * (0.2 if ray % 2 else 0.235)
        centre = (side * 0.5, side * 0.335)
        canvas.line(
            [
                (centre[0] + math.cos(turn) * start, centre[1] + math.sin(turn) * start),
                (centre[0] + math.cos(turn) * stop, centre[1] + math.sin(turn) * stop),
            ],
            _GOLD,
            side * 0.014,
        )
    canvas.shape(
        [
            (side * 0.43, side * 0.66),
            (side * 0.455, side * 0.39),
            (side * 0.545, side * 0.39),
            (side * 0.57, side * 0.66),
        ],
        CREAM,
    )
    for y in (0.44, 0.55):
        canvas.box(side * 0.446, side * y, side * 0.108, side * 0.045, RED)
    canvas.box(side * 0.435, side * 0.375, side * 0.13, side * 0.024, CREAM)
    canvas.box(side * 0.468, side * 0.31, side * 0.064, side * 0.068, _GOLD)
    canvas.shape([(side * 0.445, side * 0.315), (side * 0.5, side * 0.265), (side * 0.555, side * 0.315)], CREAM)
    _waves(canvas, side)


def _waves(canvas: Canvas, side: int) -> None:
    for row, inset in ((0.655, 0.235), (0.715, 0.285), (0.775, 0.345)):
        wave = [
            (
                side * (inset + (1 - 2 * inset) * step / 40),
                side * (row + 0.011 * math.sin(step / 40 * math.tau * (5 - row * 4))),
            )
            for step in range(41)
        ]
        canvas.line(wave, (150, 200, 220), side * 0.022)


def portrait(canvas: Canvas, rng: Random) -> None:
    """Paint the city director's profile picture: a drawn bust, no real person (square canvas)."""
    side = canvas.width
    canvas.gradient(((206, 222, 216), (240, 224, 196)))
    canvas.glow((side * 0.72, side * 0.25), side * 0.3, (255, 246, 220), 0.8)
    canvas.disc((side / 2, side * 1.08), side * 0.42, (44, 74, 96), down=side * 0.42)
    canvas.shape([(side * 0.42, side * 0.66), (side * 0.58, side * 0.66), (side * 0.5, side * 0.84)], CREAM)
    canvas.box(side * 0.44, side * 0.55, side * 0.12, side * 0.15, (214, 164, 132), round_by=side * 0.05)
    canvas.disc((side / 2, side * 0.41), side * 0.2, (120, 84, 62), down=side * 0.225)
    canvas.disc((side / 2, side * 0.44), side * 0.155, (236, 192, 160), down=side * 0.19)
    canvas.shape(
        [
            (side * 0.33, side * 0.42),
            (side * 0.36, side * 0.24),
            (side * 0.62, side * 0.22),
            (side * 0.68, side * 0.4),
            (side * 0.52, side * 0.31),
        ],
        (120, 84, 62),
    )
    for eye in (0.44, 0.56):
        canvas.disc((side * eye, side * 0.44), side * 0.013, INK)
        canvas.arc((side * eye, side * 0.44), side * 0.05, (0, 360), _NIGHT_BLUE, side * 0.009)
    canvas.line([(side * 0.488, side * 0.436), (side * 0.512, side * 0.436)], _NIGHT_BLUE, side * 0.009)
    canvas.arc((side / 2, side * 0.495), side * 0.06, (30, 150), (176, 92, 80), side * 0.012)
    canvas.disc((side * 0.6, side * (0.76 + 0.001 * rng.random())), side * 0.02, _GOLD)


def skyline(canvas: Canvas, rng: Random) -> None:
    """Paint the wide cover picture: the whole town by the water at sunrise."""
    wide = canvas.width
    canvas.gradient(((54, 108, 156), (124, 172, 196), (246, 208, 164), (252, 232, 204)), 0, 400)
    canvas.glow((wide * 0.7, 330), 330, (255, 226, 160), 0.9)
    canvas.disc((wide * 0.7, 330), 52, (255, 244, 214))
    clouds(canvas, (252, 236, 220), rng, amount=5, low=170)
    canvas.hill(360, 44, (150, 164, 170), rng)
    canvas.hill(388, 30, (112, 142, 146), rng)
    x = -10.0
    while x < wide:
        size = (rng.choice((70, 84, 100)), rng.uniform(86, 150))
        townhouse(
            canvas,
            (x, 420),
            size,
            mix(rng.choice(FACADES), (252, 226, 196), 0.25),
            roof=(110, 76, 70),
            glass=(112, 136, 150),
        )
        x += size[0] + 1
    for tower, wall in ((wide * 0.3, (232, 206, 158)), (wide * 0.52, (198, 106, 80))):
        canvas.box(tower, 170, 54, 250, wall)
        canvas.shape([(tower - 6, 172), (tower + 27, 84), (tower + 60, 172)], (86, 120, 108))
        canvas.disc((tower + 27, 214), 17, CREAM)
    canvas.box(0, 414, wide, 16, (186, 170, 150))
    canvas.gradient(((226, 192, 160), (106, 158, 178), (44, 98, 134)), 428)
    ripples(canvas, (440, 610), (250, 226, 190), rng, amount=190)
    for share, length in ((0.12, 120), (0.26, 84), (0.47, 150), (0.86, 104), (0.62, 70)):
        sailboat(canvas, (wide * share, 470 + length * 0.7), length, rng.choice(FACADES), (252, 248, 238))
