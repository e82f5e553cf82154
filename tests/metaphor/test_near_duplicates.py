import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageOps
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import DisjointSet

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.seeds import rng_for
from asterism.metaphor.near_duplicates.descriptor import content_box, describe
from asterism.metaphor.near_duplicates.grouping import Match, _without_chains, component_numbers, group_images

Picture = PIL.Image.Image
SHADES = ("red", "blue", "gold", "black", "green")


def drawing(number: int, *, changed: bool = False) -> Picture:
    """Coloured shapes on one background, as the pictures of NLVR; ``changed`` paints one small shape anew."""
    rng = rng_for("drawing", number)
    picture = PIL.Image.new("RGB", (400, 200), "lightgrey")
    pen = PIL.ImageDraw.Draw(picture)
    for place in range(12):
        left, top, side = rng.randrange(360), rng.randrange(160), rng.choice((16, 24, 36))
        shade = rng.choice(SHADES)
        if changed and place == 11:
            shade = SHADES[(SHADES.index(shade) + 1) % len(SHADES)]
        draw = rng.choice((pen.rectangle, pen.ellipse))
        draw((left, top, left + side, top + side), fill=shade)
    return picture


def jpeg(picture: Picture) -> Picture:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=60)
    return PIL.Image.open(file).convert("RGB")


def cropped(picture: Picture, left: float, top: float, right: float, bottom: float) -> Picture:
    width, height = picture.size
    return picture.crop(
        (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    )


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "JPEG": jpeg,
    "half the size": lambda p: p.resize((p.width // 2, p.height // 2)),
    "larger": lambda p: p.resize((p.width * 4 // 3, p.height * 4 // 3)),
    "squeezed": lambda p: p.resize((224, 224)),
    "cropped": lambda p: cropped(p, 0.03, 0.03, 0.03, 0.03),
    "cropped at two sides": lambda p: cropped(p, 0.03, 0.0, 0.0, 0.03),
    "white border": lambda p: PIL.ImageOps.expand(p, 20, "white"),
    "border in a border": lambda p: PIL.ImageOps.expand(PIL.ImageOps.expand(p, 12, "white"), 5, "black"),
    "red border, JPEG": lambda p: jpeg(PIL.ImageOps.expand(p, 30, (200, 30, 40))),
    "cropped, JPEG": lambda p: jpeg(cropped(p, 0.03, 0.03, 0.03, 0.03)),
}


def groups(*pictures: Picture) -> tuple[int, ...]:
    return group_images([Image.from_pil(picture) for picture in pictures]).groups


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_grouped_with_its_original_and_drawings_stay_apart(change: str) -> None:
    originals = [drawing(number) for number in range(4)]
    found = groups(*originals, *(CHANGES[change](picture) for picture in originals))
    assert found == (0, 1, 2, 3, 0, 1, 2, 3)


@pytest.mark.parametrize("corpus", ["ii_bench", "cii_bench"])
def test_changed_real_pictures_are_grouped_with_their_originals(data_folder: Path, corpus: str) -> None:
    files = sorted((data_folder / corpus / "images").iterdir())[:4]
    originals = [Image.open(file).pil() for file in files]
    kinds = ("JPEG", "cropped", "border in a border", "half the size")
    changed = [CHANGES[change](picture) for change in kinds for picture in originals]
    assert groups(*originals, *changed) == tuple(range(4)) * 5


def test_one_shape_of_another_colour_is_another_picture() -> None:
    pairs = [(drawing(number), drawing(number, changed=True)) for number in range(8)]
    found = groups(*(picture for pair in pairs for picture in pair))
    assert found == tuple(range(16))


def test_scenes_of_one_style_stay_apart() -> None:
    pictures = [drawing(number) for number in range(40)]
    assert groups(*pictures) == tuple(range(40))


def test_digests_of_files_and_of_pixels_are_told_apart(tmp_path: Path) -> None:
    picture = drawing(0)
    picture.save(tmp_path / "a.png")
    picture.save(tmp_path / "b.bmp")
    CHANGES["JPEG"](picture).save(tmp_path / "c.png")
    images = [Image.open(tmp_path / name) for name in ("a.png", "b.bmp", "c.png", "a.png")]
    found = group_images(images)
    assert found.groups == (0, 0, 0, 0)
    assert [len(set(found.files)), len(set(found.pixels))] == [3, 2]
    assert found.files[0] == found.files[3]
    assert [(match.a, match.b) for match in found.matches] == [(0, 2)]
    assert all(image._pixels is None for image in images)


def test_plain_pictures_are_grouped_by_their_colour() -> None:
    plain = [PIL.Image.new("RGB", size, shade) for shade in ("white", "black") for size in ((50, 50), (90, 40))]
    assert groups(*plain) == (0, 0, 1, 1)


def test_a_missing_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match=r"a\.png"):
        group_images([Image.open(tmp_path / "a.png")])


@pytest.mark.parametrize("count", [0, 1])
def test_few_pictures_are_no_trouble(count: int) -> None:
    assert groups(*[drawing(0)] * count) == (0,) * count


@given(st.integers(10, 40), st.integers(10, 40), st.integers(0, 20), st.integers(0, 20))
def test_margins_are_found_whatever_their_width(width: int, height: int, left: int, top: int) -> None:
    pixels = np.full((top + height + 3, left + width + 2, 3), 250, dtype=np.uint8)
    pixels[top : top + height, left : left + width] = np.indices((height, width)).sum(axis=0)[..., None] % 2 * 90
    assert content_box(pixels) == (left, top, left + width, top + height)


def test_faint_matches_hold_only_where_they_make_no_chain() -> None:
    descriptors = [describe(Image.from_pil(drawing(number))) for number in range(4)]
    faint = [Match(a, a + 1, 50.0, 1.9) for a in range(3)]
    close = [Match(0, 1, 5.0, 0.1)]
    assert _without_chains([*close, *faint[1:]], descriptors) == (close, faint[1:])
    assert _without_chains(faint[:1], descriptors) == (faint[:1], [])


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=25))
def test_components_are_numbered_by_their_first_members(
    pairs: list[tuple[int, int]],
) -> None:
    import networkx

    joined = DisjointSet(range(20))
    graph = networkx.Graph()
    graph.add_nodes_from(range(20))
    for a, b in pairs:
        joined.merge(a, b)
        graph.add_edge(a, b)
    components = sorted(sorted(each) for each in networkx.connected_components(graph))
    numbers = {member: number for number, members in enumerate(components) for member in members}
    assert component_numbers(joined) == [numbers[place] for place in range(20)]
