"""What each arm is trained with: tried on development seeds and puzzles, the best new-task success wins."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asterism.core.files import whole_file
from asterism.core.lines import LineLog
from asterism.helix.study.folder import StudyFolder
from asterism.helix.study.plan import ArmPlan, StudyPlan
from asterism.helix.study.pool import Ended, carry_out_all
from asterism.helix.study.record import read_run
from asterism.helix.study.run import Choice, RunOrder

TUNING = "tuning.json"


@dataclass(frozen=True, slots=True)
class Tried:
    """A choice, and the new-task success it led to with each development seed."""

    choice: Choice
    success: Mapping[int, float]

    @property
    def mean(self) -> float | None:
        """Mean over the seeds; None where nothing was tried because there was nothing to choose from."""
        return sum(self.success.values()) / len(self.success) if self.success else None


def grid_of(plan: StudyPlan, arm: ArmPlan) -> list[Choice]:
    """Everything that is tried for an arm: all rates with all of its weights."""
    return [Choice(rate, weight) for weight in arm.weights or ("",) for rate in plan.tuning.rates]


def tune(
    study: StudyFolder, arms: Sequence[str], log: LineLog[Ended], *, workers: int, quiet: bool
) -> dict[str, Choice]:
    """Try what was not tried, write ``tuning.json``, and return the choice of each arm; a single one is not tried.

    Raises:
        AsterismError: a run failed.
        KeyboardInterrupt: interrupted; finished runs are kept.
    """
    plan = study.plan
    orders = {name: _orders(study, name) for name in plan.arms}
    asked = [order for name in arms for order in orders[name]]
    carry_out_all(asked, log, title="Tuning", workers=workers, quiet=quiet)
    tried = {
        name: _tried(grid_of(plan, plan.arms[name]), each)
        for name, each in orders.items()
        if all(order.file.is_file() for order in each)
    }
    chosen = {name: max(each, key=lambda one: one.mean or 0.0) for name, each in tried.items()}  # of equals the first
    with whole_file(study.out / TUNING) as part:
        values = {name: _choices(chosen[name], each) for name, each in tried.items()}
        part.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    return {name: chosen[name].choice for name in arms}


def _orders(study: StudyFolder, arm: str) -> list[RunOrder]:
    grid = grid_of(study.plan, study.plan.arms[arm])
    return [_order(study, arm, seed, choice) for seed in study.plan.tuning.seeds for choice in grid if len(grid) > 1]


def _order(study: StudyFolder, arm: str, seed: int, choice: Choice) -> RunOrder:
    file = study.out / "tuning" / f"{arm}-{choice.name}-{seed}.json"
    return RunOrder(study.out, study.where, arm, seed, choice, "dev", study.plan.budget.steps, file)


def _tried(grid: Sequence[Choice], orders: Sequence[RunOrder]) -> list[Tried]:
    success: dict[Choice, dict[int, float]] = {choice: {} for choice in grid}
    for order in orders:
        success[order.choice][order.seed] = read_run(order.file).last.new_mean
    return [Tried(choice, by_seed) for choice, by_seed in success.items()]


def _choices(chosen: Tried, tried: Sequence[Tried]) -> dict[str, Any]:
    return {"chosen": _row(chosen), "tried": [_row(each) for each in tried]}


def _row(tried: Tried) -> dict[str, Any]:
    return {
        "learning_rate": tried.choice.rate,
        "weight": tried.choice.weight,
        "success": tried.mean,
        "by_seed": {str(seed): value for seed, value in tried.success.items()},
    }
