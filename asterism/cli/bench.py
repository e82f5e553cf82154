"""`asterism eval`, `score`, `compare`: measure any model over a bench, grade again, set two runs side by side."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asterism.cli.deferred import DeferredCommand
from asterism.core.errors import AsterismError

if TYPE_CHECKING:
    from asterism.runs.command_options import ModelOptions
    from asterism.runs.evaluate import EvaluatedRun, JudgeSource
    from asterism.runs.predict import AnswererOptions

EVAL_EXAMPLE = "Example: asterism eval --bench tfq --model tiny --mode short --records data/held_out --out runs/tfq"
SCORE_EXAMPLE = "Example: asterism score runs/osq --judge http://localhost:8000/v1 --judge-model judge-7b"
COMPARE_EXAMPLE = "Example: asterism compare runs/after runs/before"

ASKED = (
    "bench",
    "records",
    "mode",
    "subset",
    "limit",
    "unkeyed",
    "truncated",
    "panels",
    "shots",
    "examples",
    "shuffles",
    "blind",
    "samples",
    "seed",
    "clusters",
)
"""The fields of a run's configuration that the command line gives; the others follow from what is found."""
MAX_TOKENS = 1024
"""Longest completion of a measured model, in tokens, unless another is given."""

Values = dict[str, Any]
"""What was given for the fields of a configuration, by field."""

Out = Annotated[Path, typer.Option(help="Folder of the run.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")]
JudgeName = Annotated[
    str | None, typer.Option("--judge", help="Who marks open answers: tiny, a model's folder, or a server's URL.")
]
JudgeModel = Annotated[str | None, typer.Option(help="Name of the judge at its server.")]
Human = Annotated[Path | None, typer.Option(help="JSONL of people's scores (id, score) to hold the judge's against.")]
JudgeServer = Annotated[
    list[str] | None, typer.Option(help="key=value, a setting of the judge's server; see docs/evaluating.md.")
]
Clusters = Annotated[str | None, typer.Option(help="Cluster intervals by image, or by this key of meta.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("eval", epilog=EVAL_EXAMPLE, cls=DeferredCommand)(evaluate)
    app.command("score", epilog=SCORE_EXAMPLE, cls=DeferredCommand)(score)
    app.command("compare", epilog=COMPARE_EXAMPLE)(compare)


def evaluate() -> Callable[..., None]:
    """Measure a model: ask every record, grade what it said, write a summary and a report.

    The model is a local one (--model), one behind a server (--api) or a file of ready predictions (--predictions). The
    same command resumes a run that was interrupted, and asks again what failed.
    """
    from asterism.rollout.engine import SamplingConfig
    from asterism.runs.command_options import ModelOptions, with_options
    from asterism.runs.plan import EvalConfig
    from asterism.runs.predict import AnswererOptions

    sampling = ("max_tokens", "temperature", "top_p")
    usual = {"max_tokens": MAX_TOKENS, "temperature": 0.0}
    return with_options(
        _evaluate,
        config=ModelOptions(EvalConfig, ASKED),
        answerer=ModelOptions(AnswererOptions),
        sampling=ModelOptions(SamplingConfig, sampling, defaults=usual),
        marking=_marking_options(),
    )


def score() -> Callable[..., None]:
    """Grade again what a run holds. The measured model is never asked; a judge only where --judge names one."""
    from asterism.runs.command_options import ModelOptions, with_options
    from asterism.runs.predict import AnswererOptions

    where = ModelOptions(AnswererOptions, ("device", "dtype"))
    return with_options(_score, marking=_marking_options(), answerer=where)


def compare(
    a: Annotated[Path, typer.Argument(help="Folder of a run.")],
    b: Annotated[Path, typer.Argument(help="Folder of the run that it is held against.")],
    clusters: Annotated[str | None, typer.Option(help="Cluster intervals by image, or by this key of meta.")] = None,
    as_json: AsJson = False,
) -> None:
    """Paired differences a - b of two scored runs of one bench, over the records that both measured."""
    from asterism.cli.tables import print_comparison
    from asterism.runs.compare import compare_runs

    found = compare_runs(a, b, clusters)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
        return
    print_comparison(found)


def _marking_options() -> "ModelOptions":
    """How a judge is asked."""
    from asterism.evaluate.judge import JudgeConfig
    from asterism.runs.command_options import ModelOptions

    return ModelOptions(
        JudgeConfig, ("votes", "combine", "parts", "retries", "max_tokens"), names={"max_tokens": "judge-tokens"}
    )


def _evaluate(
    *,
    config: Values,
    out: Out,
    answerer: Values,
    sampling: Values,
    judge: JudgeName = None,
    judge_model: JudgeModel = None,
    marking: Values,
    human: Human = None,
    judge_server: JudgeServer = None,
    as_json: AsJson = False,
) -> None:
    from asterism.runs.evaluate import evaluate_run
    from asterism.runs.plan import EvalConfig
    from asterism.runs.predict import Answerer, AnswererOptions

    _refuse_nameless(judge, judge_model)
    options = AnswererOptions.parse(answerer, where="asterism eval")
    model = Answerer.of(
        options.model,
        options.api,
        options.predictions,
        served=options.served,
        device=options.device,
        dtype=options.dtype,
    )
    if options.predictions is not None:
        config = {**config, "mode": ""}  # nobody is asked
    asked = {"source": model.source, "model": model.model, "weights": model.weights, "url": options.api or ""}
    settings = EvalConfig.parse({**config, **asked, "sampling": sampling}, where="asterism eval")
    marker = _judge(judge, judge_model, marking, judge_server, options)
    with _resumable():
        run = evaluate_run(
            settings,
            out,
            model,
            server=options.server,
            predictions=options.predictions,
            judge=marker,
            human=human,
            quiet=as_json,
        )
    _show(run, as_json)


def _score(
    *,
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    records: Annotated[Path | None, typer.Option(help="Where the records lie now, if they were moved.")] = None,
    clusters: Clusters = None,
    judge: JudgeName = None,
    judge_model: JudgeModel = None,
    marking: Values,
    human: Human = None,
    judge_server: JudgeServer = None,
    answerer: Values,
    as_json: AsJson = False,
) -> None:
    from asterism.runs.evaluate import score as score_again
    from asterism.runs.predict import AnswererOptions

    _refuse_nameless(judge, judge_model)
    options = AnswererOptions.parse(answerer, where="asterism score")
    marker = _judge(judge, judge_model, marking, judge_server, options)
    with _resumable():
        run = score_again(folder, records=records, clusters=clusters, judge=marker, human=human, quiet=as_json)
    _show(run, as_json)


@contextmanager
def _resumable() -> Iterator[None]:
    """An interruption says how to resume."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        again = shlex.join(["asterism", *sys.argv[1:]])
        raise KeyboardInterrupt(f"To continue: {again}") from interrupt


def _refuse_nameless(judge: str | None, model: str | None) -> None:
    """Refuse a judge's model whose judge is not named, before anything is asked."""
    if model and judge is None:
        raise AsterismError("--judge-model names no judge", remedy="Give --judge tiny, --judge FOLDER or --judge URL.")


def _judge(
    name: str | None, model: str | None, marking: Values, server: list[str] | None, local: "AnswererOptions"
) -> "JudgeSource | None":
    """The judge that the options name, None where they name none; ``local`` says where a local one computes."""
    from asterism.evaluate.judge import JudgeConfig
    from asterism.runs.evaluate import JudgeSource

    if name is None:
        return None
    settings = JudgeConfig.parse(marking, where="--judge")
    return JudgeSource.named(
        name, model, settings=settings, server=server or [], device=local.device, dtype=local.dtype
    )


def _show(run: "EvaluatedRun", as_json: bool) -> None:
    from asterism.cli.tables import print_bench

    if as_json:
        typer.echo(json.dumps(run.summary.as_json(), ensure_ascii=False))
        return
    print_bench(run.summary)
    out = run.folder
    typer.echo(f"Results: {out}/report.html, {out}/summary.json, {out}/results.jsonl")
