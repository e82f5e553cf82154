"""Exact models of the tasks that promise a single solution, from their rule text (see the README)."""

from asterism.helix.catalogue import catalogue


def single() -> list[str]:
    """The tasks that promise a single solution, but for those that ask for a number, which is computed."""
    return [name for name, puzzle in catalogue().items() if puzzle.unique and puzzle.form != "integer"]
