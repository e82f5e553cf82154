"""From a scene to its image."""

import difflib
from collections.abc import Iterable

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.seeds import rng_for
from asterism.metaphor.scenes.canvas import SIDE, Canvas
from asterism.metaphor.scenes.layouts import LAYOUTS
from asterism.metaphor.scenes.palette import BACKGROUND_RGB, COLOUR_RGB
from asterism.metaphor.scenes.scene import Figure, Scene
from asterism.metaphor.scenes.symbols import SYMBOLS

MIN_SIZE = 48


def draw(scene: Scene, size: int = SIDE) -> Image:
    """The image of a scene, ``size`` × ``size`` pixels.

    The same scene and size give the same pixels everywhere. ``mirrored`` swaps left and right of the layout and leaves
    the symbols themselves as they are.

    Raises:
        AsterismError: a symbol, colour, background or relation is unknown, or ``size`` is under 48.
    """
    _check(scene, size)
    rng = rng_for("scene drawing", scene.jitter)
    canvas = Canvas(size, BACKGROUND_RGB[scene.background], scene.mirrored, rng)
    LAYOUTS[scene.relation](canvas, scene)
    if scene.bystander is not None:
        x = rng.choice((25, SIDE - 25))
        canvas.stamp(canvas.place(scene.bystander, x, 40, 30))
    return Image.from_pil(canvas.finish())


def _check(scene: Scene, size: int) -> None:
    if size < MIN_SIZE:
        raise AsterismError(f"a scene of {size} pixels is too small", remedy=f"Draw it with {MIN_SIZE} pixels or more.")
    _known("relation", scene.relation, LAYOUTS)
    _known("background", scene.background, BACKGROUND_RGB)
    for figure in (scene.subject, scene.object, scene.bystander):
        if figure is not None:
            _check_figure(figure)


def _check_figure(figure: Figure) -> None:
    _known("symbol", figure.symbol, SYMBOLS)
    _known("colour", figure.colour, COLOUR_RGB)


def _known(field: str, value: str, names: Iterable[str]) -> None:
    known = list(names)
    if value in known:
        return
    near = difflib.get_close_matches(value, known, n=1, cutoff=0.0)[0]
    raise AsterismError(f"unknown {field} {value!r}", remedy=f"Did you mean {near!r}? Known: {', '.join(known)}.")
