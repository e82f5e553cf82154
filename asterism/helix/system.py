"""Helix as one system: its tasks, its prompt, its reward, its experts."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Annotated, get_args

from pydantic import Field

from asterism.core.config import Config
from asterism.core.records import RecordSource
from asterism.core.system import Suite, System
from asterism.core.task import Task
from asterism.core.task_sampler import TaskSampler
from asterism.evaluate.benchmark import Bench
from asterism.helix.bench import bench_entries, read_manifest
from asterism.helix.curriculum_source import CurriculumSampler, CurriculumSource
from asterism.helix.moves_environment import MovesEnvironment, refuse_other_than_games
from asterism.helix.prompts import Rules, prompt_style
from asterism.helix.records import task_of
from asterism.helix.reward import RewardConfig, verified_reward
from asterism.helix.scorer import PuzzleScorer
from asterism.helix.sources import Asked, PuzzleSource, joined, load_tasks, refuse_states, states_of
from asterism.helix.traces import Experts, expert_trace
from asterism.helix.wording import Language
from asterism.learn.shuffled_sampler import ShuffledSampler


class HeldOutPuzzles(PuzzleSource):
    """Puzzles to measure on, none of which is trained on."""

    count: int = Field(200, ge=1, description="number of puzzles")
    seed: int = Field(1, description="names the puzzles together with task, level and index")


class HelixOptions(Config):
    """The ``environment`` section of a recipe whose system is ``helix``."""

    train: Annotated[PuzzleSource | CurriculumSource | RecordSource, Field(discriminator="source")] = Field(
        PuzzleSource(), description="tasks to train on"
    )
    beside: RecordSource | None = Field(
        None, description="tasks of another verified set (tfq, mcq or short) to train on as well, without experts"
    )
    dev: Annotated[HeldOutPuzzles | RecordSource, Field(discriminator="source")] | None = Field(
        None, description="tasks to validate on while training (measure.every): a dev split"
    )
    evaluate: Annotated[HeldOutPuzzles | RecordSource, Field(discriminator="source")] = Field(
        HeldOutPuzzles(), description="tasks to measure on"
    )
    pictured: bool = Field(True, description="puzzles drawn anew are shown as images; false: as text")
    language: Language = Field("en", description="language of questions: en or zh")
    rules: Rules = Field(
        "full",
        description="full explains the rules and the answer's form; short names the puzzle and says how to end; title "
        "names the puzzle",
    )
    experts: Experts = Field(
        "reasoning",
        description="what a puzzle's expert says where its record holds no trace: worked reasoning and the answer, or "
        "the answer alone",
    )
    reward: RewardConfig = Field(RewardConfig(), description="what a completion earns")
    moves: int | None = Field(
        None,
        ge=1,
        description="games are played move by move, at most so many an episode; null: the answer is given at once",
    )


def prepare(options: HelixOptions) -> Suite:
    """The environment that the options describe; tasks are loaded when asked for.

    Puzzles of the benchmark, and those that are measured on, are not trained on: drawn anew, they are passed over; in
    records they are refused by name.
    """
    asked = Asked(options.pictured, options.language)

    @cache
    def kept_out() -> frozenset[str]:
        held = [source for source in (options.dev, options.evaluate) if source is not None]
        measured = (states_of(load_tasks(source, Asked(pictured=False))) for source in held)
        return read_manifest().states.union(*measured)

    def beside() -> list[Task]:
        return [] if options.beside is None else _refused(load_tasks(options.beside, asked))

    def train() -> list[Task]:
        if isinstance(options.train, CurriculumSource):
            return beside()
        return joined(_refused(load_tasks(options.train, asked, exclude=kept_out())), beside())

    def _refused(tasks: list[Task]) -> list[Task]:
        refuse_states(tasks, kept_out())
        return tasks

    def order(tasks: Sequence[Task], seed: int) -> TaskSampler:
        if isinstance(options.train, CurriculumSource):
            return CurriculumSampler(options.train, asked, seed=seed, exclude=kept_out(), beside=tasks)
        return ShuffledSampler(tasks, seed)

    played = list[Task] if options.moves is None else refuse_other_than_games
    return Suite(
        train=lambda: played(train()),
        dev=lambda: played(load_tasks(options.dev, asked)) if options.dev else [],
        evaluate=lambda: played(load_tasks(options.evaluate, asked)),
        prompt_of=prompt_style(options.rules, options.language),
        reward=verified_reward(options.reward),
        trace_of=partial(expert_trace, kind=options.experts),
        order=order,
        environment=None
        if options.moves is None
        else MovesEnvironment(options.pictured, options.language, options.moves),
    )


BENCH = Bench(
    "helix",
    "MM-HELIX: puzzles that verifiers judge; without --records the frozen benchmark",
    ("verified",),
    {rules: prompt_style(rules, "en") for rules in get_args(Rules)},
    PuzzleScorer(),
    records=lambda: map(task_of, bench_entries()),
)


def commands() -> object:
    """The group `asterism helix`; imported only when one of its commands is given."""
    from asterism.helix.commands import group

    return group()


SYSTEM = System("helix", HelixOptions, prepare, benches=(BENCH,), commands=commands)
