"""Which server is asked, and within which limits."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator

from asterism.core.config import Config
from asterism.llm.reply import Usage


class ServerConfig(Config):
    """A server with the OpenAI interface, and the limits within which it is asked."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field("https://api.openai.com/v1", description="base address; most servers want it to end in /v1")
    model: str = Field(min_length=1, description="name of the model at that server")
    api_key_env: str | None = Field(
        "OPENAI_API_KEY", description="environment variable that holds the key, which is sent to url; null sends none"
    )
    dialect: Literal["openai", "vllm"] = Field(
        "openai", description="vllm: the server returns token ids and keeps stop strings when asked"
    )
    opens_thinking: bool = Field(
        False, description="its chat template ends with <think>, so that replies begin in the midst of thinking"
    )
    concurrency: int = Field(16, ge=1, le=1000, description="requests in flight at a time")
    timeout_s: float = Field(120.0, gt=0, description="longest wait for one whole answer, in seconds")
    max_retries: int = Field(5, ge=0, description="further tries after 429, 5xx, a timeout, a dropped connection")
    backoff_s: float = Field(1.0, ge=0, description="wait before the first retry, in seconds; doubled at each")
    max_backoff_s: float = Field(60.0, ge=0, description="longest wait of our own before a retry, in seconds")
    max_retry_after_s: float = Field(300.0, ge=0, description="longest wait that a server may ask for, in seconds")
    cache: Path | None = Field(None, description="folder that keeps every reply, so that none is paid twice")
    max_tokens_total: int | None = Field(None, ge=1, description="tokens this run may use, of prompts and completions")
    max_cost: float | None = Field(None, gt=0, description="what this run may cost, in the currency of the prices")
    price_per_million_prompt: float = Field(0.0, ge=0, description="price of a million tokens read")
    price_per_million_completion: float = Field(0.0, ge=0, description="price of a million tokens written")
    structured: Literal["auto", "on", "off"] = Field(
        "auto", description="send JSON schemas: on; off; auto until the server rejects one"
    )
    length_field: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens", description="the body's field for the longest completion"
    )
    omit: tuple[str, ...] = Field((), description="fields of the body that the server does not take, such as seed")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        # Checked over the whole, since the message of a field's own check repeats the value: here perhaps a password.
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url: an address begins with http:// or https:// and a host")
        if parts.username is not None or parts.password is not None or parts.query:
            raise ValueError("url: an address holds no key; name the variable that does in api_key_env")
        if self.max_cost is not None and not (self.price_per_million_prompt or self.price_per_million_completion):
            raise ValueError("max_cost: nothing costs anything without price_per_million_prompt and _completion")
        return self

    def cost(self, usage: Usage) -> float:
        """What these tokens cost."""
        prompt, completion = self.price_per_million_prompt, self.price_per_million_completion
        return (usage.prompt_tokens * prompt + usage.completion_tokens * completion) / 1e6
