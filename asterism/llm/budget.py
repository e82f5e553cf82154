"""The end of the money."""

from asterism.llm.config import ServerConfig
from asterism.llm.errors import BudgetSpent
from asterism.llm.totals import Totals


def check_budget(config: ServerConfig, totals: Totals) -> None:
    """Nothing, as long as a further request may be sent.

    The last requests in flight may go over the budget: what they cost is known only when they are answered.

    Raises:
        BudgetSpent: the tokens or the money of the run are used up; says how far it got and how to go on.
    """
    if config.max_tokens_total is not None and totals.tokens >= config.max_tokens_total:
        name, limit = "max_tokens_total", f"{config.max_tokens_total:,} tokens"
    elif config.max_cost is not None and totals.cost >= config.max_cost:
        name, limit = "max_cost", f"{config.max_cost:g}"
    else:
        return
    kept = f"Replies are kept in {config.cache}" if config.cache else "Name a cache folder to keep replies"
    raise BudgetSpent(
        f"the budget of {limit} ({name}) is spent: {totals.tokens:,} tokens, cost {totals.cost:.4f}, "
        f"{totals.paid:,} replies paid and {totals.cached:,} from the cache",
        where=config.url,
        remedy=f"{kept}; run the same command again to go on within a new budget, or raise {name}.",
    )
