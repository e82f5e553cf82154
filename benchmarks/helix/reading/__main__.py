"""Whether the images of helix can be read: a small network reads back what stands in them (docs/proofs/reading.md).

For each task on a grid, a network is trained on 5,000 of its images, for at most three minutes on one thread, and
then reads fresh ones of another seed. It sees the image around each place and nothing else; what it should read is
told by the state.

    python -m benchmarks.helix.reading sudoku maze
    python -m benchmarks.helix.reading --out docs/proofs/reading.json

A task is written down when it is done. Without names, the tasks are measured that the file does not hold.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import torch

from asterism.core.errors import AsterismError
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import LEVELS
from benchmarks.helix.reading.page import WANTED, Outcome, Plan, Reading, Results, Share, earlier
from benchmarks.helix.reading.reader import confusions, trained
from benchmarks.helix.reading.signs import GRIDS, OTHERS
from benchmarks.helix.reading.windows import drawn
from benchmarks.machine import commit, machine

TRAINED, HELD, FRESH = 1, 2, 3
"""Seeds of the images."""
SHARES: Mapping[int, int] = {1: 40, 2: 28, 3: 18, 4: 8, 5: 6}
"""Hundredths of the images for training that are of each level: low ones are drawn sooner."""
EVEN: Mapping[int, int] = dict.fromkeys(LEVELS, 100 // len(LEVELS))
"""The same of the images held back and of the fresh ones."""
MOST = 16
"""Places of one part that are taken from one image for training, drawn at random."""


def main() -> int:
    """Measure, write down; 1 where a task is read worse than wanted."""
    options = parse()
    torch.set_num_threads(1)
    plan = Plan(options.images, options.held, options.fresh, options.seconds)
    known = earlier(options.out, plan)
    results = Results(str(machine()["cpu"]), commit(), str(torch.__version__), plan, known)
    tasks = options.tasks or [task for task in GRIDS if task not in {each.task for each in known}]
    for place, task in enumerate(tasks, 1):
        print(f"{place} of {len(tasks)}: {task}", flush=True)
        outcome = measured(task, plan)
        results.add(outcome)
        results.write(options.out)
        print("\n".join(outcome.lines()), flush=True)
    low = results.low()
    print(f"{len(results.tasks)} tasks, below {WANTED:.0%}: {', '.join(low) or 'none'}; written to {options.out}")
    return int(any(task in low for task in tasks))


def measured(task: str, plan: Plan) -> Outcome:
    """Draw, train and read one task.

    Raises:
        AsterismError: it is not on a grid, or its images are of another size than the places expect.
    """
    if task not in GRIDS:
        puzzle_of(task)
        raise AsterismError(f"{task} is not on a grid: {OTHERS[task]}", remedy="Name tasks of docs/proofs/reading.md.")
    start = time.process_time()
    own = drawn(task, TRAINED, plan.images, SHARES, MOST)
    held = drawn(task, HELD, plan.held, EVEN, MOST, passed=own.states)
    fresh = drawn(task, FRESH, plan.fresh, EVEN, passed=own.states | held.states)
    begun = time.process_time()
    readings, right, images = [], list[float](), list[int]()
    parts = GRIDS[task].parts
    for place, (part, sample) in enumerate(zip(parts, fresh.samples, strict=True)):
        left = plan.seconds - (time.process_time() - begun)
        training = own.samples[place]
        own_share, seed = left / (len(parts) - place), ("reading", task, part.name)
        reader = trained(training, held.samples[place], own_share, *seed, running=part.running)
        found = reader.read(sample.windows)
        good = [float(a == b) for a, b in zip(found, sample.signs, strict=True)]
        wrong = tuple(confusions(found, sample.signs))
        share = Share.of(good, sample.images)
        readings.append(Reading(part.name, part.shows, len(set(training.signs)), share, wrong))
        right += good
        images += sample.images
    seconds = round(begun - start), round(time.process_time() - begun)
    return Outcome(task, Share.of(right, images), *seconds, tuple(readings))


def parse() -> argparse.Namespace:
    """The options."""
    plan = Plan()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="tasks to measure; without any, those that the file does not hold")
    parser.add_argument(
        "--out", type=Path, default=Path("docs/proofs/reading.json"), help="results; a page beside them"
    )
    parser.add_argument("--images", type=int, default=plan.images, help="images to train on")
    parser.add_argument("--held", type=int, default=plan.held, help="images by which training stops early")
    parser.add_argument("--fresh", type=int, default=plan.fresh, help="fresh images to read")
    parser.add_argument("--seconds", type=float, default=plan.seconds, help="training of one task, at most")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AsterismError as error:
        sys.exit(str(error))
