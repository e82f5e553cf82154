"""Prompts made ready in threads are the prompts that would have been made without."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.policy.ahead import Ahead, Prompt
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy

Pictures = Callable[..., Image]
SECONDS = 20
"""After this long a thread that should have been let go counts as stuck."""


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("preprocess")]


def prompts_of(picture: Pictures, count: int = 6) -> list[Prompt]:
    return [
        Prompt.user(f"Is it {number}?", (picture(number),) * (number % 3), f"task-{number}") for number in range(count)
    ]


class Gate:
    """An encoder of prompts that waits to be let through, and tells what it was given."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.opened = threading.Event()

    def __call__(self, prompt: Prompt) -> Encoded:
        self.seen.append(prompt.messages[0].text)
        assert self.opened.wait(SECONDS)
        return Encoded((len(prompt.messages[0].text),))


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.opened.set()


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_any_number_of_workers_gives_the_same_bits(policy: Policy, picture: Pictures, count: int) -> None:
    prompts = prompts_of(picture)
    encoder = Encoder(policy, workers=count)
    encoder.announce(prompts)
    for prompt in prompts:
        ours = encoder.encode_messages(prompt.messages, where=prompt.where)
        plain = policy.encode(prompt.messages[0].text, prompt.images)
        assert ours.token_ids == plain.token_ids and ours.vision.digests == plain.vision.digests
        assert ours.vision.tensors.keys() == plain.vision.tensors.keys()
        assert all(torch.equal(tensor, plain.vision.tensors[name]) for name, tensor in ours.vision.tensors.items())
        assert encoder.encode(prompt.messages[0].text, prompt.images) is ours
    assert (encoder.ahead.seconds > 0) == (count > 0)
    encoder.close()
    assert workers() == []


def test_work_goes_on_while_nobody_waits_and_taking_waits_for_it(gate: Gate) -> None:
    ahead = Ahead(gate, workers=1)
    first, second = Prompt.user("a", ()), Prompt.user("bb", ())
    ahead.announce([first, second])
    threading.Timer(0.05, gate.opened.set).start()
    assert ahead.take(first) == Encoded((1,)) and ahead.take(second) == Encoded((2,))
    assert ahead.take(first) is None
    assert ahead.seconds > 0.01
    ahead.close()


def test_a_prompt_announced_again_is_made_once_and_one_no_longer_wanted_is_dropped(gate: Gate) -> None:
    ahead = Ahead(gate, workers=1)
    a, b, c = (Prompt.user(text, ()) for text in "abc")
    ahead.announce([a, b])
    ahead.announce([a, c])
    gate.opened.set()
    assert ahead.take(b) is None
    assert ahead.take(c) is not None and ahead.take(a) is not None
    assert gate.seen == ["a", "c"]
    ahead.close()


def test_closing_drops_what_has_not_begun_and_leaves_no_thread(gate: Gate) -> None:
    ahead = Ahead(gate, workers=2)
    ahead.announce([Prompt.user(str(number), ()) for number in range(50)])
    assert len(workers()) == 2
    threading.Timer(0.05, gate.opened.set).start()
    ahead.close()
    assert workers() == [] and len(gate.seen) < 50
    assert ahead.take(Prompt.user("49", ())) is None
    ahead.announce([Prompt.user("again", ())])
    assert ahead.take(Prompt.user("again", ())) == Encoded((5,))
    ahead.close()


def test_without_workers_nothing_is_begun(gate: Gate) -> None:
    ahead = Ahead(gate, workers=0)
    ahead.announce([Prompt.user("a", ())])
    assert ahead.take(Prompt.user("a", ())) is None and gate.seen == [] and workers() == []


@pytest.mark.parametrize("count", [0, 2])
def test_a_picture_that_cannot_be_read_is_told_with_who_asks_and_only_when_asked(
    policy: Policy, picture: Pictures, tmp_path: Path, count: int
) -> None:
    broken = tmp_path / "broken.png"
    picture(1).save(broken)
    image = Image.open(broken)
    assert image.digest == picture(1).digest
    image.forget()
    broken.write_bytes(broken.read_bytes()[:60])
    encoder = Encoder(policy, workers=count)
    encoder.announce([Prompt.user("One?", (), "task-1"), Prompt.user("Two?", (image,), "task-2")])
    assert encoder.encode("One?", (), where="task-1").token_ids
    with pytest.raises(AsterismError, match="image cannot be decoded") as caught:
        encoder.encode("Two?", (image,), where="task-2")
    assert caught.value.where == f"task-2: {broken}" and caught.value.remedy
    encoder.close()


def test_equal_prompts_of_different_image_objects_are_one(policy: Policy, picture: Pictures) -> None:
    encoder = Encoder(policy, workers=2)
    twins = [Prompt.user("Which?", (picture(3),), f"task-{number}") for number in range(4)]
    encoder.announce(twins)
    assert len({id(encoder.encode_messages(each.messages)) for each in twins}) == 1
    encoder.close()


def test_pixels_in_a_file_are_not_kept(policy: Policy, picture: Pictures, tmp_path: Path) -> None:
    picture(4).save(tmp_path / "four.png")
    images = [Image.open(tmp_path / "four.png") for _ in range(2)]
    encoder = Encoder(policy)
    for image in images:
        encoder.encode("Which?", (image,))
    (tmp_path / "four.png").unlink()
    assert not any(image.exists() for image in images)


def test_waiting_is_the_preprocess_phase(policy: Policy, picture: Pictures) -> None:
    policy.clock.clear()
    encoder, prompt = Encoder(policy), prompts_of(picture)[1]
    for _ in range(2):
        encoded = encoder.encode(prompt.messages[0].text, prompt.images)
    assert policy.clock.tokens() == {"preprocess": len(encoded.token_ids)}
    assert policy.clock.own()["preprocess"] > 0
