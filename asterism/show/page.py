"""Pages that open without a network: templates with their styles and scripts inside, and the files beside them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from asterism.core.files import whole_file, write_json
from asterism.core.results.summary import SUMMARY

_TEMPLATES = Path(__file__).parent / "templates"


def template(name: str, **filters: object) -> jinja2.Template:
    """A template of this package; values are escaped. ``filters`` are functions that it may call."""
    return _environment(_TEMPLATES, filters).get_template(name)


def template_in(folder: Path, name: str, **filters: object) -> jinja2.Template:
    """A template of a wing, in a folder of its own; it may include those of this package."""
    return _environment(folder, filters).get_template(name)


def inlined(name: str) -> Markup:
    """A style sheet or script that stands beside the templates, to be put into a page as it is."""
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))


def write_page(file: Path, text: str) -> Path:
    """A text file, atomically.

    Raises:
        AsterismError: the disk refuses the file.
    """
    with whole_file(file) as part:
        part.write_text(text, encoding="utf-8")
    return file


def write_study_files(folder: Path, values: Mapping[str, Any], table: str, page: str) -> Path:
    """``summary.json``, ``table.md`` and ``report.html`` of a study; returns the page.

    Raises:
        AsterismError: a file cannot be written.
    """
    write_json(folder / SUMMARY, values)
    write_page(folder / "table.md", table)
    return write_page(folder / "report.html", page)


def _environment(folder: Path, filters: Mapping[str, object]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _TEMPLATES]), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(filters)
    return environment
