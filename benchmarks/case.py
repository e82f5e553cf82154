"""What is measured: the shapes of one training step. Standard library only, so that every peer can read it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Case:
    """One step: ``prompts`` prompts of ``prompt_tokens``, each answered ``group_size`` times in ``answer_tokens``."""

    model: str
    prompt_tokens: int
    image_tokens: int
    answer_tokens: int
    group_size: int
    prompts: int
    warmup: int = 2

    @property
    def name(self) -> str:
        """A name for its folder."""
        return f"{self.model}-{self.prompt_tokens}+{self.answer_tokens}-{self.prompts}x{self.group_size}"

    @property
    def rows(self) -> int:
        """Answers of one step."""
        return self.prompts * self.group_size

    @property
    def naive_tokens(self) -> int:
        """Tokens of an update in which every answer is read with its prompt."""
        return self.rows * (self.prompt_tokens + self.answer_tokens)

    @property
    def unique_tokens(self) -> int:
        """Tokens of an update in which every prompt is read once."""
        return self.prompts * self.prompt_tokens + self.rows * self.answer_tokens

    def write(self, folder: Path) -> None:
        """Keep it where a worker finds it."""
        (folder / "case.json").write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The case of a folder."""
        return cls(**json.loads((folder / "case.json").read_text(encoding="utf-8")))


LEARNING_RATE = 1e-5
BETAS = (0.9, 0.999)
EPSILON = 1e-8
MAX_GRAD_NORM = 1.0
CLIP = 0.2

QUICK = Case("small", 280, 256, 32, group_size=8, prompts=1, warmup=1)
"""For the quick bench: a step takes less than a second, so that many pairs fit and a neighbour disturbs few."""

SMOKE = Case("small", 20, 4, 4, group_size=2, prompts=2, warmup=0)
"""The smallest, to see that everything runs."""

CASES = (
    Case("small", 280, 256, 64, group_size=8, prompts=4),
    Case("small", 60, 36, 64, group_size=8, prompts=8),
    Case("small", 280, 256, 256, group_size=8, prompts=2),
    Case("large", 280, 256, 64, group_size=8, prompts=2, warmup=1),
)
