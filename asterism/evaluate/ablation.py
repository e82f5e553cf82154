"""Arms of an ablation compared seed by seed: at equal trained tokens, and at the accuracy that all of them reach."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from asterism.evaluate.seeds import SeedMean, at_height, mean_over_seeds

Figure = Literal["per_statement", "all_correct", "sampled", "entropy", "length"]
FIGURES: tuple[Figure, ...] = get_args(Figure)

Paper = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Point:
    """An arm at one moment: accuracies (greedy, and as it samples), entropy and length of what it samples.

    ``goal`` is the token budget that was asked for, None at the end of a stage's own recipe; ``tokens`` and ``steps``
    count the trained ones of all stages so far. ``entropy`` is the exact mean over sampled tokens, in nats.
    """

    stage: int
    goal: int | None
    tokens: int
    steps: int
    per_statement: float
    all_correct: float
    sampled: float
    entropy: float
    length: float

    def figure(self, name: Figure) -> float:
        """One of its figures."""
        return float(asdict(self)[name])


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm's points, for each seed in order of time, with what the table calls it and the paper says of it."""

    title: str
    paper: Paper
    points: Mapping[int, Sequence[Point]]

    @property
    def trained(self) -> bool:
        """Whether anything was trained."""
        return any(points[-1].tokens for points in self.points.values())

    def last(self, figure: Figure) -> dict[int, float]:
        """The figure at the end, by seed."""
        return {seed: points[-1].figure(figure) for seed, points in self.points.items()}

    def curve(self, seed: int, start: Sequence[Point]) -> list[tuple[float, float]]:
        """``(sampled accuracy, entropy)`` of one seed in order of time, from the untrained model on."""
        return [(point.sampled, point.entropy) for point in (*start, *self.points[seed])]


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One line of the table: means over seeds, differences to the baseline by seed, entropy at matched accuracy."""

    title: str
    paper: Paper
    tokens: float
    figures: Mapping[Figure, SeedMean]
    differences: Mapping[Figure, SeedMean]
    matched: SeedMean | None
    matched_difference: SeedMean | None
    curve: Sequence[tuple[float, float, float]]
    """``(tokens, sampled accuracy, entropy)``, means over seeds, at each budget."""


@dataclass(frozen=True, slots=True)
class AblationSummary:
    """The whole table. ``target`` is the sampled accuracy at which entropies are matched, the mean over seeds."""

    title: str
    paper: str
    baseline: str
    seeds: int
    target: float | None
    arms: Mapping[str, ArmSummary]

    def as_json(self) -> dict[str, Any]:
        """The form of ``summary.json``."""
        return asdict(self)


def summarise(title: str, paper: str, baseline: str, arms: Mapping[str, Arm]) -> AblationSummary:
    """Compare the arms; all must have the same seeds.

    At matched accuracy: for each seed the target is the highest accuracy that every trained arm reaches at some
    moment, and an arm's entropy there is read off its curve (see :func:`asterism.evaluate.seeds.at_height`). It is the
    accuracy of sampled answers: they are what the entropy is about, and greedy ones leap from one step to the next.

    Raises:
        ValueError: an arm lacks a seed of the baseline.
    """
    seeds = sorted(arms[baseline].points)
    if any(sorted(arm.points) != seeds for arm in arms.values()):
        raise ValueError("every arm needs a run of every seed")
    untrained = [arm for arm in arms.values() if not arm.trained]
    starts = {seed: untrained[0].points[seed] if len(untrained) == 1 else () for seed in seeds}
    matched, target = _matched(arms, seeds, starts)
    return AblationSummary(
        title,
        paper,
        baseline,
        len(seeds),
        target,
        {name: _arm(name, arm, arms[baseline], seeds, matched, baseline) for name, arm in arms.items()},
    )


def _matched(
    arms: Mapping[str, Arm], seeds: Sequence[int], starts: Mapping[int, Sequence[Point]]
) -> tuple[dict[str, list[float]], float | None]:
    """Entropy of every trained arm at each seed's target, and the mean target; nothing with fewer than two arms."""
    trained = {name: arm for name, arm in arms.items() if arm.trained}
    if len(trained) < 2:
        return {}, None
    found: dict[str, list[float]] = {name: [] for name in trained}
    targets = []
    for seed in seeds:
        curves = {name: arm.curve(seed, starts[seed]) for name, arm in trained.items()}
        target = min(max(accuracy for accuracy, _ in curve) for curve in curves.values())
        targets.append(target)
        for name, curve in curves.items():
            entropy = at_height(curve, target)
            assert entropy is not None  # the target is at most the curve's own maximum
            found[name].append(entropy)
    return found, sum(targets) / len(targets)


def _arm(
    name: str, arm: Arm, base: Arm, seeds: Sequence[int], matched: Mapping[str, list[float]], baseline: str
) -> ArmSummary:
    figures = {figure: [arm.last(figure)[seed] for seed in seeds] for figure in FIGURES}
    against = {figure: [base.last(figure)[seed] for seed in seeds] for figure in FIGURES}
    own, other = matched.get(name), matched.get(baseline)
    return ArmSummary(
        title=arm.title,
        paper=arm.paper,
        tokens=sum(arm.points[seed][-1].tokens for seed in seeds) / len(seeds),
        figures={figure: mean_over_seeds(values) for figure, values in figures.items()},
        differences={} if name == baseline else {f: _paired(figures[f], against[f]) for f in FIGURES},
        matched=mean_over_seeds(own) if own else None,
        matched_difference=_paired(own, other) if own and other and name != baseline else None,
        curve=_mean_curve(arm, seeds),
    )


def _paired(values: Sequence[float], base: Sequence[float]) -> SeedMean:
    return mean_over_seeds([a - b for a, b in zip(values, base, strict=True)])


def _mean_curve(arm: Arm, seeds: Sequence[int]) -> list[tuple[float, float, float]]:
    moments = zip(*(arm.points[seed] for seed in seeds), strict=False)
    return [
        (
            sum(point.tokens for point in moment) / len(seeds),
            sum(point.sampled for point in moment) / len(seeds),
            sum(point.entropy for point in moment) / len(seeds),
        )
        for moment in moments
    ]
