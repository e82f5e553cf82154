"""Claims judged seed by seed, by hand."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.errors import AsterismError
from asterism.evaluate.seeds import SeedMean, mean_over_seeds
from asterism.helix.study.claims import Claim, outcome_of, verdict_of
from asterism.helix.study.record import RUN_FORM, ArmRun, Moment, Runs
from asterism.helix.study.summary import StudySummary, figures_of


def moment(step: int, new: float, old: float, kl: float) -> Moment:
    return Moment(step, 100 * step, {"maze": new, "snake": 0.0}, {"sudoku": old}, kl)


def run(arm: str, seed: int, *points: tuple[float, float, float]) -> ArmRun:
    """Points are (success at maze, old success, KL); the new success is half of the first."""
    curve = tuple(moment(step, *point) for step, point in enumerate(points))
    greedy = {"maze": 1.0, "snake": 0.0, "sudoku": 1.0}
    spent = 70 * curve[-1].step, 30 * curve[-1].step, curve[-1].step
    return ArmRun(arm, seed, {}, ("maze", "snake"), ("sudoku",), *spent, curve[-1].kl, greedy, curve)


START = (0.0, 0.8, 0.0)
RUNS: Runs = {
    "rl": {
        0: run("rl", 0, START, (0.4, 0.8, 0.1), (0.8, 0.6, 0.3)),
        1: run("rl", 1, START, (0.2, 0.7, 0.1), (0.6, 0.7, 0.2)),
        2: run("rl", 2, START, (0.2, 0.7, 0.1), (0.6, 0.5, 0.2)),
    },
    "sft": {
        0: run("sft", 0, START, (0.4, 0.4, 0.5), (0.4, 0.2, 0.9)),
        1: run("sft", 1, START, (0.4, 0.4, 0.6), (0.8, 0.0, 0.8)),
        2: run("sft", 2, START, (0.2, 0.4, 0.4), (0.4, 0.2, 0.7)),
    },
}


def claim(**values: object) -> Claim:
    return Claim.parse({"says": "so", "supported": "above", **values}, where="claim")


def test_a_difference_is_paired_by_seed_and_has_students_interval() -> None:
    told = outcome_of("more", claim(figure="new", arm="rl", against="sft"), RUNS)
    values = [0.4 - 0.2, 0.3 - 0.4, 0.3 - 0.2]
    assert told.estimate is not None and told.estimate.n == 3
    assert told.estimate.value == pytest.approx(sum(values) / 3)
    spread = math.sqrt(sum((value - sum(values) / 3) ** 2 for value in values) / 2)
    half = 4.302652730 * spread / math.sqrt(3)
    assert told.estimate.interval == pytest.approx((sum(values) / 3 - half, sum(values) / 3 + half))
    assert told.verdict == "undecided"


def test_forgetting_is_compared_where_both_arms_are_equally_good() -> None:
    told = outcome_of("less", claim(figure="matched_old", arm="rl", against="sft"), RUNS)
    # Seed 0: the highest that both reach is 0.2, at once for either. Seed 1: 0.3, the end of rl; sft is halfway there
    # between 0.2 and 0.4. Seed 2: 0.2; rl is halfway between 0.1 and 0.3.
    old = [0.8 - 0.4, 0.7 - 0.2, 0.6 - 0.2]
    kl = [0.1 - 0.5, 0.2 - 0.7, 0.15 - 0.7]
    assert told.height == pytest.approx((0.2 + 0.3 + 0.2) / 3)
    assert told.estimate is not None and told.estimate.value == pytest.approx(sum(old) / 3)
    assert told.kl is not None and told.kl.value == pytest.approx(sum(kl) / 3)
    assert told.verdict == "supported"


def test_a_seed_in_which_an_arm_learned_nothing_says_nothing_of_forgetting() -> None:
    less = claim(figure="matched_old", arm="rl", against="still")
    still = {seed: run("still", seed, START, (0.0, 0.1, 0.9)) for seed in (0, 1, 2)}
    told = outcome_of("less", less, {**RUNS, "still": still})
    assert told.estimate is None and told.height is None and told.verdict == "undecided"
    still[1] = run("still", 1, START, (0.4, 0.2, 0.9))
    told = outcome_of("less", less, {**RUNS, "still": still})
    assert told.estimate is not None and told.estimate.n == 1 and told.height == pytest.approx(0.2)


def test_forgetting_follows_kl_where_the_arms_are_ranked_alike() -> None:
    third = {seed: run("third", seed, START, (0.1, 0.75, 0.05)) for seed in (0, 1, 2)}
    told = outcome_of("follows", claim(figure="forgetting_with_kl"), {**RUNS, "third": third})
    assert told.estimate is not None and told.estimate.value == pytest.approx(1.0)  # in every seed
    assert told.verdict == "supported"
    assert outcome_of("follows", claim(figure="forgetting_with_kl"), RUNS).estimate is None  # two arms say nothing


def test_an_arms_own_figure_is_compared_with_a_number() -> None:
    low = claim(figure="task", task="snake", arm="rl", supported="below", than=0.05)
    assert outcome_of("starves", low, RUNS).verdict == "supported"  # 0 in every seed
    high = claim(figure="task", task="maze", arm="rl", supported="below", than=0.05)
    assert outcome_of("starves", high, RUNS).verdict == "refuted"


def test_an_arm_that_was_not_run_decides_nothing() -> None:
    told = outcome_of("more", claim(figure="new", arm="rl", against="gone"), RUNS)
    assert told.estimate is None and told.verdict == "undecided"
    one = {arm: {0: runs[0]} for arm, runs in RUNS.items()}
    assert outcome_of("more", claim(figure="new", arm="rl", against="sft"), one).verdict == "undecided"


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12), st.floats(-0.5, 0.5))
def test_opposite_claims_have_opposite_verdicts(values: list[float], than: float) -> None:
    opposite = {"supported": "refuted", "refuted": "supported", "undecided": "undecided"}
    estimate = mean_over_seeds(values)
    above = verdict_of(claim(figure="new", arm="a", than=than), estimate)
    below = verdict_of(claim(figure="new", arm="a", than=than, supported="below"), estimate)
    assert below == opposite[above]
    assert estimate.interval is not None
    assert (above == "supported") == (estimate.interval[0] > than)


def test_an_interval_that_touches_the_mark_decides_nothing() -> None:
    assert verdict_of(claim(figure="new", arm="a"), SeedMean(0.1, (0.0, 0.2), 5)) == "undecided"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"figure": "matched_old", "arm": "rl"}, "matched with that of another"),
        ({"figure": "task", "arm": "rl"}, "go together"),
        ({"figure": "new", "arm": "rl", "task": "maze"}, "go together"),
        ({"figure": "forgetting_with_kl", "arm": "rl"}, "one for every figure but"),
        ({"figure": "new"}, "one for every figure but"),
    ],
)
def test_a_claim_that_does_not_hold_together_is_refused(values: dict[str, object], told: str) -> None:
    with pytest.raises(AsterismError, match=told):
        claim(**values)


def test_a_run_and_a_summary_are_written_and_read_back() -> None:
    before = RUNS["rl"][1]
    assert RUN_FORM.validate_json(RUN_FORM.dump_json(before)) == before
    arms = {name: figures_of(name, runs) for name, runs in RUNS.items()}
    assert arms["rl"].new.value == pytest.approx((0.4 + 0.3 + 0.3) / 3)
    assert arms["rl"].tokens_generated == 140 and arms["rl"].optimiser_steps == 2
    assert arms["sft"].curve[1] == (100, pytest.approx((0.2 + 0.2 + 0.1) / 3), pytest.approx(0.4), pytest.approx(0.5))
    summary = StudySummary("t", {}, arms, (outcome_of("m", claim(figure="new", arm="rl"), RUNS),), {})
    assert json.loads(json.dumps(summary.as_json()))["claims"][0]["verdict"] == "supported"
