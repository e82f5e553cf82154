"""The words by which answers are told in a language: one file of ``languages/`` each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from asterism.answers import languages


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """The lists of one file, by section and name; entries are regular expressions without groups that capture."""

    name: str
    sections: Mapping[str, Mapping[str, Any]]

    def words(self, section: str, name: str) -> list[str]:
        """The entries of a list that is written as text with `` | `` between them; none where there is none."""
        text = self.sections.get(section, {}).get(name) or ""
        return [entry.strip() for entry in str(text).split(" | ") if entry.strip()]


@cache
def known_languages() -> tuple[Language, ...]:
    """Every language that has a file, by name."""
    files = sorted(resources.files(languages).iterdir(), key=lambda file: file.name)
    return tuple(
        Language(file.name.removesuffix(".yaml"), yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in files
        if file.name.endswith(".yaml")
    )
