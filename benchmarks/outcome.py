"""What a case came to: ratios, the table, and the file of results."""

import datetime
import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from case import Case
from rounds import Pair, Round, pairs

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, measured. ``losses`` are those of the fixed batch; ``memory`` is in MiB, ``outside`` in seconds."""

    case: Case
    parameters: int
    losses: Mapping[str, Mapping[str, float]]
    rounds: Sequence[Round]
    memory: Mapping[str, float]
    outside: Mapping[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """The figures that later runs are compared with; null where a peer is absent or no pair was kept."""
        return {
            "model": f"llava-{self.parameters / 1e6:.1f}M",
            "prompt_tokens": self.case.prompt_tokens,
            "answer_tokens": self.case.answer_tokens,
            "group_size": self.case.group_size,
            "prompts": self.case.prompts,
            "step_ratio": _rounded(self.ratio("trl", lambda pair: pair.step_ratio)),
            "update_ratio": _rounded(self.ratio("trl", lambda pair: pair.update_ratio)),
            "memory_ratio": _rounded(self.memory["trl"] / self.memory["ours"] if "trl" in self.memory else None),
            "over_ideal": _rounded(self.over_ideal()),
        }

    def over_ideal(self) -> float | None:
        """How the naive update's seconds over ours compare with its tokens over ours; 1 is what counting promises."""
        faster = self.ratio("naive", lambda pair: pair.update_ratio)
        return None if faster is None else faster * self.case.unique_tokens / self.case.naive_tokens

    def ratio(self, peer: str, of: Callable[[Pair], float]) -> float | None:
        """The median of a ratio over the kept pairs."""
        values = [of(pair) for pair in self.kept(peer)]
        return statistics.median(values) if values else None

    def kept(self, peer: str) -> list[Pair]:
        """The kept pairs of a peer; none where it was not measured."""
        return [pair for pair in pairs(self.rounds, peer) if pair.kept] if peer in self.memory else []

    def lines(self) -> list[str]:
        """The case as a person reads it."""
        figures = self.summary()
        title = f"{figures['model']}, {self.case.prompts} prompts of {self.case.prompt_tokens} tokens × "
        lines = [f"{title}{self.case.group_size} answers of {self.case.answer_tokens}"]
        lines += [self._line(peer) for peer in self.memory if peer != "ours"]
        if figures["over_ideal"] is not None:
            share = self.case.naive_tokens / self.case.unique_tokens
            lines.append(f"  naive update reads {share:.2f}x our tokens; over ideal {figures['over_ideal']:.2f}")
        lines.append("  memory above loading, MiB: " + _listed(self.memory, ".0f"))
        if self.outside:
            lines.append("  seconds a step from outside: " + _listed(self.outside, ".2f"))
        return lines

    def record(self) -> dict[str, Any]:
        """Everything that was seen."""
        rounds = [{name: asdict(timed) for name, timed in each.items()} for each in self.rounds]
        kept = {peer: len(self.kept(peer)) for peer in self.memory if peer != "ours"}
        return {
            **self.summary(),
            "kept_pairs": kept,
            "losses": self.losses,
            "memory_mib": self.memory,
            "outside_seconds": self.outside,
            "rounds": rounds,
        }

    def _line(self, peer: str) -> str:
        kept = self.kept(peer)
        told = f"  {peer:<6} kept {len(kept)} of {len(self.rounds)} pairs"
        if not kept:
            return told
        ours, theirs = (statistics.median(seconds) for seconds in zip(*map(_steps, kept), strict=True))
        steps, updates = [pair.step_ratio for pair in kept], [pair.update_ratio for pair in kept]
        update = f"update {_spread(updates)}"
        if math.isnan(theirs):  # it is given its answers, so an update is all that it does
            return f"{told}; {update}"
        return f"{told}; step {theirs:.2f} s against {ours:.2f} s: {_spread(steps)}; {update}"


def write_results(name: str, record: Mapping[str, Any]) -> Path:
    """Write the results of today under a name."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.date.today().isoformat()}-{name}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path


def _steps(pair: Pair) -> tuple[float, float]:
    return pair.ours.seconds.step, pair.peer.seconds.step


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f}x [{min(values):.2f}, {max(values):.2f}]"


def _listed(values: Mapping[str, float], form: str) -> str:
    return ", ".join(f"{name} {value:{form}}" for name, value in values.items())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
