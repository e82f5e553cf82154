"""Measuring a model over a bench, and grading again: what `asterism eval` and `asterism score` do."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from asterism.core.errors import AsterismError
from asterism.core.results.summary import RunSummary
from asterism.core.reward import Truncated
from asterism.evaluate.judge import JudgeConfig
from asterism.runs.plan import EvalConfig, Plan, check_folder, make_plan, open_run, stored_plan
from asterism.runs.predict import Answerer, ask_arms, take_predictions
from asterism.runs.score import Judge, JudgeRecord, score_run

Dtype = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class EvaluatedRun:
    """What a measurement left: ``folder`` with all its files, and ``summary``, what ``summary.json`` holds."""

    folder: Path
    summary: RunSummary

    @property
    def report(self) -> Path:
        """The page that a browser opens."""
        return self.folder / "report.html"


@dataclass(frozen=True, slots=True)
class JudgeSource:
    """Who marks open answers, and how; ``server`` are settings of its server, ``key=value`` each."""

    answerer: Answerer
    settings: JudgeConfig = field(default_factory=JudgeConfig)
    server: Sequence[str] = ()

    @classmethod
    def named(
        cls,
        name: str,
        model: str | None = None,
        *,
        settings: JudgeConfig | None = None,
        server: Sequence[str] = (),
        device: str = "cpu",
        dtype: Dtype = "float32",
    ) -> Self:
        """The judge of a name: ``tiny``, a model's folder, or a server's URL with ``model`` as its name there.

        Raises:
            AsterismError: the server's model is not named.
        """
        url = name if name.startswith(("http://", "https://")) else None
        answerer = Answerer.of(model if url else name, url, None, device=device, dtype=dtype)
        return cls(answerer, settings or JudgeConfig(), server)


def evaluate(
    records: str | Path | None,
    *,
    bench: str,
    out: str | Path,
    model: str | Path | None = None,
    api: str | None = None,
    server: Mapping[str, Any] | None = None,
    served: str | Path | None = None,
    predictions: str | Path | None = None,
    mode: str = "",
    subset: str = "",
    limit: int | None = None,
    unkeyed: Literal["ask", "skip"] = "ask",
    truncated: Truncated = "zero",
    panels: int = 1,
    shots: int = 2,
    examples: str | Path = "",
    shuffles: int = 0,
    blind: bool = False,
    samples: int = 1,
    seed: int = 0,
    temperature: float = 0.0,
    top_p: float = 1.0,
    max_tokens: int = 1024,
    clusters: str = "image",
    judge: JudgeSource | None = None,
    human: str | Path | None = None,
    device: str = "cpu",
    dtype: Dtype = "float32",
    quiet: bool = False,
) -> EvaluatedRun:
    """Measure a model: ask every record, grade what it said, write a summary and a report.

    The model is a local one (``model``), one behind a server (``api``, with ``model`` as its name there) or a file of
    ready predictions. Called again with the same arguments, it resumes a run that was interrupted.

    Args:
        records: records.jsonl, or the folder that holds it; None: the bench's own.
        bench: tfq (statements), mcq (choices), osq (open answers), short, or a bench of a system, such as helix.
        out: folder of the run.
        model: ``tiny``, a folder or hub id in the transformers layout.
        server: settings of the server, such as ``{"concurrency": 64}``.
        served: the folder that a server serves: what is never sampled here is not sampled there either.
        predictions: JSON lines of id and completion.
        mode: how it is asked; empty: as the bench usually is. A wrong one is refused with those that there are.
        subset: a named subset of the records.
        limit: at most so many records, the first by id.
        unkeyed: records without an answer are asked and counted, or left out.
        truncated: a completion cut off by a limit has no answer (zero), or is read as far as it goes.
        panels: cut each image into so many, side by side.
        shots, examples: examples before each question, and the records to draw them from (few-shot).
        shuffles: ask in so many other orders of the options too.
        blind: ask without images too.
        samples: completions of each record.
        seed: names every random choice.
        temperature: 0 takes the most likely token.
        clusters: cluster intervals by image, or by this key of meta.
        judge: who marks open answers.
        human: JSON lines of people's scores (id, score) to hold the judge's against.
        device, dtype: of local models.
        quiet: show no progress on stderr.

    Raises:
        AsterismError: an argument, the records, the model or the folder is wrong, or the server ends the run; what it
            answered is kept.
    """
    named = str(model) if model is not None else None
    ready = None if predictions is None else Path(predictions)
    kept = None if served is None else Path(served)
    answerer = Answerer.of(named, api, ready, served=kept, device=device, dtype=dtype)
    values = {
        "bench": bench,
        "mode": "" if predictions else mode,
        "source": answerer.source,
        "model": answerer.model,
        "weights": answerer.weights,
        "url": api or "",
        "sampling": {"max_tokens": max_tokens, "temperature": temperature, "top_p": top_p},
        "samples": samples,
        "seed": seed,
        "records": "" if records is None else str(records),
        "subset": subset,
        "limit": limit,
        "panels": panels,
        "unkeyed": unkeyed,
        "truncated": truncated,
        "shots": shots,
        "examples": str(examples),
        "clusters": clusters,
        "blind": blind,
        "shuffles": shuffles,
    }
    return evaluate_run(
        EvalConfig.parse(values, where="evaluate"),
        Path(out),
        answerer,
        server=[f"{key}={value}" for key, value in (server or {}).items()],
        predictions=ready,
        judge=judge,
        human=None if human is None else Path(human),
        quiet=quiet,
    )


def evaluate_run(
    config: EvalConfig,
    out: Path,
    answerer: Answerer,
    *,
    server: Sequence[str] = (),
    predictions: Path | None = None,
    judge: JudgeSource | None = None,
    human: Path | None = None,
    quiet: bool = False,
) -> EvaluatedRun:
    """Measure as a configuration says, resuming a run of the same configuration in the folder.

    Raises:
        AsterismError: as :func:`evaluate` says.
    """
    check_folder(out)
    plan = make_plan(config, out, asking=True)
    _check_arms(plan)
    if predictions is None:
        plan = open_run(plan, out)
        ask_arms(plan, out, answerer, tuple(server), quiet=quiet)
    else:
        plan = take_predictions(plan, predictions, out)
    with _open_judge(judge, out, plan) as marker:
        return EvaluatedRun(out, score_run(plan, out, judge=marker, human=human, quiet=quiet))


def score(
    folder: str | Path,
    *,
    records: str | Path | None = None,
    clusters: str | None = None,
    judge: JudgeSource | None = None,
    human: str | Path | None = None,
    quiet: bool = False,
) -> EvaluatedRun:
    """Grade again what a run holds. The measured model is never asked; a judge only where one is given.

    Args:
        folder: of the run.
        records: where the records lie now, if they were moved.
        clusters: cluster intervals by image, or by this key of meta.

    Raises:
        AsterismError: there is no run, or the records are not those that were measured.
    """
    out = Path(folder)
    plan = stored_plan(out, None if records is None else Path(records))
    if clusters is not None:
        plan = replace(plan, config=plan.config.model_copy(update={"clusters": clusters}))
    with _open_judge(judge, out, plan) as marker:
        summary = score_run(plan, out, judge=marker, human=None if human is None else Path(human), quiet=quiet)
    return EvaluatedRun(out, summary)


def _check_arms(plan: Plan) -> None:
    """See that a bench can be asked in the ways that are wanted.

    Raises:
        AsterismError: it has no options to put in other orders, or ready predictions answer one way only.
    """
    config = plan.config
    if config.shuffles and not plan.bench.scorer.has_options:
        raise AsterismError("--shuffles puts options in other orders", remedy="Give it with a bench of choices (mcq).")
    if config.source == "predictions" and (config.blind or config.shuffles):
        raise AsterismError(
            "ready predictions answer the records as they are",
            remedy="Leave --blind and --shuffles out; measure such predictions as runs of their own.",
        )


@contextmanager
def _open_judge(source: JudgeSource | None, out: Path, plan: Plan) -> Iterator[Judge | None]:
    """The judge at hand, None where none is named."""
    if source is None:
        yield None
        return
    if plan.bench.rubric is None:
        raise AsterismError("--judge marks open answers", remedy="Give it with --bench osq.")
    answerer = source.answerer
    record = JudgeRecord(model=answerer.model, weights=answerer.weights, url=answerer.url, settings=source.settings)
    with answerer.engine(out / "judge_cache", list(source.server)) as engine:
        yield Judge(engine, record)
