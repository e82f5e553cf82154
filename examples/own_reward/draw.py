"""Draws the images of this example and writes the questions about them: python draw.py [FOLDER]."""

import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = {"red": (200, 40, 40), "green": (40, 150, 60), "blue": (50, 80, 200)}
PLACES = ((12, 12), (36, 36), (12, 36), (36, 12), (24, 24))


def draw(count: int, colour: str) -> Image.Image:
    """So many dots of a colour on white, 48 × 48 pixels."""
    image = Image.new("RGB", (48, 48), "white")
    pen = ImageDraw.Draw(image)
    for x, y in PLACES[:count]:
        pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=COLOURS[colour])
    return image


def main(folder: Path) -> None:
    """Write six images, and a question about each."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    scenes = [(1, "red"), (2, "green"), (3, "blue"), (4, "red"), (5, "green"), (2, "blue")]
    lines = []
    for number, (count, colour) in enumerate(scenes):
        name = f"images/{number}.png"
        draw(count, colour).save(folder / name)
        lines.append({"id": f"dots-{number}", "image": name, "question": "How many dots are there?", "answer": count})
    (folder / "data.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
