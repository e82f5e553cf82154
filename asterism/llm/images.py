"""Images on their way to a server."""

import base64
import io

import PIL.Image

from asterism.core.errors import AsterismError
from asterism.core.image import Image

MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
"""The formats that every server reads."""
PLAIN_MODES = ("1", "L", "P", "RGB")
EXIF_ORIENTATION = 0x0112


def data_url(image: Image) -> str:
    """The image as a data URL with its true MIME type.

    A file that every reader decodes to the same pixels is sent as it is; anything else (turned by EXIF, transparent,
    animated, 16 bits, CMYK, another format) as PNG. Nothing is kept in memory.

    Raises:
        AsterismError: the image cannot be read, or its file shows something else than when it was first read.
    """
    if image.path is None:
        return _url("image/png", image.png())
    fresh = Image.open(image.path)
    if fresh.digest != image.digest:
        raise AsterismError(
            "the image was changed while it was in use", where=str(image.path), remedy="Start again with the new one."
        )
    raw = image.path.read_bytes()
    mime = plain_mime(raw)
    return _url(mime, raw) if mime is not None else _url("image/png", fresh.png())


def plain_mime(raw: bytes) -> str | None:
    """The MIME type of a file that every reader decodes to the same pixels, None of any other."""
    with PIL.Image.open(io.BytesIO(raw), formats=None) as image:
        plain = (
            image.mode in PLAIN_MODES
            and "transparency" not in image.info
            and getattr(image, "n_frames", 1) == 1
            and image.getexif().get(EXIF_ORIENTATION, 1) == 1
        )
        return MIME.get(image.format or "") if plain else None


def _url(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
