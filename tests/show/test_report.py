"""The page: one file, whatever the run left, and nothing in it that a model could break."""

import itertools
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.show.hesitant import hesitant_words
from asterism.show.report import write_report
from asterism.show.rollouts import sample_rollouts

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


def _lines(file: Path, entries: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")


def _group(step: int, text: str = "<think>x</think><answer>T</answer>", accuracy: float = 1.0) -> dict[str, Any]:
    said = {"text": text, "reward": accuracy, "parts": {"accuracy": accuracy, "format": 1.0}, "reason": "tagged"}
    wrong = {**said, "reward": None, "parts": {"accuracy": 0.0}, "status": "truncated_length", "advantage": -1.0}
    return {
        "step": step,
        "task": f"scene-{step}",
        "question": f"question {NASTY}",
        "answer": "T",
        "images": [f"images/{step % 3}.png"],
        "completions": [said, wrong],
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run <b>one"
    for shade in range(3):
        Image.from_pixels(np.full((8, 8, 3), 40 * shade, dtype=np.uint8)).save(folder / f"images/{shade}.png")
    arm = {
        "per_statement": 0.9124,
        "all_correct": 0.55,
        "twin_pairs": None,
        "n_statements": 800,
        "n_images": 100,
        "interval": {"per_statement": [0.8812, 0.9375], "all_correct": [0.45, 0.65]},
        "by_level": {"literal": {"per_statement": 0.99, "n_statements": 200, "interval": [0.96, 1.0]}},
        "share_true": 0.5,
        "share_unreadable": 0.0,
        "share_truncated": 0.0,
    }
    summary = {
        "before": {**arm, "per_statement": 0.5512},
        "after": arm,
        "blind": {**arm, "per_statement": 0.4987},
        "constant": {"majority": {"per_statement": 0.5063}},
        "paired": [
            {"a": "after", "b": "before", "metric": "per_statement", "difference": 0.36, "interval": [0.3, 0.4]}
        ],
        "seconds": {"train": 125.0, "measure": 5.0, "total": 131.0},
        "peak_memory_mib": 1024.0,
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    _lines(folder / "metrics.jsonl", [{"step": s, "reward": s / 9, "kl": float("nan"), "odd <i>": s} for s in range(9)])
    _lines(folder / "rollouts.jsonl", [_group(step, NASTY) for step in range(9)])
    (folder / "config.yaml").write_text("seed: 0  # <script>alert(2)</script>\n", encoding="utf-8")
    return folder


def test_the_report_is_one_file_without_any_outside_reference(run: Path) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    links = Links(page)
    assert links.targets == []
    assert not {"link", "iframe", "object", "embed", "base"} & set(links.tags)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page.replace("data:image/png;base64", ""))
    assert "default-src 'none'" in page


def test_text_of_a_model_stays_text(run: Path) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    assert Links(page).tags.count("script") == 2
    assert "<img" not in page
    assert "<b>one" not in page and "&lt;b&gt;one" in page
    assert "alert(2)</script>" not in page and "odd <i>" not in page
    data = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[0]
    assert json.loads(data)["groups"][0]["completions"][0]["text"] == NASTY


def test_figures_intervals_baselines_and_times_are_shown(run: Path) -> None:
    page = write_report(run).read_text(encoding="utf-8")
    for expected in ("55.1 %", "91.2 %", "88.1 – 93.8", "49.9 %", "50.6 %", "+36.0", "+30.0 to +40.0", "2 min 11 s"):
        assert expected in page
    for expected in ("1,024 MiB", "800 statements · 100 pictures", "99.0 %", "Reward by step", "majority answer"):
        assert expected in page
    assert "Both twins right" not in page  # measured nowhere
    assert "KL to the reference" not in page  # no step has a finite value


def test_a_plain_training_run_has_a_report_too(run: Path) -> None:
    (run / "summary.json").unlink()
    (run / "config.yaml").unlink()
    page = write_report(run).read_text(encoding="utf-8")
    assert "While it learned" in page and "What it wrote" in page
    assert "Before and after" not in page and "Configuration" not in page


def test_an_empty_folder_says_so_and_a_missing_one_is_refused(tmp_path: Path) -> None:
    assert "holds no results yet" in write_report(tmp_path).read_text(encoding="utf-8")
    with pytest.raises(AsterismError, match="run folder not found"):
        write_report(tmp_path / "absent")


def test_groups_are_bounded_spread_and_their_pictures_embedded_once(run: Path) -> None:
    _lines(run / "rollouts.jsonl", [_group(step) for step in range(200)])
    sampled = sample_rollouts(run, most=10)
    steps = [group.step for group in sampled.groups]
    assert (len(steps), steps[0], steps[-1], sampled.total) == (10, 0, 199, 200)
    assert all(20 <= b - a <= 24 for a, b in itertools.pairwise(steps))
    assert set(sampled.pictures) == {f"images/{name}.png" for name in range(3)}
    assert all(uri.startswith("data:image/png;base64,") for uri in sampled.pictures.values())


def test_completions_with_entropies_are_coloured_and_are_the_ones_that_are_shown(run: Path) -> None:
    groups = [_group(step) for step in range(100)]
    for group in groups[::10]:
        group["completions"][0] |= {"pieces": ["<think>", "so", " because", NASTY], "entropies": [0.0, 0.1, 1.9, None]}
    _lines(run / "rollouts.jsonl", groups)
    assert [group.step for group in sample_rollouts(run).groups] == list(range(0, 100, 10))
    page = write_report(run).read_text(encoding="utf-8")
    assert "Where it hesitates" in page and "colour by entropy" in page and "document.title=" not in Links(page).tags
    words = hesitant_words(sample_rollouts(run).groups)
    assert words is not None
    assert [(word.text, word.count) for word in words.open] == [("because", 10), ("so", 10)]
    assert words.open[0].entropy == pytest.approx(1.9) and words.settled[0].text == "<think>"
    assert (words.tokens, words.mean) == (30, pytest.approx(2 / 3))


def test_a_run_without_entropies_has_no_page_about_them(run: Path) -> None:
    assert "Where it hesitates" not in write_report(run).read_text(encoding="utf-8")
    assert hesitant_words(sample_rollouts(run).groups) is None


def test_a_missing_picture_and_a_half_written_line_do_not_stop_the_report(run: Path) -> None:
    (run / "images/1.png").unlink()
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 9, "rew')
    write_report(run)
    assert set(sample_rollouts(run).pictures) == {"images/0.png", "images/2.png"}


def test_numbers_that_json_cannot_hold_do_not_reach_the_page(run: Path) -> None:
    group = _group(0)
    group["completions"][0]["advantage"] = float("nan")
    _lines(run / "rollouts.jsonl", [group])
    assert "NaN" not in json.dumps(sample_rollouts(run).as_json())


def test_an_arm_of_any_name_is_shown_beside_the_known_ones(run: Path) -> None:
    arms = {"other_model": {"accuracy": 0.4125, "interval": {"accuracy": [0.3, 0.5], "balanced": None}}}
    (run / "summary.json").write_text(json.dumps(arms), encoding="utf-8")
    page = write_report(run).read_text(encoding="utf-8")
    assert "other model" in page and "41.2 %" in page and "30.0 – 50.0" in page


def test_large_pictures_are_scaled_down(run: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, size=(900, 1200, 3), dtype=np.uint8)
    Image.from_pixels(noise).save(run / "images/0.png")
    assert len(sample_rollouts(run).pictures["images/0.png"]) < 300_000


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
    assert "truncated length" in dom
    assert 'document.title="broken"' in dom and "<title>broken" not in dom
