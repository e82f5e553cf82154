"""The options of a command that asks a server for the texts of a set, and what becomes of them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from asterism.core.config import apply_overrides
from asterism.llm.config import ServerConfig
from asterism.runs.command_options import ModelOptions, Values

SERVER = ModelOptions(
    ServerConfig,
    ("model", "url", "api_key_env", "max_cost", "max_tokens_total", "concurrency"),
    names={"api_key_env": "key-env", "max_tokens_total": "max-tokens"},
    help={
        "model": "name of the model at the server",
        "url": "base address of a server with the OpenAI interface; most want it to end in /v1",
        "api_key_env": "environment variable that holds the key; empty sends none",
        "max_cost": "stop at this cost, and resume later (needs --prices)",
        "max_tokens_total": "stop after this many tokens, and resume later",
    },
)
Prices = Annotated[tuple[float, float], typer.Option(help="Price of a million tokens read, and of a million written.")]
MoreSettings = Annotated[
    list[str] | None, typer.Option("--server", help="key=value, any other setting of the server: timeout_s=600.")
]


def server_config(
    given: Values, prices: tuple[float, float], more: Sequence[str] | None, *, where: str, timeout_s: float = 120.0
) -> ServerConfig:
    """The server that the options describe; ``more`` may change any setting, also ``timeout_s`` (seconds).

    Raises:
        AsterismError: a setting is unknown or wrong.
    """
    values = {
        "timeout_s": timeout_s,
        **given,
        "api_key_env": given["api_key_env"] or None,
        "price_per_million_prompt": prices[0],
        "price_per_million_completion": prices[1],
    }
    return ServerConfig.parse(apply_overrides(values, list(more or ())), where=where)
