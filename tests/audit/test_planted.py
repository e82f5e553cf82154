"""Each planted fault is found in a toy reward, and none of them in what the package brings."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from asterism.audit.config import AuditConfig
from asterism.audit.report import AuditReport
from asterism.audit.run import run_audit
from asterism.audit.target import Target
from asterism.core.task import Task
from asterism.runs.audit import AuditSource, open_target
from tests.audit.toys import FAULTY, PLANTED, SOUND, write_numbers, write_toy, write_words


@contextmanager
def silent(name: str, total: int):  # type: ignore[no-untyped-def]
    yield lambda count: None


def audited(source: AuditSource, change: Callable[[Target], Target] = lambda target: target) -> AuditReport:
    _, target = open_target(source)
    return run_audit(change(target), AuditConfig(tasks=40, per_class=10), silent)


@pytest.mark.parametrize("code", [code for code in FAULTY if code != "case_sensitive"])
def test_a_planted_fault_is_found(code: str, tmp_path: Path) -> None:
    source = AuditSource(write_toy(tmp_path, FAULTY[code]), records=str(write_numbers(tmp_path)), kind="short")
    report = audited(source)
    assert report.codes & PLANTED == {code}
    assert report.failed
    (finding,) = [finding for finding in report.findings if finding.code == code]
    assert finding.severity == "error" and finding.sentence and (finding.example or code == "pays_for_nothing")


def test_a_fault_is_found_in_the_functions_of_a_recipe(tmp_path: Path) -> None:
    write_toy(tmp_path, FAULTY["swallowed_errors"])
    data = write_numbers(tmp_path).name
    (tmp_path / "recipe.yaml").write_text(
        f"system: records\nenvironment: {{train: {data}, evaluate: {data}, reward: toy.py:score}}\n"
    )
    report = audited(AuditSource(str(tmp_path / "recipe.yaml")))
    assert report.codes & PLANTED == {"swallowed_errors"}


def test_a_reward_that_compares_letters_as_they_are_is_found(tmp_path: Path) -> None:
    source = AuditSource(
        write_toy(tmp_path, FAULTY["case_sensitive"]), records=str(write_words(tmp_path)), kind="short"
    )
    report = audited(source)
    assert report.codes & PLANTED == {"case_sensitive"}


@pytest.mark.parametrize(
    "question", ["How many dots are in drawing {}? (answer: {})", "How many dots are in drawing {}? Solution = {}."]
)
def test_an_answer_in_the_question_is_found(question: str, tmp_path: Path) -> None:
    records = write_numbers(tmp_path, question)
    report = audited(AuditSource(write_toy(tmp_path, SOUND), records=str(records), kind="short"))
    assert report.codes & PLANTED == {"gold_in_prompt"}


def test_a_prompt_that_tells_the_answer_is_found(tmp_path: Path) -> None:
    def leaky(target: Target) -> Target:
        def prompt_of(task: Task) -> str:
            return f"{task.question} Hint: it has {len(task.answer or '')} characters."

        from asterism.core.single_turn import SingleTurn

        return replace(target, prompt_of=prompt_of, player=SingleTurn(prompt_of))

    source = AuditSource(write_toy(tmp_path, SOUND), records=str(write_numbers(tmp_path)), kind="short")
    assert "gold_in_prompt" in audited(source, leaky).codes  # even where the answer itself is not in it


def test_a_sound_toy_has_no_planted_fault(tmp_path: Path) -> None:
    target = write_toy(tmp_path, SOUND)
    for records in (write_numbers(tmp_path), write_words(tmp_path)):
        assert not audited(AuditSource(target, records=str(records), kind="short")).codes & PLANTED


SMALL = "environment.train.count=12"


@pytest.mark.parametrize("source", [AuditSource("metaphor", (SMALL,)), AuditSource("helix", (SMALL,))])
def test_the_systems_of_the_package_have_none(source: AuditSource) -> None:
    report = audited(source)
    assert not [finding for finding in report.findings if finding.severity == "error"]
    assert report.scale.part == "accuracy" and report.scale.right == 1 and report.scale.wrong == 0


@pytest.mark.parametrize("write", [write_numbers, write_words])
def test_the_reward_of_records_has_none(write: Callable[[Path], Path], tmp_path: Path) -> None:
    report = audited(AuditSource(str(write(tmp_path)), kind="short"))
    assert not [finding for finding in report.findings if finding.severity == "error"]
