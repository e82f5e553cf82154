"""The colours of metaphor scenes as RGB, and the neutral ones of their props."""

from collections.abc import Mapping

RGB = tuple[int, int, int]

COLOUR_RGB: Mapping[str, RGB] = {
    "red": (214, 28, 36),
    "orange": (248, 128, 8),
    "yellow": (232, 196, 0),
    "green": (28, 148, 58),
    "blue": (24, 92, 222),
    "purple": (128, 40, 172),
    "pink": (248, 110, 184),
    "brown": (122, 70, 34),
    "black": (22, 22, 26),
}
BACKGROUND_RGB: Mapping[str, RGB] = {
    "white": (255, 255, 255),
    "cream": (253, 243, 206),
    "mint": (208, 245, 222),
    "rose": (253, 218, 222),
    "sky": (206, 232, 253),
    "lilac": (230, 216, 250),
}

STEEL = (84, 92, 104)
SILVER = (150, 158, 170)
STONE = (176, 176, 182)
SOIL = (196, 164, 122)
STEM = (96, 160, 70)
GOLD = (250, 208, 60)
SPARK = (255, 226, 90)
EMBER = (232, 106, 30)
WATER = (140, 190, 232)
WOOD = (160, 120, 78)
PAPER = (250, 250, 250)
CLOTH = (186, 178, 196)
FOLD = (140, 130, 154)
