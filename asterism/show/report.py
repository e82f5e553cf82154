"""The run report: one self-contained page that opens from a file, without a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from asterism.core.errors import AsterismError
from asterism.core.results.summary import RunSummary, read_summary
from asterism.show.cell import Cell, estimate_cell, percent
from asterism.show.curves import Curves, read_curves
from asterism.show.page import inlined, template, write_page
from asterism.show.plots import line_chart, short_number
from asterism.show.profile import cells, figures, read_profile, whole_step
from asterism.show.results import detail_sheets, metrics_of, paired_sheet, results_sheet
from asterism.show.rollouts import sample_rollouts
from asterism.show.titles import METRICS, sentence, title_of
from asterism.show.word_entropy import word_entropy

_MOST_HEADLINES = 3

_CURVES: Mapping[str, tuple[str, str]] = {
    "reward": ("Reward", "mean over the completions of a step"),
    "accuracy": ("Accuracy while learning", "share of sampled completions that are right"),
    "validation.per_statement": ("Validation", "share of statements judged right, dev split"),
    "validation.all_correct": ("Validation, all correct", "share of images with every statement right, dev split"),
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
class Headline:
    """A metric of the run's reference and of its primary condition."""

    title: str
    before: Cell
    after: Cell


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
    with its images; each is optional. Returns the path of the page.

    Raises:
        AsterismError: the folder is missing, or one of the files cannot be read.
    """
    if not run_folder.is_dir():
        raise AsterismError("run folder not found", where=str(run_folder), remedy="Give the folder of a run.")
    return write_page(run_folder / "report.html", render_report(run_folder))


def render_report(run_folder: Path) -> str:
    """The page as text (see :func:`write_report`)."""
    summary, curves, profile = read_summary(run_folder), read_curves(run_folder), read_profile(run_folder)
    config = next((file for name in ("config.yaml", "config.json") if (file := run_folder / name).is_file()), None)
    rollouts = sample_rollouts(run_folder)
    stages = {name: seconds for name, seconds in summary.seconds.items() if name != "total"}
    return template("report.html.jinja", percent=percent, clock=_clock, short=short_number).render(
        name=run_folder.resolve().name,
        css=inlined("report.css"),
        script=inlined("report.js"),
        summary=summary,
        headlines=_headlines(summary),
        results=results_sheet(summary),
        paired=paired_sheet(summary),
        sheets=list(detail_sheets(summary)),
        charts=_charts(curves),
        flat=[_flat_words(curves, name) for name in _curve_names(curves) if _flat(curves, name)],
        steps=max(curves.steps, default=0),
        phases=_phases(stages),
        profile=profile,
        profile_rows=[cells(row, profile.steps) for row in profile.phases] if profile else [],
        profile_whole=cells(whole_step(profile), profile.steps) if profile else (),
        profile_figures=list(figures(profile)) if profile else [],
        config=config.read_text(encoding="utf-8", errors="replace") if config else "",
        rollouts=rollouts.as_json(),
        rollouts_total=rollouts.total,
        words=word_entropy(rollouts.groups),
    )


def _headlines(summary: RunSummary) -> list[Headline]:
    """The first metrics of the two conditions that the run compares, where both have them."""
    before, after = (summary.conditions.get(name) for name in (summary.reference, summary.primary))
    if before is None or after is None:
        return []
    both = [name for name in metrics_of(summary) if name in before.metrics and name in after.metrics]
    return [
        Headline(title_of(name, METRICS), estimate_cell(before.metrics[name]), estimate_cell(after.metrics[name]))
        for name in both[:_MOST_HEADLINES]
    ]


def _curve_names(curves: Curves) -> list[str]:
    """The known curves in their order, then the others by name."""
    known = [name for name in _CURVES if name in curves.values]
    return [*known, *sorted(name for name in curves.values if name not in _CURVES)]


def _flat(curves: Curves, name: str) -> bool:
    """Whether a curve is not worth drawing: always zero, or the same in every one of several steps."""
    values = [value for value in curves.values[name] if value is not None]
    return not any(values) or (len(values) > 1 and len(set(values)) == 1)


def _flat_words(curves: Curves, name: str) -> str:
    value = next(value for value in curves.values[name] if value is not None)
    return f"{_chart_title(name)} {percent(value) if name in _SHARES else short_number(value)}"


def _chart_title(name: str) -> str:
    return _CURVES[name][0] if name in _CURVES else sentence(title_of(name).replace(".", " · "))


def _charts(curves: Curves) -> list[Chart]:
    """The curves that move."""
    charts = []
    for name in _curve_names(curves):
        if _flat(curves, name):
            continue
        title, note = _chart_title(name), _CURVES.get(name, ("", ""))[1]
        share = name in _SHARES
        svg = line_chart(curves.steps, curves.values[name], label=f"{title} by step", percent=share)
        last = next(value for value in reversed(curves.values[name]) if value is not None)
        charts.append(Chart(title, note, percent(last) if share else short_number(last), Markup(svg)))
    return charts


def _phases(stages: Mapping[str, float]) -> list[Phase]:
    total = sum(stages.values())
    if total <= 0:
        return []
    return [Phase(sentence(title_of(name)), seconds, seconds / total) for name, seconds in stages.items()]


def _clock(seconds: float) -> str:
    """Seconds as ``8.4 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
