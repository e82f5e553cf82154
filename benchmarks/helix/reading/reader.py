"""A small network that reads what stands at a place of an image, trained in minutes on one thread."""

import math
import time
from abc import ABC, abstractmethod
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
"""Cut from an image, ``[height, width, 3]``, or many of them, ``[count, height, width, 3]``."""

BATCH = 128
RATE = 3e-3
CHECK = 100
"""Steps between looks at the images held back."""
ENOUGH = 0.9995
"""Share of places of the held-back images, read right, at which training stops."""
WIDTHS = (24, 40, 64)
HIDDEN = 160


@dataclass(frozen=True, slots=True)
class Sample:
    """Windows, what stands in each (one sign for each thing to be told apart), and the image each is from."""

    windows: Windows
    signs: Sequence[str]
    images: Sequence[int]


class Reader(nn.Module, ABC):
    """Tells what stands in windows."""

    @abstractmethod
    def loss(self, windows: Windows, signs: Sequence[str]) -> Tensor:
        """How far it is from telling what stands in some windows."""

    @abstractmethod
    def told(self, windows: Windows) -> list[str]:
        """What stands in some windows."""

    def read(self, windows: Windows) -> list[str]:
        """What stands in many windows."""
        self.eval()
        with torch.inference_mode():
            return [each for at in range(0, len(windows), 1024) for each in self.told(windows[at : at + 1024])]


class PlaceReader(Reader):
    """Three convolutions and a choice for each thing to be told apart; ``alphabets`` are the signs to choose from."""

    def __init__(self, alphabets: Sequence[str], height: int, width: int) -> None:
        super().__init__()
        self.alphabets = tuple(alphabets)
        flat = WIDTHS[-1] * (height // 8) * (width // 8)
        head = (nn.Flatten(), nn.Linear(flat, HIDDEN), nn.ReLU(), nn.Dropout(0.2))
        self.trunk = nn.Sequential(*_convolutions(((2, 2), (2, 2), (2, 2))), *head)
        self.heads = nn.ModuleList(nn.Linear(HIDDEN, len(alphabet)) for alphabet in alphabets)

    def loss(self, windows: Windows, signs: Sequence[str]) -> Tensor:
        scores = self._scores(windows)
        wanted = [[known.index(sign) for known, sign in zip(self.alphabets, each, strict=True)] for each in signs]
        columns = torch.tensor(wanted).unbind(1)
        return torch.stack([nn.functional.cross_entropy(*pair) for pair in zip(scores, columns, strict=True)]).sum()

    def told(self, windows: Windows) -> list[str]:
        best = [scores.argmax(1).tolist() for scores in self._scores(windows)]
        return [
            "".join(alphabet[place] for alphabet, place in zip(self.alphabets, places, strict=True))
            for places in zip(*best, strict=True)
        ]

    def _scores(self, windows: Windows) -> list[Tensor]:
        """Of the signs of each alphabet, ``[count, signs]``."""
        seen = self.trunk(_pixels(windows))
        return [head(seen) for head in self.heads]


class LineReader(Reader):
    """Reads letters that stand where those before them end: a choice for each column, with CTC (Graves et al. 2006).

    Column after column shows a letter, the same one again, or none (sign 0); what is read are the letters without
    repetitions and gaps, filled up with blanks to ``length``.
    """

    def __init__(self, letters: str, length: int, height: int) -> None:
        super().__init__()
        self.letters, self.length = letters, length
        trunk = _convolutions(((2, 2), (2, 2), (2, 1)))
        flat = WIDTHS[-1] * (height // 8)
        head = (nn.Conv1d(flat, HIDDEN, 3, padding=1), nn.BatchNorm1d(HIDDEN), nn.ReLU())
        self.columns = nn.Sequential(*trunk, nn.Flatten(1, 2), *head, nn.Conv1d(HIDDEN, len(letters) + 1, 1))

    def loss(self, windows: Windows, signs: Sequence[str]) -> Tensor:
        scores = self.columns(_pixels(windows)).permute(2, 0, 1).log_softmax(2)  # [columns, count, letters + 1]
        words = [each.rstrip() for each in signs]
        wanted = torch.tensor([self.letters.index(letter) + 1 for word in words for letter in word])
        lengths = [len(word) for word in words]
        return nn.functional.ctc_loss(scores, wanted, [len(scores)] * len(words), lengths)

    def told(self, windows: Windows) -> list[str]:
        best = self.columns(_pixels(windows)).argmax(1).tolist()
        return [joined(columns, self.letters).ljust(self.length) for columns in best]


def untrained(sample: Sample, *, running: bool = False) -> Reader:
    """A reader of what stands in a sample; ``running``: its letters stand where those before them end."""
    height, width = sample.windows.shape[1:3]
    if running:
        letters = "".join(sorted(set("".join(sample.signs)) - {" "}))
        return LineReader(letters, len(sample.signs[0]), height)
    return PlaceReader(["".join(sorted(set(signs))) for signs in zip(*sample.signs, strict=True)], height, width)


def trained(sample: Sample, held: Sample, seconds: float, *seed: str | int, running: bool = False) -> Reader:
    """A reader trained on a sample for at most so many seconds, less where it reads the held-back images."""
    torch.manual_seed(derive_seed(*seed))
    reader = untrained(sample, running=running).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=1e-2)
    rng = numpy_rng_for(*seed)
    start, step = time.process_time(), 0
    while (spent := time.process_time() - start) < seconds:
        for group in optimiser.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * spent / seconds))
        chosen = rng.integers(len(sample.signs), size=BATCH)
        reader.train()
        loss = reader.loss(sample.windows[chosen], [sample.signs[each] for each in chosen])
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


def joined(columns: Sequence[int], letters: str) -> str:
    """The letters that a line of columns shows, each the number of one from 1, or 0 for none."""
    return "".join(letters[sign - 1] for before, sign in pairwise([0, *columns]) if sign not in (0, before))


def confusions(read: Sequence[str], signs: Sequence[str], most: int = 8) -> list[tuple[str, str, int]]:
    """What stands there, what was read instead and how often, the most frequent first."""
    wrong = Counter((own, other) for own, other in zip(signs, read, strict=True) if own != other)
    return [(*pair, count) for pair, count in sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:most]]


def _pixels(windows: Windows) -> Tensor:
    scaled = torch.from_numpy(windows).permute(0, 3, 1, 2)  # [count, 3, height, width], channels last in memory
    return scaled.float().div_(127.5).sub_(1)


def _convolutions(pools: Sequence[tuple[int, int]]) -> list[nn.Module]:
    """Convolutions, after each of which so many rows and columns are drawn together."""
    layers: list[nn.Module] = []
    for (before, after), pool in zip(pairwise((3, *WIDTHS)), pools, strict=True):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(pool)]
    return layers
