"""Checkpoints: bit for bit, never torn, never from another recipe."""

import errno
import hashlib
import json
import os
import random
import signal
import stat
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from asterism.core.errors import AsterismError
from asterism.learn.checkpoint import (
    CheckpointState,
    checkpoint_to_resume,
    clean_parts,
    differing_keys,
    drop_later,
    latest_checkpoint,
    list_checkpoints,
    load_checkpoint,
    recipe_digest,
    save_checkpoint,
)
from asterism.learn.optimiser_state import OptimiserState, capture_optimiser, restore_optimiser
from asterism.learn.random_state import RandomState, capture_random, restore_random

RECIPE = {"seed": 1, "loss": {"clip_low": 0.2, "dual_clip": None}, "paths": ["a", "b"]}


class Tied(nn.Module):
    """A model with tied weights, noise, and a step that depends on every random generator."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.middle = nn.Linear(4, 4)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.drop(self.middle(self.embed(tokens))))


def build() -> tuple[Tied, torch.optim.AdamW]:
    model = Tied()
    groups = [{"params": [model.embed.weight], "weight_decay": 0.0}, {"params": list(model.middle.parameters())}]
    return model, torch.optim.AdamW(groups, lr=1e-2)


def train(model: Tied, optimiser: torch.optim.AdamW, steps: int) -> None:
    for _ in range(steps):
        tokens = torch.tensor([random.randrange(7), int(np.random.randint(7)), int(torch.randint(7, ()))])
        jitter = random.gauss(0, 1) + float(np.random.normal())
        loss = nn.functional.cross_entropy(model(tokens), tokens) * (1 + 0.1 * jitter)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def state_of(model: Tied, optimiser: torch.optim.AdamW, step: int) -> CheckpointState:
    return CheckpointState(
        step=step,
        weights=model.state_dict(),
        optimiser=capture_optimiser(optimiser),
        random=capture_random(),
        recipe=RECIPE,
        cursor={"epoch": 1, "position": 17},
        schedule={"kind": "cosine", "peak": 1e-6},
        curriculum={"levels": {"literal": 0.1 + 0.2}, "limit": float("inf")},
        pending=({"task": "对", "tokens": [1, 2]},),
        offsets={"metrics.jsonl": 12345},
        versions={"torch": torch.__version__},
    )


def plain_state(step: int, fill: float = 0.0, size: int = 3) -> CheckpointState:
    weights = {"w": torch.full((size,), fill), "v": torch.full((size,), fill)}
    return CheckpointState(step, weights, OptimiserState({}, ()), capture_random(), RECIPE)


def bits(tensors: dict[str, Tensor]) -> dict[str, bytes]:
    return {name: tensor.detach().contiguous().numpy().tobytes() for name, tensor in tensors.items()}


def seed_all(seed: int) -> None:
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


def test_a_resumed_run_equals_an_unbroken_one_bit_for_bit(tmp_path: Path) -> None:
    seed_all(5)
    model, optimiser = build()
    train(model, optimiser, 5)  # an odd number of gauss draws, so that the generators hold a spare one
    saved = state_of(model, optimiser, 5)
    checkpoint = save_checkpoint(tmp_path, saved)
    train(model, optimiser, 7)

    seed_all(999)
    other, again = build()
    loaded = load_checkpoint(checkpoint, recipe=RECIPE)
    other.load_state_dict(dict(loaded.weights))
    restore_optimiser(again, loaded.optimiser)
    restore_random(loaded.random)
    train(other, again, 7)

    assert bits(other.state_dict()) == bits(model.state_dict())
    assert bits(dict(capture_optimiser(again).tensors)) == bits(dict(capture_optimiser(optimiser).tensors))
    assert capture_optimiser(again).groups == capture_optimiser(optimiser).groups
    for name in ("step", "recipe", "cursor", "schedule", "curriculum", "pending", "offsets", "versions", "random"):
        assert getattr(loaded, name) == getattr(saved, name), name


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.uint8])
def test_every_kind_of_tensor_comes_back_bit_for_bit(tmp_path: Path, kind: torch.dtype) -> None:
    base = torch.randint(0, 2, (6, 4)).to(kind)
    weights = {
        "whole": base,
        "tied": base,
        "transposed": base.T,
        "row": base[2],
        "scalar": base[0, 0],
        "empty": base[:0],
        "also_empty": base[:0],
    }
    state = CheckpointState(1, weights, OptimiserState({}, ()), capture_random(), RECIPE)
    loaded = load_checkpoint(save_checkpoint(tmp_path, state)).weights
    assert set(loaded) == set(weights)
    for name, tensor in weights.items():
        assert loaded[name].dtype == kind
        assert torch.equal(loaded[name], tensor), name
    assert loaded["tied"].data_ptr() == loaded["whole"].data_ptr()


def test_values_that_are_not_finite_keep_their_bits(tmp_path: Path) -> None:
    odd = torch.tensor([float("nan"), float("inf"), -0.0, 1e-45])
    state = CheckpointState(1, {"w": odd}, OptimiserState({}, ()), capture_random(), RECIPE)
    loaded = load_checkpoint(save_checkpoint(tmp_path, state)).weights["w"]
    assert loaded.numpy().tobytes() == odd.numpy().tobytes()


def test_random_states_survive_json() -> None:
    random.gauss(0, 1)
    np.random.normal()
    state = capture_random()
    drawn = (torch.rand(3).tolist(), np.random.normal(size=3).tolist(), [random.gauss(0, 1) for _ in range(3)])
    fields = {name: getattr(state, name) for name in RandomState.__dataclass_fields__}
    text = json.loads(json.dumps(fields))
    text["cuda"], text["python_words"] = tuple(text["cuda"]), tuple(text["python_words"])
    restore_random(RandomState(**text))
    assert drawn == (torch.rand(3).tolist(), np.random.normal(size=3).tolist(), [random.gauss(0, 1) for _ in range(3)])


def test_the_newest_checkpoints_are_kept_in_the_order_of_saving(tmp_path: Path) -> None:
    for step in (1, 2, 3, 2, 2):  # the run went back to step 2 and saved it twice
        save_checkpoint(tmp_path, plain_state(step, fill=step), keep=2)
    names = [path.name for path in list_checkpoints(tmp_path)]
    assert names == ["000004-step-00000002", "000005-step-00000002"]
    latest = latest_checkpoint(tmp_path)
    assert latest is not None
    assert load_checkpoint(latest).step == 2


def test_a_folder_without_checkpoints_has_no_latest(tmp_path: Path) -> None:
    assert latest_checkpoint(tmp_path) is None
    assert latest_checkpoint(tmp_path / "absent") is None
    with pytest.raises(AsterismError, match="no checkpoint here"):
        load_checkpoint(tmp_path)


def test_parts_of_a_killed_save_are_ignored_then_cleaned(tmp_path: Path) -> None:
    kept = save_checkpoint(tmp_path, plain_state(1))
    part = tmp_path / "checkpoints" / ".part-000002-step-00000002"
    part.mkdir()
    (part / "weights.safetensors").write_bytes(b"half")
    assert latest_checkpoint(tmp_path) == kept
    save_checkpoint(tmp_path, plain_state(2))
    assert not part.exists()
    part.mkdir()
    clean_parts(tmp_path)
    assert not part.exists()
    assert len(list_checkpoints(tmp_path)) == 2


def save_and_die(run: Path, state: CheckpointState, at: int) -> int:
    """Save in a forked child that kills itself at its ``at``-th file operation; 0 if it got through."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(event: str, _: tuple[object, ...]) -> None:
            nonlocal seen
            if event.startswith(("os.", "shutil.")) or event == "open":
                seen += 1
                if seen == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        save_checkpoint(run, state, keep=1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def test_a_kill_at_any_moment_of_a_save_leaves_the_old_or_the_new_whole(tmp_path: Path) -> None:
    outcomes = []
    for at in range(1, 200):
        run = tmp_path / str(at)
        save_checkpoint(run, plain_state(1, fill=1.0))
        ending = save_and_die(run, plain_state(2, fill=2.0), at)
        latest = latest_checkpoint(run)
        assert latest is not None
        loaded = load_checkpoint(latest, recipe=RECIPE)
        assert loaded.weights["w"].tolist() == loaded.weights["v"].tolist() == [float(loaded.step)] * 3
        for checkpoint in list_checkpoints(run):  # a kill while the old one is removed leaves no half of it
            load_checkpoint(checkpoint)
        outcomes.append(loaded.step)
        save_checkpoint(run, plain_state(3, fill=3.0), keep=1)  # and the run can go on
        assert [path.name for path in (run / "checkpoints").iterdir()] == [latest_checkpoint(run).name]  # type: ignore[union-attr]
        if ending == 0:
            break
        assert ending == signal.SIGKILL
    assert ending == 0
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {1, 2}  # deaths before and after the rename were both tried
    assert outcomes.count(1) > 5


def test_a_kill_in_the_middle_of_a_file_leaves_the_old(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, plain_state(1))
    other = plain_state(2)
    child = os.fork()
    if child == 0:

        def half(tensors: dict[str, Tensor], path: Path) -> None:
            whole = safetensors.torch.save(tensors)
            path.write_bytes(whole[: len(whole) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

        safetensors.torch.save_file = half
        save_checkpoint(tmp_path, other)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    latest = latest_checkpoint(tmp_path)
    assert latest is not None
    assert load_checkpoint(latest).step == 1


def test_a_rename_that_fails_leaves_the_old_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = save_checkpoint(tmp_path, plain_state(1))

    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch, pytest.raises(AsterismError, match="step 2 cannot be written"):
        patch.setattr(os, "replace", refuse)
        save_checkpoint(tmp_path, plain_state(2))
    assert list((tmp_path / "checkpoints").iterdir()) == [kept]


@pytest.mark.parametrize("stage", [1, 2, 3, 4])
def test_a_full_disk_leaves_the_old_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: int) -> None:
    """The disk refuses the first, second, third or fourth file of the save."""
    kept = save_checkpoint(tmp_path, plain_state(1))
    before = {path.name: path.read_bytes() for path in kept.iterdir()}
    synced: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            synced.append(descriptor)
            if len(synced) == stage:
                raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(AsterismError, match=r"checkpoints: .*step 2 .*No space left on device.*\n.*resume"):
        save_checkpoint(tmp_path, plain_state(2))
    assert len(synced) == stage
    assert list((tmp_path / "checkpoints").iterdir()) == [kept]
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == before


def test_a_file_over_the_size_limit_of_the_process_is_told_as_a_full_disk(tmp_path: Path) -> None:
    """The kernel itself refuses the write (EFBIG), as it does when the disk is full."""
    kept = save_checkpoint(tmp_path, plain_state(1))
    large = plain_state(2, size=100_000)  # made here: torch's threads do not live on in a forked child
    child = os.fork()
    if child == 0:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            save_checkpoint(tmp_path, large)
        except AsterismError:
            os._exit(42)
        os._exit(1)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 42
    assert list((tmp_path / "checkpoints").iterdir()) == [kept]
    assert load_checkpoint(kept).step == 1


def test_a_checkpoint_from_another_recipe_is_refused_and_the_keys_named(tmp_path: Path) -> None:
    checkpoint = save_checkpoint(tmp_path, plain_state(1))
    other = {"seed": 1, "loss": {"clip_low": 0.3}, "paths": ["a", "b"], "new": True}
    with pytest.raises(AsterismError) as caught:
        load_checkpoint(checkpoint, recipe=other)
    text = str(caught.value)
    assert str(checkpoint) in text
    assert "loss.clip_low (0.2 there, 0.3 here)" in text
    assert "loss.dual_clip (null there, absent here)" in text
    assert "new (absent there, true here)" in text
    assert "seed" not in text


def test_the_order_of_keys_does_not_make_another_recipe() -> None:
    turned = dict(reversed(RECIPE.items()))
    assert recipe_digest(turned) == recipe_digest(RECIPE)
    assert differing_keys(turned, RECIPE) == []


FILES = ("weights.safetensors", "optimiser.safetensors", "state.json", "SHA256SUMS")


@pytest.mark.parametrize("name", FILES)
def test_a_shortened_file_is_named(tmp_path: Path, name: str) -> None:
    checkpoint = save_checkpoint(tmp_path, plain_state(1))
    (checkpoint / name).write_bytes((checkpoint / name).read_bytes()[:-3])
    with pytest.raises(AsterismError, match=f"{name}: damaged checkpoint"):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    checkpoint = save_checkpoint(tmp_path, plain_state(1))
    (checkpoint / name).unlink()
    with pytest.raises(AsterismError, match=r"no checkpoint here" if name == "state.json" else f"{name}: damaged"):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("name", FILES)
def test_a_single_flipped_bit_anywhere_is_seen(tmp_path: Path, name: str) -> None:
    model, optimiser = build()
    train(model, optimiser, 2)
    checkpoint = save_checkpoint(tmp_path, state_of(model, optimiser, 2))
    whole = (checkpoint / name).read_bytes()
    places = range(len(whole)) if len(whole) < 400 else random.Random(1).sample(range(len(whole)), 200)
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        (checkpoint / name).write_bytes(damaged)
        with pytest.raises(AsterismError, match="damaged checkpoint") as caught:
            load_checkpoint(checkpoint)
        assert name == "SHA256SUMS" or f"/{name}: " in str(caught.value)
    (checkpoint / name).write_bytes(whole)
    load_checkpoint(checkpoint)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_a_damaged_checkpoint_names_the_newest_whole_one(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, plain_state(step), keep=3)
    first, second, third = list_checkpoints(tmp_path)
    flip(third / "weights.safetensors")
    with pytest.raises(AsterismError, match=r"\n.*--resume-from 2\b"):
        load_checkpoint(third)
    flip(second / "state.json")
    with pytest.raises(AsterismError, match=r"\n.*--resume-from 1\b"):
        load_checkpoint(third)
    flip(first / "optimiser.safetensors")
    with pytest.raises(AsterismError, match=r"weights.safetensors.*\nNo checkpoint of this run is whole"):
        load_checkpoint(third)


def test_a_checkpoint_is_found_by_its_step(tmp_path: Path) -> None:
    for step in (1, 2, 1):
        save_checkpoint(tmp_path, plain_state(step), keep=3)
    assert checkpoint_to_resume(tmp_path).name == "000003-step-00000001"
    assert checkpoint_to_resume(tmp_path, 1).name == "000003-step-00000001"
    assert checkpoint_to_resume(tmp_path, 2).name == "000002-step-00000002"
    with pytest.raises(AsterismError, match=r"no checkpoint of step 5.*\n.*of steps 1, 2\b"):
        checkpoint_to_resume(tmp_path, 5)
    with pytest.raises(AsterismError, match="no checkpoint to resume from"):
        checkpoint_to_resume(tmp_path / "absent", 5)


def test_what_was_saved_after_a_checkpoint_can_be_dropped(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, plain_state(step), keep=3)
    drop_later(checkpoint_to_resume(tmp_path, 1))
    assert [path.name for path in list_checkpoints(tmp_path)] == ["000001-step-00000001"]


def test_a_checkpoint_of_the_first_format_is_read_without_digests(tmp_path: Path) -> None:
    checkpoint = save_checkpoint(tmp_path, plain_state(1, fill=2.0))
    (checkpoint / "SHA256SUMS").unlink()
    state = json.loads((checkpoint / "state.json").read_text())
    (checkpoint / "state.json").write_text(json.dumps({**state, "format": 1}))
    assert load_checkpoint(checkpoint, recipe=RECIPE).weights["w"].tolist() == [2.0] * 3
    (checkpoint / "state.json").write_text(json.dumps({**state, "format": 99}))
    with pytest.raises(AsterismError, match=r"state.json: .*format 99"):
        load_checkpoint(checkpoint)


def test_the_digests_are_those_of_sha256sum(tmp_path: Path) -> None:
    checkpoint = save_checkpoint(tmp_path, plain_state(1))
    lines = (checkpoint / "SHA256SUMS").read_text().splitlines()
    expected = {name: hashlib.sha256((checkpoint / name).read_bytes()).hexdigest() for name in sorted(FILES[:3])}
    assert lines == [f"{digest}  {name}" for name, digest in expected.items()]


def test_an_optimiser_over_other_parameters_is_refused() -> None:
    model, optimiser = build()
    train(model, optimiser, 1)
    state = capture_optimiser(optimiser)
    fewer = torch.optim.AdamW([nn.Parameter(torch.zeros(7, 4))])
    with pytest.raises(AsterismError, match="3 parameters in the checkpoint, 1 to train"):
        restore_optimiser(fewer, state)
    shapes = [nn.Parameter(torch.zeros(2, 2)) for _ in range(3)]
    with pytest.raises(AsterismError, match=r"0\.exp_avg has shape \(7, 4\), not \(2, 2\)"):
        restore_optimiser(torch.optim.AdamW(shapes), state)


def test_restoring_does_not_share_memory_with_the_checkpoint() -> None:
    model, optimiser = build()
    train(model, optimiser, 1)
    state = capture_optimiser(optimiser)
    frozen = OptimiserState({name: tensor.clone() for name, tensor in state.tensors.items()}, state.groups)
    before = bits(dict(frozen.tensors))
    other, again = build()
    restore_optimiser(again, frozen)
    train(other, again, 2)
    assert bits(dict(frozen.tensors)) == before
