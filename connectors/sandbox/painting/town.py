"""Scenes in town: squares, schools, building sites, stages and indoor halls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.painting.canvas import mix
from connectors.sandbox.painting.things import (
    CREAM,
    FACADES,
    INK,
    JACKETS,
    LIT,
    RED,
    SLATE,
    clouds,
    cottage,
    leafy,
    person,
    townhouse,
)  # fmt: skip

if TYPE_CHECKING:
    from random import Random

    from connectors.sandbox.painting.canvas import Canvas, Colour

_GLASS = (118, 156, 176)
_GREENS: tuple[Colour, ...] = ((96, 146, 92), (120, 162, 98), (82, 132, 92))


def _open_sky(canvas: Canvas, rng: Random, down_to: float) -> None:
    canvas.gradient(
        rng.choice(
            (((104, 164, 208), (232, 238, 226)), ((132, 176, 198), (250, 230, 206)), ((150, 170, 186), (228, 230, 226)))
        ),
        0,
        down_to,
    )
    clouds(canvas, (250, 250, 246), rng, amount=3, low=190)


def townhall(canvas: Canvas, rng: Random) -> None:
    """Paint the town hall with its clock tower and the paved square."""
    _open_sky(canvas, rng, 600)
    for x in (-30, 120, 930, 1080):
        townhouse(canvas, (x, 560), (148, rng.uniform(190, 260)), rng.choice(FACADES), glass=_GLASS)
    wall = rng.choice(((224, 170, 96), (198, 106, 80), (232, 206, 158)))
    townhouse(canvas, (300, 570), (600, 250), wall, roof=(86, 120, 108), glass=_GLASS)
    canvas.box(540, 170, 120, 400, mix(wall, CREAM, 0.15))
    canvas.shape([(528, 172), (600, 60), (672, 172)], (86, 120, 108))
    canvas.line([(600, 64), (600, 20)], INK, 4)
    canvas.shape([(602, 22), (648, 32), (602, 44)], (70, 120, 170))
    canvas.disc((600, 226), 38, CREAM)
    canvas.disc((600, 226), 32, (250, 250, 246))
    canvas.line([(600, 226), (600, 202)], INK, 4)
    canvas.line([(600, 226), (600 + rng.choice((-18, 16)), 236)], INK, 4)
    canvas.shape([(548, 570), (548, 470), (600, 430), (652, 470), (652, 570)], (110, 74, 56))
    canvas.gradient(((206, 196, 182), (176, 166, 156)), 566)
    for row in range(9):
        y = 580 + row * row * 3.2
        canvas.line([(0, y), (1200, y)], (190, 180, 168), 1.5)
    canvas.disc((260, 690), 120, (150, 146, 146), down=34)
    canvas.disc((260, 680), 108, (132, 188, 206), down=28)
    for lean in (-26, -10, 10, 26):
        canvas.line([(260, 676), (260 + lean, 606), (260 + lean * 2.4, 668)], (226, 242, 246), 4)
    for _ in range(8):
        person(canvas, (rng.uniform(420, 1150), rng.uniform(620, 780)), rng.uniform(70, 112), rng.choice(JACKETS), rng)


def school(canvas: Canvas, rng: Random) -> None:
    """Paint a school yard: brick building, climbing frame, children."""
    _open_sky(canvas, rng, 560)
    for x in range(-20, 1240, 130):
        leafy(canvas, (x, 540), rng.uniform(170, 250), rng.choice(_GREENS), rng)
    brick = rng.choice(((188, 98, 72), (210, 168, 104), (172, 120, 98)))
    townhouse(canvas, (180, 560), (840, 230), brick, roof=(96, 100, 108), glass=(176, 206, 216))
    canvas.box(520, 420, 160, 140, mix(brick, CREAM, 0.7))
    canvas.box(546, 450, 108, 110, (92, 140, 156))
    canvas.line([(600, 450), (600, 560)], CREAM, 4)
    canvas.gradient(((178, 186, 160), (160, 166, 148)), 556)
    for number, colour in enumerate(((226, 96, 76), (246, 196, 84), (82, 150, 170), (134, 180, 112))):
        canvas.box(120 + number * 62, 690, 54, 54, colour, round_by=4)
        canvas.lettering((147 + number * 62, 717), str(number + 1), 34, CREAM, bold=1)
    canvas.line([(800, 740), (880, 560), (960, 740)], (226, 96, 76), 9)
    canvas.line([(880, 560), (1070, 560)], (226, 96, 76), 9)
    canvas.line([(990, 740), (1070, 560), (1150, 740)], (226, 96, 76), 9)
    for x in (930, 1010):
        canvas.line([(x, 560), (x + 16, 690)], INK, 2)
        canvas.line([(x + 24, 560), (x + 40, 690)], INK, 2)
        canvas.box(x + 8, 688, 40, 8, (246, 196, 84), round_by=3)
    for _ in range(10):
        person(canvas, (rng.uniform(60, 1140), rng.uniform(600, 780)), rng.uniform(62, 84), rng.choice(JACKETS), rng)


def care(canvas: Canvas, rng: Random) -> None:
    """Paint a garden by a home for old people: cottage, apple tree, a table set for coffee."""
    _open_sky(canvas, rng, 520)
    for x in range(-20, 1240, 110):
        leafy(canvas, (x, 500), rng.uniform(150, 230), rng.choice(_GREENS), rng)
    canvas.hill(500, 12, (142, 184, 104), rng)
    cottage(canvas, (110, 570), 420, wall=rng.choice(((226, 190, 110), RED, (128, 152, 150))), glass=LIT)
    leafy(canvas, (960, 640), 330, (104, 156, 92), rng)
    for _ in range(16):
        canvas.disc((960 + rng.uniform(-90, 90), rng.uniform(350, 470)), 9, (214, 70, 58))
    canvas.hill(630, 8, (126, 172, 96), rng)
    for x in range(0, 1200, 22):
        canvas.line([(x, 800), (x + rng.uniform(-8, 8), 786 - rng.random() * 40)], (106, 156, 84), 4)
        canvas.disc(
            (x + rng.uniform(-8, 8), 752 - rng.random() * 24),
            8,
            rng.choice(((240, 130, 150), (250, 236, 200), (246, 190, 80), (160, 130, 200))),
        )
    canvas.shape([(540, 680), (780, 680), (810, 704), (510, 704)], CREAM)
    for x in (550, 764):
        canvas.line([(x, 700), (x, 760)], (150, 116, 86), 8)
    canvas.disc((660, 668), 26, (150, 92, 62), down=14)
    for x in (590, 720):
        canvas.box(x, 664, 22, 20, (92, 140, 170), round_by=5)
    for x in (480, 850):
        person(canvas, (x, 766), 150, rng.choice(JACKETS), rng)


def stage(canvas: Canvas, rng: Random) -> None:
    """Paint an outdoor concert in the evening, seen over the heads of the crowd."""
    canvas.gradient(
        rng.choice((((34, 30, 76), (112, 66, 120), (244, 150, 110)), ((20, 40, 78), (50, 104, 130), (230, 190, 140)))),
        0,
        640,
    )
    canvas.hill(520, 40, (44, 40, 66), rng)
    canvas.box(240, 200, 720, 390, (38, 34, 58))
    canvas.shape([(210, 210), (600, 110), (990, 210)], (58, 50, 82))
    for x in (232, 936):
        canvas.box(x, 200, 32, 400, (24, 22, 40))
    for x, colour in (
        (330, (255, 120, 120)),
        (470, (255, 214, 120)),
        (600, (140, 220, 255)),
        (740, (255, 150, 220)),
        (870, (150, 255, 190)),
    ):
        lean = rng.uniform(-110, 110)
        canvas.shape(
            [(x - 6, 214), (x + 6, 214), (x + lean + 70, 560), (x + lean - 70, 560)], mix((38, 34, 58), colour, 0.34)
        )
        canvas.glow((x, 212), 60, colour, 0.95)
    canvas.box(240, 556, 720, 44, (84, 66, 66))
    for x in (380, 500, 610, 720, 830):
        person(canvas, (x, 562), 130, rng.choice(JACKETS), rng)
        canvas.line([(x + 14, 470), (x + 52, 500)], (196, 140, 70), 9)
    for garland in (0, 1):
        points = [(x, 60 + garland * 46 + ((x - 600) / 600) ** 2 * -40 + 30) for x in range(0, 1201, 60)]
        canvas.line(points, (20, 20, 34), 2)
        for point in points:
            canvas.disc((point[0], point[1] + 9), 8, rng.choice((LIT, (255, 150, 110), (150, 210, 230))))
    for row in range(5):
        for x in range(-20, 1240, 58):
            tone = mix((58, 48, 86), (16, 14, 30), row / 4)
            y = 630 + row * 40 + rng.uniform(-10, 10)
            canvas.disc((x + rng.uniform(-14, 14), y), 22, tone)
            canvas.box(x - 30, y + 20, 62, 90, tone, round_by=24)


def roadwork(canvas: Canvas, rng: Random) -> None:
    """Paint a dug-up street with an excavator, barriers and cones."""
    _open_sky(canvas, rng, 480)
    x = -10.0
    while x < canvas.width:
        wide = rng.choice((130, 156, 180))
        townhouse(canvas, (x, 480), (wide, rng.uniform(170, 260)), rng.choice(FACADES), glass=_GLASS)
        x += wide + 3
    canvas.gradient(((150, 148, 148), (112, 112, 116)), 478)
    canvas.box(0, 478, 1200, 20, (196, 190, 180))
    canvas.shape([(300, 640), (1000, 620), (1120, 740), (220, 760)], (122, 88, 62))
    canvas.shape([(350, 656), (960, 640), (1040, 720), (290, 736)], (84, 58, 42))
    canvas.line([(330, 706), (1020, 690)], (70, 120, 176), 18)
    _excavator(canvas, rng.choice((640, 700)), 640)
    canvas.shape([(60, 700), (150, 610), (250, 704)], (146, 108, 76))
    for x in (70, 330, 590, 850, 1110):
        _cone(canvas, x + rng.uniform(-20, 20), 790)
    for x in (140, 880):
        canvas.box(x, 720, 180, 26, (250, 246, 236), round_by=4)
        for part in range(0, 180, 40):
            canvas.shape(
                [(x + part, 746), (x + part + 18, 720), (x + part + 36, 720), (x + part + 18, 746)], (222, 72, 52)
            )
        for leg in (x + 18, x + 156):
            canvas.line([(leg, 746), (leg, 786)], (90, 90, 94), 6)
    person(canvas, (440, 650), 120, (248, 196, 40), rng)
    person(canvas, (1050, 640), 118, (248, 150, 40), rng)


def _excavator(canvas: Canvas, x: float, ground: float) -> None:
    yellow, dark = (244, 184, 44), (52, 54, 60)
    canvas.box(x - 20, ground - 40, 210, 46, dark, round_by=22)
    for wheel in (x + 4, x + 60, x + 116, x + 166):
        canvas.disc((wheel, ground - 17), 15, (108, 110, 116))
    canvas.box(x, ground - 122, 180, 84, yellow, round_by=12)
    canvas.box(x + 10, ground - 206, 92, 96, yellow, round_by=10)
    canvas.box(x + 20, ground - 194, 68, 56, (126, 164, 178), round_by=6)
    canvas.line([(x + 24, ground - 110), (x - 90, ground - 250), (x - 190, ground - 130)], yellow, 26)
    canvas.line([(x + 6, ground - 96), (x - 88, ground - 236)], dark, 8)
    canvas.shape(
        [(x - 226, ground - 140), (x - 160, ground - 140), (x - 170, ground - 70), (x - 236, ground - 84)], dark
    )


def _cone(canvas: Canvas, x: float, ground: float) -> None:
    canvas.shape([(x - 26, ground), (x - 6, ground - 74), (x + 6, ground - 74), (x + 26, ground)], (236, 106, 44))
    canvas.shape([(x - 17, ground - 34), (x - 12, ground - 54), (x + 12, ground - 54), (x + 17, ground - 34)], CREAM)
    canvas.box(x - 34, ground - 6, 68, 10, (210, 84, 34), round_by=4)


def recycling(canvas: Canvas, rng: Random) -> None:
    """Paint a recycling point with coloured containers and a person with a bag."""
    _open_sky(canvas, rng, 560)
    for x in range(-20, 1240, 120):
        leafy(canvas, (x, 560), rng.uniform(180, 270), rng.choice(_GREENS), rng)
    canvas.gradient(((190, 188, 178), (158, 156, 150)), 550)
    names = [
        ("GLAS", (96, 150, 112)),
        ("PAPPER", (86, 130, 172)),
        ("PLAST", (226, 150, 66)),
        ("METALL", (140, 140, 150)),
    ]
    rng.shuffle(names)
    for place, (name, colour) in enumerate(names):
        x = 120 + place * 250
        canvas.disc((x + 105, 700), 120, (140, 138, 134), down=16)
        canvas.box(x, 440, 210, 258, colour, round_by=30)
        canvas.box(x - 10, 424, 230, 56, mix(colour, INK, 0.25), round_by=26)
        canvas.disc((x + 105, 536), 40, mix(colour, INK, 0.55))
        canvas.disc((x + 105, 532), 34, (30, 34, 40))
        canvas.box(x + 22, 610, 166, 52, CREAM, round_by=8)
        canvas.lettering((x + 105, 636), name, 36, mix(colour, INK, 0.5), bold=1)
    for x in (330, 860):
        person(canvas, (x, 780), 190, rng.choice(JACKETS), rng)
        canvas.box(x + 26, 700, 46, 58, (236, 226, 204), round_by=12)


def pool(canvas: Canvas, rng: Random) -> None:
    """Paint the indoor pool with lanes, big windows and swimmers."""
    canvas.gradient(((226, 232, 230), (206, 220, 222)), 0, 420)
    for x in range(40, 1160, 160):
        canvas.box(x, 70, 136, 270, (250, 250, 246))
        canvas.box(x + 8, 78, 120, 254, (176, 212, 224))
        leafy(canvas, (x + 66, 330), 180, rng.choice(_GREENS), rng)
    canvas.box(0, 330, 1200, 70, (232, 224, 208))
    canvas.gradient(((126, 204, 216), (44, 142, 178)), 400)
    for lane in range(6):
        top, low = 200 + lane * 160, -260 + lane * 344
        for step in range(24):
            share = step / 24
            y = 402 + (800 - 402) * share * share
            canvas.disc((top + (low - top) * share * share, y), 4 + 9 * share, (226, 88, 70) if step % 2 else CREAM)
    for _ in range(7):
        left, upper = rng.uniform(120, 1080), rng.uniform(450, 740)
        canvas.disc((left, upper), 15, rng.choice(((224, 84, 66), (250, 214, 90), (60, 80, 140))))
        canvas.box(left - 54, upper + 8, 92, 8, (214, 240, 244), round_by=4)
    canvas.box(0, 392, 1200, 14, CREAM)
    canvas.box(930, 250, 16, 146, SLATE)
    canvas.box(880, 244, 120, 12, SLATE, round_by=4)
    person(canvas, (960, 246), 96, (246, 196, 64), rng)
