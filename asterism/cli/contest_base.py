"""The small model of a contest: its puzzles on disk, its tokenizer, its schooling, and what it knows in the end.

Old skills are taught in full, new tasks in the doses of the plan; so the tasks begin at different heights, one of them
at nothing.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from asterism.cli.contest import Plan
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.records import read_records
from asterism.core.seeds import derive_seed
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.helix.bench import read_manifest
from asterism.helix.dataset import Dataset, create_dataset
from asterism.helix.entry import Entry
from asterism.helix.records import FAMILY, write_entries
from asterism.learn.checkpoint import FOLDER as CHECKPOINTS
from asterism.learn.checkpoint import latest_checkpoint
from asterism.policy.encoder import Encoder
from asterism.policy.induction import lay_induction
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_model, tiny_processor, train_tokenizer
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.runner import play
from asterism.runs.recipe import Recipe, read_recipe, suite_of
from asterism.runs.session import open_session
from asterism.runs.train import save, train

SETS = ("test", "dev", "train", "base")


@dataclass(frozen=True, slots=True)
class Kept:
    """A completion of the small model, with the log-probs it had there."""

    task: str
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """What the small model knows: the share of right answers by task, and completions to measure KL on."""

    success: dict[str, float]
    kept: tuple[Kept, ...]


START_FORM = TypeAdapter(Start)


@dataclass(frozen=True, slots=True)
class Base:
    """Where everything lies that arms begin with; ``where`` is the plan's own file, beside which the recipes are."""

    plan: Plan
    out: Path
    where: Path

    @property
    def model(self) -> Path:
        """The small model."""
        return self.out / "base" / "model"

    def records(self, name: str) -> Path:
        """The puzzles of one of :data:`SETS`."""
        return self.out / "tasks" / name

    def tasks(self, name: str) -> dict[str, list[Task]]:
        """The same by task, the plan's own order."""
        by_task: dict[str, list[Task]] = {task: [] for task in self.plan.tasks.every}
        for each in read_records(self.records(name)):
            by_task[each.family.removeprefix(FAMILY)].append(each)
        return by_task

    def overrides(self, train: str) -> list[str]:
        """What the contest lays over any recipe: the plan's own, and where puzzles and model lie."""
        places = {"train": train, "evaluate": "test", "dev": "dev"}
        return [
            *self.plan.overrides,
            f"model.path={json.dumps(str(self.model))}",
            *(
                f"environment.{key}={json.dumps({'source': 'records', 'path': str(self.records(name))})}"
                for key, name in places.items()
            ),
        ]

    def recipe(self, name: str, overrides: Sequence[str], *, train: str = "train") -> Recipe:
        """A recipe beside the plan with everything laid over it."""
        return read_recipe(self.where.parent / name, [*self.overrides(train), *overrides])

    def start(self) -> Start:
        """What the small model knows.

        Raises:
            AsterismError: it was not made yet.
        """
        file = self.out / "base" / "start.json"
        if not file.is_file():
            raise AsterismError("there is no small model yet", where=str(file), remedy="Run the study from its start.")
        return START_FORM.validate_json(file.read_bytes())


def make_base(base: Base, *, quiet: bool) -> Start:
    """Make whatever of the small model is not there yet.

    Raises:
        AsterismError: a task or level is unknown or has too few puzzles, a recipe is wrong, the disk refuses.
        KeyboardInterrupt: interrupted; a checkpoint was written first.
    """
    write_puzzles(base)
    if not base.model.is_dir():
        _school(base, quiet=quiet)
    if not (base.out / "base" / "start.json").is_file():
        _measure(base)
    return base.start()


def write_puzzles(base: Base) -> None:
    """The puzzles of every set that is not there yet. None of them is one of the benchmark, none is in two sets but
    that the small model may be taught what arms learn from."""
    if all((base.records(name) / "records.jsonl").is_file() for name in SETS):
        return
    wanted, shelves = base.plan.instances, _shelves(base.plan)
    measured = wanted.test + wanted.dev
    spans = {
        "test": dict.fromkeys(shelves, (0, wanted.test)),
        "dev": dict.fromkeys(shelves, (wanted.test, wanted.dev)),
        "train": dict.fromkeys(base.plan.tasks.new, (measured, wanted.train)),
        "base": {task: (measured, skill.dose) for task, skill in base.plan.tasks.every.items()},
    }
    for name, span in spans.items():
        write_entries(base.records(name), _entries(shelves, span))


def _shelves(plan: Plan) -> dict[str, Dataset]:
    wanted, known = plan.instances, read_manifest().states
    return {
        name: create_dataset(
            name,
            level=skill.level,
            size=wanted.test + wanted.dev + max(skill.dose, wanted.train),
            seed=wanted.seed,
            distinct=True,
            pictured=False,
            reference=plan.tasks.reference,
            exclude=known,
        )
        for name, skill in plan.tasks.every.items()
    }


def _entries(shelves: dict[str, Dataset], spans: dict[str, tuple[int, int]]) -> Iterator[Entry]:
    for task, (first, count) in spans.items():
        yield from shelves[task][first : first + count]


def _school(base: Base, *, quiet: bool) -> None:
    """From random weights with a circuit for looking up to the small model; goes on from its newest checkpoint."""
    folder, untaught = base.out / "base" / "schooling", base.out / "base" / "untaught"
    given = [
        *base.plan.base.overrides,
        f"seed={base.plan.base.seed}",
        f"model.path={json.dumps(str(untaught))}",
        'model.freeze={"vision": true, "projector": true}',
    ]
    recipe = base.recipe(base.plan.base.recipe, given, train="base")
    if not untaught.is_dir():
        suite = suite_of(recipe, where=str(base.where))
        _untaught(base, suite).save(untaught)
    resume = latest_checkpoint(folder) is not None
    session = open_session(recipe, folder, where=str(base.where), resume=resume)
    train(session, quiet=quiet)
    save(session, base.model)
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)


def _untaught(base: Base, suite: Suite) -> Policy:
    seed, corpus = base.plan.base.seed, []
    for name in ("base", "train"):
        for tasks in base.tasks(name).values():
            for task in tasks[: base.plan.base.corpus]:
                corpus += [suite.prompt_of(task), suite.trace_of(task) or ""]
    tokenizer = train_tokenizer(corpus)
    policy = Policy.of(tiny_model(tokenizer, seed=seed), tiny_processor(tokenizer))
    lay_induction(policy, seed=seed)
    return policy


def _measure(base: Base) -> None:
    """Success on the test puzzles, and one completion each of some development puzzles."""
    recipe = base.recipe(base.plan.base.recipe, [])
    suite = suite_of(recipe, where=str(base.where))
    policy = Policy.load(base.model)
    engine = LocalEngine(policy, encoder=Encoder(policy, size=4096))
    sampling = recipe.rollout.sampling
    success = success_of(engine, suite, base.tasks("test"), sampling, samples=base.plan.base.samples, seed=0)
    asked = [task for tasks in base.tasks("dev").values() for task in tasks[: base.plan.probe.kl_prompts]]
    played = play(engine, asked, suite.player, sampling, samples=1, seed=derive_seed("kept"))
    kept = tuple(
        Kept(group.task.id, answer.segments[-1].token_ids, answer.sampler_logprobs or ())
        for group in played
        for answer in group.trajectories
    )
    with whole_file(base.out / "base" / "start.json") as part:
        part.write_text(json.dumps(asdict(Start(success, kept)), indent=1) + "\n", encoding="utf-8")


def success_of(
    engine: LocalEngine,
    suite: Suite,
    tasks: dict[str, list[Task]],
    sampling: SamplingConfig,
    *,
    samples: int,
    seed: int,
) -> dict[str, float]:
    """The share of right answers to the puzzles of each task.

    Raises:
        AsterismError: the verifier failed at one.
    """
    asked = [task for of_task in tasks.values() for task in of_task]
    played = play(engine, asked, suite.player, sampling, samples=samples, seed=derive_seed("probe", seed))
    right: dict[str, list[float]] = {name: [] for name in tasks}
    for group in played:
        for reward in group.rewards:
            if "accuracy" not in reward.parts:
                raise AsterismError(f"an answer has no score ({reward.reason})", where=f"task {group.task.id}")
            right[group.task.family.removeprefix(FAMILY)].append(reward.parts["accuracy"])
    return {name: sum(values) / len(values) for name, values in right.items()}
