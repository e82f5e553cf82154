"""Open answers: every figure computed by hand, or by an independent implementation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from asterism.core.errors import AsterismError
from asterism.core.results.result import Result
from asterism.core.results.summary import VoteSpread
from asterism.core.task import Task
from asterism.evaluate import openended
from asterism.evaluate.correlation import partial_spearman, ranks, spearman, weighted_kappa
from asterism.evaluate.judge import Judged
from asterism.evaluate.openended import OpenAnswers, Rating

TASKS = [
    Task("a", (), "?", "x" * 20, "osq", meta={"domain": "Life", "rhetoric": ["Metaphor", "Contrast"]}),
    Task("b", (), "?", "x" * 30, "osq", meta={"domain": "Life", "rhetoric": "Metaphor"}),
    Task("c", (), "?", "x" * 40, "osq", meta={"domain": "Art", "rhetoric": {"choices": ["Contrast"]}}),
    Task("d", (), "?", "x" * 50, "osq", meta={"domain": "Art"}),
    Task("e", (), "?", None, "osq"),
    Task("f", (), "?", "x" * 20, "osq"),
    Task("g", (), "?", "x" * 20, "osq"),
]
SAID = [
    Result("a", 0, "one", "one", "bare", None),
    Result("b", 0, "seven", "seven", "bare", None),
    Result("c", 0, "nine nine", "nine nine", "bare", None),
    Result("d", 0, "ten", "ten", "bare", None),
    Result("e", 0, "eleven", "eleven", "bare", None),
    Result("f", 0, "", None, "failed: server went away", None),
    Result("g", 0, " ", None, "missing", None),
]
JUDGED = {
    ("a", 0): Judged(2.0, 3, 1, parts={"surface": 3.0}),
    ("b", 0): Judged(5.0, 3, 0, parts={"surface": 4.0}),
    ("c", 0): Judged(3.0, 3, 2),
    ("d", 0): Judged(None, 1, reason="off_scale"),
}
MARKED = openended.mark(SAID, JUDGED, TASKS)


def test_marks_become_scores_and_what_has_none_says_why() -> None:
    assert [result.score for result in MARKED] == [2.0, 5.0, 3.0, None, None, None, None]
    reasons = [result.reason for result in MARKED]
    assert reasons[3:] == ["invalid: off_scale", "no_reference", "failed: server went away", "missing"]
    assert MARKED[0].parts == {"surface": 3.0, "votes": 3.0, "spread": 1.0}
    assert [case.key for case in openended.cases_of(TASKS, SAID)] == [(name, 0) for name in "abcd"]


def test_every_figure_has_its_hand_computed_value() -> None:
    found = OpenAnswers().summarise(TASKS, MARKED).condition("model")
    mean, marks = found.metrics["points"], found.marks
    assert mean.value == pytest.approx(10 / 3)
    assert 1 <= mean.low <= 10 / 3 <= mean.high <= 5 and mean.bounds == (1.0, 5.0)
    assert marks is not None
    assert (marks.judged, marks.answers) == (3, 7)
    assert marks.missing == {
        "failed": 1,
        "invalid: off_scale": 1,
        "no_reference": 1,
        "unreadable: missing": 1,
    }
    assert marks.bounds == pytest.approx(((10 + 4 * 1) / 7, (10 + 4 * 5) / 7))
    assert marks.distribution == {"1": 0, "2": 1, "3": 1, "4": 0, "5": 1}
    surface, length = marks.parts["surface"], marks.length.spearman
    assert surface is not None and surface.value == pytest.approx(3.5)
    assert marks.vote_spread == VoteSpread(1.0, 2.0, pytest.approx(1 / 3))
    assert length is not None and length.value == pytest.approx(0.5)  # marks 2, 5, 3; lengths 3, 5, 9
    breakdowns = OpenAnswers(labels=("domain", "rhetoric")).breakdowns(TASKS, MARKED)
    cells = {(each.field, label): cell for each in breakdowns for label, cell in each.cells.items()}
    assert {key: (cell.value, cell.n) for key, cell in cells.items() if cell} == {
        ("domain", "Art"): (3.0, 1),
        ("domain", "Life"): (3.5, 2),
        ("rhetoric", "Contrast"): (2.5, 2),
        ("rhetoric", "Metaphor"): (3.5, 2),
    }
    assert (found.shares["failed"], found.shares["unreadable"]) == (pytest.approx(1 / 7), pytest.approx(1 / 7))


def test_equal_marks_leave_an_interval_with_a_width() -> None:
    found = openended.estimate_points([3.0] * 8, list("abcdefgh"))
    assert found is not None
    assert found.value == 3.0
    assert found.low < 2.5 and found.high > 3.5
    assert openended.estimate_points([], []) is None


def test_runs_are_compared_over_the_answers_marked_in_both() -> None:
    other = [replace(result, score=4.0 if result.id in "abd" else None) for result in MARKED]
    (gap,) = OpenAnswers().compare(TASKS, ("x", MARKED), ("y", other))
    assert (gap.metric, gap.estimate.value, gap.estimate.n) == ("points", -0.5, 2)
    assert gap.estimate.bounds == (-4.0, 4.0)


def test_agreement_with_people_is_hand_computed() -> None:
    ratings = [Rating("a", 0, 2), Rating("a", 0, 4), Rating("b", 0, 4), Rating("c", 0, 3), Rating("d", 0, 1)]
    found = openended.agreement(TASKS, MARKED, ratings)
    assert (found.n, found.missing) == (4, 1)
    assert found.exact is not None and found.exact.value == 0.5
    assert found.within_one is not None and found.within_one.value == 0.75
    judge, human = [2, 2, 5, 3], [2, 4, 4, 3]
    assert found.weighted_kappa is not None and found.spearman is not None
    assert found.weighted_kappa.value == pytest.approx(
        cohen_kappa_score(judge, human, weights="quadratic", labels=[1, 2, 3, 4, 5])
    )
    assert found.spearman.value == pytest.approx(stats.spearmanr(judge, human).statistic)


def test_human_scores_of_other_records_or_off_the_scale_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "human.jsonl"
    file.write_text('{"id": "a", "score": 4}\n{"id": "a", "score": 2}')
    assert openended.read_ratings(file, "abc") == [Rating("a", 0, 4), Rating("a", 0, 2)]
    for line, message in (('{"id": "z", "score": 4}', "'z'"), ('{"id": "a", "score": 6}', "score")):
        file.write_text(line)
        with pytest.raises(AsterismError, match=message):
            openended.read_ratings(file, "abc")


columns = st.integers(4, 30).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(1, 5), min_size=n, max_size=n) for _ in range(3)))
)


@given(columns)
def test_correlations_equal_those_of_scipy_and_scikit_learn(drawn: tuple[list[int], list[int], list[int]]) -> None:
    x, y, z = drawn
    clusters = list(range(len(x)))
    assert ranks(x).tolist() == stats.rankdata(x).tolist()
    if len(set(x)) > 1 and len(set(y)) > 1:
        rho = spearman(x, y, clusters)
        assert rho is not None
        assert rho.value == pytest.approx(stats.spearmanr(x, y).statistic)
        assert -1 <= rho.low <= rho.value <= rho.high <= 1
        kappa = weighted_kappa(x, y, clusters)
        assert kappa is not None
        assert kappa.value == pytest.approx(cohen_kappa_score(x, y, weights="quadratic", labels=[1, 2, 3, 4, 5]))
    else:
        assert spearman(x, y, clusters) is None
    partial = partial_spearman(x, y, z, clusters)
    if partial is not None:
        rx, ry, rz = (stats.rankdata(column) for column in (x, y, z))
        left = [column - np.polyval(np.polyfit(rz, column, 1), rz) for column in (rx, ry)]
        assert partial.value == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-6)


def test_a_judge_who_counts_characters_is_found_out() -> None:
    rng = np.random.default_rng(3)
    length = rng.integers(10, 400, 60).astype(float)
    marks = np.clip(np.round(length / 80), 1, 5)
    rho = spearman(list(marks), list(length), list(range(60)))
    assert rho is not None
    assert rho.low > 0.9
    fair = spearman(list(rng.integers(1, 6, 60)), list(length), list(range(60)))
    assert fair is not None
    assert fair.low < 0 < fair.high
