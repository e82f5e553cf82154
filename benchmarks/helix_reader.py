"""A small network that reads what stands at a place of a picture, trained in minutes on one thread."""

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from asterism.core.seeds import derive_seed, numpy_rng_for

Windows = NDArray[np.uint8]
"""Cut from a picture, ``[height, width, 3]``, or many of them, ``[count, height, width, 3]``."""

BATCH = 128
RATE = 3e-3
CHECK = 100
"""Steps between looks at the pictures held back."""
ENOUGH = 0.9995
"""Share of places of the held-back pictures, read right, at which training stops."""
WIDTHS = (24, 40, 64)
HIDDEN = 160


@dataclass(frozen=True, slots=True)
class Sample:
    """Windows, what stands in each (one sign for each thing to be told apart), and the picture each is from."""

    windows: Windows
    signs: Sequence[str]
    pictures: Sequence[int]


class Reader(nn.Module):
    """Three convolutions and a choice for each thing to be told apart; ``alphabets`` are the signs to choose from."""

    def __init__(self, alphabets: Sequence[str], height: int, width: int) -> None:
        super().__init__()
        self.alphabets = tuple(alphabets)
        channels = (3, *WIDTHS)
        layers: list[nn.Module] = []
        for before, after in pairwise(channels):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
        flat = WIDTHS[-1] * (height // 8) * (width // 8)
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, HIDDEN), nn.ReLU(), nn.Dropout(0.2))
        self.heads = nn.ModuleList(nn.Linear(HIDDEN, len(alphabet)) for alphabet in alphabets)

    def forward(self, windows: Tensor) -> list[Tensor]:
        """Scores of the signs of each alphabet, ``[count, signs]``, for windows ``[count, 3, height, width]``."""
        seen = self.trunk(windows)
        return [head(seen) for head in self.heads]

    def read(self, windows: Windows) -> list[str]:
        """What stands in each window."""
        self.eval()
        found = []
        with torch.inference_mode():
            for start in range(0, len(windows), 1024):
                best = [scores.argmax(1).tolist() for scores in self(_pixels(windows[start : start + 1024]))]
                found += [
                    "".join(alphabet[each] for alphabet, each in zip(self.alphabets, places, strict=True))
                    for places in zip(*best, strict=True)
                ]
        return found


def trained(sample: Sample, held: Sample, seconds: float, *seed: str | int) -> Reader:
    """A reader trained on a sample for at most so many seconds, less where it reads the held-back pictures."""
    torch.manual_seed(derive_seed(*seed))
    alphabets = ["".join(sorted(set(signs))) for signs in zip(*sample.signs, strict=True)]
    height, width = sample.windows.shape[1:3]
    reader = Reader(alphabets, height, width).to(memory_format=torch.channels_last)
    targets = _targets(sample.signs, alphabets)
    optimiser = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=1e-2)
    rng = numpy_rng_for(*seed)
    start, step = time.process_time(), 0
    while (spent := time.process_time() - start) < seconds:
        for group in optimiser.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * spent / seconds))
        chosen = rng.integers(len(targets), size=BATCH)
        reader.train()
        scores = reader(_pixels(sample.windows[chosen]))
        wanted = targets[torch.from_numpy(chosen)]
        loss = torch.stack([nn.functional.cross_entropy(each, wanted[:, n]) for n, each in enumerate(scores)]).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        if step % CHECK == 0 and share(reader, held) >= ENOUGH:
            break
    return reader


def share(reader: Reader, sample: Sample) -> float:
    """How many of the places are read right."""
    return sum(map(str.__eq__, reader.read(sample.windows), sample.signs)) / len(sample.signs)


def confusions(read: Sequence[str], signs: Sequence[str], most: int = 8) -> list[tuple[str, str, int]]:
    """What stands there, what was read instead and how often, the most frequent first."""
    wrong = Counter((own, other) for own, other in zip(signs, read, strict=True) if own != other)
    return [(*pair, count) for pair, count in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:most]]


def _pixels(windows: Windows) -> Tensor:
    scaled = torch.from_numpy(windows).permute(0, 3, 1, 2)  # [count, 3, height, width], channels last in memory
    return scaled.float().div_(127.5).sub_(1)


def _targets(signs: Sequence[str], alphabets: Sequence[str]) -> Tensor:
    places = [{sign: place for place, sign in enumerate(alphabet)} for alphabet in alphabets]
    return torch.tensor([[known[sign] for known, sign in zip(places, each, strict=True)] for each in signs])
