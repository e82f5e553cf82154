from asterism.metaphor.scenes.drawing import draw
from asterism.metaphor.scenes.gallery import CELL, GAP, captions, contact_sheet, relation_scenes
from asterism.metaphor.scenes.scene import RELATIONS


def test_each_relation_is_shown_once_in_order() -> None:
    assert [scene.relation for scene in relation_scenes(5)] == list(RELATIONS)


def test_the_sheet_shows_the_scenes_themselves() -> None:
    sheet = contact_sheet(5)
    first = draw(relation_scenes(5)[0], CELL).pixels
    shown = sheet.pixels[GAP + 1 : GAP + CELL - 1, GAP + 1 : GAP + CELL - 1]
    assert (shown == first[1:-1, 1:-1]).all()
    assert sheet == contact_sheet(5)
    assert sheet != contact_sheet(6)


def test_every_picture_is_told() -> None:
    sheet = contact_sheet(0)
    below = sheet.pixels[GAP + CELL + 4 : GAP + CELL + 38]
    for column in range(5):
        left = GAP + column * (CELL + GAP)
        assert (below[:, left : left + CELL].min(axis=2) < 128).sum() > 100


def test_captions_say_what_is_seen_and_what_it_means() -> None:
    scene = relation_scenes(0)[0]
    assert scene.triple == ("plug", "traps", "lock")
    assert captions(scene) == ("The plug traps the lock.", "Energy imprisons secrecy.")
