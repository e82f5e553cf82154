"""Games as episodes: trained move by move, judged by the game itself."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asterism.cli.main import app
from asterism.core.errors import AsterismError
from asterism.core.task import Task
from asterism.core.trajectory import Status
from asterism.helix.catalogue import catalogue
from asterism.helix.dataset import create_dataset
from asterism.helix.game import Game
from asterism.helix.moves_environment import MovesEnvironment, refuse_other_than_games
from asterism.helix.records import task_of
from asterism.rollout.conversation import ServerRenderer
from asterism.rollout.engine import Completion, Request, SamplingConfig
from asterism.rollout.player import Play
from asterism.rollout.runner import Runner

RECIPES = Path(__file__).parents[2] / "recipes"
GAMES = sorted(name for name, puzzle in catalogue().items() if isinstance(puzzle, Game))


class Scripted:
    """An engine that says the next line of a script to whoever asks, and keeps what it was shown."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = iter(lines)
        self.shown: list[tuple[str, int]] = []

    def generate(self, requests: list[Request], sampling: SamplingConfig, **others: Any) -> list[Completion]:
        (request,) = requests
        self.shown.append((request.context[-1].text, len(request.context[-1].images)))
        return [Completion(request.id, request.first, (1,), (2,), (0.0,), next(self.lines), "stop")]


def played(task: Task, lines: list[str], moves: int = 20) -> tuple[Any, Scripted]:
    engine = Scripted(lines)
    runner = Runner(engine, SamplingConfig(), renderer=ServerRenderer())  # type: ignore[arg-type]
    (episode,) = runner.play(MovesEnvironment(max_steps=moves), [Play(task, 0, seed=1)])
    return episode, engine


def test_there_are_games() -> None:
    assert len(GAMES) >= 6


@pytest.mark.parametrize("name", GAMES)
def test_a_game_that_is_played_by_legal_moves_is_read_from_its_images_and_texts(name: str) -> None:
    task = task_of(create_dataset(name, 1, 1, seed=5)[0])
    puzzle: Any = catalogue()[name]
    position, moves = puzzle.start(puzzle.load(task.meta["state"])), []
    for _ in range(3):
        legal = puzzle.moves(position)
        if puzzle.won(position) or not legal:
            break
        moves.append(f"I choose \\boxed{{{legal[0]}}}")
        position = puzzle.after(position, legal[0])
        if position is None:
            break
    episode, engine = played(task, [*moves, *["nothing"] * 20], moves=len(moves) + 1)
    assert not episode.error, episode.error
    assert all(images == 1 for _, images in engine.shown)
    assert "not possible" not in "".join(text for text, _ in engine.shown)
    assert str(task.answer) not in engine.shown[0][0].splitlines()


def test_the_solution_of_a_maze_wins_move_by_move_and_nothing_else_does() -> None:
    task = task_of(create_dataset("maze", 1, 1, seed=5)[0])
    moves = [move.strip() for move in str(task.answer).replace(",", " ").split()]
    episode, engine = played(task, moves, moves=len(moves))
    assert episode.reward.value == 1.0 and episode.status is Status.COMPLETED
    assert episode.reward.parts == {"accuracy": 1.0, "steps": float(len(moves))}
    lost, _ = played(task, ["nothing"] * 3, moves=3)
    assert lost.reward.value == 0.0 and lost.status is Status.TRUNCATED_TURNS
    assert len(engine.shown) == len(moves)


def test_other_tasks_are_refused_by_name() -> None:
    task = task_of(create_dataset("sudoku", 1, 1, seed=5)[0])
    with pytest.raises(AsterismError, match="helix/sudoku is not played move by move") as caught:
        refuse_other_than_games([task])
    assert "maze" in str(caught.value.remedy)


def test_a_recipe_trains_a_game_move_by_move(tmp_path: Path) -> None:
    overrides = [
        "environment.train={source: puzzles, tasks: [maze], levels: [1], count: 4}",
        "environment.evaluate={source: puzzles, tasks: [maze], levels: [1], count: 2}",
        "environment.moves=3",
        "environment.pictured=false",
        "rollout.prompts_per_step=2",
        "rollout.group_size=2",
        "rollout.sampling.max_tokens=4",
        "measure.sampling.max_tokens=4",
        "measure.before=false",
        "stop.steps=2",
    ]
    command = ["train", str(RECIPES / "helix" / "grpo.yaml"), *overrides, "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
