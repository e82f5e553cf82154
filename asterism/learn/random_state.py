"""The state of every global random generator, as plain text."""

import random
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True, slots=True)
class RandomState:
    """States of torch (CPU and each CUDA device), numpy and Python, as hex strings and numbers."""

    torch: str
    cuda: tuple[str, ...]
    numpy_words: str
    numpy_position: int
    numpy_gauss: float | None
    python_version: int
    python_words: tuple[int, ...]
    python_gauss: float | None


def capture_random() -> RandomState:
    """The state of the global generators now."""
    _, words, position, has_gauss, gauss = np.random.get_state(legacy=True)
    version, python_words, python_gauss = random.getstate()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return RandomState(
        torch=_hex(torch.get_rng_state()),
        cuda=tuple(_hex(state) for state in cuda),
        numpy_words=np.asarray(words, dtype="<u4").tobytes().hex(),
        numpy_position=int(position),
        numpy_gauss=float(gauss) if has_gauss else None,
        python_version=version,
        python_words=python_words,
        python_gauss=python_gauss,
    )


def restore_random(state: RandomState) -> None:
    """Set the global generators. CUDA states are set on as many devices as there are now."""
    torch.set_rng_state(_tensor(state.torch))
    for device, text in enumerate(state.cuda[: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(_tensor(text), device)
    words = np.frombuffer(bytes.fromhex(state.numpy_words), dtype="<u4").astype(np.uint32)
    gauss = state.numpy_gauss
    np.random.set_state(("MT19937", words, state.numpy_position, int(gauss is not None), gauss or 0.0))
    random.setstate((state.python_version, state.python_words, state.python_gauss))


def _hex(state: torch.Tensor) -> str:
    return bytes(state.cpu().numpy()).hex()


def _tensor(text: str) -> torch.Tensor:
    return torch.frombuffer(bytearray.fromhex(text), dtype=torch.uint8)
