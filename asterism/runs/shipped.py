"""Where the recipes lie that come with the project."""

from importlib.resources import files
from pathlib import Path

from asterism.core.errors import AsterismError


def shipped_recipe(name: str) -> Path:
    """A recipe that comes with the project: inside an installed package, or beside it in a source checkout.

    Raises:
        AsterismError: there is no recipe of this name.
    """
    package = Path(str(files("asterism")))
    for folder in (package / "recipes", package.parent / "recipes"):
        if (folder / name).is_file():
            return folder / name
    raise AsterismError(f"recipe {name} is not installed", remedy="Reinstall asterism.")
