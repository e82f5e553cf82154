"""What SERG wrote is what training takes for an expert."""

from dataclasses import replace
from pathlib import Path

import pytest

from asterism.core.errors import UnfitTrace
from asterism.core.records import read_records
from asterism.helix.serg.config import SergConfig
from asterism.helix.serg.pipeline import build
from asterism.helix.serg.source import drawn
from asterism.helix.traces import expert_trace


def test_a_record_of_serg_carries_its_expert_and_of_which_state_it_is(tmp_path: Path) -> None:
    built = build(drawn(["eulero"], [1], 2, 3), tmp_path, SergConfig(), pictured=False)
    first, second = read_records(built.records)
    assert expert_trace(first) == first.meta["trace"] != expert_trace(second)
    swapped = replace(first, meta={**first.meta, "state": second.meta["state"]})
    with pytest.raises(UnfitTrace, match="another state"):
        expert_trace(swapped)
