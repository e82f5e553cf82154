"""What every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # a core each; a thread for every core in each would stand in its own way
    os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("asterism", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("asterism")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The optional folder of real records, named by ``ASTERISM_DATA``; a test that asks for it skips without it."""
    folder = Path(os.environ.get("ASTERISM_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no folder of real records at {folder} (set ASTERISM_DATA)")
    return folder
