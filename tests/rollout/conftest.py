"""Tiny random policies of every family, and pictures for them."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from asterism.core.image import Image
from asterism.policy.policy import Policy
from tests.llm.conftest import client_of, serve
from tests.policy.tiny_families import BUILDERS, skip_without_packages

__all__ = ["client_of", "policy", "serve"]

_shared = cache(lambda name: BUILDERS[name]())


@pytest.fixture(params=list(BUILDERS))
def policy(request: pytest.FixtureRequest) -> Policy:
    """A policy of each family; shared, so tests leave its weights alone."""
    skip_without_packages(request.param)
    return _shared(request.param)


@pytest.fixture
def llava() -> Policy:
    """A LLaVA that a test may change."""
    return BUILDERS["llava"]()


@pytest.fixture(scope="session")
def picture() -> Callable[..., Image]:
    """Makes pictures of noise: ``picture(seed, width, height)``."""

    def make(seed: int, width: int = 96, height: int = 64) -> Image:
        noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        return Image.from_pixels(noise)

    return make
