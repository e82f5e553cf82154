"""Each task's state with one element changed, so that it can still be drawn though it may not be solved any more."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from random import Random
from typing import Any

Dumped = Any
"""A state as JSON."""
Change = Callable[[Dumped, Random], None]
"""Changes one element of a dumped state in place; does nothing where there is none of its kind."""

CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def changed(dumped: Dumped, change: Change, rng: Random) -> Dumped:
    """A copy in which one element is another."""
    copy = deepcopy(dumped)
    change(copy, rng)
    return copy


def other(values: Sequence[Any], than: Any, rng: Random) -> Any:
    """One of the values that is another than the present one."""
    return rng.choice([value for value in values if value != than])


def leaves(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Where single values stand in lists of lists."""
    if isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves(each, (*path, place))
    else:
        yield path


def value(field: str, values: Sequence[Any] | Callable[[Dumped], Sequence[Any]]) -> Change:
    """Another value, of these, for one of a field, however deep in lists it stands."""

    def change(state: Dumped, rng: Random) -> None:
        known = values(state) if callable(values) else values
        *path, last = (field, *rng.choice(list(leaves(state[field]))))
        holder = state
        for step in path:
            holder = holder[step]
        holder[last] = other(known, holder[last], rng)

    return change


def sign(field: str, signs: str) -> Change:
    """Another sign, of these, for one of the texts of a field."""

    def change(state: Dumped, rng: Random) -> None:
        texts = state[field] if isinstance(state[field], list) else [state[field]]
        row = rng.randrange(len(texts))
        place = rng.choice([place for place, each in enumerate(texts[row]) if each != "@"])
        texts[row] = texts[row][:place] + other(signs, texts[row][place], rng) + texts[row][place + 1 :]
        state[field] = texts if isinstance(state[field], list) else texts[0]

    return change


def turned(field: str) -> Change:
    """A pair the other way round."""

    def change(state: Dumped, rng: Random) -> None:
        rng.choice(state[field]).reverse()

    return change


def dropped(field: str) -> Change:
    """One of a list less."""

    def change(state: Dumped, rng: Random) -> None:
        if state[field]:
            state[field].pop(rng.randrange(len(state[field])))

    return change


def within(field: str, change: Change) -> Change:
    """A change of what a field holds."""
    return lambda state, rng: change(state[field], rng)


def inside(field: str, change: Change) -> Change:
    """A change of one of those that a field lists."""
    return lambda state, rng: change(rng.choice(state[field]), rng)


def to_a_free_cell(field: str, sides: Callable[[Dumped], tuple[int, int]], taken: Sequence[str]) -> Change:
    """One of the cells of a field, or its only one, elsewhere."""

    def change(state: Dumped, rng: Random) -> None:
        rows, columns = sides(state)
        used = [cell for name in taken for cell in _cells(state[name])]
        free = [[row, column] for row in range(rows) for column in range(columns) if [row, column] not in used]
        if not state[field]:
            return
        if isinstance(state[field][0], list):
            state[field][rng.randrange(len(state[field]))] = rng.choice(free)
        else:
            state[field] = rng.choice(free)

    return change


def _cells(found: Any) -> list[Any]:
    return found if not found or isinstance(found[0], list) else [found]


def another_region(state: Dumped, rng: Random) -> None:
    """A cell goes over to the region of a neighbour."""
    regions = state["regions"]
    row, column, other_one = rng.choice(list(_at_borders(regions)))
    regions[row][column] = other_one


def another_cage(state: Dumped, rng: Random) -> None:
    """A cell goes over to the cage of a neighbour; not the only one of its cage."""
    size = state["size"]
    cage = {cell: place for place, each in enumerate(state["cages"]) for cell in each["cells"]}
    regions = [[cage[row * size + column] for column in range(size)] for row in range(size)]
    row, column, new = rng.choice(
        [each for each in _at_borders(regions) if len(state["cages"][regions[each[0]][each[1]]]["cells"]) > 1]
    )
    state["cages"][regions[row][column]]["cells"].remove(row * size + column)
    state["cages"][new]["cells"] = sorted([*state["cages"][new]["cells"], row * size + column])


def _at_borders(regions: Sequence[Sequence[int]]) -> Iterator[tuple[int, int, int]]:
    for row, line in enumerate(regions):
        for column, own in enumerate(line):
            for near_row, near_column in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                inside_it = 0 <= near_row < len(regions) and 0 <= near_column < len(line)
                if inside_it and regions[near_row][near_column] != own:
                    yield row, column, regions[near_row][near_column]


def operation(state: Dumped, rng: Random) -> None:
    """Another operation for a cage of several cells."""
    cage = rng.choice([each for each in state["cages"] if len(each["cells"]) > 1])
    cage["operation"] = other("+-*/", cage["operation"], rng)


def island(state: Dumped, rng: Random) -> None:
    """An island elsewhere."""
    taken = {(x, y) for x, y, _ in state["islands"]}
    free = [(x, y) for x in range(state["side"]) for y in range(state["side"]) if (x, y) not in taken]
    rng.choice(state["islands"])[:2] = rng.choice(free)


def island_number(state: Dumped, rng: Random) -> None:
    """Another number on an island, 0 where it is not told."""
    chosen = rng.choice(state["islands"])
    chosen[2] = other(range(9), chosen[2], rng)


def pair_of_signs(state: Dumped, rng: Random) -> None:
    """Another letter or digit, or nothing, in a cell."""
    place = rng.randrange(len(state["cells"]))
    given = [f"{letter}{digit + 1}" for letter in CAPITALS[: state["order"]] for digit in range(state["order"])]
    state["cells"][place] = other([*given, ".."], state["cells"][place], rng)


def sums(state: Dumped, rng: Random) -> None:
    """A cell turns black or white, or another sum stands in it."""
    place = rng.randrange(len(state["cells"]))
    clue = state["cells"][place]
    if clue is None:
        state["cells"][place] = [rng.randrange(3, 18), 0]
    elif rng.random() < 0.2:
        state["cells"][place] = None
    else:
        half = rng.randrange(2)
        clue[half] = other([0, *range(3, 25)], clue[half], rng)


def backwards(state: Dumped, rng: Random) -> None:
    """The snake looks the other way."""
    state["body"].reverse()


def shorter(state: Dumped, rng: Random) -> None:
    """The snake has a cell less."""
    state["body"].pop()


def run_left_out(state: Dumped, rng: Random) -> None:
    """A run less in a clue that has several."""
    several = [clue for clue in (*state["rows"], *state["columns"]) if len(clue) > 1]
    if several:
        clue = rng.choice(several)
        clue.pop(rng.randrange(len(clue)))


def two_exchanged(state: Dumped, rng: Random) -> None:
    """Two tiles in each other's place."""
    a, b = rng.sample(range(len(state["tiles"])), 2)
    state["tiles"][a], state["tiles"][b] = state["tiles"][b], state["tiles"][a]


def player(state: Dumped, rng: Random) -> None:
    """The player on another cell of the floor."""
    rows = state["rows"]
    before = next((row, line.index("@")) for row, line in enumerate(rows) if "@" in line) if "@" in str(rows) else None
    floor = [(row, column) for row, line in enumerate(rows) for column, each in enumerate(line) if each == "-"]
    if before and floor:
        for (row, column), each in ((before, "-"), (rng.choice(floor), "@")):
            rows[row] = rows[row][:column] + each + rows[row][column + 1 :]


def disk(state: Dumped, rng: Random) -> None:
    """The upper disk of a peg on another."""
    pegs = state["pegs"]
    source = rng.choice([peg for peg in pegs if peg])
    rng.choice([peg for peg in pegs if peg is not source]).append(source.pop())


def vertex(state: Dumped, rng: Random) -> None:
    """A vertex a little to the right."""
    rng.choice(state["points"])[0] += 3


def edge_dropped(labels: str | None = None) -> Change:
    """An edge less, with its label."""

    def change(state: Dumped, rng: Random) -> None:
        edges = state["graph"]["edges"] if "graph" in state else state["edges"]
        place = rng.randrange(len(edges))
        edges.pop(place)
        if labels:
            state[labels].pop(place)

    return change


def edge_added(state: Dumped, rng: Random) -> None:
    """An edge between two vertices that none joins."""
    known = {tuple(sorted(edge)) for edge in state["edges"]}
    count = len(state["points"])
    state["edges"].append(
        list(rng.choice([(a, b) for a in range(count) for b in range(a + 1, count) if (a, b) not in known]))
    )


def some_vertex(field: str, *taken: str) -> Change:
    """Another vertex for one that is marked."""

    def change(state: Dumped, rng: Random) -> None:
        used = {state[name] for name in taken}
        count = len(state["graph"]["points"])
        state[field] = other([each for each in range(count) if each not in used], state[field], rng)

    return change


def label(field: str) -> Change:
    """Another number, of as many digits, at an edge."""

    def change(state: Dumped, rng: Random) -> None:
        place = rng.randrange(len(state[field]))
        before = state[field][place]
        state[field][place] = other(range(1, 10) if before < 10 else range(10, 100), before, rng)

    return change


def length(*names: str) -> Callable[[Dumped], tuple[int, int]]:
    """Rows and columns as the lengths of two fields."""
    return lambda state: (len(state[names[0]]), len(state[names[-1]]))


def square(state: Dumped) -> tuple[int, int]:
    """Rows and columns of a state with a side."""
    return state["side"], state["side"]


SERIES = (value("values", range(1, 100)), dropped("values"))
GRAPH = (vertex, edge_dropped(), edge_added)
CLUES = (
    value("rows", lambda state: [None, *range(len(state["columns"]) + 1)]),
    value("columns", lambda state: [None, *range(len(state["rows"]) + 1)]),
)

CHANGES: Mapping[str, tuple[Change, ...]] = {
    "aquarium": (another_region, *CLUES),
    "binairo": (sign("rows", "01."),),
    "bridges": (island, island_number, dropped("islands")),
    "calcudoku": (another_cage, operation, inside("cages", value("target", range(1, 60)))),
    "campsite": (to_a_free_cell("trees", length("rows", "columns"), ["trees"]), dropped("trees"), *CLUES),
    "container": SERIES,
    "crypto_math": (sign("terms", CAPITALS), sign("total", CAPITALS)),
    "eulerian_cycle": GRAPH,
    "eulerian_path": GRAPH,
    "eulero": (pair_of_signs,),
    "futoshiki": (value("givens", lambda state: range(state["size"] + 1)), turned("less"), dropped("less")),
    "graph_isomorphism": tuple(within(side, change) for side in ("left", "right") for change in GRAPH),
    "h_index": SERIES,
    "hamiltonian_cycle": GRAPH,
    "hamiltonian_path": (*(within("graph", change) for change in GRAPH), some_vertex("start")),
    "hills_and_valleys": SERIES,
    "hitori": (value("numbers", lambda state: range(len(state["numbers"]) + 1)),),
    "kakuro": (sums,),
    "kukurasu": (value("rows", [None, *range(37)]), value("columns", [None, *range(37)])),
    "largest_rectangle": SERIES,
    "longest_increasing_subsequence": SERIES,
    "max_flow": (within("graph", turned("edges")), edge_dropped("capacities"), label("capacities")),
    "maze": (
        value("right", [True, False]),
        value("down", [True, False]),
        to_a_free_cell("start", length("right"), ["start", "end"]),
        to_a_free_cell("end", length("right"), ["start", "end"]),
    ),
    "minesweeper": (sign("rows", "01234?*"), value("mines", range(1, 15))),
    "nibbles": (backwards, shorter, to_a_free_cell("apples", square, ["body", "apples"]), dropped("apples")),
    "nonogram": (
        *(
            inside(field, lambda clue, rng: clue.__setitem__(0, other(range(1, 10), clue[0], rng)))
            for field in ("rows", "columns")
        ),
        run_left_out,
    ),
    "numbrix": (value("givens", lambda state: range(state["side"] ** 2 + 1)),),
    "shingoki": (
        inside("circles", value("colour", ["W", "B"])),
        inside("circles", value("number", range(2, 16))),
        dropped("circles"),
    ),
    "shortest_distance": (
        edge_dropped("weights"),
        label("weights"),
        some_vertex("start", "end"),
        some_vertex("end", "start"),
    ),
    "skyscrapers": tuple(value(side, range(6)) for side in ("top", "bottom", "left", "right")),
    "sliding_puzzle": (two_exchanged,),
    "snake": (
        to_a_free_cell("start", length("row_counts", "column_counts"), ["start", "end", "shown"]),
        to_a_free_cell("end", length("row_counts", "column_counts"), ["start", "end", "shown"]),
        to_a_free_cell("shown", length("row_counts", "column_counts"), ["start", "end", "shown"]),
        dropped("shown"),
        value("row_counts", range(-1, 10)),
        value("column_counts", range(-1, 10)),
    ),
    "sokoban": (sign("rows", "#-.$*"), player),
    "stock": SERIES,
    "sudoku": (value("givens", range(10)),),
    "tapa": (inside("clues", value("groups", range(9))), dropped("clues")),
    "topological_sort": (*GRAPH, turned("edges")),
    "tower_of_hanoi": (disk,),
    "trapping_rain": SERIES,
    "twenty_four_points": (value("numbers", range(1, 26)),),
    "word_ladder": (sign("start", CAPITALS.lower()), sign("target", CAPITALS.lower())),
    "word_search": (sign("rows", CAPITALS), sign("word", CAPITALS)),
}
"""What may change in the state of each task."""
