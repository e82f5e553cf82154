"""`asterism eval`, `score`, `compare`: measure any model over a bench, grade again, set two runs side by side."""

import difflib
import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from asterism.core.errors import AsterismError

if TYPE_CHECKING:
    from asterism.core.results.summary import RunSummary
    from asterism.runs.plan import EvalConfig, Plan
    from asterism.runs.score import Judge

EVAL_EXAMPLE = "Example: asterism eval --bench tfq --model tiny --mode short --records data/held_out --out runs/tfq"
SCORE_EXAMPLE = "Example: asterism score runs/osq --judge http://localhost:8000/v1 --judge-model judge-7b"
COMPARE_EXAMPLE = "Example: asterism compare runs/after runs/before"


class BenchName(StrEnum):
    """What is measured."""

    TFQ = "tfq"
    MCQ = "mcq"
    OSQ = "osq"


Out = Annotated[Path, typer.Option(help="Folder of the run.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")]
JudgeName = Annotated[
    str | None, typer.Option("--judge", help="Who marks open answers: tiny, a model's folder, or a server's URL.")
]
JudgeModel = Annotated[str | None, typer.Option(help="Name of the judge at its server.")]
Votes = Annotated[int, typer.Option(min=1, help="Marks asked of the judge for each answer.")]
Combine = Annotated[Literal["median", "mean"], typer.Option(help="How several votes become one mark.")]
Parts = Annotated[bool, typer.Option("--parts", help="Ask the judge for five finer marks too.")]
Retries = Annotated[int, typer.Option(min=0, help="Times a judge's reply without a mark is asked for anew.")]
JudgeTokens = Annotated[int, typer.Option(min=1, help="Longest reply of the judge, in tokens.")]
Human = Annotated[Path | None, typer.Option(help="JSONL of people's scores (id, score) to hold the judge's against.")]
JudgeServer = Annotated[
    list[str] | None, typer.Option(help="key=value, a setting of the judge's server; see docs/evaluating.md.")
]
Device = Annotated[str, typer.Option(help="Torch device of local models.")]
Dtype = Annotated[Literal["float32", "bfloat16"], typer.Option(help="Type of a local model's weights.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("eval", epilog=EVAL_EXAMPLE)(evaluate)
    app.command("score", epilog=SCORE_EXAMPLE)(score)
    app.command("compare", epilog=COMPARE_EXAMPLE)(compare)


def evaluate(
    bench: Annotated[BenchName, typer.Option(help="tfq (statements), mcq (choices) or osq (open answers).")],
    records: Annotated[Path, typer.Option(help="records.jsonl, or the folder that holds it.")],
    out: Out,
    model: Annotated[str | None, typer.Option(help="tiny, a model's folder or hub id; with --api its name.")] = None,
    api: Annotated[str | None, typer.Option(help="URL of a server with the OpenAI interface.")] = None,
    server: Annotated[
        list[str] | None, typer.Option(help="key=value, a setting of the server, such as concurrency=64.")
    ] = None,
    served: Annotated[
        Path | None, typer.Option(help="Folder that the server serves: what is never sampled here, is not there.")
    ] = None,
    predictions: Annotated[Path | None, typer.Option(help="JSONL of ready predictions: id, completion.")] = None,
    mode: Annotated[
        str, typer.Option(help="think, short (tfq, osq); think, none, cot, keywords, few-shot (mcq).")
    ] = "think",
    subset: Annotated[str | None, typer.Option(help="high-level: II-Bench's dev-1 to 35 and test-1 to 15.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many records, the first by id.")] = None,
    unkeyed: Annotated[Literal["ask", "skip"], typer.Option(help="Records without an answer.")] = "ask",
    panels: Annotated[int, typer.Option(min=1, help="Cut each picture into so many, side by side.")] = 1,
    shots: Annotated[int, typer.Option(min=1, help="Examples before each question (few-shot).")] = 2,
    examples: Annotated[Path | None, typer.Option(help="Records to draw the examples from (few-shot).")] = None,
    shuffles: Annotated[int, typer.Option(min=0, help="Ask in so many other orders of the options too (mcq).")] = 0,
    blind: Annotated[bool, typer.Option("--blind", help="Ask without pictures too.")] = False,
    samples: Annotated[int, typer.Option(min=1, help="Completions of each record.")] = 1,
    seed: Annotated[int, typer.Option(help="Names every random choice.")] = 0,
    temperature: Annotated[float, typer.Option(min=0, help="0 takes the most likely token.")] = 0.0,
    top_p: Annotated[float, typer.Option(min=0, max=1, help="Nucleus mass.")] = 1.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest completion, in tokens.")] = 1024,
    clusters: Annotated[str, typer.Option(help="Cluster intervals by image, or by this key of meta.")] = "image",
    judge: JudgeName = None,
    judge_model: JudgeModel = None,
    votes: Votes = 1,
    combine: Combine = "median",
    parts: Parts = False,
    retries: Retries = 2,
    judge_tokens: JudgeTokens = 512,
    human: Human = None,
    judge_server: JudgeServer = None,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    as_json: AsJson = False,
) -> None:
    """Measure a model: ask every record, grade what it said, write a summary and a report.

    The model is a local one (--model), one behind a server (--api) or a file of ready predictions (--predictions). The
    same command goes on with a run that was interrupted, and asks again what failed.
    """
    from asterism.runs.plan import EvalConfig, check_folder, make_plan, open_run
    from asterism.runs.predict import Answerer, ask_arms, take_predictions
    from asterism.runs.score import score_run

    _refuse_nameless(judge, judge_model)
    answerer = Answerer.of(model, api, predictions, served=served, device=device, dtype=dtype)
    values: dict[str, Any] = {
        "bench": bench.value,
        "mode": "" if predictions else mode,
        "source": answerer.source,
        "model": answerer.model,
        "weights": answerer.weights,
        "url": api or "",
        "sampling": {"max_tokens": max_tokens, "temperature": temperature, "top_p": top_p},
        "samples": samples,
        "seed": seed,
        "records": str(records),
        "subset": _known_subset(subset),
        "limit": limit,
        "panels": panels,
        "unkeyed": unkeyed,
        "shots": shots,
        "examples": str(examples or ""),
        "clusters": clusters,
        "blind": blind,
        "shuffles": shuffles,
    }
    config = EvalConfig.parse(values, where="asterism eval")
    _check_arms(config)
    settings = {"votes": votes, "combine": combine, "parts": parts, "retries": retries, "max_tokens": judge_tokens}
    check_folder(out)
    with _continued():
        plan = make_plan(config, out, asking=True)
        if predictions is None:
            plan = open_run(plan, out)
            ask_arms(plan, out, answerer, server or [], quiet=as_json)
        else:
            plan = take_predictions(plan, predictions, out)
        with _judge(judge, judge_model, settings, judge_server or [], out, plan, device, dtype) as marker:
            summary = score_run(plan, out, judge=marker, human=human, quiet=as_json)
    _show(summary, out, as_json)


def score(
    folder: Annotated[Path, typer.Argument(help="Folder of a run.")],
    records: Annotated[Path | None, typer.Option(help="Where the records lie now, if they were moved.")] = None,
    clusters: Annotated[str | None, typer.Option(help="Cluster intervals by image, or by this key of meta.")] = None,
    judge: JudgeName = None,
    judge_model: JudgeModel = None,
    votes: Votes = 1,
    combine: Combine = "median",
    parts: Parts = False,
    retries: Retries = 2,
    judge_tokens: JudgeTokens = 512,
    human: Human = None,
    judge_server: JudgeServer = None,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    as_json: AsJson = False,
) -> None:
    """Grade again what a run holds. The measured model is never asked; a judge only where --judge names one."""
    from dataclasses import replace

    from asterism.runs.plan import stored_plan
    from asterism.runs.score import score_run

    _refuse_nameless(judge, judge_model)
    plan = stored_plan(folder, records)
    if clusters is not None:
        plan = replace(plan, config=plan.config.model_copy(update={"clusters": clusters}))
    settings = {"votes": votes, "combine": combine, "parts": parts, "retries": retries, "max_tokens": judge_tokens}
    with _continued(), _judge(judge, judge_model, settings, judge_server or [], folder, plan, device, dtype) as marker:
        summary = score_run(plan, folder, judge=marker, human=human, quiet=as_json)
    _show(summary, folder, as_json)


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


@contextmanager
def _continued() -> Iterator[None]:
    """An interruption tells how to go on."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        again = shlex.join(["asterism", *sys.argv[1:]])
        raise KeyboardInterrupt(f"To continue: {again}") from interrupt


def _refuse_nameless(judge: str | None, model: str | None) -> None:
    """Refuse a judge's model whose judge is not named, before anything is asked."""
    if model and judge is None:
        raise AsterismError("--judge-model names no judge", remedy="Give --judge tiny, --judge FOLDER or --judge URL.")


@contextmanager
def _judge(
    name: str | None,
    model: str | None,
    settings: dict[str, Any],
    server: list[str],
    out: Path,
    plan: "Plan",
    device: str,
    dtype: str,
) -> "Iterator[Judge | None]":
    """The judge that the options name, None where they name none."""
    from asterism.runs.predict import Answerer
    from asterism.runs.score import Judge, JudgeRecord

    if name is None:
        yield None
        return
    if plan.config.bench != "osq":
        raise AsterismError("--judge marks open answers", remedy="Give it with --bench osq.")
    url = name if name.startswith(("http://", "https://")) else None
    answerer = Answerer.of(model if url else name, url, None, device=device, dtype=dtype)
    record = JudgeRecord.parse(
        {"model": answerer.model, "weights": answerer.weights, "url": url or "", "settings": settings}, where="--judge"
    )
    with answerer.engine(out / "judge_cache", server) as engine:
        yield Judge(engine, record)


def _known_subset(name: str | None) -> str:
    from asterism.metaphor.bench import SUBSETS

    if name is not None and name not in SUBSETS:
        near = difflib.get_close_matches(name, SUBSETS, n=1, cutoff=0.0)[0]
        raise AsterismError(f"--subset: unknown subset {name!r}", remedy=f"Did you mean {near!r}?")
    return name or ""


def _check_arms(config: "EvalConfig") -> None:
    if config.shuffles and config.bench != "mcq":
        raise AsterismError("--shuffles puts options in other orders", remedy="Give it with --bench mcq.")
    if config.source == "predictions" and (config.blind or config.shuffles):
        raise AsterismError(
            "ready predictions answer the records as they are",
            remedy="Leave --blind and --shuffles out; measure such predictions as runs of their own.",
        )


def _show(summary: "RunSummary", out: Path, as_json: bool) -> None:
    from asterism.cli.tables import print_bench

    if as_json:
        typer.echo(json.dumps(summary.as_json(), ensure_ascii=False))
        return
    print_bench(summary)
    typer.echo(f"Results: {out}/report.html, {out}/summary.json, {out}/results.jsonl")
