"""What a training step costs beside other programs, for several ways in which threads wait. See docs/benchmarks.md.

    python benchmarks/busy.py
    python benchmarks/busy.py --settings GOMP_SPINCOUNT=300000 GOMP_SPINCOUNT=1000 OMP_NUM_THREADS=1

Each setting is a process of its own that has loaded the recipe; ``as-it-is`` sets nothing, so what Asterism sets is in
force. A round is one step of every setting in every condition: quiet, beside one busy process, beside two.
"""

from asterism.threads import waiting  # before torch: it says how threads wait, as in every command

# isort: split
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from machine import ROOT, commit, machine
from outcome import RESULTS, write_results
from spread import Spread
from wire import Port, Seconds, Worker

AS_IT_IS = "as-it-is"
SPINNING = "GOMP_SPINCOUNT=300000"
"""What libgomp does where nothing is set: the first setting, with which the others are compared."""
SETTINGS = (SPINNING, AS_IT_IS, "OMP_WAIT_POLICY=passive", "OMP_NUM_THREADS=1")
CHOSEN_BY = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS")
"""Variables that a setting begins without, whatever the environment of the bench."""
BUSY = (0, 1, 2)
RECIPE = ROOT / "recipes" / "tfq_grpo_tiny.yaml"
SHORT = ("environment.train.count=60", "environment.evaluate.count=2")
SMOKE = (
    "environment.train.count=2",
    "environment.evaluate.count=2",
    "rollout={prompts_per_step: 2, group_size: 2, sampling: {max_tokens: 3}}",
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One step of a setting beside ``busy`` busy processes; ``others`` are the cores that everybody else took."""

    round: int
    setting: str
    busy: int
    seconds: Seconds
    others: float


def main() -> int:
    """Measure, print, write down."""
    options = parse()
    if options.serve is not None:
        serve(options.serve, options.overrides)
        return 0
    pieces: list[Piece] = []
    with TemporaryDirectory(prefix="asterism-busy-") as folder, ExitStack() as stack:
        workers = {name: started(name, options, Path(folder)) for name in options.settings}
        for worker in workers.values():
            stack.callback(worker.close)
            worker.step()  # the first reads every image
        deadline = time.monotonic() + 60 * options.minutes
        for number in range(options.rounds):
            if number and time.monotonic() > deadline:
                break
            for busy in options.busy:
                with neighbours(busy):
                    pieces += [step(number, name, busy, worker) for name, worker in workers.items()]
    found = summary(pieces, options.settings, options.busy)
    print("\n".join(lines(found)))
    record = {
        "machine": {**machine(), "threads": "by setting"},
        "commit": commit(),
        "recipe": str(RECIPE.relative_to(ROOT)),
        "waiting": {name: worker.versions["threads"] for name, worker in workers.items()},
        "found": found,
        "pieces": [asdict(piece) for piece in pieces],
    }
    print(f"written to {write_results('busy', record, options.results)}")
    print(json.dumps({"settings": found, "waiting": record["waiting"]}))
    return 0


def started(setting: str, options: argparse.Namespace, folder: Path) -> Worker:
    """The process of a setting."""
    given = {} if setting == AS_IT_IS else dict(each.split("=", 1) for each in setting.split(","))
    plain = {name: value for name, value in os.environ.items() if name not in CHOSEN_BY}
    place = folder / f"{len(list(folder.iterdir()))}"
    place.mkdir()
    command = [sys.executable, __file__, "--serve", str(place / "run"), "--overrides", *options.overrides]
    return Worker(setting, command, place / "log", {**plain, **given})


def serve(folder: Path, overrides: Sequence[str]) -> None:
    """Be the process of a setting: take a step of the recipe at each command."""
    from package import Steps

    port = Port()
    steps = Steps.of_recipe(RECIPE, list(overrides), folder)
    port.reply(versions={"threads": waiting(os.environ)})
    while port.receive()["cmd"] != "stop":
        port.reply_seconds(steps.step())


def step(number: int, setting: str, busy: int, worker: Worker) -> Piece:
    """One step, and how many cores were taken by whoever is neither this process nor a busy one of ours."""
    before, start = _used(), time.perf_counter()
    seconds = worker.step()
    wall = time.perf_counter() - start
    # The busy processes would take a core each; on a full machine they get less, so this is a lower bound.
    others = (_used() - before - seconds.processor) / wall - busy
    return Piece(number, setting, busy, seconds, round(max(0.0, others), 2))


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Inside, so many processes keep a core busy each."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def summary(pieces: Sequence[Piece], settings: Sequence[str], conditions: Sequence[int]) -> list[dict[str, Any]]:
    """For each setting and condition: median seconds, and their ratio to two others of the same round.

    ``slower`` is over the same setting in the first condition, ``over_first`` over the first setting in the same.
    """
    at = {(piece.round, piece.setting, piece.busy): piece for piece in pieces}
    rounds = sorted({piece.round for piece in pieces})

    def ratio(setting: str, busy: int, to: tuple[str, int]) -> dict[str, float]:
        pairs = [(at[number, setting, busy], at[number, *to]) for number in rounds]
        return Spread.of([mine.seconds.step / theirs.seconds.step for mine, theirs in pairs]).record()

    found = []
    for busy in conditions:
        for setting in settings:
            here = [at[number, setting, busy] for number in rounds]
            found.append(
                {
                    "setting": setting,
                    "busy": busy,
                    "steps": len(here),
                    "seconds": statistics.median(piece.seconds.step for piece in here),
                    "processor_seconds": statistics.median(piece.seconds.processor for piece in here),
                    "others": statistics.median(piece.others for piece in here),
                    "slower": ratio(setting, busy, (setting, conditions[0])),
                    "over_first": ratio(setting, busy, (settings[0], busy)),
                }
            )
    return found


def lines(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The table as a person reads it."""
    heads = f"{'beside':<8} {'setting':<24} {'s a step':>9} {'cpu s':>7} {'others':>7}"
    yield f"{heads}   over quiet, over {found[0]['setting']}"
    for row in found:
        over = ", ".join(f"{row[name]['ratio']:.2f} {_interval(row[name])}" for name in ("slower", "over_first"))
        yield (
            f"{row['busy']:<8} {row['setting']:<24} {row['seconds']:>9.2f} {row['processor_seconds']:>7.2f} "
            f"{row['others']:>7.2f}   {over}"
        )


def parse() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", nargs="+", default=list(SETTINGS), help=f"NAME=VALUE[,NAME=VALUE], or {AS_IT_IS}")
    parser.add_argument("--busy", type=int, nargs="+", default=list(BUSY), help="numbers of busy processes")
    parser.add_argument("--rounds", type=int, default=7, help="steps of every setting in every condition")
    parser.add_argument("--minutes", type=float, default=20, help="no further round begins after this long")
    parser.add_argument("--smoke", action="store_true", help="two settings, one tiny round: only to see that all runs")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--overrides", nargs="*", default=list(SHORT), help="key=value, laid over the recipe")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.smoke:
        small = {"settings": list(SETTINGS[:2]), "busy": [0, 1], "rounds": 1, "overrides": list(SMOKE)}
        return argparse.Namespace(**{**vars(options), **small})
    return options


def _used() -> float:
    """Processor seconds that the machine has spent on anything."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def _interval(spread: Mapping[str, float]) -> str:
    return f"[{spread['low']:.2f}, {spread['high']:.2f}]"


if __name__ == "__main__":
    sys.exit(main())
