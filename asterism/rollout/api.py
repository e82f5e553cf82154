"""Sampling from a server with the OpenAI interface."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from asterism.core.errors import AsterismError
from asterism.core.message import Message
from asterism.core.seeds import derive_seed
from asterism.llm.client import Client
from asterism.llm.errors import LlmError
from asterism.llm.reply import Reply
from asterism.llm.request import ChatRequest
from asterism.rollout.engine import Completion, Follow, Incomplete, Request, SamplingConfig

SEEDS = 2**31
"""Servers take seeds below this."""
NEVER = -100
"""The lowest bias on a token that servers take: at that, none comes up."""


class ApiEngine:
    """Samples from a server through a client: a prompt is one message of a user, its images before its text.

    Log-probs are empty. A server of the dialect ``vllm`` returns token ids and keeps stop strings in the text. To any
    other, stop strings are not sent, since it would drop them silently: the reply is cut here after the first.

    Thinking that a server keeps apart stands before the text between think tags, as a local model writes it.
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
        follow: Follow | None = None,
    ) -> list[Completion]:
        """All samples of all requests, ordered by request, then sample (see :class:`asterism.rollout.engine.Engine`).

        Raises:
            Incomplete: some requests have no reply; carries the others, and a fault that ends the run.
            AsterismError: a request has a response prefix, which the interface has no word for.
        """
        for request in requests:
            _messages(request)  # refused before anything is paid for
        call = _Call(_draws(requests), follow)
        end: AsterismError | None = None
        try:
            while batch := call.rest():
                for place, outcome in self.client.ask_all(self._asked(batch, sampling)):
                    call.take(place, outcome, self._completion, sampling)
                    if on_progress is not None:
                        on_progress(1)
        except LlmError as error:
            end = error
        if call.causes or end is not None:
            raise Incomplete(call.came, call.causes, end)
        return call.came

    def update_weights(self, version: int) -> None:
        """Refused: what a server's model is trained to is not pushed to it.

        Raises:
            AsterismError: always.
        """
        raise AsterismError(
            "a server's weights cannot be updated through its chat interface", remedy="Train with the local engine."
        )

    def close(self) -> None:
        """Close the client."""
        self.client.close()

    def _asked(self, draws: Iterable[tuple[Request, int]], sampling: SamplingConfig) -> Iterator[ChatRequest]:
        extra: dict[str, Any] = {"top_k": sampling.top_k} if sampling.top_k else {}
        if self._bias:
            extra["logit_bias"] = self._bias
        if self._vllm:
            extra["return_token_ids"] = True
        for request, sample in draws:
            stop = (*sampling.stop, *request.stop) if self._vllm else ()
            kept = {"include_stop_str_in_output": True} if stop else {}
            yield ChatRequest(
                messages=_messages(request),
                model=self.client.config.model,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens if request.max_tokens is None else request.max_tokens,
                seed=derive_seed("draw", request.seed, sample) % SEEDS,
                stop=stop,
                sample=sample,
                extra={**extra, **kept},
            )

    def _completion(self, request: Request, sample: int, reply: Reply, sampling: SamplingConfig) -> Completion:
        text = reply.text if reply.refusal is None else reply.refusal
        stop = (*sampling.stop, *request.stop)
        end = len(text) if self._vllm else _end(text, stop)
        called = end < len(text) or any(text.endswith(each) for each in stop)
        return Completion(
            request=request.id,
            sample=sample,
            prompt_token_ids=reply.prompt_token_ids,
            token_ids=reply.token_ids,
            logprobs=(),
            text=self._opening(reply) + text[:end],
            finish_reason="call" if called else "length" if reply.cut_off else "stop",
            counted=reply.usage.completion_tokens or None,
        )

    def _opening(self, reply: Reply) -> str:
        """What stands before a text: thinking that the server keeps apart, or the tag that its template opened."""
        if not reply.reasoning:
            return "<think>\n" if self.client.config.opens_thinking and reply.refusal is None else ""
        thinking_cut_off = reply.cut_off and not reply.text
        return f"<think>\n{reply.reasoning}" if thinking_cut_off else f"<think>\n{reply.reasoning}\n</think>\n"


class _Call:
    """The draws of one call: further ones may come while some are in flight."""

    def __init__(self, draws: list[tuple[Request, int]], follow: Follow | None) -> None:
        self.causes: dict[tuple[str, int], str] = {}
        self._draws = draws
        self._follow = follow
        self._begun = 0
        self._start = 0
        self._completions: dict[int, Completion] = {}

    @property
    def came(self) -> list[Completion]:
        """The completions so far, in the order in which they were asked."""
        return [self._completions[place] for place in sorted(self._completions)]

    def rest(self) -> Iterator[tuple[Request, int]] | None:
        """Whatever has not been asked yet, and what comes meanwhile; None where the call is over."""
        if self._begun == len(self._draws) and self._follow is not None:
            self._draws += _draws(self._follow([], True))
        if self._begun == len(self._draws):
            return None
        self._start = self._begun
        return self._coming()

    def _coming(self) -> Iterator[tuple[Request, int]]:
        while self._begun < len(self._draws):
            self._begun += 1
            yield self._draws[self._begun - 1]

    def take(self, place: int, outcome: Reply | LlmError, read: "_Read", sampling: SamplingConfig) -> None:
        """Note what came of the draw at a place of the present batch."""
        request, sample = self._draws[self._start + place]
        cause = _cause(outcome)
        if not isinstance(outcome, Reply) or cause is not None:
            self.causes[request.id, sample] = cause or ""
            return
        completion = self._completions[self._start + place] = read(request, sample, outcome, sampling)
        if self._follow is not None:
            self._draws += _draws(self._follow([completion], False))


_Read = Callable[[Request, int, Reply, SamplingConfig], Completion]


def _cause(outcome: Reply | LlmError) -> str | None:
    """Why there is no completion, None where there is one. A refusal is one: the model's own words."""
    if isinstance(outcome, LlmError):
        return str(outcome).partition("\n")[0]
    return "the server's content filter withheld the text" if outcome.outcome == "filtered" else None


def _draws(requests: Sequence[Request]) -> list[tuple[Request, int]]:
    return [
        (request, sample) for request in requests for sample in range(request.first, request.first + request.samples)
    ]


def _messages(request: Request) -> tuple[Message, ...]:
    """A conversation as messages: the server's own chat template writes it.

    Raises:
        AsterismError: it ends with a response prefix.
    """
    prompt, *rest = request.context
    if rest and rest[-1].role == "model":
        raise AsterismError("a server cannot go on from a response prefix", remedy="Sample with the local engine.")
    return (
        *prompt.rendered_from,
        *(
            Message.assistant(segment.text) if segment.role == "model" else Message.user(segment.text, segment.images)
            for segment in rest
        ),
    )


def _end(text: str, stop: Sequence[str]) -> int:
    """Where the first stop string to be completed ends; the end of the text where there is none."""
    return min((place + len(each) for each in stop if (place := text.find(each)) >= 0), default=len(text))
