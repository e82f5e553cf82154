"""How the seconds of a GRPO step grow with group size, image and answer. See docs/benchmarks.md."""

import argparse
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import commands_of
from case import Case
from environment import trl_python
from folders import prepare
from machine import commit, machine
from outcome import RESULTS, write_results
from wire import Worker

SMOKE = {"group_size": [Case("small", 20, 4, 4, group_size=size, prompts=2) for size in (1, 2)]}
SWEEPS = {
    "group_size": [Case("small", 280, 256, 64, group_size=size, prompts=2) for size in (1, 2, 4, 8, 16, 32)],
    "image_tokens": [
        Case("small", tokens + 24, tokens, 64, group_size=8, prompts=2) for tokens in (64, 144, 256, 576, 1024)
    ],
    "answer_tokens": [Case("small", 280, 256, tokens, group_size=8, prompts=1) for tokens in (16, 64, 256, 1024)],
}
"""What grows, with everything else as in the first case of the bench (fewer prompts, so that the largest fit)."""


@dataclass(frozen=True, slots=True)
class Point:
    """The seconds of each step that a peer took of one case."""

    sweep: str
    case: Case
    peer: str
    steps: tuple[float, ...]
    updates: tuple[float, ...]

    def record(self) -> dict[str, Any]:
        """Everything that was seen, with what the plot needs."""
        return {
            "sweep": self.sweep,
            "at": getattr(self.case, self.sweep),
            "peer": self.peer,
            "step": statistics.median(self.steps),
            "update": statistics.median(self.updates),
            "unique_tokens": self.case.unique_tokens,
            "naive_tokens": self.case.naive_tokens,
            **asdict(self),
        }


def main() -> int:
    """Measure every point, print it, write results and plot."""
    options = parse()
    python = None if options.no_trl else trl_python(options.trl)
    points: list[Point] = []
    for sweep, cases in (SMOKE if options.smoke else SWEEPS).items():
        for case in cases[: options.points]:
            points += measured(sweep, case, options, python)
            print(line(sweep, case, points), flush=True)
    told = {"machine": machine(), "commit": commit(), "points": [point.record() for point in points]}
    written = write_results("growth", told, options.results)
    if find_spec("matplotlib") is None:
        print(f"written to {written}; the plot needs matplotlib: pip install -e '.[bench]'")
        return 0
    from growth_plot import draw

    print(f"written to {written} and {draw(told['points'], written.with_suffix('.png'))}")
    return 0


def measured(sweep: str, case: Case, options: argparse.Namespace, python: Path | None) -> list[Point]:
    """One case for every peer, their steps in turns after one that warms up."""
    folder, _ = prepare(case, options.work)
    commands = commands_of(folder, python)
    if case.group_size == 1:
        commands.pop("trl", None)  # it compares the answers of a group, and refuses a group of one
    with ExitStack() as stack:
        workers = [Worker(name, command, folder / f"{name}.log") for name, command in commands.items()]
        for worker in workers:
            stack.callback(worker.close)
            worker.step()
        taken = [{worker.name: worker.step() for worker in workers} for _ in range(options.steps)]
    return [
        Point(sweep, case, name, tuple(turn[name].step for turn in taken), tuple(turn[name].update for turn in taken))
        for name in commands
    ]


def line(sweep: str, case: Case, points: Sequence[Point]) -> str:
    """A case as a person reads it."""
    told = {p.peer: statistics.median(p.steps) for p in points if (p.sweep, p.case) == (sweep, case)}
    return f"{sweep} {getattr(case, sweep)}: " + ", ".join(f"{peer} {value:.2f} s" for peer, value in told.items())


def parse() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3, help="timed steps of each peer at each point")
    parser.add_argument("--smoke", action="store_true", help="two smallest points: only to see that all runs")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--points", type=int, help="only the first points of each sweep")
    parser.add_argument("--trl", type=Path, default=Path(".venv-trl"), help="folder of TRL's environment")
    parser.add_argument("--no-trl", action="store_true", help="leave TRL out")
    parser.add_argument("--work", type=Path, default=Path("runs/bench"), help="folder for models and logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
