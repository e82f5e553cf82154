"""The identity of a request."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.image import Image
from asterism.core.message import Message
from asterism.llm.request import ChatRequest
from tests.llm.asking import noise, say

CHANGES: list[dict[str, Any]] = [
    {"messages": (Message.user("what"),)},
    {"messages": (Message.system("what?"),)},
    {"messages": (Message.user("what?", (noise("a"),)),)},
    {"messages": (Message.user("what?"), Message.user(""))},
    {"model": "n"},
    {"temperature": 0.5},
    {"top_p": 0.9},
    {"max_tokens": 7},
    {"seed": 0},
    {"seed": 1},
    {"stop": ("a", "b")},
    {"stop": ("ab",)},
    {"sample": 1},
    {"schema": {"type": "object"}},
    {"schema": {}},
    {"extra": {"top_k": 4}},
    {"extra": {"top_k": None}},
]


def test_every_field_is_part_of_the_key() -> None:
    request = say("what?")
    keys = [request.key, *(replace(request, **change).key for change in CHANGES)]
    assert len(set(keys)) == len(CHANGES) + 1
    assert say("what?").key == request.key


def test_pictures_count_by_what_they_show_and_in_their_order(tmp_path: Path) -> None:
    first, second = noise("a"), noise("b")
    first.save(tmp_path / "a.png")
    assert say("?", first, second).key == say("?", Image.open(tmp_path / "a.png"), second).key
    assert say("?", first, second).key != say("?", second, first).key
    other = Image.from_pixels(np.flip(first.pixels, axis=1))
    assert say("?", first).key != say("?", other).key


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans(), max_size=4))
def test_the_order_of_names_does_not_matter(extra: dict[str, Any]) -> None:
    turned = dict(reversed(extra.items()))
    assert say("?", extra=extra).key == say("?", extra=turned).key


@given(st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_two_conversations_never_run_together(one: list[str], other: list[str]) -> None:
    keys = [ChatRequest(tuple(Message.user(text) for text in texts), "m").key for texts in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


def test_a_missing_picture_is_told(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="image not found"):
        _ = say("?", Image.open(tmp_path / "none.png")).key
