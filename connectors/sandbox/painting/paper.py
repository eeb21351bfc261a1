"""Pictures of flat things: maps, plans, posters, book shelves and lunch trays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from connectors.sandbox.chance import happens
from connectors.sandbox.painting.canvas import mix
from connectors.sandbox.painting.things import (
    CREAM,
    FACADES,
    INK,
    JACKETS,
    LIT,
    person,
    sailboat,
)

if TYPE_CHECKING:
    from random import Random

    from connectors.sandbox.painting.canvas import Canvas, Colour

_NIGHT_BLUE, _GOLD = (28, 66, 104), (242, 190, 84)


def map_of_town(canvas: Canvas, rng: Random) -> None:
    """Paint a town map with a bay, streets, blocks and one marked spot."""
    canvas.box(0, 0, 1200, 800, (240, 234, 220))
    for column in range(9):
        for row in range(6):
            x, y = column * 140 + rng.uniform(-4, 4), row * 140 + rng.uniform(-4, 4)
            green = happens(rng, 0.2)
            canvas.box(x + 10, y + 10, 120, 120, (204, 222, 180) if green else (228, 218, 200), round_by=6)
            for _ in range(0 if green else 5):
                canvas.box(
                    x + rng.uniform(16, 84),
                    y + rng.uniform(16, 84),
                    rng.uniform(18, 40),
                    rng.uniform(18, 40),
                    (210, 194, 172),
                )
            for _ in range(8 if green else 0):
                canvas.disc((x + rng.uniform(24, 116), y + rng.uniform(24, 116)), 10, (160, 194, 136))
    edge = 560 + rng.uniform(-30, 30)
    coast = [(x, edge + 60 * math.sin(x / 190 + rng.random() * 0.2) - x * 0.12) for x in range(0, 1241, 40)]
    canvas.shape([*coast, (1240, 800), (0, 800)], (160, 204, 220))
    canvas.line(coast, (126, 178, 200), 5)
    for turn in (0.42, -0.24):
        middle = rng.uniform(200, 420)
        way = [(x, middle + turn * (x - 600) + 26 * math.sin(x / 150)) for x in range(-20, 1240, 30)]
        canvas.line(way, (214, 196, 160), 30)
        canvas.line(way, (252, 248, 240), 22)
    spot = (rng.uniform(380, 820), rng.uniform(220, 420))
    canvas.disc(spot, 120, mix((240, 234, 220), (226, 84, 62), 0.28))
    canvas.disc(spot, 26, (190, 180, 160), down=9)
    canvas.shape([(spot[0] - 40, spot[1] - 78), spot, (spot[0] + 40, spot[1] - 78)], (216, 62, 48))
    canvas.disc((spot[0], spot[1] - 92), 46, (216, 62, 48))
    canvas.disc((spot[0], spot[1] - 92), 18, CREAM)
    canvas.disc((1110, 96), 54, CREAM)
    canvas.shape([(1110, 50), (1124, 100), (1096, 100)], (216, 62, 48))
    canvas.shape([(1110, 142), (1124, 100), (1096, 100)], INK)


def plan(canvas: Canvas, rng: Random) -> None:
    """Paint a town planner's drawing: plots, houses with shadows, trees, a quay."""
    canvas.box(0, 0, 1200, 800, (236, 232, 222))
    canvas.shape([(0, 610), (1200, 520), (1200, 800), (0, 800)], (176, 208, 216))
    canvas.shape([(0, 590), (1200, 500), (1200, 524), (0, 614)], (214, 200, 180))
    canvas.shape([(0, 120), (1200, 60), (1200, 120), (0, 180)], (250, 248, 242))
    canvas.shape([(520, 90), (590, 88), (650, 560), (580, 568)], (250, 248, 242))
    for x, y, wide, high in (
        (60, 220, 190, 70),
        (60, 330, 70, 190),
        (300, 210, 180, 80),
        (320, 420, 200, 80),
        (690, 180, 70, 260),
        (800, 180, 240, 70),
        (820, 340, 200, 110),
        (1080, 170, 70, 240),
    ):
        colour = rng.choice(((226, 128, 92), (238, 188, 116), (204, 100, 78), (242, 214, 160)))
        canvas.box(x + 16, y + 16, wide, high, (190, 184, 172))
        canvas.box(x, y, wide, high, colour)
        canvas.line(
            [(x, y + high / 2), (x + wide, y + high / 2)]
            if wide > high
            else [(x + wide / 2, y), (x + wide / 2, y + high)],
            mix(colour, INK, 0.3),
            3,
        )
    for _ in range(70):
        east, south = rng.uniform(20, 1180), rng.uniform(190, 540)
        canvas.disc((east + 5, south + 5), 15, (178, 188, 160))
        canvas.disc((east, south), 15, rng.choice(((132, 172, 120), (156, 190, 132))))
        canvas.disc((east - 4, south - 4), 7, (178, 206, 150))
    for x in range(90, 1160, 150):
        sailboat(canvas, (x, 720 - x * 0.06 + rng.uniform(-20, 20)), 60, rng.choice(FACADES), CREAM)
    canvas.box(40, 40, 400, 60, CREAM, round_by=4)
    canvas.lettering((240, 70), rng.choice(("SAMRÅD", "FÖRSLAG", "DETALJPLAN")), 40, _NIGHT_BLUE, bold=1)


def poster(canvas: Canvas, rng: Random) -> None:
    """Paint a poster with two words in large letters."""
    ground, sign = rng.choice(
        (
            (_NIGHT_BLUE, _GOLD),
            ((206, 84, 62), CREAM),
            ((44, 112, 104), (250, 216, 130)),
            ((240, 196, 92), _NIGHT_BLUE),
            ((94, 66, 116), (250, 200, 160)),
        )
    )
    canvas.box(0, 0, 1200, 800, ground)
    for step in range(7):
        canvas.disc((600, 860), 760 - step * 96, mix(ground, sign, 0.05 + step * 0.05))
    canvas.glow((600, 560), 330, sign, 0.35)
    x = 40.0
    while x < canvas.width - 80:
        wide, high = rng.uniform(60, 120), rng.uniform(70, 190)
        canvas.box(x, 800 - high, wide, high, mix(ground, INK, 0.45))
        canvas.shape(
            [(x, 800 - high), (x + wide / 2, 800 - high - rng.uniform(16, 60)), (x + wide, 800 - high)],
            mix(ground, INK, 0.45),
        )
        for _ in range(4):
            canvas.box(x + rng.uniform(8, wide - 20), 800 - rng.uniform(20, high - 10), 12, 16, LIT)
        x += wide
    first, second = rng.choice(
        (
            ("VÄLKOMMEN", "TILL EXEMPELSTAD"),
            ("FRÅGA OSS", "VI SVARAR VARDAGAR 8–17".replace("–", "-")),
            ("DIN RÖST", "DITT EXEMPELSTAD"),
            ("ÖPPET HUS", "ALLA ÄR VÄLKOMNA"),
            ("BRA ATT VETA", "FRÅN EXEMPELSTAD"),
        )
    )
    canvas.lettering((600, 210), first, 132, sign, bold=4)
    canvas.box(480, 306, 240, 6, sign)
    canvas.lettering((600, 366), second, 52, mix(sign, (255, 255, 255), 0.35), bold=1)


def library(canvas: Canvas, rng: Random) -> None:
    """Paint book shelves, a reading lamp, an armchair and a child on the floor."""
    canvas.box(0, 0, 1200, 800, rng.choice(((232, 214, 184), (214, 222, 210), (236, 206, 182))))
    spines: tuple[Colour, ...] = (
        *FACADES,
        (62, 92, 120),
        (44, 112, 104),
        (242, 220, 170),
        (120, 64, 72),
        (240, 190, 90),
    )
    for shelf in range(4):
        ground = 168 + shelf * 142
        x = 40.0
        while x < canvas.width - 60:
            wide, high = rng.uniform(14, 38), rng.uniform(76, 118)
            if happens(rng, 0.06):
                canvas.disc((x + 24, ground - 26), 26, rng.choice(spines))
                x += 58
                continue
            colour = rng.choice(spines)
            canvas.box(x, ground - high, wide - 2, high, colour, round_by=2)
            canvas.box(x, ground - high * 0.78, wide - 2, 7, mix(colour, CREAM, 0.6))
            x += wide
        canvas.box(24, ground, 1152, 14, (142, 98, 66))
    for x in (20, 1166):
        canvas.box(x, 40, 16, 570, (122, 82, 56))
    canvas.gradient(((188, 140, 98), (156, 110, 76)), 620)
    canvas.disc((420, 730), 330, (200, 92, 72), down=52)
    canvas.disc((420, 728), 270, (226, 132, 96), down=40)
    seat = rng.choice(((62, 112, 108), (56, 88, 132), (150, 84, 92)))
    canvas.box(800, 470, 250, 200, seat, round_by=50)
    canvas.box(776, 580, 300, 120, mix(seat, INK, 0.18), round_by=34)
    canvas.box(824, 560, 202, 70, mix(seat, CREAM, 0.2), round_by=24)
    canvas.line([(1120, 720), (1120, 360)], INK, 7)
    canvas.glow((1120, 380), 230, LIT, 0.55)
    canvas.shape([(1064, 380), (1090, 306), (1150, 306), (1176, 380)], LIT)
    for x in (300, 430, 540):
        person(canvas, (x, 740 + rng.uniform(-8, 8)), 140, rng.choice(JACKETS), rng)
        canvas.shape([(x - 34, 662), (x, 672), (x + 34, 662), (x + 34, 690), (x, 700), (x - 34, 690)], CREAM)


def lunch(canvas: Canvas, rng: Random) -> None:
    """Paint a school lunch seen from above."""
    canvas.box(0, 0, 1200, 800, rng.choice(((214, 178, 132), (188, 206, 196), (222, 196, 168))))
    for y in range(0, 800, 100):
        canvas.line([(0, y), (1200, y + 10)], (200, 164, 120), 2)
    canvas.box(130, 90, 940, 640, (206, 98, 76), round_by=60)
    canvas.box(146, 104, 908, 610, (224, 118, 92), round_by=52)
    canvas.disc((508, 424), 252, (178, 82, 64))
    canvas.disc((500, 412), 250, (250, 248, 242))
    canvas.disc((500, 412), 196, (238, 236, 230))
    sauce = rng.choice(((198, 116, 54), (206, 158, 70), (170, 74, 52)))
    for _ in range(26):
        canvas.disc(
            (440 + rng.gauss(0, 50), 450 + rng.gauss(0, 46)),
            rng.uniform(18, 36),
            mix(sauce, CREAM, rng.uniform(0, 0.25)),
        )
    for _ in range(60):
        canvas.disc(
            (590 + rng.gauss(0, 38), 350 + rng.gauss(0, 40)),
            11,
            rng.choice(((112, 164, 84), (140, 186, 96), (232, 132, 62), (246, 220, 110))),
        )
    for _ in range(14):
        canvas.disc((410 + rng.gauss(0, 34), 320 + rng.gauss(0, 26)), 24, (246, 226, 176))
    canvas.disc((880, 260), 92, (240, 244, 244))
    canvas.disc((880, 260), 76, (252, 250, 244))
    canvas.disc((890, 520), 100, (196, 148, 96), down=70)
    for x in (850, 890, 930):
        canvas.line([(x - 14, 490), (x + 14, 552)], (226, 186, 132), 7)
    for x in (192, 780):
        canvas.box(x, 230, 16, 360, (200, 204, 208), round_by=8)
        canvas.box(x - 10, 190, 36, 110, (214, 218, 222), round_by=14)
