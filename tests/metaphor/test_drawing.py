import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from asterism.core.errors import AsterismError
from asterism.metaphor.scenes.drawing import draw
from asterism.metaphor.scenes.palette import BACKGROUND_RGB, COLOUR_RGB
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS, Figure, Scene
from asterism.metaphor.scenes.symbols import SYMBOLS

figures = st.builds(Figure, st.sampled_from(sorted(SYMBOLS)), st.sampled_from(COLOURS))
scenes = st.builds(
    Scene,
    figures,
    st.sampled_from(list(RELATIONS)),
    figures,
    st.sampled_from(BACKGROUNDS),
    st.none() | figures,
    st.booleans(),
    st.integers(0, 2**40),
)
SCENE = Scene(Figure("heart", "red"), "traps", Figure("key", "blue"), "cream", Figure("tree", "green"), False, 5)


def ink_of(scene: Scene, colour: str) -> NDArray[np.bool_]:
    """Where a picture shows exactly one colour, ``[height, width]``."""
    same: NDArray[np.bool_] = draw(scene).pixels == np.array(COLOUR_RGB[colour])
    return same[..., 0] & same[..., 1] & same[..., 2]


def middle(ink: NDArray[np.bool_]) -> tuple[float, float]:
    rows, columns = np.nonzero(ink)
    return float(columns.mean()), float(rows.mean())


@settings(max_examples=25, deadline=None)
@given(scenes)
def test_the_same_scene_gives_the_same_pixels(scene: Scene) -> None:
    assert draw(scene) == draw(replace(scene))


def test_pixels_are_the_same_in_another_process_with_another_hash_seed() -> None:
    code = (
        "from asterism.metaphor.scenes.drawing import draw\n"
        "from asterism.metaphor.scenes.scene import Figure, Scene\n"
        f"print(draw({SCENE!r}).digest)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": "77"}, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == draw(SCENE).digest


@settings(max_examples=150, deadline=None)
@given(scenes, st.sampled_from([96, 192, 193]))
def test_nothing_touches_the_border(scene: Scene, size: int) -> None:
    pixels = draw(scene, size).pixels
    assert pixels.shape == (size, size, 3)
    frame = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (frame == np.array(BACKGROUND_RGB[scene.background])).all()


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("mirrored", [False, True])
def test_any_changed_field_changes_the_picture(relation: str, mirrored: bool) -> None:
    scene = replace(SCENE, relation=relation, mirrored=mirrored)
    others = [
        replace(scene, subject=Figure("skull", "red")),
        replace(scene, subject=Figure("heart", "pink")),
        replace(scene, object=Figure("skull", "blue")),
        replace(scene, object=Figure("key", "purple")),
        replace(scene, background="white"),
        replace(scene, bystander=None),
        replace(scene, bystander=Figure("moon", "green")),
        replace(scene, bystander=Figure("tree", "black")),
        replace(scene, mirrored=not mirrored),
        replace(scene, jitter=6),
        *(replace(scene, relation=other) for other in RELATIONS if other != relation),
    ]
    pictures = {draw(scene), *map(draw, others)}
    assert len(pictures) == len(others) + 1


@settings(max_examples=50, deadline=None)
@given(scenes)
def test_swapped_roles_give_another_picture(scene: Scene) -> None:
    if scene.subject != scene.object:
        assert draw(scene) != draw(scene.twin())


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("mirrored", [False, True])
def test_both_figures_stay_visible_and_large(relation: str, mirrored: bool) -> None:
    # Unlike colours of the props, and a figure without holes: what is seen of it can be measured.
    scene = replace(SCENE, relation=relation, mirrored=mirrored, bystander=None, object=Figure("droplet", "blue"))
    for colour in ("red", "blue"):
        rows, columns = np.nonzero(ink_of(scene, colour))
        extents = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert max(extents) >= 48
        assert len(rows) >= 900


@pytest.mark.parametrize("relation", RELATIONS)
def test_mirroring_swaps_left_and_right_and_keeps_heights(relation: str) -> None:
    scene = replace(SCENE, relation=relation, object=Figure("droplet", "blue"))
    for colour in ("red", "blue"):
        x, y = middle(ink_of(scene, colour))
        mirrored_x, mirrored_y = middle(ink_of(replace(scene, mirrored=True), colour))
        assert mirrored_x == pytest.approx(192 - x, abs=3)
        assert mirrored_y == pytest.approx(y, abs=1.5)


@pytest.mark.parametrize(
    ("relation", "above"), [("outweighs", "blue"), ("rules", "red"), ("grows from", "red"), ("lifts", "red")]
)
@pytest.mark.parametrize("jitter", range(5))
def test_vertical_relations_show_who_is_above(relation: str, above: str, jitter: int) -> None:
    scene = replace(SCENE, relation=relation, jitter=jitter)
    heights = {colour: middle(ink_of(scene, colour))[1] for colour in ("red", "blue")}
    assert min(heights, key=heights.__getitem__) == above


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"subject": Figure("hart", "red")}, "heart"),
        ({"object": Figure("key", "blu")}, "blue"),
        ({"bystander": Figure("tre", "green")}, "tree"),
        ({"relation": "trap"}, "traps"),
        ({"background": "creme"}, "cream"),
    ],
)
def test_unknown_words_are_refused_with_the_nearest_right_one(change: dict[str, object], hint: str) -> None:
    with pytest.raises(AsterismError, match=f"Did you mean '{hint}'"):
        draw(replace(SCENE, **change))  # type: ignore[arg-type]


def test_a_size_too_small_to_read_is_refused() -> None:
    with pytest.raises(AsterismError, match="too small"):
        draw(SCENE, size=20)
