"""`asterism helix study`: ways to learn what a small model cannot do, within one budget, and what comes of claims."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from asterism.cli.contest import Plan
    from asterism.cli.contest_base import Base
    from asterism.cli.contest_run import Choice, Order
    from asterism.evaluate.contest import ContestSummary

EXAMPLE = "Example: asterism helix study --out runs/study --workers 2"


def register(helix: typer.Typer) -> None:
    """Add ``study`` to ``asterism helix``."""
    helix.command("study", epilog=EXAMPLE)(study)


def study(
    out: Annotated[Path, typer.Option(help="Folder of the contest; called again, it goes on there.")],
    quick: Annotated[bool, typer.Option("--quick", help="A few minutes, to see it run; it proves nothing.")] = False,
    plan: Annotated[Path | None, typer.Option(help="YAML plan; else the one that comes with Asterism.")] = None,
    tasks: Annotated[Path | None, typer.Option(help="YAML of new and old tasks, in place of the plan's.")] = None,
    seeds: Annotated[str | None, typer.Option(help="A..B, both included; else those of the plan.")] = None,
    arms: Annotated[str | None, typer.Option(help="Names with commas between them; else all of the plan.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Runs side by side, one thread each.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Let AHPO and its rivals learn new tasks within equal budgets, and judge what was claimed beforehand.

    The plan is written to OUT/study.yaml first. Then the small model is made, every arm is tuned on development seeds,
    and each is run once a seed. What is there is not run again.
    """
    from asterism.cli.contest import chosen_arms, chosen_seeds, keep_plan, read_plan
    from asterism.cli.contest_base import Base
    from asterism.runs.shipped import shipped_recipe

    where = plan or shipped_recipe("helix/study.yaml")
    resolved = read_plan(where, tasks=tasks, quick=quick)
    names, numbers = chosen_arms(resolved, arms, quick=quick), chosen_seeds(resolved, seeds)
    keep_plan(out, resolved)
    base = Base(resolved, out.resolve(), where.resolve())
    try:
        summary = _contest(base, names, numbers, workers=workers, quiet=as_json)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt("To continue: give the same command again.") from interrupt
    _show(out, summary, as_json)


def _contest(base: "Base", arms: Sequence[str], seeds: Sequence[int], *, workers: int, quiet: bool) -> "ContestSummary":
    from asterism.cli.contest_base import make_base
    from asterism.cli.contest_pool import Ended, carry_out_all, one_thread
    from asterism.cli.contest_tuning import tune
    from asterism.core.lines import LineLog

    with LineLog[Ended](base.out / "seconds.jsonl") as log:  # held as long as this process works in the folder
        shutil.rmtree(base.out / "work", ignore_errors=True)  # what a killed run left
        with one_thread():
            start = make_base(base, quiet=quiet)
        if not quiet:
            _announce(base.plan, start.success)
        chosen = tune(base, arms, log, workers=workers, quiet=quiet)
        orders = [_order(base, arm, seed, chosen[arm]) for seed in seeds for arm in arms]
        carry_out_all(orders, log, title="Runs", workers=workers, quiet=quiet)
    return summarise(base)


def summarise(base: "Base") -> "ContestSummary":
    """Everything that was run so far, as one summary."""
    from asterism.cli.contest_run import read_run
    from asterism.cli.contest_tuning import TUNING
    from asterism.evaluate.contest import ContestSummary, figures_of, judge

    plan = base.plan
    found = [read_run(file) for file in sorted((base.out / "runs").glob("*.json"))]
    runs = {name: {run.seed: run for run in found if run.arm == name} for name in plan.arms}
    run = {name: of_arm for name, of_arm in runs.items() if of_arm}
    return ContestSummary(
        title=plan.title,
        proves=plan.proves,
        start=base.start().success,
        arms={name: figures_of(plan.arms[name].title, of_arm) for name, of_arm in run.items()},
        claims=tuple(judge(name, claim, run) for name, claim in plan.claims.items()),
        tuning=json.loads((base.out / TUNING).read_text(encoding="utf-8")),
    )


def _order(base: "Base", arm: str, seed: int, choice: "Choice") -> "Order":
    from asterism.cli.contest_run import Order

    file = base.out / "runs" / f"{arm}-{seed}.json"
    return Order(base.out, base.where, arm, seed, choice, "test", base.plan.probe.every, file)


def _announce(plan: "Plan", start: dict[str, float]) -> None:
    """The budget that all arms share, and where the tasks begin."""
    budget = plan.budget
    typer.echo(
        f"Budget of every run: {budget.tokens:,} tokens (generated and of experts, within {budget.slack:.0%}), "
        f"{budget.steps:,} optimiser steps",
        err=True,
    )
    for kind, skills in (("New task", plan.tasks.new), ("Old skill", plan.tasks.old)):
        for name, skill in skills.items():
            wanted = f", wanted {skill.wanted[0]:.0%} to {skill.wanted[1]:.0%}" if skill.wanted else ""
            typer.echo(f"{kind} {name}, level {skill.level}: base success {start[name]:.1%}{wanted}", err=True)


def _show(out: Path, summary: "ContestSummary", as_json: bool) -> None:
    from asterism.show.contest import contest_tables, write_contest

    page = write_contest(out, summary)
    if as_json:
        typer.echo(json.dumps(summary.as_json()))
        return
    from rich.console import Console

    console = Console()
    for table in contest_tables(summary):
        console.print(table)
    if not summary.proves:
        typer.echo("This was a trial of the machinery: too small to prove anything.")
    typer.echo(f"Results: {page}, {out}/summary.json, {out}/table.md")
