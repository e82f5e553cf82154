"""Running a study: the small model, tuning, every arm for every seed, and what becomes of the claims."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence

from asterism.core.lines import LineLog
from asterism.helix.study.base_model import make_base
from asterism.helix.study.claims import outcome_of
from asterism.helix.study.folder import StudyFolder
from asterism.helix.study.pool import Ended, carry_out_all, one_thread
from asterism.helix.study.record import read_run
from asterism.helix.study.run import Choice, RunOrder
from asterism.helix.study.summary import StudySummary, figures_of
from asterism.helix.study.tuning import TUNING, tune


def run_study(
    study: StudyFolder,
    arms: Sequence[str],
    seeds: Sequence[int],
    *,
    workers: int,
    quiet: bool,
    announce: Callable[[Mapping[str, float]], None] = lambda success: None,
) -> StudySummary:
    """Everything that was not run yet, then the summary; ``announce`` is given the small model's success by task.

    Raises:
        AsterismError: a recipe, the plan or the folder is wrong, or a run failed; finished runs are kept.
        KeyboardInterrupt: interrupted; finished runs are kept.
    """
    with LineLog[Ended](study.out / "seconds.jsonl") as log:  # open as long as this process works in the folder
        shutil.rmtree(study.out / "work", ignore_errors=True)  # what a killed run left
        with one_thread():
            start = make_base(study, quiet=quiet)
        announce(start.success)
        chosen = tune(study, arms, log, workers=workers, quiet=quiet)
        orders = [_order(study, arm, seed, chosen[arm]) for seed in seeds for arm in arms]
        carry_out_all(orders, log, title="Runs", workers=workers, quiet=quiet)
    return summarise(study)


def summarise(study: StudyFolder) -> StudySummary:
    """Everything that was run so far, as one summary."""
    plan = study.plan
    found = [read_run(file) for file in sorted((study.out / "runs").glob("*.json"))]
    runs = {name: {run.seed: run for run in found if run.arm == name} for name in plan.arms}
    run = {name: of_arm for name, of_arm in runs.items() if of_arm}
    return StudySummary(
        title=plan.title,
        proves=plan.proves,
        start=study.start().success,
        arms={name: figures_of(plan.arms[name].title, of_arm) for name, of_arm in run.items()},
        claims=tuple(outcome_of(name, claim, run) for name, claim in plan.claims.items()),
        tuning=json.loads((study.out / TUNING).read_text(encoding="utf-8")),
    )


def _order(study: StudyFolder, arm: str, seed: int, choice: Choice) -> RunOrder:
    file = study.out / "runs" / f"{arm}-{seed}.json"
    return RunOrder(study.out, study.where, arm, seed, choice, "test", study.plan.probe.every, file)
