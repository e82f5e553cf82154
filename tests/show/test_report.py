"""The page: one file, whatever the run left, and nothing in it that a model could break."""

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.lines import write_lines
from asterism.core.results.estimate import Estimate
from asterism.core.results.rollout import EpisodeRecord, RolloutRecord, SegmentRecord, TrajectoryRecord
from asterism.core.results.summary import (
    Baseline,
    Breakdown,
    Condition,
    PairedDifference,
    RunSummary,
    read_summary,
    write_summary,
)
from asterism.core.reward import Reward
from asterism.show.report import write_report
from asterism.show.rollouts import sample_rollouts
from asterism.show.word_entropy import word_entropy

NASTY = '</script><script>document.title="broken"</script><img src=x onerror=alert(1)> & "quoted" <answer>T</answer>'


class Links(HTMLParser):
    """Collects the elements of a page and everything they point to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]


def _record(step: int, text: str = "<think>x</think><answer>T</answer>", **tokens: Any) -> RolloutRecord:
    prompt = SegmentRecord("prompt", f"True or false? question {NASTY}", (f"images/{step % 3}.png",))
    said = SegmentRecord("model", text, trainable=True, **tokens)
    right = EpisodeRecord(
        (TrajectoryRecord("actor", (prompt, said)),), Reward(1.0, {"accuracy": 1.0, "format": 1.0}, reason="tagged")
    )
    cut = TrajectoryRecord("actor", (prompt, SegmentRecord("model", text, trainable=True)), "truncated_length")
    failed = Reward.error("the grader broke")
    return RolloutRecord(
        step=step,
        task=f"scene-{step}",
        question=f"question {NASTY}",
        answer="T",
        images=(f"images/{step % 3}.png",),
        episodes=(right, EpisodeRecord((cut,), failed, "truncated_length", advantage=-1.0)),
    )


def _write_rollouts(folder: Path, records: Iterable[RolloutRecord]) -> None:
    write_lines(folder / "rollouts.jsonl", [record.as_json() for record in records])


def _share(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, low, high, 800, 100)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run <b>one"
    for shade in range(3):
        Image.from_pixels(np.full((8, 8, 3), 40 * shade, dtype=np.uint8)).save(folder / f"images/{shade}.png")
    after = Condition(
        {"per_statement": _share(0.9124, 0.8812, 0.9375), "all_correct": _share(0.55, 0.45, 0.65)},
        "after training",
        {"statements": 800, "images": 100, "twin_pairs": 0},
        {"unreadable": 0.0, "truncated": 0.031},
        {"T": 0.5},
        (Breakdown("per_statement", "level", {"literal": _share(0.99, 0.96, 1.0), "implied": None}),),
    )
    before = {**after.metrics, "per_statement": _share(0.5512, 0.5, 0.6)}
    summary = RunSummary(
        conditions={
            "before": replace(after, title="before training", metrics=before),
            "after": after,
            "grey_images": replace(after, title="", metrics={"per_statement": _share(0.4987, 0.45, 0.55)}),
        },
        primary="after",
        reference="before",
        baselines={"majority": Baseline({"per_statement": 0.5063}, "majority answer")},
        paired=(PairedDifference("after", "before", "per_statement", Estimate(0.36, 0.3, 0.4, 800, 100, (-1.0, 1.0))),),
        seconds={"train": 125.0, "measure": 5.0, "total": 131.0},
        peak_memory_mib=1024.0,
        stopped="max_seconds",
    )
    write_summary(folder, summary)
    metrics = [{"step": s, "reward": s / 9, "kl": float("nan"), "odd <i>": s, "constant": 4} for s in range(9)]
    write_lines(folder / "metrics.jsonl", metrics)
    _write_rollouts(folder, (_record(step, NASTY) for step in range(9)))
    (folder / "config.yaml").write_text("seed: 0  # <script>alert(2)</script>\n", encoding="utf-8")
    return folder


def _page_data(page: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(
        re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[0]
    )
    return data


def test_the_report_is_one_file_without_any_outside_reference(run: Path) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    links = Links(page)
    assert links.targets == []
    assert not {"link", "iframe", "object", "embed", "base"} & set(links.tags)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page.replace("data:image/png;base64", ""))
    assert "default-src 'none'" in page


def test_too_many_completions_cut_off_are_a_warning_on_the_page(run: Path) -> None:
    assert "Warning:" not in write_report(run).read_text(encoding="utf-8")
    summary = read_summary(run)
    cut = {name: replace(each, shares={"truncated": 0.25}) for name, each in summary.conditions.items()}
    write_summary(run, replace(summary, conditions=cut))
    page = write_report(run).read_text(encoding="utf-8")
    assert "Warning: up to 25.0 % of completions were cut off by a limit" in page


def test_text_of_a_model_stays_text(run: Path) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    assert Links(page).tags.count("script") == 2
    assert "<img" not in page
    assert "<b>one" not in page and "&lt;b&gt;one" in page
    assert "alert(2)</script>" not in page and "odd <i>" not in page
    episode = _page_data(page)["groups"][0]["episodes"][0]
    assert episode["trajectories"][0]["segments"][0]["text"] == NASTY


def test_figures_intervals_baselines_and_times_are_shown(run: Path) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    for expected in ("55.1 %", "91.2 %", "88.1 – 93.8", "49.9 %", "50.6 %", "+36.0", "+30.0 to +40.0", "2 min 11 s"):
        assert expected in page
    for expected in (
        "1,024 MiB",
        "800 statements · 100 images",
        "99.0 %",
        "Reward by step",
        "majority answer",
        "3.1 %",
    ):
        assert expected in page
    assert "stop.max_seconds" in page and "before training → after training" in page
    assert "Both twins right" not in page  # measured nowhere
    assert "KL to the reference" not in page  # no step has a finite value
    assert "Constant 4" in page and "Constant by step" not in page


def test_a_plain_training_run_has_a_report_too(run: Path) -> None:
    (run / "summary.json").unlink()
    (run / "config.yaml").unlink()
    page = write_report(run).read_text(encoding="utf-8")
    assert "Training curves" in page and "Rollouts" in page
    assert "Results" not in page and "Configuration" not in page


def test_an_empty_folder_says_so_and_a_missing_one_is_refused(tmp_path: Path) -> None:
    assert "holds no results yet" in write_report(tmp_path).read_text(encoding="utf-8")
    with pytest.raises(AsterismError, match="run folder not found"):
        write_report(tmp_path / "absent")


def test_groups_are_bounded_spread_and_their_images_embedded_once(run: Path) -> None:
    _write_rollouts(run, map(_record, range(200)))
    sampled = sample_rollouts(run, most=10)
    steps = [group.step for group in sampled.groups]
    assert (len(steps), steps[0], steps[-1], sampled.total) == (10, 0, 199, 200)
    assert all(20 <= b - a <= 24 for a, b in itertools.pairwise(steps))
    assert set(sampled.images) == {f"images/{name}.png" for name in range(3)}
    assert all(uri.startswith("data:image/png;base64,") for uri in sampled.images.values())


def test_completions_with_entropies_are_coloured_and_are_the_ones_that_are_shown(run: Path) -> None:
    tokens = {"pieces": ("<think>", "so", " because", NASTY), "entropies": (0.0, 0.1, 1.9, None)}
    _write_rollouts(run, (_record(step, **(tokens if step % 10 == 0 else {})) for step in range(100)))
    assert [group.step for group in sample_rollouts(run).groups] == list(range(0, 100, 10))
    page = write_report(run).read_text(encoding="utf-8")
    assert "Entropy by word" in page and "document.title=" not in Links(page).tags
    words = word_entropy(sample_rollouts(run).groups)
    assert words is not None
    assert [(word.text, word.count) for word in words.highest] == [("because", 10), ("so", 10)]
    assert words.highest[0].entropy == pytest.approx(1.9) and words.lowest[0].text == "<think>"
    assert (words.tokens, words.mean) == (30, pytest.approx(2 / 3))


def test_a_run_without_entropies_has_no_page_about_them(run: Path) -> None:
    assert "Entropy by word" not in write_report(run).read_text(encoding="utf-8")
    assert word_entropy(sample_rollouts(run).groups) is None


def test_a_tool_and_a_second_conversation_reach_the_page_with_their_images(run: Path) -> None:
    record = _record(0)
    actor = record.episodes[0].actor
    crop = SegmentRecord("tool", "a crop", ("images/1.png",))
    turns = replace(actor, segments=(*actor.segments, crop, SegmentRecord("model", "T", trainable=True)))
    reader = TrajectoryRecord("reader", (SegmentRecord("prompt", "Read this."), SegmentRecord("model", "yes")))
    episode = replace(record.episodes[0], trajectories=(turns, reader))
    _write_rollouts(run, [replace(record, episodes=(episode, record.episodes[1]))])
    data = _page_data(write_report(run).read_text(encoding="utf-8"))
    first, second = data["groups"][0]["episodes"][0]["trajectories"]
    assert [(one["role"], one.get("images")) for one in first["segments"]] == [
        ("model", None),
        ("tool", ["images/1.png"]),
        ("model", None),
    ]
    assert [one["text"] for one in second["segments"]] == ["Read this.", "yes"]
    assert set(data["images"]) == {"images/0.png", "images/1.png"}


def test_an_image_outside_the_folder_is_not_read(run: Path) -> None:
    Image.from_pixels(np.zeros((4, 4, 3), dtype=np.uint8)).save(run.parent / "private.png")
    _write_rollouts(run, [replace(_record(0), images=("../private.png",))])
    assert "../private.png" not in sample_rollouts(run).images


def test_a_missing_image_and_a_half_written_line_do_not_stop_the_report(run: Path) -> None:
    (run / "images/1.png").unlink()
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 9, "rew')
    write_report(run)
    assert set(sample_rollouts(run).images) == {"images/0.png", "images/2.png"}


def test_conditions_and_metrics_of_any_name_are_shown(run: Path) -> None:
    marks = Estimate(3.25, 2.5, 4.0, 9, 9, (1.0, 5.0))
    condition = Condition({"accuracy": _share(0.4125, 0.3, 0.5), "helpful_mark": marks}, counts={"questions": 9})
    write_summary(run, RunSummary(conditions={"other_model": condition}))
    page = write_report(run).read_text(encoding="utf-8")
    for expected in ("other model", "41.2 %", "30.0 – 50.0", "helpful mark", "3.25", "2.50 – 4.00", "9 questions"):
        assert expected in page


def test_large_images_are_scaled_down(run: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, size=(900, 1200, 3), dtype=np.uint8)
    Image.from_pixels(noise).save(run / "images/0.png")
    assert len(sample_rollouts(run).images["images/0.png"]) < 300_000


@pytest.mark.parametrize(
    ("name", "text"),
    [("summary.json", "{"), ("summary.json", "[]"), ("metrics.jsonl", "no\n{}\n"), ("rollouts.jsonl", "{}\n{}\n")],
)
def test_a_broken_file_is_named(run: Path, name: str, text: str) -> None:
    (run / name).write_text(text, encoding="utf-8")
    with pytest.raises(AsterismError, match=name):
        write_report(run)


@pytest.mark.browser
def test_a_browser_shows_the_completions_offline(run: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium on the PATH")
    page = write_report(run)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command = [chromium, *flags, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.resolve().as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "1 of 9 · step 0 · 1 of 2 right" in dom
    for shown in (
        "truncated length",
        "True or false? question",
        "the grader broke",
        "accuracy 1.00 · format 1.00",
        "−1.00",
    ):
        assert shown in dom
    assert 'document.title="broken"' in dom and "<title>broken" not in dom
