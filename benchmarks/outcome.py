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
from spread import Spread

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
        """The figures that later runs are compared with; null where a peer is absent."""
        trl = self.spread("trl", lambda pair: pair.step_ratio)
        return {
            "model": f"llava-{self.parameters / 1e6:.1f}M",
            "prompt_tokens": self.case.prompt_tokens,
            "answer_tokens": self.case.answer_tokens,
            "group_size": self.case.group_size,
            "prompts": self.case.prompts,
            "step_ratio": None if trl is None else round(trl.median, 3),
            "update_ratio": _rounded(self.ratio("trl", lambda pair: pair.update_ratio)),
            "memory_ratio": _rounded(self.memory["trl"] / self.memory["ours"] if "trl" in self.memory else None),
            "over_ideal": _rounded(self.over_ideal()),
            "peers": {peer: self.comparison(peer) for peer in self.peers},
        }

    @property
    def peers(self) -> list[str]:
        """Whoever is compared with ours."""
        return [peer for peer in self.memory if peer != "ours"]

    def comparison(self, peer: str) -> dict[str, Any]:
        """The ratios of a peer over ours with their intervals, by the clock on the wall and in processor seconds."""
        ratios = {"step": _step_ratio, "processor": _processor_ratio, "update": _update_ratio}
        spreads = {name: self.spread(peer, of) for name, of in ratios.items()}
        return {
            "kept_pairs": len(self.kept(peer)),
            "pairs": len(self.rounds),
            **{name: None if spread is None else spread.record() for name, spread in spreads.items()},
        }

    def over_ideal(self) -> float | None:
        """How the naive update's seconds over ours compare with its tokens over ours; 1 is what counting promises."""
        faster = self.ratio("naive", lambda pair: pair.update_ratio)
        return None if faster is None else faster * self.case.unique_tokens / self.case.naive_tokens

    def ratio(self, peer: str, of: Callable[[Pair], float]) -> float | None:
        """The median of a ratio (see :meth:`spread`)."""
        spread = self.spread(peer, of)
        return None if spread is None else spread.median

    def spread(self, peer: str, of: Callable[[Pair], float]) -> Spread | None:
        """A ratio over the kept pairs, or over all where none was kept; None where the peer was not measured."""
        values = [of(pair) for pair in self.kept(peer) or self.pairs(peer)]
        numbers = [value for value in values if not math.isnan(value)]
        return Spread.of(numbers) if numbers else None

    def pairs(self, peer: str) -> list[Pair]:
        """All pairs of a peer; none where it was not measured."""
        return pairs(self.rounds, peer) if peer in self.memory else []

    def kept(self, peer: str) -> list[Pair]:
        """The kept pairs of a peer."""
        return [pair for pair in self.pairs(peer) if pair.kept]

    def lines(self) -> list[str]:
        """The case as a person reads it."""
        figures = self.summary()
        title = f"{figures['model']}, {self.case.prompts} prompts of {self.case.prompt_tokens} tokens × "
        lines = [f"{title}{self.case.group_size} answers of {self.case.answer_tokens}"]
        lines += [line for peer in self.peers for line in self._lines(peer)]
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
        return {
            **self.summary(),
            "losses": self.losses,
            "memory_mib": self.memory,
            "outside_seconds": self.outside,
            "rounds": rounds,
        }

    def _lines(self, peer: str) -> list[str]:
        """The ratios of a peer with their intervals, then every pair, also those around which the machine changed."""
        every, kept = self.pairs(peer), self.kept(peer)
        used = kept or every
        of = f"of {len(kept)} kept pairs" if kept else f"of all {len(every)} pairs, for none was kept"
        step, processor, update = (self.spread(peer, ratio) for ratio in (_step_ratio, _processor_ratio, _update_ratio))
        if step is None:  # it is given its answers, so an update is all that it does
            return [f"  {peer:<6} update {update} {of}", f"         updates: {_each(every, _update_ratio)}"]
        ours, theirs = (statistics.median(seconds) for seconds in zip(*map(_steps, used), strict=True))
        return [
            f"  {peer:<6} step {step} {of} ({theirs:.2f} s against {ours:.2f} s); in processor seconds {processor}; "
            f"update {update}",
            f"         steps: {_each(every, _step_ratio)}",
        ]


def write_results(name: str, record: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write the results of today under a name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.date.today().isoformat()}-{name}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return path


def _steps(pair: Pair) -> tuple[float, float]:
    return pair.ours.seconds.step, pair.peer.seconds.step


def _step_ratio(pair: Pair) -> float:
    return pair.step_ratio


def _processor_ratio(pair: Pair) -> float:
    return pair.processor_ratio


def _update_ratio(pair: Pair) -> float:
    return pair.update_ratio


def _each(every: Sequence[Pair], of: Callable[[Pair], float]) -> str:
    """The ratio of every pair; those that were dropped in brackets."""
    return " ".join(f"{of(pair):.2f}" if pair.kept else f"({of(pair):.2f})" for pair in every)


def _listed(values: Mapping[str, float], form: str) -> str:
    return ", ".join(f"{name} {value:{form}}" for name, value in values.items())


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
