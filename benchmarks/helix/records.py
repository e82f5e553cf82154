"""Whether instances of random seeds are solved, judged and told apart as they should be."""

import hashlib
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import asterism
from asterism.core.seeds import rng_for
from asterism.helix.catalogue import puzzle_of
from asterism.helix.dataset import create_dataset
from asterism.helix.entry import fingerprint
from asterism.helix.puzzle import LEVELS, Puzzle
from benchmarks.helix.states import COUNT, record, states
from benchmarks.helix.tables import Row, by_level
from tests.helix.mutations import mutation

TITLE = "Instances of random seeds"
TEXT = """
Of each task and level, 200 instances, each of a 64-bit seed of its own. Their own solution is right by the verifier
and by the predicate of `tests/helix/rules`; the empty answer, a refusal and the question given back are wrong; of ten
mutations of the solution (a word or number changed, dropped, doubled or exchanged) the verifier says what the
predicate says. Where a mutation has lost the asked form, so that the predicate cannot read it, and the verifier takes
it for right, it is counted as *lenient*: the right answer in a form slightly off. A task with a single solution has
one by a complete count.

*Again* counts the instances whose state an earlier one of the 200 had: it tells how large a level is. A data set of
200 entries of one seed draws such an instance anew, and holds no state twice.

While instances are drawn, an audit hook notes every file of the package that is opened. Nothing but code, letter
shapes and word lists is read, and nothing is written: no instance is looked up.
"""

MUTATIONS = 10
REFUSALS = ("", "I cannot answer this.", "\\boxed{}")
DATA = ("helix/glyphs/masters.json", "helix/glyphs/masters.png", "helix/lexicon/words.txt.gz")
"""Files of the package, beside code, that drawing may read."""
FAULTS = ("unsolved", "garbage", "differences", "several", "twice")
"""What must be 0."""


def prove(task: str, seed: int) -> list[dict[str, Any]]:
    """A row for each level."""
    opened: set[str] = set()
    _watch(opened)
    rows = [_level(puzzle_of(task), level, seed) for level in LEVELS]
    strange = sorted(name for name in opened if not name.endswith((".py", ".pyc", *DATA)))
    return [{**row, "opened": strange, "failed": row["failed"] or bool(strange)} for row in rows]


def table(rows: Sequence[Row]) -> list[str]:
    """The sums, then a cell for each task and level."""
    names = (*FAULTS, "mutations", "lenient")
    total = {name: sum(row[name] for row in rows) for name in names}
    return [
        f"Instances: {sum(row['instances'] for row in rows):,}. Own solution wrong: {total['unsolved']}. Empty answer, "
        f"refusal or echo taken for right: {total['garbage']}. Mutations: {total['mutations']:,}, of them judged "
        f"otherwise than by the predicate: {total['differences']}; lenient: {total['lenient']:,}. More than one "
        f"solution where one is promised: {total['several']}. States twice in a data set: {total['twice']}.",
        "",
        "Cells: the first digits of the SHA-256 over the 200 records (state, solution, prompts, worked reasoning, "
        "pixels; see [elsewhere.md](elsewhere.md)), and *again* where it is not 0.",
        "",
        *by_level(rows, lambda row: row["digest"][:8] + (f", {row['again']} again" if row["again"] else "")),
    ]


def _level(puzzle: Puzzle[Any], level: int, seed: int) -> dict[str, Any]:
    rng = rng_for("mutations", puzzle.name, level, seed)
    counts = dict.fromkeys((*FAULTS, "mutations", "lenient"), 0)
    told, marks, examples = hashlib.sha256(), set(), []
    for state in states(puzzle, level, seed):
        told.update(record(puzzle, state))
        marks.add(fingerprint(puzzle, state))
        counts["several"] += puzzle.unique and puzzle.count(state) != 1
        _judged(puzzle, state, rng, counts, examples)
    again = COUNT - len(marks)
    if again:
        entries = create_dataset(puzzle.name, level=level, size=COUNT, seed=seed, distinct=True, pictured=False)
        counts["twice"] = COUNT - len({entry.fingerprint for entry in entries})
    return {
        "task": puzzle.name,
        "level": level,
        "instances": COUNT,
        **counts,
        "again": again,
        "digest": told.hexdigest(),
        "examples": examples[:3],
        "failed": any(counts[name] for name in FAULTS),
    }


def _judged(puzzle: Puzzle[Any], state: Any, rng: Random, counts: dict[str, int], examples: list[Any]) -> None:
    """Count what the verifier says of the solution, of what is no answer, and of mutations."""
    rule = import_module(f"tests.helix.rules.{puzzle.name}")
    answer = puzzle.solve(state) or ""
    counts["unsolved"] += not (puzzle.verify_answer(state, answer).right and rule.accepts(state, answer))
    echo = puzzle.prompt(state, pictured=False)
    counts["garbage"] += sum(puzzle.verify(state, text).right for text in (*REFUSALS, echo))
    for mutated in sorted({mutation(answer, rng) for _ in range(MUTATIONS)} - {answer}):
        said, right = _by_rule(rule, state, mutated), puzzle.verify_answer(state, mutated).right
        counts["mutations"] += 1
        if said is None:
            counts["lenient"] += right
        elif said != right:
            counts["differences"] += 1
        if right and not said:
            examples.append([answer, mutated])


def _by_rule(rule: Any, state: Any, answer: str) -> bool | None:
    """What the predicate says; None where it cannot read the answer."""
    try:
        return bool(rule.accepts(state, answer))
    except Exception:  # the predicates read the asked form and nothing else
        return None


def _watch(opened: set[str]) -> None:
    """Note what is opened in the package from here on, with a mark where it is opened to be written."""
    package = str(Path(asterism.__file__).parent)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(package):
            writes = isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
            opened.add(f"{arguments[0].removeprefix(package)}{' (written)' if writes else ''}")

    sys.addaudithook(note)
