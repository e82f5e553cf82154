"""A Gymnasium space of texts of any characters."""

from typing import Any

import numpy as np
from gymnasium import spaces


class AnyText(spaces.Text):
    """Texts of any characters up to a length; samples are short and of ASCII.

    Gymnasium's own ``Text`` wants every character listed, and would refuse most of what a model writes.
    """

    def __init__(self, max_length: int, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(max_length, min_length=0, charset="".join(map(chr, range(32, 127))), seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """At most 64 characters."""
        length = int(self.np_random.integers(min(64, self.max_length) + 1))
        return "".join(chr(code) for code in self.np_random.integers(32, 127, size=length))

    def contains(self, x: Any) -> bool:
        """Whether it is a text that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    @property
    def is_np_flattenable(self) -> bool:
        """Characters beyond the sampled ones have no number."""
        return False
