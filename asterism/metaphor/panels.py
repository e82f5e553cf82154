"""Images that are several images side by side, such as the three boxes of NLVR."""

from itertools import pairwise

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.task import Task


def split_panels(task: Task, panels: int) -> tuple[Image, ...]:
    """The images of a task, each cut into ``panels`` of equal width, left to right.

    Raises:
        AsterismError: an image is narrower than the number of panels.
    """
    cut = []
    for image in task.images:
        width = image.size[0]
        if width < panels:
            raise AsterismError(
                f"an image {width} pixels wide cannot be cut into {panels} panels",
                where=f"task {task.id}",
                remedy="Lower data.panels.",
            )
        edges = [round(width * place / panels) for place in range(panels + 1)]
        cut += [Image.from_pixels(image.pixels[:, left:right].copy()) for left, right in pairwise(edges)]
    return tuple(cut)
