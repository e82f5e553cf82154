"""`asterism verify-prefix`: is prefix sharing exact for this configuration?"""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

EXAMPLE = "Example: asterism verify-prefix --config Qwen2.5-VL-7B/config.json --seed 0"
TOLERANCE = {"float32": 1e-5, "float64": 1e-6}
INEXACT = 1


def register(app: typer.Typer) -> None:
    """Add ``verify-prefix`` to the command line."""
    app.command("verify-prefix", epilog=EXAMPLE)(verify)


def verify(
    config: Annotated[Path, typer.Option(help="A transformers config.json, or a folder that holds one.")],
    seed: Annotated[int, typer.Option(help="Names the random weights, prompts and answers.")] = 0,
    answers: Annotated[int, typer.Option(min=1, help="Answers to each prompt.")] = 4,
    dtype: Annotated[Literal["float32", "float64"], typer.Option(help="Precision of the comparison.")] = "float32",
    sharing: Annotated[Literal["branch", "row"], typer.Option(help="The form that is compared.")] = "branch",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Compare prefix sharing with plain model(**inputs), or say what it refuses.

    The model is built with random weights, so the configuration of any size that fits into memory will do; a smaller
    number of layers shows the same. Exit status 1: the two differ by more than 1e-5 (float32) or 1e-6 (float64), or a
    figure is not finite (null in JSON).
    """
    import math

    from asterism.runs.verify import verify_configuration

    verdict = verify_configuration(config, seed=seed, answers=answers, dtype=dtype, sharing=sharing)
    figures = (verdict.max_error, verdict.max_gradient_error)
    exact = not verdict.refused and all(figure is None or figure <= TOLERANCE[dtype] for figure in figures)
    if as_json:
        shown = [figure if figure is not None and math.isfinite(figure) else None for figure in figures]
        answer = {"max_error": shown[0], "max_gradient_error": shown[1], "refused": verdict.refused, "exact": exact}
        typer.echo(json.dumps(answer, allow_nan=False))
    elif verdict.refused:
        typer.echo(f"Refused: sharing is not proven for {verdict.refused}.")
    else:
        for place, error in enumerate(verdict.errors):
            typer.echo(f"answer {place // answers}.{place % answers}   log-prob error {error:.1e}")
        worst = sorted(verdict.gradient_errors, key=lambda each: -each[1] if math.isfinite(each[1]) else -math.inf)[:5]
        for name, error in worst:
            typer.echo(f"gradient error {error:.1e}   {name}")
        count = len(verdict.gradient_errors)
        typer.echo(f"{'Exact' if exact else 'NOT exact'} at {dtype}: log-probs within {figures[0]:.1e}, ", nl=False)
        typer.echo(f"gradients of all {count} parameters within {figures[1]:.1e}.")
    raise typer.Exit(0 if exact or verdict.refused else INEXACT)
