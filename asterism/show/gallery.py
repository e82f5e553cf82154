"""A page of images, shelf by shelf: one self-contained file that opens without a network."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterism.core.files import whole_file
from asterism.core.image import Image
from asterism.show.page import inlined, template


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An image with what it shows as text, and the answer."""

    title: str
    image: Image
    text: str
    answer: str

    @property
    def source(self) -> str:
        """The image as a data URI."""
        return f"data:image/png;base64,{base64.b64encode(self.image.png()).decode()}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The images of one task; ``name`` is its anchor, ``facts`` are a few words each."""

    name: str
    title: str
    facts: Sequence[str]
    rules: str
    exhibits: Sequence[Exhibit]


@dataclass(frozen=True, slots=True)
class Room:
    """Shelves under one heading."""

    title: str
    shelves: Sequence[Shelf]


def write_gallery(folder: Path, title: str, rooms: Sequence[Room]) -> Path:
    """``folder/index.html``, whole or not at all.

    Raises:
        AsterismError: the disk does not take it.
    """
    page = render_gallery(title, rooms)
    with whole_file(folder / "index.html") as beside:
        beside.write_text(page, encoding="utf-8")
    return folder / "index.html"


def render_gallery(title: str, rooms: Sequence[Room]) -> str:
    """The page as text."""
    return template("gallery.html.jinja").render(
        title=title,
        rooms=rooms,
        shelves=sum(len(room.shelves) for room in rooms),
        images=sum(len(shelf.exhibits) for room in rooms for shelf in room.shelves),
        css=inlined("report.css"),
        gallery_css=inlined("gallery.css"),
    )
