import pickle
from itertools import islice
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.helix.dataset import create_dataset
from asterism.helix.mixtures import MixtureConfig, create_mixture, mixture
from tests.helix.toy import WalkPuzzle


def test_a_mixture_follows_its_weights_and_repeats_nothing(walk: WalkPuzzle) -> None:
    parts = [
        (create_dataset("sudoku", size=40, pictured=False), 1.0),
        (create_dataset("walk", level=5, size=42, distinct=True, pictured=False), 3.0),
    ]
    mixed = mixture(parts, size=40, seed=1)
    tasks = [each.task for each in mixed]
    assert 3 <= tasks.count("sudoku") <= 20
    assert len({each.fingerprint for each in mixed}) == 40
    assert [each.metadata["index"] for each in mixed if each.task == "walk"] == list(range(tasks.count("walk")))
    assert list(mixture(parts, size=10, seed=1)) == list(mixed[:10])
    assert [each.task for each in mixture(parts, size=40, seed=2)] != tasks
    assert list(pickle.loads(pickle.dumps(mixed))) == list(mixed)
    assert mixed[-1] == mixed[39]


def test_a_mixture_refuses_what_cannot_be_mixed() -> None:
    entries = create_dataset("sudoku", size=3)
    for parts, size, message in (
        ([], 3, "a mixture of nothing"),
        ([(entries, 0.0)], 3, "has weight 0"),
        ([(entries, float("nan"))], 3, "has weight nan"),
        ([(entries, 1.0)], -3, "a dataset of -3 entries"),
        (
            [(entries, 1.0)],
            4,
            "takes 4 entries of Dataset('sudoku', level=1, size=3, seed=0), which holds 3",
        ),
    ):
        with pytest.raises(AsterismError) as refused:
            mixture(parts, size=size)
        assert message in str(refused.value)


def test_a_mixture_without_end_begins_as_one_of_any_size_does() -> None:
    parts = [
        (create_dataset(name, size=None, pictured=False), weight) for name, weight in (("maze", 1.0), ("stock", 2.0))
    ]
    endless, finite = mixture(parts, size=None, seed=4), mixture(parts, size=40, seed=4)
    assert [each.id for each in islice(endless, 40)] == [each.id for each in finite]
    assert mixture(parts, size=None, seed=4)[39] == finite[39] and endless.endless
    assert [each.id for each in endless[10:12]] == [each.id for each in finite[10:12]]
    assert pickle.loads(pickle.dumps(endless))[50] == endless[50]
    with pytest.raises(AsterismError, match="a mixture without end of Dataset\\('maze', level=1, size=3, seed=0\\)"):
        mixture([(create_dataset("maze", size=3), 1.0)], size=None)


def test_a_mixture_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mixture.yaml"
    file.write_text(
        "size: 60\nseed: 7\npictured: false\ntasks:\n"
        "  - {task: stock, level: 2, weight: 3}\n"
        "  - {task: maze, config: {side: 6, shortest: [6, 30]}}\n"
    )
    entries = create_mixture(file)
    assert len(entries) == 60 and [each.id for each in entries] == [each.id for each in create_mixture(str(file))]
    tasks = [each.task for each in entries]
    assert set(tasks) == {"stock", "maze"} and tasks.count("stock") > 2 * tasks.count("maze")
    assert {each.metadata["level"] for each in entries if each.task == "stock"} == {2}
    assert {len(each.metadata["state"]["right"]) for each in entries if each.task == "maze"} == {6}
    assert all(entries.score_answer(each.answer, each) == 1.0 for each in entries)
    described = MixtureConfig.parse({"tasks": [{"task": "stock"}], "size": None}, where="test")
    assert create_mixture(described).endless


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tasks: []", "tasks: "),
        ("tasks: [{task: mazes}]", "no task 'mazes'\nDid you mean maze?"),
        ("tasks: [{task: maze, wieght: 2}]", "unknown key 'tasks.0.wieght'\nDid you mean 'tasks.0.weight'?"),
        ("tasks: [{task: maze, weight: 0}]", "weight"),
        ("tasks: [{task: maze, config: {sides: 6}}]", "maze has no difficulty parameter 'sides'\nDid you mean side?"),
        ("tasks: [{task: maze}, {task: maze, weight: 2}]", "maze comes twice at level 1 with the same parameters"),
    ],
)
def test_mixtures_of_another_form_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mixture.yaml"
    file.write_text(text)
    with pytest.raises(AsterismError) as refused:
        create_mixture(file)
    assert message in str(refused.value)
