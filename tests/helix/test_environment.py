import subprocess
import sys
import warnings
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from asterism.core.errors import AsterismError
from asterism.helix import environment
from asterism.helix.catalogue import catalogue
from asterism.helix.dataset import create_dataset
from asterism.helix.environment import HelixEnv, StepwiseEnv, env_id
from asterism.helix.game import Game
from asterism.helix.puzzle import LEVELS
from tests.helix.toy import Line, WalkPuzzle

every_task = pytest.mark.parametrize("task", list(catalogue()))


GAMES = [name for name, puzzle in catalogue().items() if isinstance(puzzle, Game)]


@pytest.fixture
def registered(one_more: WalkPuzzle) -> Iterator[WalkPuzzle]:
    """The tests' own game with its environments."""
    environment.register_all()
    yield one_more
    for stepwise in (False, True):
        del gymnasium.registry[env_id("walk", stepwise=stepwise)]


@pytest.fixture
def walk(registered: WalkPuzzle) -> WalkPuzzle:
    return registered


@pytest.fixture
def walking(walk: WalkPuzzle) -> Any:
    """The stepwise environment of the tests' own game, at its longest."""
    return gymnasium.make(env_id("walk", stepwise=True), level=5)


@every_task
def test_every_task_passes_gymnasium_s_own_check(task: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(f"asterism/helix-{task}-v0").unwrapped)


def test_the_own_answer_earns_the_reward_at_every_level() -> None:
    env = gymnasium.make(env_id("sudoku"))
    for level in LEVELS:
        observation, info = env.reset(seed=5, options={"level": level})
        entry = create_dataset("sudoku", level=level, size=1, seed=5)[0]
        assert observation["text"] == entry.question
        height, width = info["size"]
        assert np.array_equal(observation["image"][:height, :width], entry.images[0].pixels)
        assert (observation["image"][height:] == 255).all() and (observation["image"][:, width:] == 255).all()
        _, reward, terminated, truncated, info = env.step(f"So \\boxed{{{entry.answer}}}")
        assert (reward, terminated, truncated, info["code"]) == (1.0, True, False, "right")


def test_a_wrong_answer_earns_nothing_and_says_why() -> None:
    env = gymnasium.make("asterism/helix-sudoku-v0", level=2, pictured=False)
    observation, _ = env.reset(seed=1)
    assert "The instance:" in observation["text"]
    _, reward, terminated, _, info = env.step("no idea")
    assert (reward, terminated, info["code"]) == (0.0, True, "form") and info["detail"]
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step("again")


def test_resets_go_on_through_the_instances_of_a_seed() -> None:
    env = gymnasium.make("asterism/helix-sudoku-v0", pictured=False).unwrapped
    texts = [env.reset(seed=3)[0]["text"], env.reset()[0]["text"], env.reset()[0]["text"]]
    entries = create_dataset("sudoku", size=3, seed=3, pictured=False)
    assert texts == [entry.question for entry in entries]
    assert texts[::-1] == [env.reset(options={"seed": 3, "index": index})[0]["text"] for index in (2, 1, 0)]
    infos = [env.reset(seed=3)[1], env.reset()[1], env.reset(options={"index": 9})[1], env.reset()[1]]
    assert [info["index"] for info in infos] == [0, 1, 9, 10]
    assert {info["seed"] for info in infos} == {3}
    assert env.reset(options={"level": 4})[1]["level"] == env.reset()[1]["level"] == 4


def test_an_environment_without_a_seed_takes_one_of_its_own() -> None:
    seeds = {gymnasium.make("asterism/helix-sudoku-v0").reset()[1]["seed"] for _ in range(3)}
    assert len(seeds) == 3


def test_an_instance_can_be_rendered() -> None:
    for mode, kind in (("rgb_array", np.ndarray), ("ansi", str)):
        env = gymnasium.make("asterism/helix-sudoku-v0", render_mode=mode)
        env.reset(seed=1)
        assert isinstance(env.render(), kind)
    assert isinstance(gymnasium.make("asterism/helix-sudoku-v0").unwrapped.render(), type(None))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"level": 6}, "sudoku has no level 6"), ({"levle": 2}, "no option 'levle' at reset\nOptions are level, seed")],
)
def test_unknown_options_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(AsterismError) as refused:
        gymnasium.make("asterism/helix-sudoku-v0").reset(options=options)
    assert message in str(refused.value)


def test_an_unknown_level_is_refused_when_made() -> None:
    with pytest.raises(AsterismError, match="sudoku has no level 0"):
        HelixEnv("sudoku", 0)


def test_environments_run_side_by_side() -> None:
    envs = gymnasium.make_vec("asterism/helix-sudoku-v0", num_envs=2, vectorization_mode="sync")
    observations, _ = envs.reset(seed=[1, 2])
    assert observations["image"].shape == (2, 1024, 1024, 3)
    assert not np.array_equal(*observations["image"])
    _, rewards, terminated, _, _ = envs.step(("no", "no"))
    assert rewards.tolist() == [0.0, 0.0] and terminated.all()


def test_gymnasium_reads_names_by_its_own_pattern() -> None:
    """Importing the environments leaves Gymnasium as it is."""
    code = (
        "from gymnasium.envs import registration\n"
        "before = registration.ENV_ID_RE\n"
        "import asterism.helix.environment\n"
        "assert registration.ENV_ID_RE is before\n"
        "assert registration.parse_env_id('asterism/helix-sudoku-v0') == ('asterism', 'helix-sudoku', 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_name_may_say_what_to_import() -> None:
    code = "import gymnasium; print(gymnasium.make('asterism.helix.environment:asterism/helix-maze-steps-v0').spec.id)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "asterism/helix-maze-steps-v0\n", done.stderr


def test_difficulty_parameters_are_taken_by_name() -> None:
    env = gymnasium.make("asterism/helix-maze-v0", config={"side": 6})
    assert len(env.reset(seed=1)[0]["text"]) and len(env.unwrapped._state.right) == 6
    with pytest.raises(AsterismError, match="maze has no difficulty parameter 'sides'\nDid you mean side"):
        gymnasium.make("asterism/helix-maze-v0", config={"sides": 6})


def test_a_task_without_moves_has_no_stepwise_environment() -> None:
    assert not isinstance(catalogue()["sudoku"], Game)
    assert env_id("sudoku", stepwise=True) not in gymnasium.registry
    with pytest.raises(AsterismError, match="sudoku is not played move by move"):
        StepwiseEnv("sudoku")


def test_a_game_is_won_move_by_move(walking: Any, walk: WalkPuzzle) -> None:
    observation, info = walking.reset(options={"seed": 1, "index": 2})
    state = walk.instance(5, 1, 2)
    assert "move by move" in observation["text"] and info["index"] == 2
    moves = walk.solve(state).split()
    seen = [observation["image"]]
    for number, move in enumerate(moves, 1):
        observation, reward, terminated, truncated, info = walking.step(f"I go \\boxed{{{move.upper()}}}")
        last = number == len(moves)
        assert (reward, terminated, truncated, info["code"]) == (float(last), last, False, "right")
        seen.append(observation["image"])
    assert all(not np.array_equal(a, b) for a, b in pairwise(seen))
    with pytest.raises(gymnasium.error.ResetNeeded):
        walking.step(moves[0])


def test_what_is_no_legal_move_changes_nothing(walking: Any) -> None:
    first, _ = walking.reset(seed=1)
    for action, code in (("jump", "rule"), ("", "form"), ("right right", "rule")):
        observation, reward, terminated, _, info = walking.step(action)
        assert (reward, terminated, info["code"]) == (0.0, False, code)
        assert np.array_equal(observation["image"], first["image"])


def test_a_game_that_does_not_end_is_truncated(walk: WalkPuzzle) -> None:
    walking = gymnasium.make(env_id("walk", stepwise=True), level=5, max_steps=3)
    walking.reset(seed=1)
    assert [walking.step("jump")[2:4] for _ in range(3)] == [(False, False), (False, False), (False, True)]


def test_a_game_that_cannot_go_on_is_over(walking: Any, walk: WalkPuzzle, monkeypatch: pytest.MonkeyPatch) -> None:
    walking.reset(seed=1)
    monkeypatch.setattr(type(walk), "moves", lambda self, position: [])
    assert walking.step("left")[1:4] == (0.0, True, False)


def test_moves_of_numbers_are_read_with_or_without_brackets(walking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WalkPuzzle, "moves", lambda self, position: [(1, 3), (2, 3), ("mark", 1, 2)])
    monkeypatch.setattr(WalkPuzzle, "after", lambda self, position, move: Line(7, move[1] % 7, position.goal))
    for action, at in (("(2, 3)", 3), ("2,3", 3), ("I move \\boxed{[2, 3]}", 3), ("Mark (1, 2)", 1), ("mark, 1, 2", 1)):
        walking.reset(seed=1)
        assert walking.step(action)[4]["code"] == "right"
        assert walking.unwrapped._state.at == at


def test_the_stepwise_environment_passes_gymnasium_s_own_check(walking: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(walking.unwrapped)


@pytest.mark.parametrize("task", GAMES)
def test_every_game_passes_gymnasium_s_own_check(task: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(env_id(task, stepwise=True)).unwrapped)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", GAMES)
def test_a_first_observation_has_the_rules_and_later_ones_what_came_of_a_move(task: str, language: str) -> None:
    env = gymnasium.make(env_id(task, stepwise=True), language=language).unwrapped
    game = env.puzzle
    observation, info = env.reset(seed=3)
    position = env._state
    assert game.rules(position).said(language) in observation["text"]
    assert game.text(position) in observation["text"] and game.move_form.said(language) in observation["text"]
    move = next(move for move in game.moves(position) if game.after(position, move))
    observation, _, _, _, info = env.step(f"Let me see. \\boxed{{{move}}}")
    after = game.after(position, move)
    assert info["code"] == "right" and game.text(after) in observation["text"]
    assert game.rules(position).said(language) not in observation["text"]
    pixels = game.draw(after).image().pixels
    height, width = info["size"]
    assert np.array_equal(observation["image"][:height, :width], pixels)
    told = {env.step(action)[0]["text"].partition("\n")[0] for action in ("\\boxed{jump 77}", "...")}
    assert len(told) == 2 and all(game.text(after) not in each for each in told)


def test_a_position_may_be_shown_by_the_image_alone() -> None:
    seen = gymnasium.make(env_id("maze", stepwise=True), written=False).unwrapped
    first, _ = seen.reset(seed=3)
    second = seen.step("down")[0]
    assert all(
        seen.puzzle.text(seen._state) not in each["text"] and "picture" in each["text"] for each in (first, second)
    )
    read = gymnasium.make(env_id("maze", stepwise=True), written=False, pictured=False).unwrapped
    assert "+--+" in read.reset(seed=3)[0]["text"], "without images the position is written in any case"


def test_revealing_a_mine_loses_the_game_and_tells_nothing_else() -> None:
    env = gymnasium.make(env_id("minesweeper", stepwise=True)).unwrapped
    env.reset(seed=4)
    game, position = env.puzzle, env._state
    moves = [move for move in game.moves(position) if move[0] == "reveal"]
    mine = next(move for move in moves if game.after(position, move) is None)
    observation, reward, terminated, truncated, info = env.step(f"\\boxed{{reveal ({mine[1]}, {mine[2]})}}")
    assert (reward, terminated, truncated, info["code"]) == (0.0, True, False, "claim")
    assert "lost" in observation["text"] and env._state == position
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step("mark (0, 0)")


@pytest.mark.parametrize("task", GAMES)
def test_nothing_that_a_player_sees_is_made_from_the_solution(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A board whose solution nobody may ask for is observed and played all the same."""

    def asked(*_: Any) -> str:
        raise AssertionError("somebody asked for the solution")

    for stepwise in (False, True):
        env = gymnasium.make(env_id(task, stepwise=stepwise)).unwrapped
        for name in ("solve", "reasoning", "effort", "guess"):
            monkeypatch.setattr(type(env.puzzle), name, asked)
        env.reset(options={"seed": 2, "index": 1})
        observation, *_, info = env.step("\\boxed{up}")
        assert set(info) == {"task", "level", "seed", "index", "size", "code", "detail"}
        assert set(observation) == {"image", "text"}
        monkeypatch.undo()
