"""Running a study: every arm for every seed, stage by stage, measured on the way; what is done is not run again."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.lines import LineLog, read_lines
from asterism.core.sample import Sample
from asterism.core.seeds import derive_seed
from asterism.core.task import Task
from asterism.evaluate.ablation import Arm, Point
from asterism.evaluate.bench import measure
from asterism.evaluate.truefalse import Statements
from asterism.learn.checkpoint import latest_checkpoint
from asterism.learn.views import View
from asterism.rollout.runner import play
from asterism.runs.loop import train
from asterism.runs.progress import stage as progress
from asterism.runs.recipe import Recipe, read_recipe, suite_of
from asterism.runs.session import Session, open_session
from asterism.runs.sweep_config import ArmConfig, StageConfig, Study
from asterism.runs.train import save
from asterism.show.report import write_report

POINTS = "points.jsonl"
MOST_STEPS = 10**9


@dataclass(frozen=True, slots=True)
class ArmRun:
    """One arm with one seed, in a folder of its own."""

    study: Study
    arm: ArmConfig
    seed: int
    tasks: Sequence[Task]
    where: Path
    out: Path
    quiet: bool

    def run(self) -> list[Point]:
        """Train and measure whatever is not there yet; returns every point in order.

        Raises:
            AsterismError: a recipe, its records or its model is wrong.
            KeyboardInterrupt: interrupted; the step in progress was saved first.
        """
        points = self.points()
        if not self.arm.stages:
            return points or [self._measured_untrained()]
        model, start = None, 0
        for number, stage in enumerate(self.arm.stages):
            folder = self.out / f"stage-{number + 1}"
            recipe = self._recipe(stage.recipe, stage.overrides, model)
            for goal in self._goals(stage, start):
                if (number, goal) not in {(point.stage, point.goal) for point in points}:
                    points.append(self._leg(number, recipe, folder, goal, start, points))
            model, start = folder / "model", self._end(stage)
        return points

    def points(self) -> list[Point]:
        """What was measured so far."""
        file = self.out / POINTS
        remedy = "Remove the line; that point is measured again."
        return [point for _, point in read_lines(file, Point, remedy=remedy)] if file.exists() else []

    def _end(self, stage: StageConfig) -> int:
        return round(stage.until * self.study.tokens[-1]) if self.study.tokens else 0

    def _goals(self, stage: StageConfig, start: int) -> Sequence[int | None]:
        tokens = self.study.tokens
        return [goal for goal in tokens if start < goal <= self._end(stage)] if tokens else [None]

    def _leg(
        self, number: int, recipe: Recipe, folder: Path, goal: int | None, start: int, points: Sequence[Point]
    ) -> Point:
        """Train up to a goal, keep the weights, measure."""
        if goal is not None:
            stop = recipe.stop.model_copy(update={"tokens": goal - start, "steps": MOST_STEPS, "max_seconds": None})
            recipe = recipe.model_copy(update={"stop": stop})
        session = open_session(recipe, folder, where=str(self.where), resume=latest_checkpoint(folder) is not None)
        train(session, quiet=self.quiet)
        save(session, folder / "model")
        session.run.finish()
        write_report(folder)
        tokens, steps = next(((p.tokens, p.steps) for p in reversed(points) if p.stage < number), (0, 0))
        trainer = session.trainer
        return self._measured(session, number, goal, tokens=tokens + trainer.tokens, steps=steps + trainer.done)

    def _measured_untrained(self) -> Point:
        recipe = self._recipe(self.study.recipe, (), None)
        session = open_session(recipe, self.out / "untrained", where=str(self.where), checkpoint=False)
        session.run.finish()
        return self._measured(session, 0, None, tokens=0, steps=0)

    def _recipe(self, name: str, overrides: Sequence[str], model: Path | None) -> Recipe:
        given = [*self.study.overrides, *self.arm.overrides, *overrides, f"seed={self.seed}"]
        if model is not None:
            given.append(f"model.path={json.dumps(str(model))}")
        return read_recipe(self.where.parent / name, given)

    def _measured(self, session: Session, number: int, goal: int | None, *, tokens: int, steps: int) -> Point:
        point = Point(number, goal, tokens, steps, **probe(session, self.tasks, self.seed, quiet=self.quiet))
        with LineLog[Point](self.out / POINTS) as log:
            log.append(point)
        return point


def probe(session: Session, tasks: Sequence[Task], seed: int, *, quiet: bool) -> dict[str, float]:
    """Greedy accuracy, and accuracy and exact mean token entropy of one sampled completion of every task."""
    recipe, prompt_of = session.recipe, session.suite.prompt_of
    sampling = recipe.rollout.sampling
    with progress("Measuring", 2 * len(tasks), quiet=quiet) as advance:
        greedy = measure(
            session.engine,
            tasks,
            prompt_of,
            recipe.measure.sampling,
            seed=seed,
            on_progress=advance,
            truncated=recipe.measure.truncated,
        )
        groups = play(
            session.engine,
            tasks,
            session.suite.player,
            sampling,
            samples=1,
            seed=derive_seed("probe", seed),
            on_progress=advance,
        )
    view = View("own", session.policy, session.encoder)
    budget, sharing = recipe.optimiser.tokens_per_micro_batch, recipe.optimiser.sharing
    samples = [Sample(trajectory) for group in groups for trajectory in group.trajectories]
    scores = view.scores(samples, temperature=sampling.temperature or 1.0, budget=budget, sharing=sharing)
    rewards = [reward for group in groups for reward in group.rewards]
    written = sum(len(each.entropy) for each in scores)
    found = Statements().summarise(tasks, greedy)
    return {
        "per_statement": found.per_statement.value,
        "all_correct": found.all_correct.value,
        "sampled": sum(reward.parts.get("accuracy", 0.0) for reward in rewards) / len(tasks),
        "entropy": sum(float(each.entropy.sum()) for each in scores) / written,
        "length": written / len(tasks),
    }


def run_study(study: Study, out: Path, *, where: Path, quiet: bool) -> dict[str, Arm]:
    """Every arm and seed, one after another; returns the arms with their points.

    Raises:
        AsterismError: the folder holds another study, or a recipe is wrong.
        KeyboardInterrupt: interrupted; called again, it resumes.
    """
    _claim(out, study)
    first = read_recipe(where.parent / study.recipe, list(study.overrides))
    tasks = suite_of(first, where=str(where)).evaluate()
    _refuse_other_kinds(tasks, where)
    points: dict[str, dict[int, list[Point]]] = {name: {} for name in study.arms}
    pairs = [(seed, name) for seed in study.seeds for name in study.arms]
    for number, (seed, name) in enumerate(pairs, start=1):
        if not quiet:
            print(f"Run {number} of {len(pairs)}: {name}, seed {seed}", file=sys.stderr)  # noqa: T201
        run = ArmRun(study, study.arms[name], seed, tasks, where, out / name / f"seed-{seed}", quiet)
        points[name][seed] = run.run()
    return {name: Arm(arm.title, arm.paper.model_dump(), points[name]) for name, arm in study.arms.items()}


def _refuse_other_kinds(tasks: Sequence[Task], where: Path) -> None:
    """What cannot be measured is refused before the first arm is trained."""
    others = [task for task in tasks if task.kind != "tfq"]
    if others:
        raise AsterismError(
            f"a sweep measures true/false statements, and {len(others)} of {len(tasks)} tasks are others, such as the "
            f"{others[0].kind} task {others[0].id!r}",
            where=str(where),
            remedy="Give environment.evaluate of its recipe records of the kind tfq.",
        )


def _claim(out: Path, study: Study) -> None:
    """Keep the study in its folder; one of other seeds may go on there, one that trains otherwise may not."""
    file = out / "study.json"
    kept = study.model_dump(mode="json", exclude={"seeds", "title", "paper", "baseline"})
    if file.exists() and json.loads(file.read_text(encoding="utf-8")) != kept:
        raise AsterismError(
            "the folder holds another study", where=str(file), remedy="Choose another --out, or remove the folder."
        )
    with whole_file(file) as part:
        part.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
