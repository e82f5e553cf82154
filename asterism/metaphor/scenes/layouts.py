"""How each relation looks: the subject acts, the object is acted upon.

Coordinates are units of a board of 192 × 192 with the subject on the left; the canvas mirrors, shifts and scales them.
Everything stays at least 8 units from the border, so that no shift reaches it.
"""

import math
from collections.abc import Callable, Mapping

from asterism.metaphor.scenes import palette
from asterism.metaphor.scenes.canvas import Canvas, arc, bend
from asterism.metaphor.scenes.scene import Scene

Layout = Callable[[Canvas, Scene], None]


def traps(canvas: Canvas, scene: Scene) -> None:
    """The object sits behind bars; the subject stands outside and holds the rope of the cage."""
    subject = canvas.place(scene.subject, 42, 174, 62)
    captive = canvas.place(scene.object, 131, 164, 60)
    canvas.polygon([*arc(131, 106, 44, 44, 180, 360), (175, 170), (87, 170)], palette.PAPER)
    grip = canvas.touch(subject, "top")
    canvas.curve(bend(grip, (grip[0] + 4, 44), (131, 56)), palette.STEEL, 4)
    canvas.curve(arc(131, 106, 44, 44, 180, 360), palette.STEEL, 4)
    canvas.disc(131, 56, 7, palette.STEEL)
    canvas.stamp(subject)
    canvas.stamp(captive)
    for x in (87, 104.6, 122.2, 139.8, 157.4, 175):
        top = 106 - 44 * math.sqrt(max(0.0, 1 - ((x - 131) / 44) ** 2))
        canvas.line([(x, top), (x, 172)], palette.STEEL, 2.6)
    canvas.box(81, 167, 181, 177, palette.STEEL)


def outweighs(canvas: Canvas, scene: Scene) -> None:
    """A balance: the subject's pan has sunk, the object's hangs high."""
    low, high = (52, 76), (140, 34)
    canvas.line([(96, 52), (96, 174)], palette.STEEL, 5)
    canvas.box(72, 172, 120, 180, palette.STEEL)
    canvas.line([low, high], palette.STEEL, 5)
    canvas.disc(96, 55, 6, palette.STEEL)
    for figure, (x, y), floor in ((scene.subject, low, 164), (scene.object, high, 116)):
        canvas.line([(x - 35, floor), (x, y), (x + 35, floor)], palette.SILVER, 2)
        canvas.stamp(canvas.place(figure, x, floor - 1, 58), halo=2)
        canvas.polygon(arc(x, floor, 38, 12, 0, 180), palette.STEEL)


def rules(canvas: Canvas, scene: Scene) -> None:
    """The subject stands crowned on a podium; the object, smaller, on the floor below."""
    canvas.line([(10, 179), (182, 179)], palette.STEEL, 3)
    canvas.box(32, 132, 108, 178, palette.STONE, palette.STEEL)
    canvas.box(24, 124, 116, 134, palette.SILVER, palette.STEEL)
    ruler = canvas.place(scene.subject, 70, 123, 62)
    canvas.stamp(ruler)
    canvas.stamp(canvas.place(scene.object, 151, 177, 52))
    y = ruler.top - 3
    crown = [(51, y), (47, y - 20), (60, y - 11), (70, y - 25), (80, y - 11), (93, y - 20), (89, y)]
    canvas.polygon(crown, palette.GOLD, palette.STEEL, 2)


def grows_from(canvas: Canvas, scene: Scene) -> None:
    """A green stem rises out of the object, which lies in the soil; the subject is its blossom."""
    root = canvas.place(scene.object, 92, 176, 58)
    blossom = canvas.place(scene.subject, 104, 68, 58)
    canvas.polygon(arc(92, 180, 78, 46, 180, 360), palette.SOIL)
    foot, tip = canvas.touch(root, "top"), canvas.touch(blossom, "bottom")
    stem = [
        (
            foot[0] + (tip[0] - foot[0]) * t + 9 * math.sin(math.pi * t * 2),
            foot[1] + 3 + (tip[1] - foot[1] - 3) * t,
        )
        for t in (i / 16 for i in range(17))
    ]
    canvas.curve(stem, palette.STEM, 6)
    for side, knot in ((-1, stem[6]), (1, stem[10])):
        leaf = arc(knot[0] + side * 16, knot[1], 17, 8, 0, 360, 20)
        canvas.polygon([(x, y - side * (x - knot[0]) * 0.35) for x, y in leaf], palette.STEM)
    canvas.stamp(root, halo=2)
    canvas.stamp(blossom)


def hides(canvas: Canvas, scene: Scene) -> None:
    """The subject stands before a curtain that covers a third of the object."""
    hidden = canvas.place(scene.object, 138, 170, 70)
    canvas.stamp(hidden.moved(114 - hidden.left - (hidden.right - hidden.left) / 3))
    canvas.line([(12, 56), (126, 56)], palette.STEEL, 5)
    hem = [(18 + 8 * i, 178 + (3 if i % 2 else -3)) for i in range(13)]
    canvas.polygon([(18, 58), (114, 58), *reversed(hem)], palette.CLOTH, palette.FOLD, 2)
    for x in (34, 50, 66, 82, 98):
        canvas.line([(x, 60), (x, 174)], palette.FOLD, 2)
    canvas.stamp(canvas.place(scene.subject, 64, 164, 68), halo=4)


def breaks(canvas: Canvas, scene: Scene) -> None:
    """The object is split by a blow from the subject's side."""
    subject = canvas.place(scene.subject, 40, 142, 60)
    victim = canvas.place(scene.object, 142, 146, 68)
    height = victim.bottom - victim.top
    crack = [(victim.x + (5 if i % 2 else -5), victim.top + height * (i / 4)) for i in range(5)]
    canvas.stamp_halves(victim, crack, (4, -2 if canvas.mirrored else 2))
    spikes = [(i * math.pi / 8, radius) for i, radius in enumerate([25, 12] * 8)]
    burst = [(92 + radius * math.cos(angle), 110 + radius * math.sin(angle)) for angle, radius in spikes]
    canvas.polygon(burst, palette.SPARK, palette.EMBER, 2.5)
    canvas.stamp(subject, halo=2)
    for x, y in ((118, 158), (138, 166), (160, 158)):
        canvas.polygon([(x, y), (x + 8, y + 2), (x + 2, y + 8)], palette.STEEL)


def chases(canvas: Canvas, scene: Scene) -> None:
    """Both run the same way over the ground, the subject behind the object."""
    canvas.line([(10, 138), (182, 138)], palette.STEEL, 3)
    for x in (10, 92):
        for y, start in ((88, 3), (104, 0), (120, 3)):
            canvas.line([(x + start, y), (x + 17, y)], palette.SILVER, 3.5)
    canvas.stamp(canvas.place(scene.subject, 61, 134, 58), halo=2)
    canvas.stamp(canvas.place(scene.object, 150, 134, 56), halo=2)
    for x in (40, 96, 152):
        canvas.arrow((x - 15, 156), (x + 15, 156), palette.STEEL, 4.5)


def bridges_to(canvas: Canvas, scene: Scene) -> None:
    """An arched bridge leads from the subject's bank to the object's."""
    canvas.box(60, 152, 132, 180, palette.WATER)
    canvas.polygon([(8, 122), (66, 122), (60, 182), (8, 182)], palette.SOIL)
    canvas.polygon([(126, 122), (184, 122), (184, 182), (132, 182)], palette.SOIL)
    canvas.curve(arc(96, 128, 36, 26, 180, 360), palette.WOOD, 8)
    canvas.curve(arc(96, 108, 36, 26, 180, 360), palette.WOOD, 3)
    for x in (66, 81, 96, 111, 126):
        rise = 26 * math.sqrt(max(0.0, 1 - ((x - 96) / 36) ** 2))
        canvas.line([(x, 128 - rise), (x, 108 - rise)], palette.WOOD, 2.5)
    canvas.stamp(canvas.place(scene.subject, 36, 120, 58), halo=2)
    canvas.stamp(canvas.place(scene.object, 156, 120, 58), halo=2)
    canvas.arrow((72, 62), (120, 62), palette.STEEL, 5)


def shields(canvas: Canvas, scene: Scene) -> None:
    """The subject holds a shield against arrows; the object is sheltered behind it."""
    canvas.line([(10, 157), (182, 157)], palette.STEEL, 3)
    canvas.stamp(canvas.place(scene.object, 36, 155, 54))
    subject = canvas.place(scene.subject, 95, 155, 60)
    canvas.line([canvas.touch(subject, "right"), (138, 122)], palette.STEEL, 4)
    canvas.stamp(subject, halo=2)
    outer, inner = arc(112, 114, 40, 60, -72, 72), arc(108, 114, 32, 58, 72, -72)
    canvas.polygon([*outer, *inner], palette.SILVER, palette.STEEL, 3)
    for y, drop in ((84, -8), (112, 0), (140, 6)):
        canvas.arrow((183, y + drop), (155 - abs(drop) * 0.6, y), palette.EMBER, 3.5)


def lifts(canvas: Canvas, scene: Scene) -> None:
    """The subject rises and carries the object on a platform that hangs from it by ropes."""
    subject = canvas.place(scene.subject, 96, 76, 58)
    load = canvas.place(scene.object, 96, 165, 56)
    for x in (60, 132):
        canvas.line([canvas.touch(subject, "bottom"), (x, 166)], palette.SILVER, 3)
    canvas.stamp(subject)
    canvas.stamp(load, halo=2)
    canvas.box(52, 165, 140, 174, palette.WOOD, palette.STEEL)
    for x in (32, 160):
        canvas.arrow((x, 164), (x, 104), palette.STEEL, 6)


LAYOUTS: Mapping[str, Layout] = {
    "traps": traps,
    "outweighs": outweighs,
    "rules": rules,
    "grows from": grows_from,
    "hides": hides,
    "breaks": breaks,
    "chases": chases,
    "bridges to": bridges_to,
    "shields": shields,
    "lifts": lifts,
}
