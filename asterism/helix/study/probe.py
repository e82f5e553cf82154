"""Measuring a policy while a study trains it: sampled success by task, and KL(base || new)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

from asterism.core.errors import AsterismError
from asterism.core.sample import Sample
from asterism.core.seeds import derive_seed
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.helix.records import FAMILY
from asterism.helix.study.folder import Kept, StudyFolder
from asterism.helix.study.record import Moment
from asterism.learn.losses import kl_k3
from asterism.learn.views import View
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.rollout.engine import Engine, SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.runner import play
from asterism.runs.recipe import Recipe, suite_of

PROMPTS_REMEMBERED = 4096
EXPERTS_MEASURED = 20
"""Experts of each new task whose mean length a run's first step is paced by."""
KL_BUDGET = 8192
"""Tokens of one pass over kept completions."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Measures a policy while it is trained."""

    study: StudyFolder
    arm: str
    """The arm it is about, for errors."""
    suite: Suite
    policy: Policy
    engine: LocalEngine
    recipe: Recipe
    tasks: dict[str, list[Task]]
    samples: tuple[Sample, ...]
    kept: tuple[Kept, ...]
    expert_length: float
    """Mean tokens of an expert's completion of a new task."""

    @classmethod
    def of(cls, study: StudyFolder, arm: str, measured: str, policy: Policy) -> "Probe":
        recipe = study.recipe(study.plan.base.recipe, [])
        suite = suite_of(recipe, where=str(study.where))
        by_id = {task.id: task for tasks in study.tasks("dev").values() for task in tasks}
        kept = study.start().kept
        samples = tuple(_sample(suite.prompt_of(by_id[each.task]), each) for each in kept)
        encoder = Encoder(policy, size=PROMPTS_REMEMBERED)
        engine = LocalEngine(policy, encoder=encoder)
        length = _expert_length(study, suite, policy)
        return cls(study, arm, suite, policy, engine, recipe, study.tasks(measured), samples, kept, length)

    def paced(self, recipe: Recipe) -> Recipe:
        """The recipe with a first step of about as many prompts as its tokens are for; later steps follow the cost.

        Raises:
            AsterismError: a step's tokens are not enough for a single prompt.
        """
        own = sum(len(each.token_ids) for each in self.kept) / len(self.kept)
        expert = self.expert_length if recipe.method == "sft" or recipe.build_algorithm().experts != "none" else 0.0
        cost = expert + (0.0 if recipe.method == "sft" else recipe.rollout.group_size * own)
        tokens = recipe.rollout.tokens_per_step or 0
        if tokens < cost:
            raise AsterismError(
                f"a prompt costs arm {self.arm} about {cost:.0f} tokens, more than the {tokens} of a step",
                where="budget",
                remedy="Give budget.tokens_per_step more, or rollout.group_size less.",
            )
        rollout = recipe.rollout.model_copy(update={"prompts_per_step": round(tokens / cost)})
        return recipe.model_copy(update={"rollout": rollout})

    def moment(self, seed: int, step: int, tokens: int) -> Moment:
        """Sampled success by task, and KL."""
        sampling, probe = self.recipe.rollout.sampling, self.study.plan.probe
        success = success_of(self.engine, self.suite, self.tasks, sampling, samples=probe.samples, seed=seed)
        return Moment(
            step, tokens, _of(success, self.study.plan.tasks.new), _of(success, self.study.plan.tasks.old), self._kl()
        )

    def greedy(self, seed: int) -> dict[str, float]:
        """Success of the most likely answers by task."""
        sampling = self.recipe.rollout.sampling.model_copy(update={"temperature": 0.0})
        return success_of(self.engine, self.suite, self.tasks, sampling, samples=1, seed=seed)

    def _kl(self) -> float:
        """KL(base || new) by the k3 estimate, the mean over tokens of completions of the small model."""
        view = View("own", self.policy, self.engine.encoder)
        found = view.score(self.samples, temperature=1.0, budget=KL_BUDGET, sharing="none")
        apart = [kl_k3(torch.tensor(each.logprobs), own, math.inf) for each, own in zip(self.kept, found, strict=True)]
        return float(torch.cat(apart).mean())


def success_of(
    engine: Engine,
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


def _expert_length(study: StudyFolder, suite: Suite, policy: Policy) -> float:
    tasks = [task for of_task in study.tasks("train").values() for task in of_task[:EXPERTS_MEASURED]]
    traces = [suite.trace_of(task) or "" for task in tasks]
    return sum(len(policy.tokenizer(trace)["input_ids"]) + 1 for trace in traces) / len(traces)


def _sample(prompt: str, kept: Kept) -> Sample:
    return Sample(Trajectory((Segment("prompt", (), prompt), Segment("model", kept.token_ids, trainable=True))))


def _of(success: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    return {name: success[name] for name in names}
