"""Grading what a run holds, judging its open answers, and what it comes to. Nothing is asked of the measured model."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.files import read_json, write_json
from asterism.core.results.prediction import read_completions
from asterism.core.results.result import Result, read_results, write_results
from asterism.core.results.summary import HumanAgreement, RunSummary
from asterism.evaluate import openended
from asterism.evaluate.bench import check_gold, grade_all
from asterism.evaluate.benchmark import Rubric
from asterism.evaluate.judge import JudgeConfig, combined, judge_all
from asterism.evaluate.judge_reply import JudgeReplyLog, read_judge_replies
from asterism.evaluate.summary import MODEL, Arm, summarise
from asterism.runs.plan import COMPLETIONS, RESULTS, Plan, arm_folder
from asterism.runs.progress import stage
from asterism.runs.publish import publish

if TYPE_CHECKING:
    from asterism.rollout.engine import Engine

JUDGE = "judge.json"
VERDICTS = "verdicts.jsonl"


class JudgeRecord(Config):
    """``judge.json``: who marked the open answers of a run, and how."""

    model: str = Field(description="the judge")
    weights: str = Field("", description="digest of a local judge's files")
    url: str = Field("", description="address of its server")
    settings: JudgeConfig = Field(JudgeConfig(), description="how it is asked")


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge at hand."""

    engine: "Engine"
    record: JudgeRecord


def score_run(
    plan: Plan,
    out: Path,
    *,
    judge: Judge | None = None,
    human: Path | None = None,
    quiet: bool = False,
) -> RunSummary:
    """Grade every condition, judge what is not judged yet, write results, summary and report; returns the summary.

    Raises:
        AsterismError: what lies in the folder is broken, or was marked by another judge.
    """
    check_gold(plan.tasks)
    rubric = plan.bench.rubric
    record = None if rubric is None else _judge_record(out, judge)
    arms = {}
    for name in plan.arms:
        folder = arm_folder(out, name)
        if name != MODEL and not (folder / COMPLETIONS).exists():
            continue
        tasks = plan.of_arm(name)
        results = grade_all(
            tasks,
            read_completions(folder / COMPLETIONS),
            samples=plan.config.samples,
            grader=plan.bench.scorer.grade,
            truncated=plan.config.truncated,
        )
        if rubric is not None:
            results = _marked(plan, rubric, folder, results, judge, record, quiet=quiet)
        write_results(folder / RESULTS, results)
        arms[name] = Arm(tasks, results)
    summary = replace(
        summarise(plan.bench.scorer, arms, cluster_key=plan.cluster_key),
        settings=plan.config.model_dump(mode="json"),
        judge={} if record is None else record.model_dump(mode="json"),
        agreement=None if human is None else _agreement(plan, arms[MODEL], human),
    )
    publish(out, summary)
    return summary


def stored_arm(plan: Plan, out: Path) -> Arm:
    """The graded completions of a run as they lie in its folder.

    Raises:
        AsterismError: it was not scored yet.
    """
    return Arm(plan.of_arm(MODEL), read_results(out / RESULTS))


def _marked(
    plan: Plan,
    rubric: Rubric,
    folder: Path,
    results: list[Result],
    judge: Judge | None,
    record: JudgeRecord | None,
    *,
    quiet: bool,
) -> list[Result]:
    """The results with the marks of the verdicts in the folder, after asking for those that are not there."""
    criteria = tuple(rubric.criteria) if record is not None and record.settings.parts else ()
    verdicts = read_judge_replies(folder / VERDICTS)
    cases = openended.cases_of(plan.tasks, results)  # a judge sees the images, also where the model did not
    if judge is not None:
        settings = judge.record.settings
        with (
            stage(f"Judging ({judge.record.model})", len(cases) * settings.votes, quiet=quiet) as advance,
            JudgeReplyLog(folder / VERDICTS) as log,
        ):
            verdicts = judge_all(
                judge.engine,
                cases,
                rubric.prompt(settings.parts),
                settings,
                criteria=criteria,
                seed=plan.config.seed,
                done=verdicts,
                on_progress=advance,
                on_reply=log.append,
            )
    settings = JudgeConfig() if record is None else record.settings
    current = {case.key for case in cases}
    judged = combined((each for each in verdicts if (each.id, each.sample) in current), settings, criteria)
    return openended.mark(results, judged, plan.tasks)


def _judge_record(out: Path, judge: Judge | None) -> JudgeRecord | None:
    """Who marks this run: the judge at hand, or the one that did; more votes and attempts may be added.

    Raises:
        AsterismError: another judge did.
    """
    file = out / JUDGE
    earlier = _earlier_judge(file)
    if judge is None:
        return earlier
    record = judge.record
    if earlier is not None:
        for name, before, now in _differences(earlier, record):
            raise AsterismError(
                f"the answers there were marked with {name} {before!r}, not {now!r}",
                where=str(out),
                remedy=f"Repeat the judge's settings, or take {JUDGE} and the {VERDICTS} away to have all marked anew.",
            )
    write_json(file, record.model_dump(mode="json"))
    return record


def _earlier_judge(file: Path) -> JudgeRecord | None:
    if not file.is_file():
        return None
    return JudgeRecord.parse(read_json(file), where=str(file))


def _differences(earlier: JudgeRecord, record: JudgeRecord) -> list[tuple[str, Any, Any]]:
    before, now = earlier.model_dump(), record.model_dump()
    for values in (before, now):
        values.update({f"judge {name}": value for name, value in values.pop("settings").items()})
        for free in ("url", "judge votes", "judge retries", "judge combine"):
            values.pop(free)
    return [(name, before[name], now[name]) for name in before if before[name] != now[name]]


def _agreement(plan: Plan, arm: Arm, human: Path) -> HumanAgreement:
    if plan.bench.rubric is None:
        raise AsterismError("--human compares marks of open answers", remedy="Give it with the bench osq.")
    ratings = openended.read_ratings(human, [task.id for task in arm.tasks])
    return openended.agreement(arm.tasks, arm.results, ratings, cluster_key=plan.cluster_key)
