"""`asterism audit` and ``asterism.audit``: what they print, leave and refuse."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import asterism as ast
from asterism.audit.hostile import hostile_inputs
from asterism.cli.main import app
from asterism.runs.audit import AuditSource
from asterism.runs.hostile import try_hostile
from tests.audit.toys import FAULTY, SOUND, write_numbers, write_toy

FEW = ("--tasks", "6", "--per-class", "2", "--no-hostile")


def audit(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


def test_a_faulty_reward_exits_with_1_and_leaves_json_and_page(tmp_path: Path) -> None:
    target, records, out = write_toy(tmp_path, FAULTY["substring"]), write_numbers(tmp_path), tmp_path / "out"
    result = audit(target, "--records", records, "--kind", "short", "--out", out, *FEW)
    assert result.exit_code == 1, result.output
    assert "substring" in result.stdout and "only stands inside another number" in " ".join(result.stdout.split())
    assert result.stdout.splitlines()[-1] == f"Results: {out}/report.html, {out}/audit.json"
    found = json.loads((out / "audit.json").read_text())
    assert found["failed"] and {"substring", "false_accepts"} <= {each["code"] for each in found["findings"]}
    page = (out / "report.html").read_text()
    assert "http" not in page.replace("http-equiv", "") and "substring" in page
    again = audit(target, "--records", records, "--kind", "short", "--out", out, *FEW)
    assert again.exit_code == 2 and "already holds something" in again.stderr
    (out / "mine.txt").write_text("kept")
    assert audit(target, "--records", records, "--out", out, "--force", "--json", *FEW).exit_code == 1
    assert json.loads((out / "audit.json").read_text())["target"] == target


def test_limits_decide_the_exit_code(tmp_path: Path) -> None:
    target, records = write_toy(tmp_path, SOUND), write_numbers(tmp_path)
    loose = ("--max-accepts", "1", "--max-refusals", "1")
    result = audit(target, "--records", records, "--kind", "short", "--out", tmp_path / "out", "--json", *loose, *FEW)
    assert result.exit_code == 0, result.stdout
    assert not json.loads(result.stdout)["failed"] and result.stderr == ""


def test_trl_functions_are_audited_over_columns_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "trl.py").write_text(
        "def right(completions, solution, **kwargs):\n"
        "    return [float(truth in text[0]['content']) for text, truth in zip(completions, solution)]\n"
    )
    rows = [{"problem": f"How many in {'abcdef'[i]}?", "solution": str(i + 11)} for i in range(6)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = ast.audit(
        f"{tmp_path / 'trl.py'}:right",
        records=tmp_path / "data.jsonl",
        columns={"question": "problem", "answer": "solution"},
        kind="short",
        messages=True,
        out=tmp_path / "out",
        per_class=2,
        hostile=False,
        quiet=True,
    )
    assert "substring" in run.report.codes and "reward_errors" not in run.report.codes and run.page.is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere.jsonl",), "there is no nowhere.jsonl"),
        (("hellix",), "Did you mean 'helix'"),
        (("helix", "--columns", "question"), "not of the form field=column"),
    ],
)
def test_bad_input_is_refused_plainly(arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    result = audit(*arguments, "--out", tmp_path / "out")
    assert result.exit_code == 2 and told in result.stderr


def test_a_function_without_records_is_refused(tmp_path: Path) -> None:
    result = audit(write_toy(tmp_path, SOUND), "--out", tmp_path / "out")
    assert result.exit_code == 2 and "--records" in result.stderr


def test_a_folder_that_holds_no_audit_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("kept")
    result = audit("helix", "--out", tmp_path / "out", "--force")
    assert result.exit_code == 2 and (tmp_path / "out" / "mine.txt").read_text() == "kept"


def test_help_has_an_example() -> None:
    shown = audit("--help").output
    assert "Example: asterism audit my_rewards.py:score" in shown and "--max-accepts" in shown


def test_a_reward_that_hangs_is_stopped_and_told(tmp_path: Path) -> None:
    target = write_toy(
        tmp_path,
        """
        import re

        def score(task, completion):
            return float(re.search(r"(a+)+$", completion) is not None)
        """,
    )
    source = AuditSource(target, records=str(write_numbers(tmp_path)), kind="short")
    found = try_hostile(source, 0.2, lambda count: None)
    stopped = [each for each in found if not each.finished]
    assert stopped and stopped[0].name.startswith("letters for a backtracking expression")
    assert stopped[0].characters < max(len(text) for _, text in hostile_inputs())  # longer ones were left out
