"""The profile on disk and on the terminal."""

from pathlib import Path

import pytest
from rich.console import Console

from asterism.core.errors import AsterismError
from asterism.learn.profile import PhaseRow, Profile
from asterism.show.profile import profile_table, read_profile, write_profile

PROFILE = Profile(
    steps=2,
    seconds=10.0,
    phases=(
        PhaseRow("decode", 7.5, 0.75, 1500, 200.0),
        PhaseRow("optimiser", 2.0, 0.2, 4000, 2000.0),
        PhaseRow("other", 0.5, 0.05, None, None),
    ),
    delivered_tokens=9000,
    unique_tokens=4000,
    update_seconds=4.0,
    flops=2 * 10**9,
    product_rate=1e9,
    utilisation=0.5,
    workers=2,
    preprocess_ahead_seconds=1.25,
    preprocess_waited_seconds=0.5,
    device="cpu",
    dtype="float32",
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert read_profile(tmp_path) is None
    write_profile(tmp_path, PROFILE)
    assert read_profile(tmp_path) == PROFILE


@pytest.mark.parametrize(("text", "told"), [("{", "Invalid JSON"), ('{"steps": "many"}', "steps")])
def test_a_file_that_is_no_profile_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "profile.json").write_text(text)
    with pytest.raises(AsterismError, match=told) as caught:
        read_profile(tmp_path)
    assert caught.value.where == str(tmp_path / "profile.json") and caught.value.remedy


def test_the_table_tells_seconds_a_step_shares_and_rates() -> None:
    console = Console(width=120)
    with console.capture() as shown:
        console.print(profile_table(PROFILE))
    lines = [[cell.strip() for cell in line.strip("│┃").split("│")] for line in shown.get().splitlines()]
    assert ["decode", "3.750", "75.0 %", "1,500", "200"] in lines
    assert ["other", "0.250", "5.0 %", "", ""] in lines
    assert ["step", "5.000", "100.0 %", "9,000", "900"] in lines
    for words in (
        "tokens: 9,000 delivered, 4,000 unique in 2 steps",
        "utilisation: 50.0 % of 1 GFLOP/s (float32 matrix product on cpu)",
        "preprocessing: 1.25 s ahead (2 workers), 0.50 s waited for",
    ):
        assert any(words in line[0] for line in lines)
