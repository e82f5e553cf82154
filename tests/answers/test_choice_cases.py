"""Several hundred ways to give, doubt, deny and withhold a choice or a truth value, by class and language."""

from pathlib import Path

import pytest
import yaml

from asterism.answers.options import read_option
from asterism.answers.truth import read_truth

FILE = yaml.safe_load(Path(__file__).with_name("choice_cases.yaml").read_text(encoding="utf-8"))
CASES = [(name, *case) for name, cases in FILE["classes"].items() for case in cases]


@pytest.mark.parametrize("name", FILE["classes"])
def test_a_class_of_cases_is_read_as_its_file_says(name: str) -> None:
    wrong = []
    for language, kind, value, reason, text in FILE["classes"][name]:
        reading = read_truth(text) if kind == "truth" else read_option(text, FILE["options"][kind])
        if (reading.value, reading.reason) != (value, reason):
            wrong.append((language, text, value, reason, reading.value, str(reading.reason)))
    assert not wrong


def test_the_file_holds_every_language_and_no_case_twice() -> None:
    assert len(CASES) >= 320
    assert {case[1] for case in CASES} == {"english", "chinese", "traditional"}
    assert len({(case[2], case[5]) for case in CASES}) == len(CASES)
