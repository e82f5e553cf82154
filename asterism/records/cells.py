"""Images in the cells of tables: paths, bytes, base64, and ``{bytes, path}`` as the library ``datasets`` has them."""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.image import Image

_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
"""How the files of PNG, JPEG, GIF, WebP, BMP and TIFF begin."""
_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{32,}={0,2}\s*")
_FORMS = "An image is a path, bytes, base64 text, or {bytes, path}; several are a list of these."


class ImageCells:
    """Reads images from cells. ``folder`` is where paths count from, the folder of the table's file where it is None.

    Equal bytes and equal paths give one object, so that they are kept, and later decoded, once.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: dict[bytes | Path, Image] = {}

    def images(self, cell: Any, beside: Path, where: str) -> tuple[Image, ...]:
        """The images of a cell in their order; none of a cell that holds nothing.

        Raises:
            AsterismError: an entry is no image, or its file is missing.
        """
        if cell is None:
            return ()
        entries = cell if isinstance(cell, list | tuple) else [cell]
        return tuple(self._image(entry, self._folder or beside, where) for entry in entries)

    def may_be(self, cell: Any, beside: Path) -> bool:
        """Whether a cell holds images, or the path of a file that is there and is named like one."""
        return may_be_images(cell, self._folder or beside)

    def _image(self, entry: Any, folder: Path, where: str) -> Image:
        if isinstance(entry, Mapping):
            entry = entry.get("bytes") or entry.get("path")
        if isinstance(entry, str):
            entry = _decoded(entry) or folder / entry
        if not isinstance(entry, bytes | Path):
            raise AsterismError(f"holds {type(entry).__name__}, not an image", where=where, remedy=_FORMS)
        if entry not in self._known:
            image = Image.from_bytes(entry, f"image of {where}") if isinstance(entry, bytes) else Image.open(entry)
            if not image.exists():
                raise AsterismError(
                    f"image {str(entry)[:300]} is missing",
                    where=where,
                    remedy="Put it there, or name the folder of images: images.",
                )
            self._known[entry] = image
        return self._known[entry]


def holds_images(cell: Any) -> bool:
    """Whether a cell holds images themselves: bytes, ``{bytes, path}`` or base64, or a list of these."""
    if isinstance(cell, list | tuple):
        return bool(cell) and holds_images(cell[0])
    if isinstance(cell, Mapping):
        return cell.keys() == {"bytes", "path"}
    return isinstance(cell, bytes) or (isinstance(cell, str) and _decoded(cell) is not None)


def may_be_images(cell: Any, folder: Path) -> bool:
    """Whether a cell holds images, or the path of a file that is there and is named like one."""
    if isinstance(cell, list | tuple):
        return bool(cell) and may_be_images(cell[0], folder)
    if isinstance(cell, str) and cell.lower().endswith(_SUFFIXES) and len(cell) < 1000:
        return Image.open(folder / cell).exists()
    return holds_images(cell)


def _decoded(text: str) -> bytes | None:
    """The bytes of a file of an image that a text holds in base64, as a data URI or bare; None where it is no such."""
    if text.startswith("data:image/"):
        text = text.partition(",")[2]
    elif len(text) < 64 or not _BASE64.fullmatch(text):
        return None
    try:
        data = base64.b64decode(text)
    except binascii.Error:
        return None
    return data if data.startswith(_SIGNATURES) else None
