"""A torch optimiser's state as named tensors and plain numbers, without pickle."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from asterism.core.errors import AsterismError


@dataclass(frozen=True, slots=True)
class OptimiserState:
    """``tensors`` are named ``<parameter index>.<entry>`` (``3.exp_avg``); ``groups`` hold the settings."""

    tensors: Mapping[str, Tensor]
    groups: tuple[Mapping[str, Any], ...]


def capture_optimiser(optimiser: torch.optim.Optimizer) -> OptimiserState:
    """The optimiser's state now. The tensors are the optimiser's own, not copies.

    Raises:
        AsterismError: the optimiser keeps something other than tensors per parameter (AdamW and SGD do not).
    """
    state = optimiser.state_dict()
    tensors: dict[str, Tensor] = {}
    for index, entries in state["state"].items():
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"{index}.{name}"] = value
            elif value is not None:
                raise AsterismError(
                    f"{type(optimiser).__name__} keeps {name!r} as {type(value).__name__}, not as a tensor",
                    remedy="Use AdamW.",
                )
    return OptimiserState(tensors, tuple(dict(group) for group in state["param_groups"]))


def restore_optimiser(optimiser: torch.optim.Optimizer, state: OptimiserState) -> None:
    """Load ``state`` into an optimiser over the same parameters in the same order.

    Raises:
        AsterismError: the number of parameters or the shape of one differs.
    """
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    saved = [index for group in state.groups for index in group["params"]]
    if len(saved) != len(parameters):
        raise _misfit(f"{len(saved)} parameters in the checkpoint, {len(parameters)} to train")
    entries: dict[int, dict[str, Tensor]] = {}
    for key, tensor in state.tensors.items():
        index, _, name = key.partition(".")
        if tensor.ndim and tensor.shape != parameters[int(index)].shape:
            raise _misfit(f"{key} has shape {tuple(tensor.shape)}, not {tuple(parameters[int(index)].shape)}")
        entries.setdefault(int(index), {})[name] = tensor.clone()
    groups = [{key: _tuples(value) for key, value in group.items()} for group in state.groups]
    optimiser.load_state_dict({"state": entries, "param_groups": groups})


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) and all(isinstance(entry, float) for entry in value) else value


def _misfit(what: str) -> AsterismError:
    return AsterismError(
        f"the optimiser's state does not fit ({what})", remedy="Resume with the model and freezing it was saved with."
    )
