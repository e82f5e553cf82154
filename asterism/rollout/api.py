"""Sampling from a server with the OpenAI interface."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.seeds import derive_seed
from asterism.llm.client import Client
from asterism.llm.errors import LlmError
from asterism.llm.reply import Reply
from asterism.llm.request import ChatRequest, Message
from asterism.rollout.engine import Completion, Incomplete, Request, SamplingConfig

SEEDS = 2**31
"""Servers take seeds below this."""
NEVER = -100
"""The lowest bias on a token that servers take: at that, none comes up."""


class ApiEngine:
    """Samples from a server through a client: a prompt is one message of a user, its pictures before its text.

    Log-probs are empty. A server of the dialect ``vllm`` returns token ids and keeps stop strings in the text. To any
    other, stop strings are not sent, since it would drop them and not tell: the reply is cut here after the first.
    """

    def __init__(self, client: Client, *, never: Sequence[int] = ()) -> None:
        """The token ids ``never`` are not sampled."""
        self.client = client
        self._vllm = client.config.dialect == "vllm"
        self._bias = {str(token): NEVER for token in sorted(set(never))}

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Completion]:
        """All samples of all requests, ordered by request, then sample (see :class:`asterism.rollout.engine.Engine`).

        Raises:
            Incomplete: some requests have no reply; carries the others, and a fault that ends the run.
            AsterismError: a request has an opening, which the interface has no word for.
        """
        if any(request.opening for request in requests):
            raise AsterismError(
                "a server cannot go on from the opening of an answer", remedy="Sample with the local engine."
            )
        draws = [(request, sample) for request in requests for sample in range(request.samples)]
        completions: dict[int, Completion] = {}
        causes: dict[tuple[str, int], str] = {}
        end: AsterismError | None = None
        try:
            for place, outcome in self.client.ask_all(self._asked(draws, sampling)):
                request, sample = draws[place]
                cause = _cause(outcome)
                if isinstance(outcome, Reply) and cause is None:
                    completions[place] = self._completion(request, sample, outcome, sampling)
                else:
                    causes[request.id, sample] = cause or ""
                if on_progress is not None:
                    on_progress(1)
        except LlmError as error:
            end = error
        had = [completions[place] for place in sorted(completions)]
        if causes or end is not None:
            raise Incomplete(had, causes, end)
        return had

    def _asked(self, draws: Sequence[tuple[Request, int]], sampling: SamplingConfig) -> Iterator[ChatRequest]:
        extra: dict[str, Any] = {"top_k": sampling.top_k} if sampling.top_k else {}
        if self._bias:
            extra["logit_bias"] = self._bias
        if self._vllm:
            extra["return_token_ids"] = True
            if sampling.stop:
                extra["include_stop_str_in_output"] = True
        for request, sample in draws:
            yield ChatRequest(
                messages=(Message("user", request.prompt, request.images),),
                model=self.client.config.model,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens,
                seed=derive_seed("draw", request.seed, sample) % SEEDS,
                stop=sampling.stop if self._vllm else (),
                sample=sample,
                extra=extra,
            )

    def _completion(self, request: Request, sample: int, reply: Reply, sampling: SamplingConfig) -> Completion:
        text = reply.text if reply.refusal is None else reply.refusal
        end = len(text) if self._vllm else _end(text, sampling.stop)
        return Completion(
            request=request.id,
            sample=sample,
            prompt_token_ids=reply.prompt_token_ids,
            token_ids=reply.token_ids,
            logprobs=(),
            text=text[:end],
            stopped=reply.finish_reason != "length" or end < len(text),
            counted=reply.usage.completion_tokens or None,
        )


def _cause(outcome: Reply | LlmError) -> str | None:
    """Why there is no completion, None where there is one. A refusal is one: the model's own words."""
    if isinstance(outcome, LlmError):
        return str(outcome).partition("\n")[0]
    return "the server's content filter withheld the text" if outcome.outcome == "filtered" else None


def _end(text: str, stop: Sequence[str]) -> int:
    """Where the first stop string to be completed ends; the end of the text where there is none."""
    return min((place + len(each) for each in stop if (place := text.find(each)) >= 0), default=len(text))
