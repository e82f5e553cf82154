"""The six games: their rules one by one, shortest solutions against plain searches, play move by move."""

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from itertools import combinations, islice, pairwise, product
from random import Random
from typing import Any

import pytest

from asterism.helix.catalogue import puzzle_of
from asterism.helix.moves import DIRECTIONS, directions, played, search
from asterism.helix.puzzle import LEVELS
from asterism.helix.tasks.maze import Maze
from asterism.helix.tasks.minesweeper import Minesweeper
from asterism.helix.tasks.nibbles import Nibbles
from asterism.helix.tasks.sliding_puzzle import GOAL, Sliding, _least
from asterism.helix.tasks.sokoban import Sokoban
from asterism.helix.tasks.tower_of_hanoi import Hanoi, _arranged

GAMES = ("maze", "nibbles", "sliding_puzzle", "sokoban", "tower_of_hanoi")
MAZE, NIBBLES, SLIDING, SOKOBAN, HANOI = map(puzzle_of, GAMES)
MINES = puzzle_of("minesweeper")


def levels_from(start: Hashable, around: Callable[[Any], Iterable[Any]], most: int = 10**9) -> dict[Any, int]:
    """Steps to everything within ``most`` of them, breadth first."""
    found, waiting = {start: 0}, deque([start])
    while waiting:
        node = waiting.popleft()
        for other in around(node) if found[node] < most else ():
            if other not in found:
                found[other] = found[node] + 1
                waiting.append(other)
    return found


def around(game: Any) -> Callable[[Any], Iterable[Any]]:
    return lambda position: [game.after(position, move) for move in game.moves(position)]


@pytest.mark.parametrize(
    "answer",
    [
        "up down left right",
        "Up, Down, Left, Right",
        "['up', 'down', 'left', 'right']",
        "up → down → left → right",
        "up->down->left->right",
        "U D L R",
        "udlr",
        "↑↓←→",
        "⬆⬇⬅➡",
        "上下左右",
        "上、下、左、右",
    ],
)
def test_moves_are_read_however_they_are_written(answer: str) -> None:
    assert directions(answer) == ["up", "down", "left", "right"]


@pytest.mark.parametrize("answer", ["", "up dawn", "north", "go up", "up 3", "upp", "up " * 5_000, "?"])
def test_what_is_no_move_is_not_read(answer: str) -> None:
    assert directions(answer) is None


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("level", LEVELS)
def test_a_game_is_played_move_by_move(name: str, level: int) -> None:
    game = puzzle_of(name)
    state = game.instance(level, 11, 0)
    position, left = game.start(state), game.left(state)
    assert not game.won(position)
    for move in told(name, game.solve(state)):
        legal = game.moves(position)
        assert move in legal
        every = DIRECTIONS if name != "tower_of_hanoi" else product(range(1, 13), (1, 2, 3))
        assert [other for other in every if game.after(position, other) is not None] == legal
        position = game.after(position, move)
        assert left - 1 <= (left := game.left(position)) <= left
    assert game.won(position) and left == 0


@pytest.mark.parametrize("name", [*GAMES, "minesweeper"])
@pytest.mark.parametrize("move", [None, "", "sideways", 3, (), ("mark",), (1, 9), (99, 1), ("mark", [], 0), ["up"]])
def test_what_is_no_move_is_not_played(name: str, move: Any) -> None:
    game = puzzle_of(name)
    assert game.after(game.start(game.instance(1, 0, 0)), move) is None


def told(name: str, answer: str) -> list[Any]:
    if name != "tower_of_hanoi":
        return answer.split()
    numbers = [int(number) for number in re.findall(r"\d+", answer)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


# Maze: S and E in the upper corners, a wall between them.
#
# +--+--+--+
# |S    |E |
# +--+  +  +
# |        |
# +  +--+  +
# |     |  |
# +--+--+--+
WALLED = Maze(
    right=((True, False), (True, True), (True, False)),
    down=((False, True, True), (True, False, True)),
    start=(0, 0),
    end=(0, 2),
)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("right down right up", "right"),
        ("right down left right right up", "right"),  # a detour
        ("right down right up down up", "right"),
        ("right right", "rule"),  # through the wall
        ("down right right up", "rule"),
        ("up right", "rule"),  # out of the maze
        ("right down right", "rule"),  # stops early
        ("right down right up down", "rule"),  # goes on
        ("right down right upp", "form"),
        ("(0, 2)", "form"),
    ],
)
def test_walls_hold_in_the_maze(answer: str, code: str) -> None:
    assert MAZE.verify_answer(WALLED, answer).code == code


def test_the_maze_in_text_is_the_maze_that_is_played() -> None:
    assert MAZE.text(WALLED).splitlines() == [
        "+--+--+--+",
        "|S    |E |",
        "+--+  +  +",
        "|        |",
        "+  +--+  +",
        "|     |  |",
        "+--+--+--+",
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_mazes_are_connected_with_the_loops_of_their_level(level: int) -> None:
    parameters = MAZE.levels[level]
    for index in range(5):
        maze = MAZE.instance(level, 4, index)
        cells = levels_from(maze, around(MAZE))
        doors = sum(map(sum, (*maze.right, *maze.down)))
        assert len(cells) == parameters.side**2 and doors == len(cells) - 1 + parameters.loops
        ends = [steps for position, steps in cells.items() if MAZE.won(position)]
        assert ends == [MAZE.left(maze)] == [MAZE.effort(maze)]


def test_every_wall_changes_the_picture_of_a_maze() -> None:
    maze = MAZE.instance(2, 4, 0)
    pictures = {MAZE.draw(maze).image().digest}
    for kind in ("right", "down"):
        doors = getattr(maze, kind)
        for row, line in enumerate(doors):
            for column, door in enumerate(line):
                changed = (*line[:column], not door, *line[column + 1 :])
                pictures.add(
                    MAZE.draw(replace(maze, **{kind: (*doors[:row], changed, *doors[row + 1 :])})).image().digest
                )
    assert len(pictures) == 1 + 2 * 5 * 4


@pytest.mark.parametrize("disks", [1, 2, 3, 4, 5])
def test_the_formula_for_hanoi_counts_the_fewest_moves(disks: int) -> None:
    sizes = [2 * disk - 1 for disk in range(disks, 0, -1)]
    fewest = levels_from(_arranged(sizes, [3] * disks), around(HANOI))  # every move can be taken back
    assert len(fewest) == 3**disks and max(fewest.values()) == 2**disks - 1
    for state, moves in fewest.items():
        assert HANOI.left(state) == moves
        if moves:
            position, fault = played(HANOI, state, told("tower_of_hanoi", HANOI.solve(state)))
            assert fault is None and HANOI.won(position)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("(2, 3), (4, 2), (2, 2), (7, 3), (2, 1), (4, 3), (2, 3)", "right"),
        ("[[2, 3], [4, 2], [2, 2], [7, 3], [2, 1], [4, 3], [2, 3]]", "right"),
        ("2 3\n4 2\n2 2\n7 3\n2 1\n4 3\n2 3", "right"),
        ("(2, 2), (2, 3), (4, 2), (2, 2), (7, 3), (2, 1), (4, 3), (2, 3)", "right"),  # one move more
        ("(4, 2)", "rule"),  # not on top
        ("(2, 3), (4, 3)", "rule"),  # on a smaller one
        ("(2, 1)", "rule"),  # where it is
        ("(2, 4)", "rule"),
        ("(2, 0)", "rule"),
        ("(3, 3)", "rule"),  # there is no such disk
        ("(2, 3), (4, 2), (2, 2), (7, 3), (2, 1), (4, 3)", "rule"),  # stops early
        ("(2, 3), (4, 2, 1)", "form"),
        ("disk 2 to peg 3", "form"),
        ("[]", "form"),
    ],
)
def test_disks_move_one_by_one_and_lie_on_larger_ones(answer: str, code: str) -> None:
    assert HANOI.verify_answer(Hanoi(((7, 4, 2), (), ())), answer).code == code


@pytest.mark.parametrize("level", LEVELS)
def test_hanoi_has_the_length_of_its_level(level: int) -> None:
    low, high = HANOI.levels[level].shortest
    assert all(low <= HANOI.left(HANOI.instance(level, 8, index)) <= high for index in range(20))


def test_fifteen_tiles_are_solved_in_the_fewest_moves() -> None:
    fewest = levels_from(Sliding(GOAL), around(SLIDING), 14)
    assert [sum(moves == each for moves in fewest.values()) for each in range(5)] == [1, 2, 4, 10, 24]
    assert all(_least(state.tiles) <= moves for state, moves in fewest.items())
    furthest = [state for state, moves in fewest.items() if moves == 14]
    assert all(SLIDING.left(state) == 14 for state in furthest[::200])


@pytest.mark.parametrize("level", LEVELS)
def test_sliding_has_the_length_of_its_level(level: int) -> None:
    low, high = SLIDING.levels[level].shortest
    for index in range(5):
        state = SLIDING.instance(level, 8, index)
        answer = SLIDING.solve(state)
        assert low <= len(answer.split()) <= high and SLIDING.verify_answer(state, answer).right


BOARD = Sliding((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 11, 13, 14, 15, 12))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("left up", "right"),
        ("left right left up", "right"),
        ("up left", "rule"),
        ("right up", "rule"),
        ("left", "rule"),
        ("left up left", "rule"),
    ],
)
def test_a_move_is_named_by_where_the_tile_goes(answer: str, code: str) -> None:
    assert SLIDING.verify_answer(BOARD, answer).code == code


def test_tiles_may_be_named_by_number() -> None:
    assert SLIDING.verify_answer(BOARD, "11, 12").right
    assert SLIDING.verify_answer(BOARD, "[11, 11, 11, 12]").right
    assert SLIDING.verify_answer(BOARD, "12, 11").code == "rule"
    assert SLIDING.verify_answer(BOARD, "11 up").code == "form"


def test_half_of_all_boards_cannot_be_solved() -> None:
    board = Sliding((*GOAL[:13], 15, 14, 0))
    assert SLIDING.solve(board) is None and SLIDING.left(board) is None
    assert SLIDING.left(Sliding(GOAL)) == 0


ROOM = Sokoban(("#######", "#@-$-.#", "#-##--#", "#---$.#", "#######"))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("right right right left left left down down right right right", "right"),
        ("down down right right right left left left up up right right right", "right"),
        ("right right right", "rule"),  # one box is left
        ("up", "rule"),
        ("down right", "rule"),  # into a wall
        ("right right right right", "rule"),  # the box is against a wall
        ("right right right up", "rule"),
        ("", "form"),
    ],
)
def test_boxes_are_pushed_one_at_a_time(answer: str, code: str) -> None:
    assert SOKOBAN.verify_answer(ROOM, answer).code == code


def test_two_boxes_in_a_row_do_not_move() -> None:
    row = Sokoban(("########", "#@$$--.#", "#-----.#", "########"))
    assert SOKOBAN.after(row, "right") is None and SOKOBAN.left(row) is None


def test_a_box_is_not_pulled_and_goals_shine_through() -> None:
    position, _ = played(SOKOBAN, Sokoban(("######", "#.+$.#", "######")), ["right", "left"])
    assert position.rows == ("######", "#.+-*#", "######")


def test_a_box_in_a_corner_is_lost() -> None:
    assert SOKOBAN.left(Sokoban(("#####", "#$--#", "#@-.#", "#####"))) is None
    assert SOKOBAN.solve(Sokoban(("#####", "#$--#", "#@-.#", "#####"))) is None


@pytest.mark.parametrize(("level", "index"), [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)])
def test_sokoban_is_solved_with_the_fewest_pushes(level: int, index: int) -> None:
    state = SOKOBAN.instance(level, 6, index)
    assert SOKOBAN.left(state) == fewest_pushes(state)
    answer = SOKOBAN.solve(state).split()
    boxes = [played(SOKOBAN, state, answer[:count])[0] for count in range(len(answer) + 1)]
    assert sum(crates(a) != crates(b) for a, b in pairwise(boxes)) == SOKOBAN.left(state)


def fewest_pushes(state: Sokoban) -> int:
    """By walking for nothing and pushing for one, move by move."""
    done, waiting = {}, deque([(state, 0)])
    while waiting:
        position, pushes = waiting.popleft()
        if position in done:
            continue
        done[position] = pushes
        if SOKOBAN.won(position):
            return pushes
        for after in around(SOKOBAN)(position):
            pushed = crates(after) != crates(position)
            (waiting.append if pushed else waiting.appendleft)((after, pushes + pushed))
    raise AssertionError("not solved")


def crates(state: Sokoban) -> list[tuple[int, int]]:
    return [(r, c) for r, line in enumerate(state.rows) for c, letter in enumerate(line) if letter in "$*"]


@pytest.mark.parametrize("level", LEVELS)
def test_sokoban_has_boxes_goals_walls_and_pushes_of_its_level(level: int) -> None:
    parameters = SOKOBAN.levels[level]
    for index in range(4):
        state = SOKOBAN.instance(level, 2, index)
        letters = "".join(state.rows)
        assert sum(map(letters.count, "$*")) == sum(map(letters.count, ".+*")) == parameters.boxes
        assert sum(map(letters.count, "@+")) == 1 and letters.count("$") > 0
        assert set(state.rows[0] + state.rows[-1]) == {"#"} == {end for row in state.rows for end in (row[0], row[-1])}
        low, high = parameters.pushes
        assert low <= SOKOBAN.left(state) <= high


SNAKE = Nibbles(side=4, body=((1, 1), (1, 0), (0, 0), (0, 1)), apples=((2, 1), (3, 3)))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("down down right right", "right"),
        ("down right right down", "right"),
        ("up right right down down down left left up", "right"),  # onto the tail's cell, which it leaves
        ("left", "rule"),  # straight back
        ("down", "rule"),  # an apple is left
        ("right right right", "rule"),  # off the board
        ("down right up left", "rule"),  # into its body
        ("eat", "form"),
    ],
)
def test_the_snake_keeps_off_walls_and_itself(answer: str, code: str) -> None:
    assert NIBBLES.verify_answer(SNAKE, answer).code == code


def test_the_tail_stays_while_the_snake_eats() -> None:
    position = NIBBLES.after(SNAKE, "down")
    assert position == Nibbles(4, ((2, 1), *SNAKE.body), ((3, 3),))
    assert NIBBLES.after(position, "right").body == ((2, 2), (2, 1), (1, 1), (1, 0), (0, 0))


def test_a_snake_of_two_does_not_turn_back() -> None:
    short = Nibbles(4, ((1, 2), (1, 1)), ((1, 0),))
    assert "left" not in NIBBLES.moves(short) and NIBBLES.left(short) == 4


def test_a_snake_that_is_shut_in_cannot_win() -> None:
    assert NIBBLES.left(Nibbles(4, ((0, 0), (0, 1), (1, 1), (1, 0), (2, 0)), ((3, 3),))) is None


@pytest.mark.parametrize(("level", "index"), [(1, 0), (1, 1), (2, 0), (2, 1)])
def test_apples_are_eaten_in_the_fewest_moves(level: int, index: int) -> None:
    state = NIBBLES.instance(level, 6, index)
    plain = search(
        state,
        lambda each: [(move, NIBBLES.after(each, move)) for move in NIBBLES.moves(each)],
        NIBBLES.won,
        lambda each: len(each.apples),
    )
    assert plain is not None and len(plain) == NIBBLES.left(state)


FIELD = Minesweeper(("01?", "12?", "?1?"), 2)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("[(0, 2), (2, 0)]", "right"),
        ("(2, 0), (0, 2), (2, 0)", "rule"),  # a cell twice
        ("[[2,0],[0,2]]", "right"),
        ("(0, 2)", "rule"),  # too few
        ("[]", "rule"),
        ("(0, 2), (2, 0), (2, 2)", "rule"),  # too many
        ("(0, 2), (0, 1)", "rule"),  # revealed
        ("(0, 2), (3, 0)", "rule"),  # off the board
        ("(0, 2), (-1, 0)", "rule"),
        ("(1, 2), (2, 0)", "rule"),  # the 1 below would have two
        ("0 2, 2 0", "form"),
        ("top right", "form"),
    ],
)
def test_mines_lie_under_hidden_cells_as_the_digits_say(answer: str, code: str) -> None:
    assert MINES.verify_answer(FIELD, answer).code == code


def test_mines_are_marked_and_cells_revealed_one_by_one() -> None:
    assert MINES.after(FIELD, ("reveal", 0, 2)) is None, "a mine"
    assert MINES.after(FIELD, ("reveal", 0, 0)) is None and MINES.after(FIELD, ("mark", 0, 0)) is None
    position = FIELD
    for move in (("reveal", 1, 2), ("mark", 2, 2), ("mark", 2, 0), ("mark", 2, 2), ("mark", 0, 2)):
        assert move in MINES.moves(position) and not MINES.won(position)
        position = MINES.after(position, move)
    assert position.rows == ("01*", "121", "*1?") and MINES.won(position)


def test_the_moves_of_minesweeper_do_not_tell_where_mines_are() -> None:
    """Nor do they differ between two boards that look the same."""
    hidden = {(row, column) for row, line in enumerate(FIELD.rows) for column, sign in enumerate(line) if sign == "?"}
    assert {move[1:] for move in MINES.moves(FIELD) if move[0] == "reveal"} == hidden
    assert {move[1:] for move in MINES.moves(FIELD) if move[0] == "mark"} == hidden


@pytest.mark.parametrize("level", [1, 2])
def test_all_sets_of_mines_are_counted(level: int) -> None:
    rng = Random(level)
    counts = set()
    for index in range(3):
        state = MINES.instance(level, 6, index)
        for each in (state, *islice(MINES.thinned(state, rng), 6)):
            every = fits(each)
            counts.add(len(every))
            assert MINES.count(each) == min(2, len(every)) and MINES.verify_answer(each, MINES.solve(each)).right
            assert all(MINES.verify_answer(each, str(sorted(mines))).right for mines in every)
    assert 1 in counts and max(counts) > 1
    broken = Minesweeper(("8?", "??"), 3)
    assert MINES.count(broken) == len(fits(broken)) == 0 and MINES.solve(broken) is None


def fits(state: Minesweeper) -> list[frozenset[tuple[int, int]]]:
    """All sets of mines, by trying every one."""
    cells = {(r, c): letter for r, row in enumerate(state.rows) for c, letter in enumerate(row)}
    hidden = [cell for cell, letter in cells.items() if letter == "?"]
    return [
        frozenset(mines)
        for mines in combinations(hidden, state.mines)
        if all(
            letter == "?" or sum(max(abs(r - a), abs(c - b)) == 1 for a, b in mines) == int(letter)
            for (r, c), letter in cells.items()
        )
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_minesweeper_has_mines_and_hidden_cells_of_its_level(level: int) -> None:
    parameters = MINES.levels[level]
    state = MINES.instance(level, 2, 0)
    assert state.mines == parameters.mines and len(state.rows) == parameters.side
    assert "".join(state.rows).count("?") == parameters.hidden > 2 * state.mines


def test_hidden_cells_and_zeros_look_different() -> None:
    pictures = {MINES.draw(Minesweeper((letter * 3, "???", "???"), 1)).image().digest for letter in "?0*1"}
    assert len(pictures) == 4
    assert MINES.draw(FIELD).image().digest != MINES.draw(replace(FIELD, mines=3)).image().digest


@pytest.mark.parametrize(
    ("game", "states"),
    [
        (SOKOBAN, [Sokoban(("####", f"#{a}{b}#", "####")) for a in "#-.$*@+" for b in "#-.$*@+"]),
        (HANOI, [_arranged(sizes, pegs) for sizes in ([3, 2], [9, 1]) for pegs in product((1, 2, 3), repeat=2)]),
        (SLIDING, [Sliding(GOAL), *(SLIDING.after(Sliding(GOAL), move) for move in ("down", "right"))]),
        (NIBBLES, [SNAKE, replace(SNAKE, apples=((2, 1),)), replace(SNAKE, body=SNAKE.body[::-1])]),
        (NIBBLES, [replace(SNAKE, body=SNAKE.body[:cells]) for cells in (1, 2, 3, 4)]),
        (NIBBLES, [replace(SNAKE, body=(*SNAKE.body[turn:], *SNAKE.body[:turn])) for turn in range(4)]),
    ],
)
def test_every_part_of_a_state_changes_the_picture(game: Any, states: list[Any]) -> None:
    assert len({game.draw(state).image().digest for state in states}) == len(states)


@pytest.mark.parametrize("name", GAMES)
def test_false_claims_do_not_hold(name: str) -> None:
    game = puzzle_of(name)
    state = game.instance(2, 1, 0)
    steps = game.reasoning(state)
    rejected = [step for step in steps if "Rejected" in step.text]
    assert rejected or name == "nibbles"
    for step in (*steps[1:4], *rejected):
        for false in falsified(step.claim):
            assert not game.holds(state, false), false


def falsified(claim: Any) -> list[Any]:
    """The claim with each part changed."""
    parts = {"left": lambda n: (n or 0) + 2, "moves": lambda m: [*m, "up", "no"], "won": lambda m: m[:-1]}
    return [
        {**claim, key: parts[key](value) if key in parts else [value]} for key, value in claim.items() if key != "least"
    ]


def test_false_claims_about_mines_do_not_hold() -> None:
    assert MINES.holds(FIELD, {"mines": [[0, 2]], "safe": [[2, 2]]})
    for false in (
        {"mines": [[2, 2]], "safe": []},
        {"mines": [], "safe": [[0, 2]]},
        {"mines": [], "safe": [[0, 0]]},
        {"mines": [], "safe": ["x"]},
        {"suppose": [0, 2], "mine": True, "possible": False},
        {"suppose": [0, 0], "mine": True, "possible": False},
        {"suppose": [2, 2], "mine": False, "possible": False},
        {"all": [[0, 2]]},
        {"rows": list(FIELD.rows), "mines": 3},
    ):
        assert not MINES.holds(FIELD, false), false
