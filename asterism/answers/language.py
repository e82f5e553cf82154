"""The words by which answers are told in a language: one file of ``languages/`` each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from asterism.answers import languages


@dataclass(frozen=True, slots=True)
class Language:
    """The lists of one file, by section and name; entries are regular expressions without groups."""

    name: str
    sections: Mapping[str, Mapping[str, Any]]


@cache
def known_languages() -> tuple[Language, ...]:
    """Every language that has a file, by name."""
    files = sorted(resources.files(languages).iterdir(), key=lambda file: file.name)
    return tuple(
        Language(file.name.removesuffix(".yaml"), yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in files
        if file.name.endswith(".yaml")
    )
