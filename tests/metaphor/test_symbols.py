from asterism.metaphor.scenes.glyphs import glyph_mask
from asterism.metaphor.scenes.layouts import LAYOUTS
from asterism.metaphor.scenes.palette import BACKGROUND_RGB, COLOUR_RGB
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS
from asterism.metaphor.scenes.symbols import SYMBOLS

PROPS = {"crown", "cage", "scale", "shield", "balloon", "bridge"}


def test_there_are_at_least_44_symbols() -> None:
    assert len(SYMBOLS) >= 44


def test_names_and_concepts_are_single_lower_case_words() -> None:
    for name, symbol in SYMBOLS.items():
        assert name == symbol.name
        assert name.isalpha() and name.islower()
        assert symbol.concept.isalpha() and symbol.concept.islower()


def test_concepts_are_distinct_and_are_no_symbol_colour_relation_or_prop() -> None:
    concepts = [symbol.concept for symbol in SYMBOLS.values()]
    assert len(set(concepts)) == len(concepts)
    relation_words = {word for name in RELATIONS for word in name.split()}
    taken = set(SYMBOLS) | set(COLOURS) | set(BACKGROUNDS) | relation_words | PROPS
    assert not taken & set(concepts)


def test_symbols_are_not_the_props_of_relations() -> None:
    assert not PROPS & set(SYMBOLS)


def test_every_symbol_has_a_glyph_of_its_own_at_the_size_of_a_bystander() -> None:
    masks = {(mask.size, mask.tobytes()) for mask in (glyph_mask(name, 28) for name in SYMBOLS)}
    assert len(masks) == len(SYMBOLS)


def test_glyphs_fill_their_box() -> None:
    for name in SYMBOLS:
        mask = glyph_mask(name, 64)
        assert max(mask.size) == 64
        assert mask.getbbox() == (0, 0, *mask.size)


def test_every_word_of_a_scene_can_be_drawn() -> None:
    assert set(LAYOUTS) == set(RELATIONS)
    assert set(COLOUR_RGB) == set(COLOURS)
    assert set(BACKGROUND_RGB) == set(BACKGROUNDS)


def test_colours_are_far_from_each_other_and_from_backgrounds() -> None:
    colours = list(COLOUR_RGB.values())
    for index, colour in enumerate(colours):
        for other in [*colours[:index], *BACKGROUND_RGB.values()]:
            assert sum((a - b) ** 2 for a, b in zip(colour, other, strict=True)) ** 0.5 > 60
