"""Sampling in this process: each distinct prompt is read once, then continued by all of its samples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from asterism.rollout.engine import Completion, Request, SamplingConfig
from asterism.rollout.sampling import draw_tokens, uniforms

COMPACT_BELOW = 0.75
"""Finished rows leave the decoding batch when fewer than this share of its rows are still being written."""


@dataclass(slots=True)
class _Row:
    """A completion in the making."""

    request: Request
    sample: int
    prompt: Encoded
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    stopped: bool = False
    done: bool = False


class LocalEngine:
    """Samples from a policy in this process.

    The prompt and its pictures are encoded once per distinct prompt and the cache is branched to the samples;
    finished rows leave the batch. Placeholders of pictures are never sampled. Nothing is kept between calls, so
    new weights are in force at once.
    """

    def __init__(self, policy: Policy, *, encoder: Encoder | None = None, rows: int = 256) -> None:
        self.policy = policy
        self.encoder = encoder or Encoder(policy)
        self.rows = rows
        """The most completions decoded at a time."""
        self._suppressed = torch.tensor(policy.suppressed_token_ids, dtype=torch.long, device=policy.device)
        self._stops = frozenset(policy.stop_token_ids)
        added = policy.tokenizer.added_tokens_decoder
        self._unseen = frozenset(token_id for token_id, token in added.items() if token.special)
        """Tokens that leave no text."""

    def generate(
        self,
        requests: Sequence[Request],
        sampling: SamplingConfig,
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> list[Completion]:
        """All samples of all requests, ordered by request, then sample (see :class:`asterism.rollout.engine.Engine`).

        Raises:
            AsterismError: a prompt leaves no room in the model's context.
        """
        completions: list[Completion] = []
        for batch in self._batches(requests, sampling):
            with self.policy.clock("decode"):
                written = self._decode(batch, sampling)
                self.policy.clock.count(sum(len(completion.token_ids) for completion in written))
            completions += written
            if on_progress is not None:
                on_progress(len(batch))
        return completions

    def _batches(self, requests: Sequence[Request], sampling: SamplingConfig) -> Iterator[list[_Row]]:
        """Rows in order, at most ``self.rows`` at a time; a request is cut only where it has more samples than that."""
        batch: list[_Row] = []
        for request in requests:
            prompt = self.encoder.encode(request.prompt, request.images, where=request.id)
            self._check_room(prompt, request)
            if batch and len(batch) + request.samples > self.rows:
                yield batch
                batch = []
            for sample in range(request.samples):
                batch.append(_Row(request, sample, prompt))
                if len(batch) == self.rows:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def _check_room(self, prompt: Encoded, request: Request) -> None:
        if len(prompt.token_ids) >= self.policy.context_length:
            raise AsterismError(
                f"the prompt of {len(prompt.token_ids)} tokens leaves no room for an answer in the model's context "
                f"of {self.policy.context_length}",
                where=request.id,
                remedy="Shorten the text or scale the pictures down.",
            )

    @torch.inference_mode()
    def _decode(self, batch: list[_Row], sampling: SamplingConfig) -> list[Completion]:
        logits, prefix = self._prefill(batch)
        live = list(batch)
        randoms = self._randoms(batch, sampling)
        for step in range(sampling.max_tokens):
            tokens, logprobs = draw_tokens(logits, randoms[:, step], self._suppressed, sampling)
            self._append(live, tokens.tolist(), logprobs.tolist(), sampling)
            going = [index for index, row in enumerate(live) if not row.done]
            if not going or step + 1 == sampling.max_tokens:
                break
            if len(going) < COMPACT_BELOW * len(live):
                index = torch.tensor(going, device=tokens.device)
                prefix, tokens, randoms = prefix.select(index), tokens[index], randoms[index]
                live = [live[place] for place in going]
            hidden, prefix = self.policy.read_on(prefix, tokens[:, None])
            logits = self.policy.head(hidden[:, -1])
        return [self._completion(row) for row in batch]

    def _randoms(self, batch: list[_Row], sampling: SamplingConfig) -> Tensor:
        """The random numbers of every row, ``[rows, max_tokens]``."""
        drawn = [uniforms(row.request.seed, row.sample, sampling.max_tokens) for row in batch]
        return torch.from_numpy(np.stack(drawn)).to(self.policy.device)

    def _prefill(self, batch: list[_Row]) -> tuple[Tensor, Prefix]:
        """First logits ``[rows, vocabulary]`` and the prefix of every row, each distinct prompt read once."""
        first: dict[int, int] = {}
        prompts: list[Encoded] = []
        for row in batch:
            if id(row.prompt) not in first:
                first[id(row.prompt)] = len(prompts)
                prompts.append(row.prompt)
        with self.policy.clock("prefill"):
            self.policy.clock.count(sum(len(prompt.token_ids) for prompt in prompts))
            hidden, prefix = self.policy.read_prefix(self.policy.batch(prompts, "left"))
            index = torch.tensor([first[id(row.prompt)] for row in batch], device=hidden.device)
            return self.policy.head(hidden[:, -1])[index], prefix.select(index)

    def _append(self, live: list[_Row], tokens: list[int], logprobs: list[float], sampling: SamplingConfig) -> None:
        for row, token, logprob in zip(live, tokens, logprobs, strict=True):
            if row.done:
                continue
            row.token_ids.append(token)
            row.logprobs.append(logprob)
            ended = token in self._stops or self._hit_stop(row, sampling)
            full = len(row.prompt.token_ids) + len(row.token_ids) >= self.policy.context_length
            row.stopped = ended
            row.done = ended or full

    def _hit_stop(self, row: _Row, sampling: SamplingConfig) -> bool:
        if not sampling.stop:
            return False
        # A stop string may begin in an earlier token: as many tokens as the longest has bytes are enough, since a token
        # that leaves text stands for a byte at least.
        longest = max(len(stop.encode()) for stop in sampling.stop)
        seen = (token for token in reversed(row.token_ids) if token not in self._unseen)
        tail = self.policy.decode([*islice(seen, longest + 1)][::-1])
        return any(stop in tail for stop in sampling.stop)

    def _completion(self, row: _Row) -> Completion:
        return Completion(
            request=row.request.id,
            sample=row.sample,
            prompt_token_ids=row.prompt.token_ids,
            token_ids=tuple(row.token_ids),
            logprobs=tuple(row.logprobs),
            text=self.policy.decode(row.token_ids),
            stopped=row.stopped,
        )
