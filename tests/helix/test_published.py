import base64
import csv
import json
from pathlib import Path
from typing import Any

import pytest

from asterism.core.errors import AsterismError
from asterism.helix.dataset import create_dataset
from asterism.helix.published_grading import NOT_GRADED, grade_published, official_answer
from asterism.helix.published_rows import Row, read_published
from asterism.helix.score import in_pairs, summarise

TRIANGLE = {"0": [1, 2], "1": [0, 2], "2": [0, 1], "3": [2]}


def row(category: str, answer: str, **values: Any) -> Row:
    return Row.model_validate({"id": "1", "question": "?", "category": category, "answer": answer, **values})


def reason(found: Row, text: str, official: bool = False) -> str:
    return grade_published({"1": found}, {"1": text}, official=official)[0].reason


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>1</answer> \\boxed{2} <|begin_of_box|>3<|end_of_box|>", "3"),
        ("<answer>1</answer> then <answer>4</answer> \\boxed{2}", "4"),
        ("\\boxed{1} and \\boxed{\\text{two}}", "two"),
        ("\\boxed{\\begin{bmatrix}1 \\\\ 2\\end{bmatrix}}", "1 \n 2"),
        ("Answer: 5\nso the final Answer: 6", "6"),
        (" 7 ", "7"),
        ("<answer>open", "<answer>open"),
    ],
)
def test_the_official_way_to_an_answer(text: str, answer: str) -> None:
    assert official_answer(text) == answer


def test_finding_an_answer_takes_linear_time() -> None:
    for text in ("<answer>" * 300_000, "<|begin_of_box|>" * 200_000, "Answer:" * 300_000, "\\boxed{" * 300_000):
        assert len(official_answer(text)) <= len(text)


@pytest.mark.parametrize(
    ("found", "text", "fair", "official"),
    [
        (row("Trapping rain water", "12"), "It is \\boxed{12}", True, True),
        (row("BestTimeToBuyAndSellStock", "12"), "\\boxed{12 units}", True, False),
        (row("BestTimeToBuyAndSellStock", "12"), "\\boxed{13}", False, False),
        (row("shortest_distance_weighted", "7"), "\\boxed{7}", True, True),
        (row("graph_isomorphism", "Yes"), "\\boxed{yes.}", True, False),
        (row("graph_isomorphism", "Yes"), "\\boxed{Yes}", True, True),
        (row("nonogram", "X.\n.X"), "\\boxed{X. \n.X}", True, False),
        (row("nonogram", "X.\n.X"), "\\boxed{X.\n.X}", True, True),
        (row("snake", "[(0,0),(0,1)]"), "\\boxed{(0,1),(0,0)}", False, True),
        (row("snake", "[(0,0),(0,1)]"), "\\boxed{(0,0),(0,1)}", True, True),
        (row("minesweeper", "[(0,0),(0,1)]"), "\\boxed{(0,1),(0,0)}", True, True),
        (row("kakuro", "(0,1):3, (1,1):2"), "\\boxed{(1,1):2, (0,1):3}", True, False),
        (row("wordsearch", "CAT right-down @ (1,2)"), "\\boxed{CAT right-down @ (1,2)}", True, True),
        (row("wordsearch", "CAT E (1,2) @"), "\\boxed{CAT E (1,2) @}", True, False),
        (row("wordsearch", "CAT E (1,2) @"), "\\boxed{CAT E @ (1, 2)}", True, False),
        (row("bridges", "(0,0)-(0,2):1"), "\\boxed{(0,2)-(0,0): 1}", True, True),
        (row("eulero", "A1|B2\nB2|A1"), "\\boxed{A1|B2 \n B2|A1}", True, True),
        (row("hamiltonian_path", "[3,2,0,1]", initial_state=TRIANGLE), "\\boxed{[1,0,2,3]}", False, True),
        (row("hamiltonian_path", "[3,2,0,1]", initial_state=TRIANGLE), "\\boxed{[3,2,1,0]}", True, True),
        (row("hamiltonian_path", "[3,2,0,1]", initial_state=TRIANGLE), "\\boxed{[3,1,2,0]}", False, False),
        (row("hamiltonian_cycle", "No", initial_state=str(TRIANGLE)), "\\boxed{No}", True, True),
        (row("hamiltonian_cycle", "No", initial_state=str(TRIANGLE)), "\\boxed{[0,1,2,3]}", False, False),
        (row("eulerian_path", "[3,2,0,1,2]", initial_state=json.dumps(TRIANGLE)), "[3,2,1,0,2]", True, True),
        (row("eulerian_path", "[3,2,0,1,2]", initial_state=json.dumps(TRIANGLE)), "[3,2,1,0]", False, False),
        (row("eulerian_cycle", "[0,1,2,0]", initial_state={0: [1, 2], 1: [2]}), "[1,2,0,1]", True, True),
        (row("eulerian_cycle", "[0,1,2,0]", initial_state={0: [1, 2], 1: [2]}), "[0,1,2]", False, False),
    ],
)
def test_rows_are_graded_fairly_or_as_published(found: Row, text: str, fair: bool, official: bool) -> None:
    assert (reason(found, text) == "right") is fair
    assert (reason(found, text, official=True) == "right") is official


def test_other_tasks_are_not_graded_and_not_wrong() -> None:
    found = grade_published({"1": row("Tapa", "[(0,0)]"), "2": row("h-index", "3", id="2")}, {"1": "[(0,0)]", "2": "3"})
    assert [each.reason for each in found] == [NOT_GRADED, "right"]
    assert grade_published({"1": row("h-index", "3")}, {})[0].reason == "unanswered"


def test_two_orders_of_isomorphism_are_a_pair() -> None:
    rows = {
        name: row("isomorphism", "Yes", id=name, question=text, images=images)
        for name, text, images in (
            ("a", "same?", ["x", "y"]),
            ("b", "same?", ["y", "x"]),
            ("c", "same?", ["x", "z"]),
        )
    }
    found = in_pairs(grade_published(rows, dict.fromkeys(rows, "Yes")))
    assert [each.reason for each in found] == ["right", "right", "pair"]
    assert summarise(found).overall.clusters == 2


def test_both_file_forms_give_the_same_rows(tmp_path: Path) -> None:
    picture = create_dataset("sudoku", size=1)[0].images[0]
    encoded = base64.b64encode(picture.png()).decode()
    values = {
        "id": "7",
        "question": "fill\nit",
        "question_text": "fill 1\tit",
        "images": [encoded],
        "answer": "1 2",
        "category": "Sudoku",
        "initial_state": "[[1, None], [None, 2]]",
        "metric_info": {"score_function": "sudoku"},
    }
    (tmp_path / "set.jsonl").write_text(json.dumps(values) + "\n")
    with (tmp_path / "set.tsv").open("w", newline="") as out:
        writer = csv.DictWriter(out, list(values), delimiter="\t")
        writer.writeheader()
        writer.writerow({key: each if isinstance(each, str) else json.dumps(each) for key, each in values.items()})
    lines, tabs = read_published(tmp_path / "set.jsonl"), read_published(tmp_path / "set.tsv")
    assert lines == tabs
    assert lines["7"].initial_state == [[1, None], [None, 2]] and lines["7"].score_function == "sudoku"
    assert lines["7"].load_images(tmp_path) == (picture,)


def test_pictures_beside_the_file_are_found(tmp_path: Path) -> None:
    picture = create_dataset("sudoku", size=1)[0].images[0]
    picture.save(tmp_path / "a.png")
    assert row("Sudoku", "1", images="a.png").load_images(tmp_path) == (picture,)
    with pytest.raises(AsterismError, match="1, image 0: neither a file nor base64"):
        row("Sudoku", "1", images=["missing.png"]).load_images(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("set.tsv", "id\tquestion\n1\t?\n", "set.tsv:2: answer: Field required"),
        ("set.tsv", "id\tquestion\tanswer\tcategory\n", "holds no rows"),
        ("set.jsonl", '{"id": "1"}\n', "set.jsonl:1: question"),
        ("set.jsonl", "[\n", "set.jsonl:1"),
        (
            "set.jsonl",
            '{"id":"1","question":"?","answer":"1","category":"x"}\n' * 2,
            "set.jsonl:2: id '1' comes twice",
        ),
    ],
)
def test_files_of_another_form_are_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(AsterismError) as refused:
        read_published(tmp_path / name)
    assert message in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AsterismError, match="no file found"):
        read_published(tmp_path / "set.tsv")
