"""`asterism export`: a trained model in the layout of another program."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

EXAMPLE = "Example: asterism export runs/demo/model --to vllm --out runs/served"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("export", epilog=EXAMPLE)(export)


def export(
    model: Annotated[str, typer.Argument(help="tiny, or a model's folder.")],
    out: Annotated[Path, typer.Option(help="Folder to write, new or empty.")],
    to: Annotated[Literal["vllm"], typer.Option(help="Who is to read it.")] = "vllm",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Write a copy of a model that vLLM can serve: the weights under its names, all else as it is."""
    from asterism.policy.served import export_served
    from asterism.policy.tiny import tiny_folder

    names = export_served(tiny_folder() if model == "tiny" else Path(model), out)
    renamed = sum(saved != served for saved, served in names.items())
    if as_json:
        typer.echo(json.dumps({"to": to, "weights": len(names), "renamed": renamed, "out": str(out)}))
        return
    typer.echo(f"{len(names)} weights, {renamed} of them renamed. Results: {out}")
    typer.echo(f"Serve it: make serve MODEL={out} (see docs/vllm.md)")
