"""`asterism helix study`: ways to learn what a small model cannot do, within one budget, and what comes of claims."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from asterism.helix.study.plan import StudyPlan
    from asterism.helix.study.summary import StudySummary

EXAMPLE = "Example: asterism helix study --out runs/study --workers 2"


def register(helix: typer.Typer) -> None:
    """Add ``study`` to ``asterism helix``."""
    helix.command("study", epilog=EXAMPLE)(study)


def study(
    out: Annotated[Path, typer.Option(help="Folder of the study; called again, it resumes there.")],
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
    from asterism.helix.study.folder import StudyFolder
    from asterism.helix.study.plan import chosen_arms, chosen_seeds, keep_plan, read_plan
    from asterism.helix.study.study import run_study
    from asterism.runs.shipped import shipped_recipe

    where = plan or shipped_recipe("helix/study.yaml")
    resolved = read_plan(where, tasks=tasks, quick=quick)
    names, numbers = chosen_arms(resolved, arms, quick=quick), chosen_seeds(resolved, seeds)
    keep_plan(out, resolved)
    folder = StudyFolder(resolved, out.resolve(), where.resolve())
    announce = partial(_announce, resolved, quiet=as_json)
    try:
        summary = run_study(folder, names, numbers, workers=workers, quiet=as_json, announce=announce)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt("To continue: give the same command again.") from interrupt
    _show(out, summary, as_json)


def _announce(plan: "StudyPlan", start: Mapping[str, float], *, quiet: bool) -> None:
    """The budget that all arms share, and where the tasks begin."""
    if quiet:
        return
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


def _show(out: Path, summary: "StudySummary", as_json: bool) -> None:
    from asterism.helix.study.page import study_tables, write_study

    page = write_study(out, summary)
    if as_json:
        typer.echo(json.dumps(summary.as_json()))
        return
    from rich.console import Console

    console = Console()
    for table in study_tables(summary):
        console.print(table)
    if not summary.proves:
        typer.echo("This was a trial of the machinery: too small to prove anything.")
    typer.echo(f"Results: {page}, {out}/summary.json, {out}/table.md")
