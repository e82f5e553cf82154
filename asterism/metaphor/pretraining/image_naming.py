"""Supervised pre-training of the vision tower: heads that name what an image shows.

First patch by patch on image grids that grow harder, then who does what to whom on whole scenes. End to end from random
weights nothing would be learned: the text loss flattens while the tower still sees nothing.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from asterism.core.seeds import derive_seed, numpy_rng_for
from asterism.metaphor.pretraining.image_grid import NAMES, NO_COLOUR, NOTHING, Pixels, draw_grids
from asterism.metaphor.scenes.drawing import draw
from asterism.metaphor.scenes.sampling import sample_scene
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS, Scene
from asterism.policy.policy import Policy
from asterism.policy.tiny import IMAGE_SIZE

BATCH = 64
PEAK_RATE = 1e-3
NOTHING_WEIGHT = 0.1
"""Weight of empty patches; they are the most, and the least worth learning."""

Report = Callable[..., None]
"""Called after each step with the number of steps (1) and, by name, a figure to show."""


class VisionTower:
    """The policy's vision tower as pixels in, patch features out."""

    def __init__(self, policy: Policy) -> None:
        body: Any = policy.model.base_model
        self.module: nn.Module = body.vision_tower
        self.width = int(policy.model.config.vision_config.hidden_size)
        self._processor = policy.processor.image_processor

    def features(self, pixels: Pixels) -> Tensor:
        """``[n, side, side, 3]`` uint8 to ``[n, patches, width]``: the features that the projector takes."""
        values = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
        mean = torch.tensor(self._processor.image_mean).view(1, 3, 1, 1)
        std = torch.tensor(self._processor.image_std).view(1, 3, 1, 1)
        states = self.module(pixel_values=(values - mean) / std, output_hidden_states=True).hidden_states
        features: Tensor = states[-1][:, 1:]
        return features


class PatchNamingHead(nn.Module):
    """Reads the symbol and the colour of each patch off its feature."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.symbol = nn.Linear(width, len(NAMES) + 1)
        self.colour = nn.Linear(width, len(COLOURS) + 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        features = self.norm(features)
        return self.symbol(features), self.colour(features)


class SceneNamingHead(nn.Module):
    """Reads a whole scene: one learned query for each thing to name."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(len(SCENE_CLASSES), width) * 0.02)
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 5, batch_first=True)
        self.names = nn.ModuleList(nn.Linear(width, size) for size in SCENE_CLASSES.values())

    def forward(self, features: Tensor) -> list[Tensor]:
        features = self.norm(features)
        queries = self.queries.expand(len(features), -1, -1)
        read, _ = self.attention(queries, features, features)
        return [name(read[:, index]) for index, name in enumerate(self.names)]


SCENE_CLASSES = {
    "subject": len(NAMES),
    "relation": len(RELATIONS),
    "object": len(NAMES),
    "subject colour": len(COLOURS),
    "object colour": len(COLOURS),
    "background": len(BACKGROUNDS),
    "bystander": len(NAMES) + 1,
}


def name_patches(policy: Policy, steps: int, seed: int, report: Report) -> dict[str, float]:
    """Train the tower on image grids; returns the running share of symbol patches ``named`` right."""
    tower = VisionTower(policy)
    head = PatchNamingHead(tower.width)
    rng = numpy_rng_for("collages", seed)
    weights = torch.ones(len(NAMES) + 1)
    weights[NOTHING] = NOTHING_WEIGHT

    def loss(step: int) -> tuple[Tensor, float]:
        # The first twentieth is the plain grid; then harder until half way.
        difficulty = min(1.0, max(0.0, step / steps - 0.05) / 0.45)
        batch = draw_grids(rng, BATCH, difficulty)
        symbols, colours = torch.from_numpy(batch.symbols), torch.from_numpy(batch.colours)
        symbol_logits, colour_logits = head(tower.features(batch.pixels))
        shown = symbols != NOTHING
        right = float((symbol_logits.argmax(-1) == symbols)[shown].float().mean())
        by_symbol = F.cross_entropy(symbol_logits.flatten(0, 1), symbols.flatten(), weight=weights)
        by_colour = F.cross_entropy(colour_logits.flatten(0, 1), colours.flatten(), ignore_index=NO_COLOUR)
        return by_symbol + by_colour, right

    return _descend(tower, head, loss, steps, report)


def name_scenes(policy: Policy, steps: int, seed: int, report: Report) -> dict[str, float]:
    """Train the tower on scenes of the training split; returns the running share of things ``named`` right."""
    tower = VisionTower(policy)
    head = SceneNamingHead(tower.width)

    def loss(step: int) -> tuple[Tensor, float]:
        scenes = [sample_scene(derive_seed("naming", seed), "train", step * BATCH + place) for place in range(BATCH)]
        classes = torch.tensor([_classes(scene) for scene in scenes])  # [batch, things]
        logits = head(tower.features(np.stack([scene_pixels(scene) for scene in scenes])))
        right = torch.stack([(each.argmax(-1) == classes[:, i]).float().mean() for i, each in enumerate(logits)])
        total = torch.stack([F.cross_entropy(each, classes[:, i]) for i, each in enumerate(logits)]).sum()
        return total, float(right.mean())

    return _descend(tower, head, loss, steps, report)


def scene_pixels(scene: Scene) -> Pixels:
    """A scene at the size the model sees."""
    image = draw(scene).pil().resize((IMAGE_SIZE, IMAGE_SIZE), resample=3)
    return np.asarray(image)


def _classes(scene: Scene) -> list[int]:
    bystander = NAMES.index(scene.bystander.symbol) if scene.bystander else len(NAMES)
    return [
        NAMES.index(scene.subject.symbol),
        list(RELATIONS).index(scene.relation),
        NAMES.index(scene.object.symbol),
        COLOURS.index(scene.subject.colour),
        COLOURS.index(scene.object.colour),
        BACKGROUNDS.index(scene.background),
        bystander,
    ]


def _descend(
    tower: VisionTower, head: nn.Module, loss_of: Callable[[int], tuple[Tensor, float]], steps: int, report: Report
) -> dict[str, float]:
    """AdamW with a warm-up and a falling cosine on tower and head; returns the running share named right."""
    parameters = [*tower.module.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.05)
    running = 0.0
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE * min(1.0, (step + 1) / 100) * 0.5 * (1 + math.cos(0.95 * math.pi * step / steps))
        loss, right = loss_of(step)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        running = right if step == 0 else 0.95 * running + 0.05 * right
        report(1, right=running)
    return {"named": running}
