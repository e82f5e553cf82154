"""The benchmark of one GRPO step: Asterism against its own naive path and against TRL. See docs/benchmarks.md."""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from agreement import TOLERANCE, disagreement
from case import CASES, QUICK, SMOKE, Case
from environment import trl_python
from folders import prepare
from machine import commit, machine
from outcome import RESULTS, Outcome, write_results
from rounds import PRODUCTS, Limits, measure
from wire import Worker, seconds_from_outside

HERE = Path(__file__).parent
OUTSIDE_STEPS = 3


def main() -> int:
    """Measure, print, write down; 1 where the losses of the peers do not agree."""
    options = parse()
    python = None if options.no_trl else trl_python(options.trl)
    if options.grouper and python is None:
        print("prefix_grouper is absent: it lives in TRL's environment. Ours and the naive path are measured alone.")
    start = time.monotonic()
    end = start + 60 * options.minutes
    cases = [SMOKE] if options.smoke else [QUICK] if options.quick else [CASES[number] for number in options.cases]
    outcomes: list[Outcome] = []
    versions: dict[str, Mapping[str, str]] = {}
    for place, case in enumerate(cases):
        now = time.monotonic()
        deadline = now + (end - now) / (len(cases) - place)
        limits = Limits(options.kept, options.tries, deadline, options.products)
        outcome = measured(case, options, python, limits, versions, outside=options.outside and place == 0)
        if outcome is None:
            return 1
        print("\n".join(outcome.lines()), flush=True)
        outcomes.append(outcome)
    told = {
        "machine": machine(),
        "versions": versions,
        "commit": commit(),
        "minutes": round((time.monotonic() - start) / 60, 1),
        "cases": [outcome.record() for outcome in outcomes],
    }
    print(f"written to {write_results(options.name, told, options.results)}")
    print(json.dumps({"cases": [outcome.summary() for outcome in outcomes]}))
    return 0


def measured(
    case: Case,
    options: argparse.Namespace,
    python: Path | None,
    limits: Limits,
    versions: dict[str, Mapping[str, str]],
    *,
    outside: bool,
) -> Outcome | None:
    """One case; None where the losses do not agree."""
    folder, parameters = prepare(case, options.work)
    commands = commands_of(folder, python, grouper=options.grouper)
    seconds = from_outside(commands, folder) if outside else {}
    with ExitStack() as stack:
        workers = []
        for name, command in commands.items():
            workers.append(Worker(name, command, folder / f"{name}.log"))
            stack.callback(workers[-1].close)
        versions |= {worker.name: worker.versions for worker in workers if worker.name != "naive"}
        losses = {worker.name: worker.loss() for worker in workers}
        if not agree(losses):
            return None
        for worker in workers:
            for _ in range(case.warmup):
                worker.step()
        rounds = measure(workers, limits)
        memory = {worker.name: worker.extra_memory() for worker in workers}
    return Outcome(case, parameters, losses, rounds, memory, seconds)


def commands_of(folder: Path, python: Path | None, *, grouper: bool = False) -> dict[str, list[str]]:
    """How the workers are started, in the order of a round: ours between its two peers.

    ``python`` is that of TRL's environment, None where it is left out; prefix_grouper runs there too, in TRL's place.
    """
    ours = [sys.executable, str(HERE / "ours.py"), "--folder", str(folder)]
    name, file = ("grouper", "grouper_peer.py") if grouper else ("trl", "trl_peer.py")
    peer = {name: [str(python), str(HERE / file), "--folder", str(folder)]} if python else {}
    return {**peer, "ours": ours, "naive": [*ours, "--naive"]}


def from_outside(commands: Mapping[str, Sequence[str]], folder: Path) -> dict[str, float]:
    """Seconds a step, told from processes of N and of 2N steps by their wall clock."""
    seconds = {}
    for name in ("trl", "ours"):
        if name in commands:
            once, twice = (
                seconds_from_outside(commands[name], steps, folder / f"{name}-outside.log")
                for steps in (OUTSIDE_STEPS, 2 * OUTSIDE_STEPS)
            )
            seconds[name] = (twice - once) / OUTSIDE_STEPS
    return seconds


def agree(losses: Mapping[str, Mapping[str, float]]) -> bool:
    """Print what every peer computed on the fixed batch, and whether it is the same."""
    for name, found in losses.items():
        print(f"  {name:<6} loss {found['loss']:.8f}, gradient norm {found['grad_norm']:.8f}")
    apart = disagreement(losses)
    if apart > TOLERANCE:
        print(f"The losses differ by {apart:.1e} relative, more than {TOLERANCE:.0e}; nothing is measured.")
        return False
    print(f"  they agree to {apart:.1e} relative", flush=True)
    return True


def parse() -> argparse.Namespace:
    """The options; ``--quick`` sets those that were not given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one case of short steps, many pairs, a few minutes")
    parser.add_argument("--smoke", action="store_true", help="the smallest case, one pair: only to see that all runs")
    parser.add_argument("--outside", action="store_true", help="also time whole processes, for the first case")
    parser.add_argument("--cases", type=int, nargs="+", help="numbers of the cases, from 0")
    parser.add_argument("--kept", type=int, help="pairs to keep in each case")
    parser.add_argument("--tries", type=int, help="most rounds in each case")
    parser.add_argument("--minutes", type=float, help="no further round begins that would go on for longer than this")
    parser.add_argument("--name", help="name of the results")
    parser.add_argument("--trl", type=Path, default=Path(".venv-trl"), help="folder of TRL's environment")
    parser.add_argument("--grouper", action="store_true", help="prefix_grouper in TRL's place, for the update alone")
    parser.add_argument("--no-trl", action="store_true", help="leave TRL out")
    parser.add_argument("--products", type=int, help="matrix products before and after each step")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    parser.add_argument("--work", type=Path, default=Path("runs/bench"), help="folder for models and logs")
    options = parser.parse_args()
    given = {name: value for name, value in vars(options).items() if value is not None}
    smoke = {"cases": [], "kept": 1, "tries": 1, "minutes": 1.0, "name": "smoke", "products": 1}
    quick = {"cases": [], "kept": 15, "tries": 30, "minutes": 3.5, "name": "quick", "products": 8}
    full = {
        "cases": [*range(len(CASES))],
        "kept": 7,
        "tries": 12,
        "minutes": 22.0,
        "name": "full",
        "products": PRODUCTS,
    }
    return argparse.Namespace(**{**(smoke if options.smoke else quick if options.quick else full), **given})


if __name__ == "__main__":
    sys.exit(main())
