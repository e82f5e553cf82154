"""What a client did, counted."""

from dataclasses import dataclass, field, replace

from asterism.llm.config import ServerConfig
from asterism.llm.reply import Usage


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of a client so far. ``requests`` is ``paid + cached + failures``.

    ``lost`` are tries that were sent and of which no usage came back (a timeout, a dropped connection, broken JSON): a
    server may have counted them. ``unmetered`` are replies for which the server told no usage. ``unstructured`` are
    replies that were to obey a schema and were asked for without it. ``usage`` and ``cost`` include answers that were
    no replies where the server told their usage.
    """

    requests: int = 0
    paid: int = 0
    cached: int = 0
    failures: int = 0
    retries: int = 0
    lost: int = 0
    unmetered: int = 0
    unstructured: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens of prompts and completions together."""
        return self.usage.tokens


class Meter:
    """Counts what happens. One thread counts; any may read ``totals``."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self.totals = Totals()

    def count(
        self,
        *,
        paid: int = 0,
        cached: int = 0,
        failures: int = 0,
        retries: int = 0,
        lost: int = 0,
        unmetered: int = 0,
        unstructured: int = 0,
    ) -> None:
        """Add to the counts of the same names."""
        old = self.totals
        self.totals = replace(
            old,
            requests=old.requests + paid + cached + failures,
            paid=old.paid + paid,
            cached=old.cached + cached,
            failures=old.failures + failures,
            retries=old.retries + retries,
            lost=old.lost + lost,
            unmetered=old.unmetered + unmetered,
            unstructured=old.unstructured + unstructured,
        )

    def use(self, usage: Usage) -> None:
        """Add tokens that the server counted."""
        total = self.totals.usage + usage
        self.totals = replace(self.totals, usage=total, cost=self._config.cost(total))
