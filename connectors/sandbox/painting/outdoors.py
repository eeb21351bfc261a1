"""Scenes by the water, in the park and in the snow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sandbox.chance import happens
from connectors.sandbox.painting.canvas import mix
from connectors.sandbox.painting.things import (
    CREAM,
    FACADES,
    INK,
    JACKETS,
    LIT,
    RED,
    clouds,
    cottage,
    leafy,
    person,
    ripples,
    sailboat,
    spruce,
    townhouse,
)  # fmt: skip

if TYPE_CHECKING:
    from random import Random

    from connectors.sandbox.painting.canvas import Canvas, Colour

_DAY_SKIES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((92, 158, 208), (164, 208, 230), (236, 240, 226)),
    ((116, 170, 196), (196, 220, 220), (250, 232, 204)),
    ((78, 140, 190), (150, 196, 220), (226, 236, 232)),
)


def winter_street(canvas: Canvas, rng: Random) -> None:
    """Paint a snowed-in street of wooden houses, a plough in the middle."""
    dusk = happens(rng, 0.5)
    sky = (
        ((66, 84, 128), (150, 142, 176), (244, 194, 170))
        if dusk
        else ((140, 172, 200), (196, 214, 228), (240, 240, 240))
    )
    snow, shade = ((214, 222, 240), (168, 180, 214)) if dusk else ((248, 250, 252), (212, 224, 236))
    canvas.gradient(sky, 0, 520)
    canvas.hill(420, 40, mix(sky[1], shade, 0.6), rng)
    for x in range(-20, 1240, 46):
        spruce(
            canvas,
            (x + rng.uniform(-14, 14), 470),
            rng.uniform(70, 130),
            mix((62, 92, 92), sky[1], 0.35),
            snow=mix(snow, sky[1], 0.2),
        )
    canvas.hill(500, 16, snow, rng)
    for x, wide in ((40, 210), (330, 180), (690, 190), (950, 230)):
        cottage(canvas, (x, 580), wide, wall=rng.choice((RED, (208, 168, 88), (92, 118, 110))), roof=snow, glass=LIT)
        if dusk:
            canvas.glow((x + wide * 0.25, 540), 120, LIT, 0.35)
    canvas.shape([(430, 560), (770, 560), (1130, 800), (70, 800)], shade)
    canvas.shape([(540, 560), (660, 560), (820, 800), (380, 800)], mix(shade, (120, 128, 150), 0.3))
    _plough(canvas, 600, 690, snow)
    for x in (250, 960):
        canvas.line([(x, 700), (x, 470), (x + 36, 462)], (74, 82, 100), 6)
        canvas.glow((x + 38, 478), 90, LIT, 0.75 if dusk else 0.3)
    for _ in range(130):
        canvas.disc((rng.uniform(0, 1200), rng.uniform(0, 800)), rng.uniform(1.2, 3.6), (255, 255, 255))


def _plough(canvas: Canvas, x: float, y: float, snow: Colour) -> None:
    canvas.box(x - 62, y - 120, 124, 96, (240, 150, 46), round_by=10)
    canvas.box(x - 46, y - 108, 92, 44, (72, 94, 112), round_by=6)
    canvas.box(x - 12, y - 134, 24, 14, (255, 190, 60), round_by=5)
    canvas.glow((x, y - 128), 70, (255, 190, 80), 0.7)
    for side in (-1, 1):
        canvas.disc((x + side * 48, y - 20), 22, (44, 48, 56))
        canvas.disc((x + side * 46, y - 48), 9, LIT)
    canvas.shape([(x - 104, y - 36), (x + 104, y - 36), (x + 92, y + 10), (x - 92, y + 10)], (206, 74, 54))
    canvas.box(x - 100, y - 18, 200, 8, (244, 236, 220))
    for offset in range(-130, 131, 26):
        canvas.disc((x + offset, y + 16), 24, snow)


def harbour(canvas: Canvas, rng: Random) -> None:
    """Paint the guest harbour by day: quay houses, sails, a lighthouse on the pier."""
    sky = rng.choice(_DAY_SKIES)
    canvas.gradient(sky, 0, 460)
    canvas.glow((rng.uniform(200, 1000), 110), 240, (255, 246, 214), 0.7)
    clouds(canvas, mix(sky[2], (255, 255, 255), 0.7), rng)
    canvas.hill(410, 30, (134, 164, 160), rng)
    _quay_row(canvas, rng, 456, (84, 108, 128))
    _water(canvas, rng, 456, ((96, 152, 174), (52, 106, 138), (30, 74, 108)), (190, 220, 226))
    _lighthouse(canvas, 1030, 520)
    for x, y, size in sorted(
        ((rng.uniform(80, 860), rng.uniform(520, 720), 0.0) for _ in range(5)), key=lambda b: b[1]
    ):
        sailboat(
            canvas,
            (x, y),
            size + (y - 380) * 0.5,
            rng.choice(FACADES),
            rng.choice(((250, 246, 236), (240, 226, 196), (226, 110, 80))),
        )
        canvas.box(x - (y - 380) * 0.2, y + 4, (y - 380) * 0.4, 4, (38, 86, 118), round_by=2)
    canvas.shape([(0, 742), (330, 720), (350, 800), (0, 800)], (122, 96, 76))
    for x in range(14, 330, 34):
        canvas.line([(x, 728), (x - 6, 800)], (100, 78, 62), 3)


def harbour_night(canvas: Canvas, rng: Random) -> None:
    """Paint the harbour in the evening, windows and lamps mirrored in the water."""
    sky = rng.choice((((22, 28, 62), (74, 62, 112), (238, 144, 110)), ((16, 30, 60), (36, 78, 112), (150, 176, 170))))
    canvas.gradient(sky, 0, 470)
    for _ in range(90):
        canvas.disc((rng.uniform(0, 1200), rng.uniform(0, 260)), rng.uniform(0.6, 1.8), (236, 236, 226))
    canvas.glow((930, 130), 150, (255, 244, 214), 0.5)
    canvas.disc((930, 130), 38, (255, 246, 222))
    canvas.hill(430, 34, mix(sky[0], sky[1], 0.6), rng)
    _quay_row(canvas, rng, 470, LIT, dim=mix(sky[0], INK, 0.4))
    _water(canvas, rng, 470, (mix(sky[2], sky[0], 0.55), mix(sky[1], INK, 0.5), (12, 18, 42)), mix(sky[2], sky[1], 0.4))
    for x in range(70, 1180, 96):
        canvas.line([(x, 470), (x, 424)], (20, 24, 40), 4)
        canvas.glow((x, 420), 54, LIT, 0.9)
        for step in range(9):
            canvas.box(
                x - 9 + rng.uniform(-5, 5),
                482 + step * 20,
                18 - step,
                5,
                mix(LIT, sky[1], 0.2 + step * 0.08),
                round_by=2,
            )
    _lighthouse(canvas, 1080, 540, lit=True)
    sailboat(canvas, (380, 660), 150, (30, 34, 56), mix(sky[2], sky[0], 0.3))


def _quay_row(canvas: Canvas, rng: Random, ground: float, glass: Colour, *, dim: Colour | None = None) -> None:
    x = -20.0
    while x < canvas.width:
        wide, high = rng.choice((92, 112, 136, 154)), rng.uniform(110, 196)
        wall = rng.choice(FACADES)
        if dim:
            wall = mix(wall, dim, 0.72)
        townhouse(canvas, (x, ground), (wide, high), wall, roof=mix((96, 66, 60), dim or INK, 0.4), glass=glass)
        x += wide + 2
    canvas.box(0, ground - 6, canvas.width, 16, mix((150, 138, 126), dim or CREAM, 0.4))


def _water(canvas: Canvas, rng: Random, top: float, tones: tuple[Colour, Colour, Colour], light: Colour) -> None:
    canvas.gradient(tones, top + 8)
    ripples(canvas, (top + 14, canvas.height - 20), mix(light, tones[1], 0.45), rng, amount=110)


def _lighthouse(canvas: Canvas, x: float, ground: float, *, lit: bool = False) -> None:
    canvas.shape(
        [(x - 150, ground + 34), (x - 70, ground - 8), (x + 70, ground - 12), (x + 190, ground + 34)], (92, 92, 100)
    )
    canvas.shape([(x - 30, ground - 6), (x - 20, ground - 176), (x + 20, ground - 176), (x + 30, ground - 6)], CREAM)
    for low, high in ((0.12, 0.32), (0.56, 0.76)):
        canvas.shape(
            [
                (x - 30 + 10 * low, ground - 6 - 170 * low),
                (x - 30 + 10 * high, ground - 6 - 170 * high),
                (x + 30 - 10 * high, ground - 6 - 170 * high),
                (x + 30 - 10 * low, ground - 6 - 170 * low),
            ],
            RED,
        )
    canvas.box(x - 27, ground - 186, 54, 10, INK)
    canvas.box(x - 14, ground - 216, 28, 32, LIT if lit else (206, 220, 220))
    canvas.shape([(x - 22, ground - 214), (x, ground - 242), (x + 22, ground - 214)], RED)
    if lit:
        canvas.glow((x, ground - 200), 210, LIT, 0.8)


def beach(canvas: Canvas, rng: Random) -> None:
    """Paint a bathing place with a jetty, parasols and swimmers."""
    sky = rng.choice(_DAY_SKIES)
    canvas.gradient(sky, 0, 340)
    canvas.glow((rng.uniform(300, 900), 120), 200, (255, 248, 220), 0.9)
    clouds(canvas, (250, 252, 250), rng, amount=2, low=180)
    canvas.hill(330, 34, (98, 142, 120), rng)
    for x in range(0, 1220, 40):
        spruce(canvas, (x + rng.uniform(-16, 16), 348), rng.uniform(50, 96), rng.choice(((62, 112, 92), (78, 126, 98))))
    _water(canvas, rng, 336, ((134, 192, 202), (74, 154, 180), (112, 188, 190)), (220, 240, 240))
    canvas.hill(640, 22, (222, 214, 180), rng)
    canvas.hill(660, 22, (242, 220, 172), rng)
    canvas.shape([(760, 700), (812, 700), (706, 440), (684, 440)], (150, 116, 86))
    for step in range(12):
        plank = 450 + step * 22
        canvas.line([(690 + step * 6, plank), (708 + step * 9, plank)], (120, 90, 66), 3)
    for _ in range(6):
        left, upper = rng.uniform(60, 620), rng.uniform(440, 590)
        canvas.disc((left, upper), 8, rng.choice(((240, 206, 178), (150, 104, 80))))
        canvas.box(left - 16, upper + 6, 32, 4, (226, 244, 244), round_by=2)
    for x in (150, 420, 960):
        _parasol(canvas, x + rng.uniform(-30, 30), rng.uniform(712, 760), rng)
    for _ in range(7):
        person(canvas, (rng.uniform(40, 1160), rng.uniform(690, 785)), rng.uniform(64, 90), rng.choice(JACKETS), rng)


def _parasol(canvas: Canvas, x: float, ground: float, rng: Random) -> None:
    colour = rng.choice(((224, 90, 70), (62, 130, 150), (240, 184, 70)))
    canvas.box(x - 74, ground - 6, 120, 14, rng.choice(JACKETS), round_by=5)
    canvas.line([(x, ground), (x + 14, ground - 150)], (250, 246, 236), 6)
    for part in range(6):
        left, right = x - 86 + part * 33, x - 86 + (part + 1) * 33
        canvas.shape(
            [(left, ground - 108), (x + 14, ground - 172), (right, ground - 108)], colour if part % 2 else CREAM
        )


def park(canvas: Canvas, rng: Random) -> None:
    """Paint the town park: meadow, path, pond, bench, strollers; green or in autumn colours."""
    autumn = happens(rng, 0.35)
    leaves: tuple[Colour, ...] = (
        ((214, 134, 58), (196, 92, 52), (224, 174, 74)) if autumn else ((94, 146, 84), (124, 166, 92), (70, 126, 88))
    )
    sky = rng.choice(_DAY_SKIES)
    canvas.gradient(sky, 0, 460)
    clouds(canvas, (250, 250, 246), rng, amount=3, low=170)
    for x in range(-10, 1240, 120):
        townhouse(
            canvas,
            (x, 430),
            (110, rng.uniform(70, 130)),
            mix(rng.choice(FACADES), sky[2], 0.45),
            roof=mix(INK, sky[2], 0.5),
            glass=mix(sky[0], INK, 0.2),
        )
    canvas.hill(420, 20, mix(leaves[0], sky[1], 0.4), rng)
    for x in range(0, 1220, 88):
        leafy(
            canvas, (x + rng.uniform(-24, 24), 470), rng.uniform(110, 170), mix(rng.choice(leaves), sky[1], 0.25), rng
        )
    canvas.hill(470, 18, (136, 178, 96) if not autumn else (168, 168, 92), rng)
    canvas.shape(
        [(520, 462), (570, 462), (640, 560), (520, 660), (560, 800), (300, 800), (360, 660), (560, 560)],
        (232, 214, 178),
    )
    canvas.disc((900, 640), 210, (108, 168, 190), down=56)
    canvas.disc((900, 634), 196, (150, 200, 212), down=46)
    for _ in range(170):
        canvas.disc(
            (rng.uniform(0, 1200), rng.uniform(500, 790)),
            rng.uniform(2, 5),
            rng.choice(((250, 240, 200), (244, 196, 80), (226, 120, 130), (150, 130, 200)))
            if not autumn
            else rng.choice(leaves),
        )
    for x in (110, 1080):
        leafy(canvas, (x + rng.uniform(-30, 30), 730), 380, rng.choice(leaves), rng)
    canvas.box(640, 690, 150, 10, (126, 84, 58), round_by=3)
    canvas.box(640, 660, 150, 10, (126, 84, 58), round_by=3)
    for x in (656, 766):
        canvas.box(x, 660, 8, 68, (60, 66, 74))
    for _ in range(5):
        person(canvas, (rng.uniform(330, 620), rng.uniform(580, 770)), rng.uniform(70, 104), rng.choice(JACKETS), rng)
