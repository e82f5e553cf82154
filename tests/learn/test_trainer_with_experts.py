"""Runs with experts: what is the same to the last bit, what is left out by name, and what is told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor

from asterism.core.errors import UnfitTrace
from asterism.core.lines import read_objects
from asterism.core.results.rollout import read_rollouts
from asterism.core.reward import Reward
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.advantages import AdvantageConfig
from asterism.learn.algorithms.algorithm import AlgorithmContext, AlgorithmSettings
from asterism.learn.algorithms.kinds import AlgorithmConfig
from asterism.learn.algorithms.sft import SftConfig
from asterism.learn.experts import Experts
from asterism.learn.global_batch import GlobalBatch
from asterism.learn.gradients import term_gradients
from asterism.learn.losses import LossConfig
from asterism.learn.normalisers import Normaliser
from asterism.learn.rollout_config import RolloutConfig
from asterism.learn.trainer import Trainer
from asterism.policy.policy import Policy
from asterism.rollout.engine import Request
from asterism.rollout.local import LocalEngine
from tests.learn.toys import NO_KL, SHORT, Pictures, run_in, suite_of, take_step, toy_tasks, trainer_of
from tests.policy.tiny_families import BUILDERS

ROLLOUT = RolloutConfig(prompts_per_step=3, group_size=4, sampling=SHORT)
TRACES = ("The tea.", "A hat", "east", "the sea", "eel")


def with_e(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    """Right is what holds the letter e or a."""
    return [
        Reward(right, {"accuracy": right}) for right in (float(bool({*"ea"} & {*t.completion})) for t in trajectories)
    ]


def never(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
    """Right is what an expert says, and nothing else."""
    return [Reward(right, {"accuracy": right}) for right in (float(t.completion in TRACES) for t in trajectories)]


def tasks_with(picture: Pictures, traces: Sequence[str | None] = TRACES) -> list[Task]:
    return [
        replace(task, meta={} if trace is None else {"trace": trace})
        for task, trace in zip(toy_tasks(picture), traces, strict=True)
    ]


def with_experts(
    tasks: list[Task],
    reward: Any = with_e,
    *,
    rollout: RolloutConfig = ROLLOUT,
    loss: LossConfig = NO_KL,
    suite: Suite | None = None,
    **values: Any,
) -> Trainer:
    config = TypeAdapter(AlgorithmConfig).validate_python(values or {"kind": "grpo"})
    algorithm = config.build(AlgorithmSettings(AdvantageConfig(), loss))
    return trainer_of(BUILDERS["llava"](), tasks, reward, rollout=rollout, algorithm=algorithm, suite=suite)


def after(trainer: Trainer, folder: Path, steps: int = 2) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    run = run_in(folder)
    lines = [take_step(trainer, run) for _ in range(steps)]
    return dict(trainer.learner.policy.model.state_dict()), lines


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_r_hat_0_no_gate_and_no_experts_are_grpo_bit_for_bit(picture: Pictures, tmp_path: Path) -> None:
    plain, told = after(with_experts(tasks_with(picture)), tmp_path / "grpo")
    assert any(0 < line["accuracy"] < 1 for line in told) and "experts" not in told[0]
    silent = tasks_with(picture, [None] * 5)
    for name, tasks, values in (
        ("r_hat", tasks_with(picture), {"kind": "ahpo", "r_hat": 0}),
        ("off", tasks_with(picture), {"kind": "ahpo", "gate": "off", "normalise": "pooled"}),
        ("missing", silent, {"kind": "ahpo", "gate": "static"}),
        ("luffy", silent, {"kind": "luffy"}),
        ("hpt", silent, {"kind": "hpt", "r_hat": 5}),
    ):
        weights, lines = after(with_experts(tasks, **values), tmp_path / name)
        assert same(weights, plain), name
        assert [(line["loss"], line["experts"]) for line in lines] == [(line["loss"], 0) for line in told], name
    static, lines = after(with_experts(tasks_with(picture), kind="ahpo", gate="static"), tmp_path / "static")
    assert not same(static, plain) and lines[0]["experts"] == 3 and lines[0]["rl"] == pytest.approx(told[0]["rl"])


def test_r_hat_above_the_group_size_is_the_static_gate_bit_for_bit(picture: Pictures, tmp_path: Path) -> None:
    static, _ = after(with_experts(tasks_with(picture), kind="ahpo", gate="static"), tmp_path / "static")
    adaptive, lines = after(with_experts(tasks_with(picture), kind="ahpo", r_hat=5), tmp_path / "adaptive")
    assert same(static, adaptive) and [line["gates_on"] for line in lines] == [1.0, 1.0]


@pytest.mark.parametrize(("normalise", "aggregation"), [("per_sample", "sequence_mean"), ("pooled", "token_mean")])
def test_without_rollouts_it_is_supervised_fine_tuning_bit_for_bit(
    picture: Pictures, tmp_path: Path, normalise: str, aggregation: str
) -> None:
    tasks = tasks_with(picture)
    rollout = ROLLOUT.model_copy(update={"group_size": 0})
    hybrid, lines = after(with_experts(tasks, rollout=rollout, kind="ahpo", normalise=normalise), tmp_path / "ahpo", 3)
    config = NO_KL.model_copy(update={"aggregation": aggregation})
    algorithm = SftConfig().build(AlgorithmSettings(loss=config))
    sft = trainer_of(BUILDERS["llava"](), tasks, with_e, rollout=rollout, algorithm=algorithm)
    alone, told = after(sft, tmp_path / "sft", 3)
    assert same(hybrid, alone)
    assert [line["ce"] for line in lines] == [line["ce"] for line in told]
    assert lines[0]["gates_on"] == 1.0 and "reward" not in lines[0]


def test_measuring_gradients_changes_nothing_and_tells_norms_and_cosine(picture: Pictures, tmp_path: Path) -> None:
    values = {"kind": "ahpo", "gate": "static"}
    plain, told = after(with_experts(tasks_with(picture), **values), tmp_path / "plain", 3)
    trainer = with_experts(tasks_with(picture), gradients_every=2, **values)
    measured, lines = after(trainer, tmp_path / "measured", 3)
    assert same(plain, measured)
    assert ["grad_cosine" in line for line in lines] == [True, False, True]
    assert not any(name.startswith("grad_norm_") for line in told for name in line)
    rl, ce, cosine = (lines[0][name] for name in ("grad_norm_rl", "grad_norm_ce", "grad_cosine"))
    assert rl > 0 and ce > 0 and -1 < cosine < 1
    whole = (rl**2 + ce**2 + 2 * rl * ce * cosine) ** 0.5  # the law of cosines: both together are the step's gradient
    assert lines[0]["grad_norm"] == pytest.approx(whole, rel=1e-3)


def test_a_term_that_is_not_there_has_no_gradient(picture: Pictures) -> None:
    trainer = with_experts(tasks_with(picture), kind="ahpo")
    expert = Experts(trainer.suite, trainer.learner.encoder).checked(tasks_with(picture)[0]).expert
    assert expert is not None
    measured = term_gradients(
        trainer.learner, GlobalBatch([expert.sample], normalisers={"ce": Normaliser("sequence_mean", 1.0)})
    )
    assert measured.rl == 0 and measured.ce > 0 and measured.cosine is None
    assert trainer.learner.work.delivered == 0
    assert all(parameter.grad is None for parameter in trainer.learner.policy.model.parameters())


def test_an_expert_is_its_trace_and_the_end_of_text_and_is_judged_first(picture: Pictures) -> None:
    trainer = with_experts(tasks_with(picture))
    task, encoder = tasks_with(picture)[0], trainer.learner.encoder
    expert = Experts(trainer.suite, encoder).checked(task).expert
    assert expert is not None and expert.reward.parts == {"accuracy": 1.0}
    written = expert.sample.trajectory.segments[-1].token_ids
    assert written[-1] in encoder.policy.stop_token_ids and expert.sample.weights == {"ce": (1.0,) * len(written)}
    assert Experts(trainer.suite, encoder, len(written)).checked(task).expert is not None
    assert Experts(trainer.suite, encoder, len(written) - 1).checked(task).fault == "too_long"


def test_experts_that_must_not_be_imitated_are_left_out_by_name_and_counted(picture: Pictures, tmp_path: Path) -> None:
    context = BUILDERS["llava"]().context_length
    tasks = tasks_with(picture, ["e " * context, "no", None, "fail", "other"])

    def trace_of(task: Task) -> str | None:
        trace = task.meta.get("trace")
        if trace == "other":
            raise UnfitTrace("other_state", "of another state", where=task.id, remedy="Mend it.")
        return trace

    def reward(task: Task, trajectories: Sequence[Trajectory]) -> list[Reward]:
        return [Reward.error("x") if "fail" in t.completion else with_e(task, [t])[0] for t in trajectories]

    suite = replace(suite_of(tasks, reward), trace_of=trace_of)
    rollout = ROLLOUT.model_copy(update={"prompts_per_step": 5})
    trainer = with_experts(tasks, rollout=rollout, suite=suite, kind="ahpo", gate="static")
    _, (line,) = after(trainer, tmp_path, 1)
    counts = {name: line[name] for name in ("experts", "experts_masked", "experts_missing", "experts_refused")}
    assert counts == {"experts": 0, "experts_masked": 1, "experts_missing": 1, "experts_refused": 3}
    told = {each["task"]: each["expert"] for each in read_objects(tmp_path / "rollouts.jsonl")}
    assert told == {
        "task-0": "too_long",
        "task-1": "unverified",
        "task-2": "missing",
        "task-3": "ungraded",
        "task-4": "other_state",
    }


def test_what_a_step_tells_of_its_experts(picture: Pictures, tmp_path: Path) -> None:
    tasks = [replace(task, family=f"toys/{place % 2}") for place, task in enumerate(tasks_with(picture))]
    rollout = ROLLOUT.model_copy(update={"prompts_per_step": 5, "updates_per_step": 2})
    trainer = with_experts(tasks, rollout=rollout, kind="ahpo", r_hat=2)
    _, (line,) = after(trainer, tmp_path, 1)
    groups = list(read_objects(tmp_path / "rollouts.jsonl"))
    right = {each["task"]: [one["reward"]["parts"]["accuracy"] for one in each["episodes"]] for each in groups}
    on = [name for name, told in right.items() if sum(told) < 2]
    assert 0 < len(on) < 5 and line["gates_on"] == len(on) / 5 and line["experts"] == len(on)
    assert {each["task"] for each in groups if each["expert"] == "used"} == set(on)
    for family, names in (("toys/0", ("task-0", "task-2", "task-4")), ("toys/1", ("task-1", "task-3"))):
        told = [each for name in names for each in right[name]]
        assert line["success"][family] == pytest.approx(sum(told) / len(told))
    assert line["expert_nll"] > 0
    assert line["tokens_generated"] == pytest.approx(20 * line["length"])
    assert line["tokens"] == line["tokens_generated"] + line["tokens_expert"] > line["tokens_generated"]


def test_where_nothing_succeeds_rollouts_begin_with_a_part_of_the_expert(picture: Pictures, tmp_path: Path) -> None:
    trainer = with_experts(tasks_with(picture), never, kind="prefix", least=0.5, most=0.5)
    _, (line,) = after(trainer, tmp_path, 1)
    assert (
        line["prefixed"] == 1.0 and line["accuracy"] == 0.0 and "prefixed_accuracy" in line and "gates_on" not in line
    )
    lines = list(read_rollouts(tmp_path / "rollouts.jsonl"))
    assert [bool(each.prefix_tokens) for each in lines] == [False, True] * 3
    for first, opened in zip(lines[::2], lines[1::2], strict=True):
        trace = TRACES[int(opened.task[-1])]
        ids = trainer.learner.policy.tokenizer(trace, add_special_tokens=False)["input_ids"]
        given = trainer.learner.policy.decode(ids[: opened.prefix_tokens]).rstrip("\N{REPLACEMENT CHARACTER}")
        assert opened.prefix_tokens == -(-len(ids) // 2) and first.expert == "used"
        assert all(each.actor.completion.startswith(given) for each in opened.episodes)
        assert all(each.advantage is None for each in first.episodes)
        assert all(each.advantage is not None for each in opened.episodes)


def test_an_opening_is_read_and_not_trained_on(llava: Policy, picture: Pictures) -> None:
    engine = LocalEngine(llava)
    plain = Request.ask("a", "Is it?", (picture(1),), 2, seed=4)
    opened = replace(plain, context=(*plain.context, Segment("model", (70, 71, 72))))
    first, second = engine.generate([plain], SHORT), engine.generate([plain, opened], SHORT)
    assert [each.token_ids for each in second[:2]] == [each.token_ids for each in first]
    for completion in second[2:]:
        assert completion.prompt_token_ids == first[0].prompt_token_ids
        assert completion.text == llava.decode(completion.token_ids)
        assert len(completion.logprobs) == len(completion.token_ids) <= SHORT.max_tokens
    trainer = with_experts(tasks_with(picture), never, kind="prefix")
    (collected,) = trainer.collect().groups[:1]
    assert collected.prefixed is not None
    (update,) = trainer.algorithm.updates([(collected.trained, collected.expert)], AlgorithmContext(0, 8))
    for sample in update.samples:
        _, prefix, answer = sample.trajectory.segments
        assert not prefix.trainable and answer.trainable and len(sample.weights["rl"]) == len(answer.token_ids)
        assert len(prefix.token_ids) == collected.prefix_tokens
    report = trainer.learner.update(GlobalBatch(update.samples))
    assert report.mismatch < 1e-4  # engine and trainer read the same
