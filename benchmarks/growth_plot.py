"""The seconds of a step against what grows, one panel each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.ticker import NullFormatter, ScalarFormatter

PEERS = {"trl": ("TRL", "#8a8f98", "s"), "naive": ("naive", "#d08a2e", "^"), "ours": ("Asterism", "#2a6fb0", "o")}
TITLES = {
    "group_size": "answers a prompt (280 + 64 tokens, 2 prompts)",
    "image_tokens": "tokens of an image (8 × 64 tokens, 2 prompts)",
    "answer_tokens": "tokens of an answer (280 + 8 × …, 1 prompt)",
}


def draw(points: Sequence[Mapping[str, Any]], path: Path) -> Path:
    """Write the plot as PNG; the dashed line grows as the unique tokens do, from our first point."""
    sweeps = list(dict.fromkeys(point["sweep"] for point in points))
    size = (13 / 3 * len(sweeps), 4.2)
    figure, (panels,) = pyplot.subplots(1, len(sweeps), figsize=size, layout="constrained", squeeze=False)
    for panel, sweep in zip(panels, sweeps, strict=True):
        title = TITLES[sweep]
        here = [point for point in points if point["sweep"] == sweep]
        for peer, (name, colour, mark) in PEERS.items():
            line = [point for point in here if point["peer"] == peer]
            panel.plot([p["at"] for p in line], [p["step"] for p in line], marker=mark, color=colour, label=name)
        ours = [point for point in here if point["peer"] == "ours"]
        scale = ours[0]["step"] / ours[0]["unique_tokens"]
        unique = [point["unique_tokens"] * scale for point in ours]
        panel.plot([p["at"] for p in ours], unique, "--", color="#2a6fb0", alpha=0.5, label="as unique tokens")
        _axes(panel, sorted({point["at"] for point in here}), title)
    panels[0].set_ylabel("seconds a step")
    panels[0].legend(frameon=False)
    figure.savefig(path, dpi=110)
    return path


def _axes(panel: Any, ticks: Sequence[int], title: str) -> None:
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks(ticks)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())
    panel.set_xlabel(title)
    panel.grid(alpha=0.25, which="both")
    panel.spines[["top", "right"]].set_visible(False)
