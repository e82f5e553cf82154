"""All filters over the statements of one image, in order, each with what it dropped."""

from collections.abc import Mapping, Sequence

from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.filters.balance import surplus, unbalanced
from asterism.metaphor.builder.filters.boilerplate import poor_statement
from asterism.metaphor.builder.filters.contradictions import contradictions
from asterism.metaphor.builder.filters.duplicates import near_duplicates
from asterism.metaphor.builder.filters.language import wrong_language
from asterism.metaphor.builder.items import Dropped
from asterism.metaphor.builder.prompts import Language
from asterism.metaphor.builder.statement import Statement

FILTERS = (
    "boilerplate",
    "wrong_language",
    "near_duplicate",
    "contradiction",
    "answerable_blind",
    "surplus",
    "overall_balance",
)
"""The filters that drop statements, in the order in which they are applied."""


def check_texts(statements: Sequence[Statement], language: Language) -> tuple[list[Statement], list[Dropped]]:
    """What is left of the statements after the filters that read their texts, and what was dropped."""
    dropped: list[Dropped] = []
    poor = {place: why for place, each in enumerate(statements) if (why := poor_statement(each.text))}
    statements = _drop(statements, "boilerplate", poor, dropped)
    foreign = {place: f"not {language}" for place, each in enumerate(statements) if wrong_language(each.text, language)}
    statements = _drop(statements, "wrong_language", foreign, dropped)
    statements = _drop(statements, "near_duplicate", near_duplicates(statements), dropped)
    statements = _drop(statements, "contradiction", contradictions(statements), dropped)
    return list(statements), dropped


def check_blind(
    statements: Sequence[Statement], answerable: Mapping[str, bool]
) -> tuple[list[Statement], list[Dropped]]:
    """The statements that need the image; ``answerable`` tells by their text which do not."""
    dropped: list[Dropped] = []
    known = {place: "answered without the image" for place, each in enumerate(statements) if answerable.get(each.text)}
    return list(_drop(statements, "answerable_blind", known, dropped)), dropped


def check_number(
    statements: Sequence[Statement], config: BuildConfig, name: str
) -> tuple[list[Statement], list[Dropped], str]:
    """As many statements as are wanted, balanced; and why the record cannot be kept, empty where it can."""
    dropped: list[Dropped] = []
    extra = surplus(statements, config.most, config.label_share, config.seed, name)
    kept = _drop(statements, "surplus", extra, dropped)
    if len(statements) < config.fewest:
        return list(statements), [], "too few statements"
    if len(kept) < config.fewest or unbalanced(kept, config.label_share):
        return list(statements), [], "labels unbalanced"
    return list(kept), dropped, ""


def _drop(
    statements: Sequence[Statement], name: str, faulty: Mapping[int, str], dropped: list[Dropped]
) -> Sequence[Statement]:
    dropped += [Dropped(statements[place].text, statements[place].label, name, why) for place, why in faulty.items()]
    return [each for place, each in enumerate(statements) if place not in faulty]
