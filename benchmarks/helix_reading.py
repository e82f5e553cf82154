"""Whether the pictures of helix can be read: a small network reads back what stands in them. See docs/helix_reading.md.

For each task on a grid, a network is trained on 5,000 of its pictures, for at most three minutes on one thread, and
then reads fresh ones of another seed. It sees the picture around each place and nothing else; what it should read is
told by the state.

    python benchmarks/helix_reading.py sudoku maze
    python benchmarks/helix_reading.py --out docs/helix_reading.json

A task is written down when it is done. Without names, the tasks are measured that the file does not hold.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from helix_reader import confusions, trained
from helix_signs import GRIDS, OTHERS
from helix_windows import drawn
from machine import commit, machine

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.evaluate.intervals import Estimate, estimate_mean
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS

WANTED = 0.99
TRAINED, HELD, FRESH = 1, 2, 3
"""Seeds of the pictures."""
SHARES: Mapping[int, int] = {1: 40, 2: 28, 3: 18, 4: 8, 5: 6}
"""Hundredths of the pictures for training that are of each level: low ones are drawn sooner."""
EVEN: Mapping[int, int] = dict.fromkeys(LEVELS, 100 // len(LEVELS))
"""The same of the pictures held back and of the fresh ones."""
MOST = 16
"""Places of one part that are taken from one picture for training, drawn at random."""

PAGE = """# Reading helix pictures back

Whether what stands in a picture can be told from its pixels, asked of a machine: a small network (three convolutions)
is trained on {pictures:,} pictures of a task for at most {minutes:g} minutes on one thread, and reads {fresh:,} fresh
ones, which are of another seed and none of which is an instance that it was trained on. {reached} on the {tasks} tasks
below.

```
python benchmarks/helix_reading.py --out docs/helix_reading.json
```

A task is on this list if its state is what stands on a grid, or beside one. Places follow from the size of the board
alone. The network sees the window of the picture around a place, mostly a cell and a little more, scaled to some 30
pixels, and tells what stands there. A place counts as right when all of it is: each digit of a number, each of the four
sides of a cell. All levels are drawn, of the fresh pictures a fifth each. Training stops early where pictures held back
for that are read without a fault. Intervals are of 95 % and draw whole pictures. Seconds are those of drawing and of
training, on {cpu} with torch {torch}.

| task | what stands in a place | different contents | places read | right (%) | 95 % interval | seconds |
|---|---|---|---|---|---|---|
{rows}

The other tasks have no cells to read:

| what the state is | tasks |
|---|---|
{others}
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many pictures there are for training, held back to tell when to stop, and fresh; and seconds of training."""

    pictures: int = 5_000
    held: int = 100
    fresh: int = 500
    seconds: float = 180.0


@dataclass(frozen=True, slots=True)
class Reading:
    """How one part of a task's pictures was read."""

    part: str
    shows: str
    kinds: int
    """How many different things stand there, in all the pictures for training."""
    share: float
    low: float
    high: float
    places: int
    wrong: list[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the fresh pictures of a task were read, all parts together and each by itself."""

    task: str
    pictures: int
    fresh: int
    share: float
    low: float
    high: float
    places: int
    drawing: float
    training: float
    parts: list[Reading]


def main() -> int:
    """Measure, write down; 1 where a task is read worse than wanted."""
    options = parse()
    torch.set_num_threads(1)
    plan = Plan(options.pictures, options.held, options.fresh, options.seconds)
    known = read(options.out)
    tasks = options.tasks or [task for task in GRIDS if task not in known]
    for place, task in enumerate(tasks, 1):
        print(f"{place} of {len(tasks)}: {task}", flush=True)
        known[task] = asdict(measured(task, plan))
        write(options.out, known, plan)
        print(line(known[task]), flush=True)
    low = [task for task in known if known[task]["share"] < WANTED]
    print(f"{len(known)} tasks, below {WANTED:.0%}: {', '.join(low) or 'none'}; written to {options.out}")
    return int(any(task in low for task in tasks))


def measured(task: str, plan: Plan) -> Outcome:
    """Draw, train and read one task.

    Raises:
        AsterismError: it is not on a grid, or its pictures are of another size than the places expect.
    """
    if task not in GRIDS:
        puzzle_of(task)
        raise AsterismError(f"{task} is not on a grid: {OTHERS[task]}", remedy="Name tasks of the table.")
    start = time.process_time()
    own = drawn(task, TRAINED, plan.pictures, SHARES, MOST)
    held = drawn(task, HELD, plan.held, EVEN, MOST, passed=own.states)
    fresh = drawn(task, FRESH, plan.fresh, EVEN, passed=own.states | held.states)
    drawing = time.process_time() - start
    readings, right, pictures = [], [], []
    start = time.process_time()
    parts = GRIDS[task].parts
    for place, part in enumerate(parts):
        left = plan.seconds - (time.process_time() - start)
        seconds = left / (len(parts) - place)
        reader = trained(own.samples[place], held.samples[place], seconds, "reading", task, part.name)
        sample = fresh.samples[place]
        found = reader.read(sample.windows)
        good = [float(a == b) for a, b in zip(found, sample.signs, strict=True)]
        right += good
        pictures += sample.pictures
        kinds = len(set(own.samples[place].signs))
        wrong = confusions(found, sample.signs)
        told = estimate_mean(good, sample.pictures)
        readings.append(Reading(part.name, part.shows, kinds, *_figures(told), wrong))
    training = time.process_time() - start
    whole = estimate_mean(right, pictures)
    return Outcome(task, plan.pictures, plan.fresh, *_figures(whole), round(drawing), round(training), readings)


def read(path: Path) -> dict[str, Any]:
    """What an earlier run wrote down, by task."""
    if not path.is_file():
        return {}
    return {each["task"]: each for each in json.loads(path.read_text(encoding="utf-8"))["tasks"]}


def write(path: Path, known: Mapping[str, Any], plan: Plan) -> None:
    """Write down all tasks, as JSON and as a table beside it."""
    tasks = [known[task] for task in sorted(known)]
    told = {
        "machine": machine(),
        "commit": commit(),
        "torch": torch.__version__,
        "plan": asdict(plan),
        "tasks": tasks,
    }
    for file, text in ((path, json.dumps(told, indent=1) + "\n"), (path.with_suffix(".md"), page(told))):
        with whole_file(file) as beside:
            beside.write_text(text, encoding="utf-8")


def line(task: Mapping[str, Any]) -> str:
    """A task as a person reads it."""
    told = f"  {task['share']:.2%} [{task['low']:.2%}, {task['high']:.2%}] of {task['places']:,} places"
    told += f", drawn in {task['drawing']} s, trained in {task['training']} s"
    for part in task["parts"]:
        wrong = ", ".join(f"{own!r} as {other!r} {times}×" for own, other, times in part["wrong"])
        told += f"\n    {part['part']}: {part['share']:.2%} of {part['places']:,}" + (f"; {wrong}" if wrong else "")
    return told


def page(told: Mapping[str, Any]) -> str:
    """The results as a page."""
    tasks, plan = told["tasks"], told["plan"]
    low = [task["task"] for task in tasks if task["share"] < WANTED]
    reached = f"All but {', '.join(low)} reach" if low else "All reach"
    return PAGE.format(
        pictures=plan["pictures"],
        minutes=plan["seconds"] / 60,
        fresh=plan["fresh"],
        tasks=len(tasks),
        reached=f"{reached} {WANTED:.0%}",
        cpu=told["machine"]["cpu"],
        torch=told["torch"],
        rows="\n".join(row for task in tasks for row in _rows(task)),
        others="\n".join(f"| {what} | {', '.join(names)} |" for what, names in _others().items()),
    )


def _rows(task: Mapping[str, Any]) -> list[str]:
    """A row for a task, and where it has several parts one for each of them."""
    parts = task["parts"]
    seconds = f"{task['drawing']} + {task['training']}"
    if len(parts) == 1:
        return [_row(task["task"], parts[0]["shows"], f"{parts[0]['kinds']:,}", task, seconds)]
    rows = [_row(task["task"], f"{len(parts)} kinds of places", "", task, seconds)]
    return rows + [_row(f"– {part['part']}", part["shows"], f"{part['kinds']:,}", part, "") for part in parts]


def _row(name: str, shows: str, kinds: str, read: Mapping[str, Any], seconds: str) -> str:
    interval = f"{100 * read['low']:.2f} – {100 * read['high']:.2f}"
    return f"| {name} | {shows} | {kinds} | {read['places']:,} | {100 * read['share']:.2f} | {interval} | {seconds} |"


def _others() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for task, what in OTHERS.items():
        found.setdefault(what, []).append(task)
    return found


def _figures(told: Estimate) -> tuple[float, float, float, int]:
    return round(told.value, 6), round(told.low, 6), round(told.high, 6), told.n


def parse() -> argparse.Namespace:
    """The options."""
    plan = Plan()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="tasks to measure; without any, those that the file does not hold")
    parser.add_argument(
        "--out", type=Path, default=Path("docs/helix_reading.json"), help="results; the table is beside"
    )
    parser.add_argument("--pictures", type=int, default=plan.pictures, help="pictures to train on")
    parser.add_argument("--held", type=int, default=plan.held, help="pictures by which training stops early")
    parser.add_argument("--fresh", type=int, default=plan.fresh, help="fresh pictures to read")
    parser.add_argument("--seconds", type=float, default=plan.seconds, help="training of one task, at most")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AsterismError as error:
        sys.exit(str(error))
