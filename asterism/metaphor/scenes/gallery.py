"""A contact sheet: one scene for each relation, with what it shows and what it implies."""

from itertools import count

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from asterism.core.image import Image
from asterism.metaphor.scenes.drawing import draw
from asterism.metaphor.scenes.questions import open_answer
from asterism.metaphor.scenes.sampling import sample_scene
from asterism.metaphor.scenes.scene import RELATIONS, Scene

COLUMNS = 5
CELL = 208
CAPTION = 42
GAP = 8
INK, FAINT = (22, 22, 26), (96, 102, 112)
FONT_SIZES = (13, 12, 11, 10, 9)

Font = PIL.ImageFont.FreeTypeFont | PIL.ImageFont.ImageFont


def contact_sheet(seed: int) -> Image:
    """Ten scenes of a seed, a relation each, in two rows of five with two lines of caption under each."""
    rows = -(-len(RELATIONS) // COLUMNS)
    size = COLUMNS * (CELL + GAP) + GAP, rows * (CELL + CAPTION + GAP) + GAP
    sheet = PIL.Image.new("RGB", size, "white")
    pen = PIL.ImageDraw.Draw(sheet)
    for number, scene in enumerate(relation_scenes(seed)):
        row, column = divmod(number, COLUMNS)
        left, top = GAP + column * (CELL + GAP), GAP + row * (CELL + CAPTION + GAP)
        sheet.paste(draw(scene, CELL).pil(), (left, top))
        pen.rectangle((left, top, left + CELL - 1, top + CELL - 1), outline=FAINT)
        for line, (text, colour) in enumerate(zip(captions(scene), (INK, FAINT), strict=True)):
            pen.text((left + CELL / 2, top + CELL + 12 + 17 * line), text, fill=colour, font=_font(text), anchor="mm")
    return Image.from_pil(sheet)


def relation_scenes(seed: int) -> list[Scene]:
    """The first sampled scene of each relation, in the order of the relations."""
    return [_first_scene(seed, relation) for relation in RELATIONS]


def captions(scene: Scene) -> tuple[str, str]:
    """What a scene shows, and what it implies."""
    subject, relation, object_ = scene.triple
    return f"The {subject} {relation} the {object_}.", open_answer(scene)


def _first_scene(seed: int, relation: str) -> Scene:
    return next(scene for index in count() if (scene := sample_scene(seed, "all", index)).relation == relation)


def _font(text: str) -> Font:
    """The largest font in which a line fits under its image."""
    fonts = [PIL.ImageFont.load_default(size) for size in FONT_SIZES]
    return next((font for font in fonts if font.getlength(text) <= CELL), fonts[-1])
