"""What reading images back came to: the figures, the file of them, and the page beside it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.evaluate.intervals import Estimate, estimate_mean
from benchmarks.helix.reading.signs import GRIDS, OTHERS

WANTED = 0.99

PAGE = """# Reading helix images back

Whether what stands in an image can be told from its pixels, asked of a machine: a small network (three convolutions)
is trained on {images:,} images of a task for at most {minutes:g} minutes on one thread, and reads {fresh:,} fresh
ones, which are of another seed and none of which is an instance that it was trained on. {reached} on the {tasks} tasks
below.

```
python -m benchmarks.helix.reading --out docs/proofs/reading.json
```

A task is on this list if its state is what stands on a grid, or beside one. Places follow from the size of the board
alone. The network sees the window of the image around a place, mostly a cell and a little more, scaled to some 30
pixels, and tells what stands there. A place counts as right when all of it is: each digit of a number, each of the four
sides of a cell. All levels are drawn, of the fresh images a fifth each. Training stops early where images held back
for that are read without a fault. Intervals are of 95 % and draw whole images. Seconds are those of the processor,
for drawing and for training, on {cpu} with torch {torch}.

| task | what stands in a place | different contents | places read | right (%) | 95 % interval | seconds |
|---|---|---|---|---|---|---|
{rows}
{absent}
The other tasks have no cells to read:

| what the state is | tasks |
|---|---|
{others}
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many images there are for training, held back to tell when to stop, and fresh; and seconds of training."""

    images: int = 5_000
    held: int = 100
    fresh: int = 500
    seconds: float = 180.0


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some places were read right, with the 95 % interval."""

    share: float
    low: float
    high: float
    places: int

    @classmethod
    def of(cls, right: Sequence[float], images: Sequence[int]) -> Self:
        """Of places that are right (1) or not (0), and the image of each."""
        told: Estimate = estimate_mean(right, images)
        return cls(round(told.value, 6), round(told.low, 6), round(told.high, 6), told.n)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one part of a task's images was read.

    ``kinds`` is how many different things stand in its places, ``wrong`` what was most often read as something else:
    what stands there, what was read, how often.
    """

    part: str
    shows: str
    kinds: int
    right: Share
    wrong: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the fresh images of a task were read, all parts together and each by itself; seconds of the processor."""

    task: str
    right: Share
    drawing: int
    training: int
    parts: tuple[Reading, ...]

    @property
    def enough(self) -> bool:
        """Whether every part is read as well as wanted."""
        return min(part.right.share for part in self.parts) >= WANTED

    def lines(self) -> Iterator[str]:
        """It as a person reads it."""
        right = self.right
        yield (
            f"  {right.share:.2%} [{right.low:.2%}, {right.high:.2%}] of {right.places:,} places, "
            f"drawn in {self.drawing} s, trained in {self.training} s"
        )
        for part in self.parts:
            wrong = "".join(f"; {own!r} as {other!r} {times}×" for own, other, times in part.wrong)
            yield f"    {part.part}: {part.right.share:.2%} of {part.right.places:,}{wrong}"


@dataclass(frozen=True, slots=True)
class Results:
    """The outcomes of one plan, and what they were measured on."""

    cpu: str
    commit: str
    torch: str
    plan: Plan
    tasks: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Put in an outcome, in place of an earlier one of that task."""
        self.tasks[:] = sorted(
            [*(each for each in self.tasks if each.task != outcome.task), outcome], key=lambda each: each.task
        )

    def low(self) -> list[str]:
        """The tasks that are read worse than wanted."""
        return [each.task for each in self.tasks if not each.enough]

    def write(self, path: Path) -> None:
        """Write them as JSON, and as a page beside it."""
        for file, text in ((path, json.dumps(asdict(self), indent=1) + "\n"), (path.with_suffix(".md"), self.page())):
            with whole_file(file) as beside:
                beside.write_text(text, encoding="utf-8")

    def page(self) -> str:
        """The page."""
        low = ", ".join(self.low())
        absent = ", ".join(task for task in GRIDS if task not in {each.task for each in self.tasks})
        return PAGE.format(
            images=self.plan.images,
            minutes=self.plan.seconds / 60,
            fresh=self.plan.fresh,
            tasks=len(self.tasks),
            reached=f"{f'All but {low}' if low else 'All'} reach {WANTED:.0%}",
            cpu=self.cpu,
            torch=self.torch,
            rows="\n".join(row for each in self.tasks for row in _rows(each)),
            absent=f"\nOn a grid but not measured: {absent}.\n" if absent else "",
            others="\n".join(_others()),
        )


def earlier(path: Path, plan: Plan) -> list[Outcome]:
    """The outcomes that an earlier run of the same plan wrote down; none where there is no file.

    Raises:
        AsterismError: the file is of another plan.
    """
    if not path.is_file():
        return []
    found = TypeAdapter(Results).validate_json(path.read_bytes())
    if found.plan != plan:
        raise AsterismError(
            f"measured with {found.plan}, not {plan}", where=str(path), remedy="Give another file with --out."
        )
    return found.tasks


def _rows(outcome: Outcome) -> Iterator[str]:
    """A row for a task, and where it has several parts one for each of them."""
    seconds = f"{outcome.drawing} + {outcome.training}"
    if len(outcome.parts) == 1:
        yield _row(outcome.task, outcome.parts[0].shows, f"{outcome.parts[0].kinds:,}", outcome.right, seconds)
        return
    yield _row(outcome.task, "all of:", "", outcome.right, seconds)
    for part in outcome.parts:
        yield _row(f"– {part.part}", part.shows, f"{part.kinds:,}", part.right, "")


def _row(name: str, shows: str, kinds: str, right: Share, seconds: str) -> str:
    interval = f"{100 * right.low:.2f} – {100 * right.high:.2f}"
    return f"| {name} | {shows} | {kinds} | {right.places:,} | {100 * right.share:.2f} | {interval} | {seconds} |"


def _others() -> Iterator[str]:
    for what in dict.fromkeys(OTHERS.values()):
        yield f"| {what} | {', '.join(task for task, each in OTHERS.items() if each == what)} |"
