"""Writes data.jsonl as another project might have it, with names and forms of its own: python draw.py [FOLDER]."""

import base64
import io
import json
import sys
from pathlib import Path

from PIL import Image

COLOURS = {"red": (200, 40, 40), "green": (40, 150, 60), "blue": (50, 80, 200)}


def encoded(colour: str) -> str:
    """An image of one colour, 32 × 32 pixels, as PNG in base64."""
    file = io.BytesIO()
    Image.new("RGB", (32, 32), COLOURS[colour]).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def main(folder: Path) -> None:
    """Write six rows."""
    names = list(COLOURS)
    rows = [
        {
            "uid": 100 + number,
            "picture": encoded(names[number % 3]),
            "problem": "Which colour is this?",
            "choices": names,
            "label": number % 3,
            "source": "drawn",
        }
        for number in range(6)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
