"""`asterism metaphor ablate`: the paper's ablations, each a sweep of recipes with one table at its end."""

import json
from pathlib import Path
from typing import Annotated

import typer

EXAMPLE = "Example: asterism metaphor ablate strategy_tiny --out runs/strategy"


def register(metaphor: typer.Typer) -> None:
    """Add ``metaphor ablate`` to its group."""
    metaphor.command("ablate", epilog=EXAMPLE)(ablate)


def ablate(
    study: Annotated[
        str,
        typer.Argument(help="strategy, data, model, architecture, strategy_tiny, data_tiny, or a YAML file."),
    ],
    overrides: Annotated[list[str] | None, typer.Argument(help="dotted.path=value, laid over every recipe.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the study; default runs/ablate-<study>.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Run the first so many seeds: 0, 1, …")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Run an ablation: every arm for every seed, measured on the way, beside what the paper reports.

    Called again with the same folder it resumes where it stopped.
    """
    from asterism.evaluate.ablation import summarise
    from asterism.runs.shipped import shipped_recipe
    from asterism.runs.sweep import run_study
    from asterism.runs.sweep_config import read_study
    from asterism.show.ablation import ablation_table, write_ablation

    file = Path(study) if study.endswith((".yaml", ".yml")) else shipped_recipe(f"ablations/{study}.yaml")
    plan = read_study(file)
    changed = {"overrides": (*plan.overrides, *(overrides or []))}
    plan = plan.model_copy(update={**changed, **({"seeds": tuple(range(seeds))} if seeds else {})})
    folder = out or Path("runs") / f"ablate-{file.stem}"
    try:
        arms = run_study(plan, folder, where=file.resolve(), quiet=as_json)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt("To continue: give the same command again.") from interrupt
    summary = summarise(plan.title, plan.paper, plan.baseline, arms)
    write_ablation(folder, summary)
    if as_json:
        typer.echo(json.dumps(summary.as_json()))
        return
    from rich.console import Console

    Console().print(ablation_table(summary))
    typer.echo(f"Results: {folder}/report.html, {folder}/summary.json, {folder}/table.md")
