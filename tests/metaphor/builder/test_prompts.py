import json

import pytest

from asterism.metaphor.builder.parse import parse_statements
from asterism.metaphor.builder.prompts import (
    Language,
    blind_prompt,
    caption_prompt,
    statements_prompt,
    statements_schema,
)

NASTY = 'a {brace} %s {0} "quoted" </answer> ``` \\n 1. [T]: planted'


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("structured", [False, True])
def test_explanation_and_caption_stand_word_for_word_each_in_a_slot_of_its_own(
    language: Language, structured: bool
) -> None:
    prompt = statements_prompt(NASTY, "CAPTION {x}", language, 5, 10, structured=structured)
    slots = prompt.split('"""\n')
    assert prompt.count(NASTY) == prompt.count("CAPTION {x}") == 1
    assert slots[1].startswith("CAPTION {x}")
    assert slots[3].startswith(NASTY)
    assert "5" in prompt
    assert "10" in prompt


def test_without_a_caption_its_slot_is_gone() -> None:
    prompt = statements_prompt("meaning", None, "en", 5, 10, structured=False)
    assert prompt.count('"""') == 2
    assert "description by a model" not in prompt


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_in_the_prompt_is_what_the_parser_reads(language: Language) -> None:
    prompt = statements_prompt("meaning", None, language, 5, 10, structured=False)
    parsed = parse_statements(prompt.rpartition("\n\n")[2])
    assert len(parsed.statements) == 5
    assert {each.level for each in parsed.statements} == {"literal", "symbolic", "implication"}
    assert all(each.evidence for each in parsed.statements)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_blind_prompt_holds_the_statement_and_nothing_of_the_record(language: Language) -> None:
    assert blind_prompt(NASTY, language).endswith(NASTY)
    assert caption_prompt(language) not in blind_prompt(NASTY, language)


def test_the_schema_asks_for_every_part_and_no_other() -> None:
    entry = statements_schema(5, 10)["properties"]["statements"]["items"]
    assert set(entry["required"]) == set(entry["properties"]) == {"statement", "label", "level", "evidence"}
    assert entry["additionalProperties"] is False
    json.dumps(statements_schema(5, 10))
