"""Whether a drawn image can be read: told from the boxes and colours of what was drawn."""

from asterism.helix.canvas import SMALLEST_TEXT, Box, Canvas

CONTRAST = 4.5


def faults(canvas: Canvas) -> list[str]:
    """What is wrong with an image; empty where nothing is."""
    found = []
    side = max(canvas.width, canvas.height)
    if not 448 <= side <= 1024:
        found.append(f"the long side is {side} pixels, not 448 to 1,024")
    letters = [mark for mark in canvas.marks if mark.kind == "text"]
    smallest = SMALLEST_TEXT * side / 448
    for mark in letters:
        left, top, right, bottom = mark.box
        if left < 0 or top < 0 or right > canvas.width or bottom > canvas.height:
            found.append(f"{mark.text!r} is cut off at {mark.box}")
        if mark.size < smallest:
            found.append(f"{mark.text!r} is {mark.size} pixels high; {smallest:.1f} are needed at {side}")
    found += [
        f"{a.text!r} and {b.text!r} overlap"
        for place, a in enumerate(letters)
        for b in letters[place + 1 :]
        if _overlap(a.box, b.box)
    ]
    for mark in letters:
        under = _under(canvas, mark.box, canvas.marks.index(mark))
        if contrast(mark.colour, under) < CONTRAST:
            found.append(f"{mark.text!r} in {mark.colour} on {under} has too little contrast")
    return found


def contrast(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _under(canvas: Canvas, box: Box, before: int) -> tuple[int, int, int]:
    """The colour of the last shape drawn before that covers the middle of a box."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for mark in reversed(canvas.marks[:before]):
        left, top, right, bottom = mark.box
        wide = right - left > 10 and bottom - top > 10
        if mark.kind == "shape" and wide and left <= x <= right and top <= y <= bottom:
            return mark.colour
    return canvas.background


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in (c / 255 for c in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
