"""An image with an identity of its own."""

import hashlib
import io
import math
import warnings
from pathlib import Path
from typing import Self

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.flatten import flatten

MAX_PIXELS = 64 * 1024 * 1024
"""The pixel budget: an image with more pixels than this is refused before it is decoded."""

_REMEDY = "Give a readable PNG, JPEG, WebP, GIF or BMP file, or drop the record."


class Image:
    """An image: RGB pixels, loaded when first needed, identified by what they show.

    Two images are equal when width, height and decoded RGB pixels are equal, whatever file or format
    they came from. EXIF rotation is applied; transparency is laid over white.
    """

    __slots__ = ("_data", "_digest", "_name", "_pixels", "_size", "path")

    def __init__(
        self,
        *,
        path: Path | None = None,
        pixels: NDArray[np.uint8] | None = None,
        data: bytes | None = None,
        name: str = "",
    ) -> None:
        if sum(source is not None for source in (path, pixels, data)) != 1:
            raise ValueError("an Image is made from a path, from bytes or from pixels: one of them")
        self.path = path
        self._data = data
        self._name = str(path) if path is not None else name or "image in bytes"
        self._pixels = pixels
        self._size: tuple[int, int] | None = None
        self._digest: str | None = None

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The image in a file; the file is opened only when its size or pixels are asked for."""
        return cls(path=Path(path))

    @classmethod
    def from_bytes(cls, data: bytes, name: str = "") -> Self:
        """The image in the bytes of a file (PNG, JPEG, ...), decoded when first needed; errors speak of ``name``."""
        return cls(data=data, name=name)

    @classmethod
    def from_pixels(cls, pixels: NDArray[np.uint8]) -> Self:
        """An image from an array of shape ``[height, width, 3]``, dtype uint8."""
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be uint8 [height, width, 3], not {pixels.dtype} {pixels.shape}")
        if not pixels.size:
            raise ValueError(f"an image has at least one pixel, not {pixels.shape}")
        own = pixels.copy()  # identity is what it shows, so nobody else may paint on it
        own.setflags(write=False)
        return cls(pixels=own)

    @classmethod
    def from_pil(cls, image: PIL.Image.Image) -> Self:
        """An image from a Pillow image, flattened to RGB over white."""
        return cls.from_pixels(flatten(image))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, after EXIF rotation."""
        if self._size is None:
            height, width, _ = self.pixels.shape
            self._size = (width, height)
        return self._size

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """The RGB pixels, ``[height, width, 3]`` uint8, read-only.

        Raises:
            AsterismError: the file is missing, is no image, or is over the pixel budget.
        """
        pixels = self._pixels  # looked at once: another thread may forget them
        if pixels is None:
            pixels = self._pixels = _decode(self._source(), self._name)
        return pixels

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over width, height and RGB pixels: the identity of the image."""
        if self._digest is None:
            pixels = self.pixels
            head = f"{pixels.shape[1]}x{pixels.shape[0]}:".encode()
            self._digest = hashlib.sha256(head + pixels.tobytes()).hexdigest()
        return self._digest

    def pil(self) -> PIL.Image.Image:
        """The image as a Pillow RGB image (a copy)."""
        return PIL.Image.fromarray(self.pixels)

    def png(self) -> bytes:
        """The image as PNG bytes."""
        buffer = io.BytesIO()
        self.pil().save(buffer, format="PNG")
        return buffer.getvalue()

    def save(self, path: Path) -> None:
        """Write the image as PNG, whole or not at all.

        Raises:
            AsterismError: the disk does not take it.
        """
        with whole_file(path) as beside:
            beside.write_bytes(self.png())

    def within(self, low: int | None, high: int | None) -> "Image":
        """The image scaled, its proportions kept, to have at least ``low`` and at most ``high`` pixels in all."""
        width, height = self.size
        area = width * height
        wanted = max(low or 0, min(area, high or area))
        if wanted == area:
            return self
        # Rounded away from the bound that it is scaled to, which must hold exactly.
        scale, whole = math.sqrt(wanted / area), math.floor if wanted < area else math.ceil
        size = (max(1, whole(width * scale)), max(1, whole(height * scale)))
        return Image.from_pil(self.pil().resize(size, PIL.Image.Resampling.BICUBIC))

    def exists(self) -> bool:
        """Whether there is a file to read, or bytes or pixels are at hand already."""
        return self.path is None or self._pixels is not None or _is_file(self.path)

    def forget(self) -> None:
        """Drop decoded pixels that can be read again from the file or the bytes."""
        if self.is_encoded:
            _ = self.digest, self.size
            self._pixels = None

    @property
    def is_encoded(self) -> bool:
        """Whether the image comes from a file or its bytes, and not from pixels."""
        return self.path is not None or self._data is not None

    def encoded(self) -> bytes:
        """The image as it is stored: the bytes of its file, or PNG where there are only pixels.

        Raises:
            AsterismError: the file is missing or may not be read.
        """
        if not self.is_encoded:
            return self.png()
        source = self._source()
        if isinstance(source, bytes):
            return source
        try:
            return source.read_bytes()
        except OSError as error:
            raise AsterismError(
                f"image cannot be read ({error.strerror or error})", where=self._name, remedy=_REMEDY
            ) from error

    def _source(self) -> Path | bytes:
        source = self.path if self.path is not None else self._data
        assert source is not None
        return source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Image) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Image({self._name if self.is_encoded else 'pixels'})"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def _decode(source: Path | bytes, name: str) -> NDArray[np.uint8]:
    if isinstance(source, Path) and not _is_file(source):
        raise AsterismError("image not found", where=name, remedy=_REMEDY)
    try:
        with _opened(source) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise AsterismError(
                    f"image of {width} × {height} pixels is over the budget of {MAX_PIXELS:,} pixels",
                    where=name,
                    remedy="Scale it down before use.",
                )
            return flatten(image)
    except AsterismError:
        raise
    except PIL.Image.DecompressionBombError as error:
        raise AsterismError(f"image is too large ({error})", where=name, remedy="Scale it down before use.") from error
    except Exception as error:  # an edge: decoders of foreign bytes raise anything from OSError to NotImplementedError
        raise AsterismError(f"image cannot be decoded ({error})", where=name, remedy=_REMEDY) from error


def _opened(source: Path | bytes) -> PIL.Image.Image:
    with warnings.catch_warnings():  # our own budget is the stricter one and speaks for itself
        warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
        return PIL.Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
