"""`asterism recipe`: a recipe with everything filled in, and every field that one may have."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

SHOW_EXAMPLE = "Example: asterism recipe show recipes/tfq_grpo_tiny.yaml rollout.group_size=4"
FIELDS_EXAMPLE = "Example: asterism recipe fields rollout"

recipe = typer.Typer(no_args_is_help=True, help="Recipes: what a run is described by.")


def register(app: typer.Typer) -> None:
    """Add the ``recipe`` group to the command line."""
    app.add_typer(recipe, name="recipe")


@recipe.command("show", epilog=SHOW_EXAMPLE)
def show(
    file: Annotated[Path, typer.Argument(help="YAML recipe; see recipes/.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="dotted.path=value, laid over the recipe.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of YAML.")] = False,
) -> None:
    """Print a recipe as a run would use it: overrides laid over it, every default filled in."""
    import yaml

    from asterism.runs.recipe import read_recipe, resolved_values

    values = resolved_values(read_recipe(file, overrides or []))
    if as_json:
        typer.echo(json.dumps(values))
        return
    typer.echo(yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100), nl=False)


@recipe.command("fields", epilog=FIELDS_EXAMPLE)
def fields(
    section: Annotated[str, typer.Argument(help="Only fields whose dotted path begins so.")] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List every field of a recipe with its type, default and meaning."""
    from asterism.core.errors import AsterismError
    from asterism.runs.recipe_fields import recipe_fields

    listed = [field for field in recipe_fields() if field.within(section)]
    if not listed:
        raise AsterismError(f"no field begins with {section!r}", remedy="`asterism recipe fields` lists every field.")
    if as_json:
        typer.echo(json.dumps([asdict(field) for field in listed]))
        return
    if markdown:
        typer.echo("| field | type | default | meaning |\n|---|---|---|---|")
    for field in listed:
        typer.echo(field.markdown() if markdown else field.text())
