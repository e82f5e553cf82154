"""``import asterism as ast``: quick, typed, and the functions that the commands call."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import asterism as ast
from asterism.core.results.summary import read_summary
from asterism.runs.recipe import read_recipe
from asterism.runs.trained import override_texts

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
HEAVY = ("torch", "transformers", "numpy", "PIL", "pydantic", "typer", "rich", "jinja2", "yaml")


def python(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    ).stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, asterism; print([name for name in %r if name in sys.modules])" % (HEAVY,)  # noqa: UP031
    assert python(code).strip() == "[]"


def test_importing_the_package_is_quick() -> None:
    code = "import time; start = time.perf_counter(); import asterism; print(time.perf_counter() - start)"
    assert min(float(python(code)) for _ in range(3)) < 0.5


def test_every_name_is_there_and_listed() -> None:
    names = [name for name in dir(ast) if not name.startswith("_")]
    assert {"train", "evaluate", "score", "load_records", "helix", "System", "Suite", "Reward", "Task"} <= set(names)
    for name in names:
        assert getattr(ast, name) is not None
    with pytest.raises(AttributeError, match="module 'asterism' has no attribute 'trian'"):
        _ = ast.trian  # type: ignore[attr-defined]


def test_the_package_of_measures_and_the_function_of_its_name_are_both_reached() -> None:
    code = (
        "import asterism as ast; assert callable(ast.evaluate)\n"
        "from asterism.evaluate.intervals import Estimate\n"
        "import asterism.evaluate.intervals as module; assert module.Estimate is Estimate\n"
        "from asterism import evaluate; assert evaluate.intervals is module and callable(evaluate)\n"
        "import inspect; from asterism.runs.evaluate import evaluate as function\n"
        "assert ast.evaluate.__call__ is function"
    )
    python(code)
    python("import asterism.evaluate.bench, asterism as ast; assert callable(ast.evaluate)")


def test_the_package_of_audits_and_the_function_of_its_name_are_both_reached() -> None:
    python(
        "import asterism as ast; assert callable(ast.audit)\n"
        "from asterism.audit.config import AuditConfig\n"
        "import asterism.audit.config as module; assert module.AuditConfig is AuditConfig\n"
        "from asterism.runs.audit import audit; assert ast.audit.__call__ is audit"
    )


def test_datasets_of_helix_are_made_from_the_package() -> None:
    entries = ast.helix.create_dataset("sudoku", level=1, size=2, seed=7)
    assert len(entries) == 2 and ast.helix.score_answer(entries[0].answer, entries[0]) == 1.0


def test_records_are_loaded_with_a_map_of_columns() -> None:
    columns = {"id": "uid", "images": "picture", "question": "problem", "options": "choices", "answer": "label"}
    tasks = ast.load_records(EXAMPLES / "own_data" / "data.jsonl", columns=columns, answer_index=0, limit=2)
    assert [(task.id, task.answer, task.kind) for task in tasks] == [("100", "A", "mcq"), ("101", "B", "mcq")]
    assert isinstance(tasks[0], ast.Task) and isinstance(tasks[0].images[0], ast.Image)


def test_a_run_and_its_measurement_leave_small_typed_objects(tmp_path: Path) -> None:
    run = ast.train(
        EXAMPLES / "own_environment" / "recipe.yaml",
        overrides={"rollout.group_size": 2, "stop.steps": 1, "measure.before": False},
        out=tmp_path / "run",
        quiet=True,
    )
    assert run.folder == tmp_path / "run" and run.model.is_dir() and run.report.is_file()
    assert run.summary == read_summary(run.folder)
    assert [line.step for line in run.metrics()] == [1]
    with pytest.raises(ast.AsterismError, match="already holds a run"):
        ast.train(EXAMPLES / "own_environment" / "recipe.yaml", out=tmp_path / "run", quiet=True)

    task = ast.Task("a", (), "Two and two are four.", "T", "tfq")
    ast.write_records(tmp_path / "data", [task])
    arguments = {"bench": "tfq", "mode": "short", "max_tokens": 4, "quiet": True}
    measured = ast.evaluate(tmp_path / "data", out=tmp_path / "measured", model=run.model, **arguments)  # type: ignore[arg-type]
    assert measured.summary.conditions["model"].counts["statements"] == 1 and measured.report.is_file()
    again = ast.score(measured.folder, quiet=True)
    assert again.summary.conditions == measured.summary.conditions


def test_a_recipe_may_be_given_as_values(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text(json.dumps({"question": "2 + 2?", "answer": 4}) + "\n")
    data = str(tmp_path / "data.jsonl")
    run = ast.train(
        {
            "system": "records",
            "environment": {"train": data, "evaluate": data, "prompt": "plain"},
            "rollout": {"prompts_per_step": 1, "group_size": 2, "sampling": {"max_tokens": 4}},
            "loss": {"kl_coef": 0.0},
            "measure": {"before": False, "sampling": {"max_tokens": 4}},
        },
        {"stop.steps": 1},
        tmp_path / "run",
        quiet=True,
    )
    assert run.summary.conditions["after"].counts["questions"] == 1


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"rollout.group_sise": 2}, "Did you mean 'rollout.group_size'"),
        ({"system": "nowhere.py:SYSTEM"}, "there is no file"),
        ({"environment": {"count": 0}}, "count"),
    ],
)
def test_errors_are_one_kind_of_error(overrides: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(ast.AsterismError, match=message):
        ast.train(EXAMPLES / "own_environment" / "recipe.yaml", overrides, tmp_path / "run", quiet=True)


def test_a_fault_in_a_users_code_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text(
        (EXAMPLES / "own_environment" / "env.py").read_text().replace("name = f", "name = missing + f")
    )
    (tmp_path / "recipe.yaml").write_text("system: env.py\n")
    with pytest.raises(ast.AsterismError, match=r"env\.py:\d+: NameError: name 'missing' is not defined") as caught:
        ast.train(tmp_path / "recipe.yaml", out=tmp_path / "run", quiet=True)
    assert isinstance(caught.value.__cause__, NameError)


def test_overrides_of_both_forms_say_the_same(tmp_path: Path) -> None:
    values = {"rollout.group_size": 3, "paper": "a: b", "measure.before": False, "model.path": tmp_path}
    texts = override_texts(values)
    assert texts[0] == "rollout.group_size=3" and override_texts(texts) == texts
    (tmp_path / "bare.yaml").write_text("system: metaphor\n")
    recipe = read_recipe(tmp_path / "bare.yaml", texts)
    assert (recipe.rollout.group_size, recipe.paper, recipe.measure.before) == (3, "a: b", False)
    assert recipe.model.path == str(tmp_path)


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(ast.__file__).parent / "py.typed").is_file()
