"""A cache of the images that stand in the cells of tables; see :mod:`asterism.core.rows`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.image import Image


class ImageCache:
    """One ``Image`` for equal bytes or one path: decoded once for its digest, its pixels dropped again."""

    def __init__(self) -> None:
        self._images: dict[bytes | Path, Image] = {}

    def image(self, cell: Any, where: str) -> Image:
        """The image of a cell: ``{"bytes", "path"}``, bytes, or the path of a file.

        Raises:
            AsterismError: it is none of these, is missing or cannot be decoded.
        """
        if isinstance(cell, Mapping):
            cell = cell.get("bytes") or cell.get("path")
        key = cell if isinstance(cell, bytes) else Path(cell) if isinstance(cell, str | Path) and cell else None
        if key is None:
            raise AsterismError("holds no image", where=where, remedy="An image is bytes, a path, or {bytes, path}.")
        if key not in self._images:
            image = Image.from_bytes(key, where) if isinstance(key, bytes) else Image.open(key)
            image.forget()  # hundreds of decoded images would not fit into memory
            self._images[key] = image
        return self._images[key]
