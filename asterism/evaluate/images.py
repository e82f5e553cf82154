"""Which records show the same image: each file is hashed once, and decoded once in the life of a run folder."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.image import Image
from asterism.core.records import take_meta
from asterism.core.task import Task
from asterism.evaluate.units import OWN_IMAGE

_BOOK = TypeAdapter(dict[str, str])


def name_images(tasks: Sequence[Task], book: Path | None = None) -> list[Task]:
    """The tasks with the identity of their images in ``meta``, so that grouping by image decodes nothing more.

    The identity is that of :class:`Image`: what the pixels show. ``book`` is a JSON file that keeps it by the SHA-256
    of the image's file, so that a second call decodes nothing. A file that cannot be decoded is an image of its own,
    known by its bytes: that its record fails is told where it is asked.
    """
    known = _read(book)
    count = len(known)
    by_path: dict[Path, str] = {}
    named = []
    for task in tasks:
        shown = "+".join(_identity(image, known, by_path) for image in task.images)
        named.append(take_meta(task, **{OWN_IMAGE: shown or f"task:{task.id}"}) if task.images else task)
    if book is not None and len(known) > count:
        with whole_file(book) as beside:
            beside.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return named


def _identity(image: Image, known: dict[str, str], by_path: dict[Path, str]) -> str:
    if image.path is None:
        return image.digest
    if image.path not in by_path:
        content = hashlib.sha256(image.path.read_bytes()).hexdigest()
        if content not in known:
            known[content] = _decoded(image, content)
        by_path[image.path] = known[content]
    return by_path[image.path]


def _decoded(image: Image, content: str) -> str:
    try:
        digest = image.digest
    except AsterismError:
        return f"file:{content}"
    image.forget()
    return digest


def _read(book: Path | None) -> dict[str, str]:
    if book is None or not book.is_file():
        return {}
    try:
        return _BOOK.validate_json(book.read_bytes())
    except ValidationError:
        return {}  # it only saves time
