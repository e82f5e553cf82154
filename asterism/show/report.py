"""The run report: one self-contained page that opens from a file, without a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from asterism.core.errors import AsterismError
from asterism.show.bench import sheets_of
from asterism.show.hesitant import hesitant_words
from asterism.show.page import inlined, template
from asterism.show.plots import line_chart, short_number
from asterism.show.profile import cells, figures, read_profile, whole_step
from asterism.show.rollouts import sample_rollouts
from asterism.show.summary import (
    MARKS,
    METRIC_TITLES,
    REWARD,
    Arm,
    Curves,
    Interval,
    Summary,
    read_curves,
    read_summary,
    read_values,
    title_of,
)

_CURVES: Mapping[str, tuple[str, str]] = {
    "reward": ("Reward", "mean over the completions of a step"),
    "accuracy": ("Accuracy while learning", "share of sampled completions that are right"),
    "validation.per_statement": ("Validation", "share of statements judged right, dev split"),
    "validation.all_correct": ("Validation, all correct", "share of pictures with every statement right, dev split"),
    "validation.accuracy": ("Validation", "share of questions answered right, dev split"),
    "format": ("Format", "share with the asked-for form"),
    "length": ("Length", "tokens per completion"),
    "entropy": ("Entropy", "nats per token, exact"),
    "kl": ("KL to the reference", "nats per token"),
    "loss": ("Loss", ""),
    "grad_norm": ("Gradient norm", "before clipping"),
    "clip_share": ("Clipped", "share of tokens outside the clip range"),
    "mismatch": ("Engine and trainer", "mean gap of their log-probs"),
    "zero_variance_groups": ("Groups without signal", "all completions earned the same"),
    "gates_on": ("Gates on", "share of groups whose expert term is on"),
    "expert_nll": ("Experts", "nats per token of their negative log-likelihood"),
    "grad_cosine": ("Reward and imitation", "cosine between the gradients of the two terms"),
    "learning_rate": ("Learning rate", ""),
}
_SHARES = frozenset(
    {"accuracy", "format", "clip_share", "gates_on", *(name for name in _CURVES if name.startswith("validation."))}
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its interval, ready to be drawn on a track from 0 to 100; a mean that is no share is not drawn."""

    value: float
    interval: Interval | None
    mark: float | None = None
    share: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of figures; a figure is None where nothing was measured."""

    name: str
    title: str
    size: str
    figures: Sequence[Figure | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawn curve."""

    title: str
    note: str
    last: str
    svg: Markup


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the run's time."""

    title: str
    seconds: float
    share: float


def write_report(run_folder: Path) -> Path:
    """Make ``report.html`` in a run folder from whatever the run left there.

    Reads ``summary.json``, ``metrics.jsonl``, ``profile.json``, ``config.yaml`` (or ``.json``) and ``rollouts.jsonl``
    with its pictures; each is optional. Returns the path of the page.

    Raises:
        AsterismError: the folder is missing, or one of the files cannot be read.
    """
    if not run_folder.is_dir():
        raise AsterismError("run folder not found", where=str(run_folder), remedy="Give the folder of a run.")
    page = render_report(run_folder)
    file = run_folder / "report.html"
    beside = file.with_suffix(".html.part")
    beside.write_text(page, encoding="utf-8")
    beside.replace(file)
    return file


def render_report(run_folder: Path) -> str:
    """The page as text (see :func:`write_report`)."""
    summary, curves, profile = read_summary(run_folder), read_curves(run_folder), read_profile(run_folder)
    config = next((file for name in ("config.yaml", "config.json") if (file := run_folder / name).is_file()), None)
    rollouts = sample_rollouts(run_folder)
    sheets = sheets_of(read_values(run_folder), where=str(run_folder / "summary.json"))
    filters = {"percent": _percent, "clock": _clock, "points": _points, "short": short_number}
    return template("report.html.jinja", **filters).render(
        name=run_folder.resolve().name,
        css=inlined("report.css"),
        script=inlined("report.js"),
        summary=summary,
        headings=[METRIC_TITLES[metric] for metric in summary.metrics],
        headlines=_headlines(summary),
        rows=_rows(summary.arms, summary),
        constants=_rows(summary.constant, summary),
        levels=_levels(summary),
        level_rows=_level_rows(summary),
        metric_titles=METRIC_TITLES,
        title_of=title_of,
        arm_title=summary.arm_title,
        sheets=sheets,
        marks=MARKS,
        reward=REWARD,
        charts=_charts(curves),
        flat=[_chart_title(name) for name in _curve_names(curves) if _flat(curves, name)],
        steps=len(curves.steps),
        phases=_phases(summary),
        profile=profile,
        profile_rows=[cells(row, profile.steps) for row in profile.phases] if profile else [],
        profile_whole=cells(whole_step(profile), profile.steps) if profile else (),
        profile_figures=list(figures(profile)) if profile else [],
        config=config.read_text(encoding="utf-8", errors="replace") if config else "",
        rollouts=rollouts.as_json(),
        rollouts_total=rollouts.total,
        hesitant=hesitant_words(rollouts.groups),
    )


def _headlines(summary: Summary) -> list[tuple[str, Figure, Figure]]:
    """The main metrics as before and after, where both were measured."""
    before, after = summary.before, summary.after
    if before is None or after is None:
        return []
    found = []
    for metric in ("per_statement", "accuracy", "all_correct", "twin_pairs"):
        first, last = _figure(before, metric, None), _figure(after, metric, None)
        if first and last:
            found.append((METRIC_TITLES[metric], first, last))
    return found


def _rows(arms: Mapping[str, Arm], summary: Summary) -> list[Row]:
    marks = {metric: _best_constant(summary, metric) for metric in summary.metrics}
    return [
        Row(
            name,
            summary.arm_title(name),
            "" if summary.size else arm.size,
            [_figure(arm, metric, marks[metric]) for metric in summary.metrics],
        )
        for name, arm in arms.items()
    ]


def _figure(arm: Arm, metric: str, mark: float | None) -> Figure | None:
    value = arm.value(metric)
    return None if value is None else Figure(value, arm.interval.get(metric), mark, metric != REWARD)


def _best_constant(summary: Summary, metric: str) -> float | None:
    values = [arm.value(metric) for arm in summary.constant.values()]
    return max((value for value in values if value is not None), default=None)


def _levels(summary: Summary) -> list[str]:
    return list(dict.fromkeys(level for arm in summary.arms.values() for level in arm.by_level))


def _level_rows(summary: Summary) -> list[Row]:
    rows = []
    for name, arm in summary.arms.items():
        found = [arm.by_level.get(level) for level in _levels(summary)]
        if any(found):
            figures = [Figure(level.per_statement, level.interval) if level else None for level in found]
            rows.append(Row(name, summary.arm_title(name), "", figures))
    return rows


def _curve_names(curves: Curves) -> list[str]:
    """The known curves in their order, then the others by name."""
    known = [name for name in _CURVES if name in curves.values]
    return [*known, *sorted(name for name in curves.values if name not in _CURVES)]


def _flat(curves: Curves, name: str) -> bool:
    """Whether a curve never leaves zero."""
    return not any(curves.values[name])


def _chart_title(name: str) -> str:
    return _CURVES[name][0] if name in _CURVES else _sentence(title_of(name).replace(".", " · "))


def _charts(curves: Curves) -> list[Chart]:
    """The curves that ever leave zero."""
    charts = []
    for name in _curve_names(curves):
        if _flat(curves, name):
            continue
        title, note = _chart_title(name), _CURVES.get(name, ("", ""))[1]
        percent = name in _SHARES
        svg = line_chart(curves.steps, curves.values[name], label=f"{title} by step", percent=percent)
        last = next(value for value in reversed(curves.values[name]) if value is not None)
        charts.append(Chart(title, note, _percent(last) if percent else short_number(last), Markup(svg)))
    return charts


def _phases(summary: Summary) -> list[Phase]:
    total = sum(summary.phases.values())
    if total <= 0:
        return []
    return [Phase(_sentence(title_of(name)), seconds, seconds / total) for name, seconds in summary.phases.items()]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def _points(value: float) -> str:
    return f"{value * 100:+.1f}".replace("-", "−")


def _clock(seconds: float) -> str:
    """Seconds as ``8.4 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
