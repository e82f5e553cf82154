"""Sampling in this process: each distinct prompt is read once, then continued by all of its samples.

Completions end at different lengths. When too few rows are still being written, the finished ones leave and waiting
ones take their places: their prompts are read and their rows join those that run (continuous batching). Each round is
a prefill and the decoding steps up to the next.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import takewhile

import torch
from torch import Tensor

from asterism.core.errors import AsterismError
from asterism.policy.decode_cache import Branch, join, joinable
from asterism.policy.encoder import Encoder
from asterism.policy.inputs import Encoded
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from asterism.policy.shared_cache import join_shared, shareable, shared_attention
from asterism.policy.text_config import text_config
from asterism.rollout.draft import Draft, Waiting
from asterism.rollout.endings import Endings
from asterism.rollout.engine import Completion, Follow, Request, SamplingConfig
from asterism.rollout.past import Pasts
from asterism.rollout.sampling import draw_tokens, uniforms

Context = tuple[tuple[int, ...], tuple[str, ...]]
"""What tells one context from another: its tokens and its images."""

COMPACT_BELOW = 0.75
"""Finished rows leave the batch, and waiting ones join it, when fewer than this share of its rows are being written."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows to be written on: their drafts, their last tokens ``[rows]``, and what was read before those."""

    drafts: tuple[Draft, ...]
    tokens: Tensor
    branch: Branch

    def going(self) -> "_Rows":
        """Those that are not done."""
        places = [place for place, draft in enumerate(self.drafts) if not draft.done]
        index = torch.tensor(places, dtype=torch.long, device=self.tokens.device)
        branch = replace(self.branch, index=self.branch.index[index])
        return _Rows(tuple(self.drafts[place] for place in places), self.tokens[index], branch)


@dataclass(frozen=True, slots=True)
class _Prompts:
    """Distinct prompts that were read: their logits ``[prompts, vocabulary]`` of what follows, and the prefix.

    Two prompts are the same where they are one object, as the encoder remembers them.
    """

    encoded: tuple[Encoded, ...]
    logits: Tensor
    prefix: Prefix

    def places(self, drafts: Iterable[Draft]) -> list[int]:
        """Where the prompts of these drafts stand, up to the first draft whose prompt is not among them."""
        known = {id(prompt): place for place, prompt in enumerate(self.encoded)}
        own = takewhile(lambda draft: id(draft.prompt) in known, drafts)
        return [known[id(draft.prompt)] for draft in own]

    def only(self, place: int) -> "_Prompts":
        """One of them; the others are used up."""
        index = torch.tensor([place], device=self.logits.device)
        return _Prompts((self.encoded[place],), self.logits[index], self.prefix.select(index))


@dataclass(slots=True)
class _Work:
    """One call: what waits, what runs, what finished, and the prompts read of which the next waiting draft has one.

    ``shared`` says whether the rows of a prompt read one copy of its keys.
    """

    sampling: SamplingConfig
    waiting: Waiting
    shared: bool
    running: _Rows | None = None
    prompts: _Prompts | None = None
    followed: bool = False
    """Whether further requests come as completions finish."""
    finished: list[Draft] = field(default_factory=list)
    places: int = 0
    """Samples that were asked for so far."""
    contexts: dict[Context, Encoded] = field(default_factory=dict)
    """One object for each distinct context of the call."""
    endings: dict[tuple[str, ...], Endings] = field(default_factory=dict)
    """What ends a completion, by stop strings."""


class LocalEngine:
    """Samples from a policy in this process.

    The prompt and its images are encoded once per distinct prompt and the cache is branched to the samples; finished
    rows leave the batch and waiting ones join it. Placeholders of images are never sampled. Nothing is kept between
    calls, so new weights are in force at once.

    Where a layer is of a type whose rows cannot be joined (:func:`asterism.policy.decode_cache.joinable`), waiting rows
    begin when all that run have finished.
    """

    def __init__(
        self, policy: Policy, *, encoder: Encoder | None = None, rows: int = 256, never: Sequence[int] = ()
    ) -> None:
        """``rows`` are the most completions written at a time; the token ids ``never`` are not sampled either."""
        self.policy = policy
        self.encoder = encoder or Encoder(policy)
        self.rows = rows
        suppressed = sorted({*policy.suppressed_token_ids, *never})
        self._suppressed = torch.tensor(suppressed, dtype=torch.long, device=policy.device)
        self._joinable = joinable(policy)
        self._shareable = shareable(policy)
        self.pasts = Pasts(policy)
        """What has been read of conversations that go on."""
        self.policy_version = 0
        """Which weights write now."""

    def update_weights(self, version: int) -> None:
        """The policy's weights were changed; they are the engine's own, so they are in force already."""
        self.policy_version = version
        self.pasts.clear()

    def close(self) -> None:
        """End the threads that encode ahead."""
        self.encoder.close()

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
            AsterismError: a prompt leaves no room in the model's context.
        """
        self.pasts.begin()
        completions: dict[int, Completion] = {}
        work = _Work(sampling, Waiting(iter(())), self._shares(requests), followed=follow is not None)
        work.waiting.append(self._drafts(requests, work))
        with self.policy.clock("decode"), self._attention(work):
            while True:
                self._prefill(work)
                new = {draft.place: self._completion(draft) for draft in work.finished}
                completions |= new
                self.policy.clock.count(sum(len(draft.token_ids) for draft in work.finished))
                work.finished.clear()
                if on_progress is not None and new:
                    on_progress(len(new))
                idle = work.running is None
                if follow is not None and (new or idle) and (more := follow([*new.values()], idle)):
                    work.waiting.append(self._drafts(more, work))
                elif idle:
                    return [completions[place] for place in range(len(completions))]
                if work.running is not None:
                    self._decode(work)

    def _drafts(self, requests: Sequence[Request], work: _Work) -> Iterator[Draft]:
        for request in requests:
            prompt = self._context(request, work)
            limit = work.sampling.max_tokens if request.max_tokens is None else request.max_tokens
            longest = min(limit, self._room(prompt, request))
            for sample in range(request.first, request.first + request.samples):
                draft = Draft(work.places, request, sample, prompt, uniforms(request.seed, sample, longest))
                if request.keep and request.samples == 1 and self._joinable:
                    draft.past = self.pasts.take(request.context, prompt.token_ids)
                work.places += 1
                yield draft

    def _context(self, request: Request, work: _Work) -> Encoded:
        """What a request's conversation holds so far; equal ones are one object."""
        encoded = self.encoder.whole(request.context, where=request.id)
        return work.contexts.setdefault((encoded.token_ids, encoded.vision.digests), encoded)

    def _shares(self, requests: Sequence[Request]) -> bool:
        """Whether to decode over shared prompts: two products instead of one pay where prompts have several rows."""
        distinct = {
            tuple((segment.text, segment.token_ids, tuple(map(id, segment.images))) for segment in request.context)
            for request in requests
        }
        return self._shareable and sum(each.samples for each in requests) >= 2 * len(distinct)

    def _attention(self, work: _Work) -> AbstractContextManager[None]:
        return shared_attention(text_config(self.policy.model.config)) if work.shared else nullcontext()

    def _room(self, prompt: Encoded, request: Request) -> int:
        """How many tokens an answer may have in the model's context."""
        room = self.policy.context_length - len(prompt.token_ids)
        if room <= 0:
            raise AsterismError(
                f"the prompt of {len(prompt.token_ids)} tokens leaves no room for an answer in the model's context "
                f"of {self.policy.context_length}",
                where=request.id,
                remedy="Shorten the text or scale the images down.",
            )
        return room

    @torch.inference_mode()
    def _prefill(self, work: _Work) -> None:
        """Finished rows leave the batch, waiting ones are begun in their places."""
        staying: list[_Rows] = []
        if work.running is not None:
            work.finished += [draft for draft in work.running.drafts if draft.done]
            staying = [rows for rows in [work.running.going()] if rows.drafts]
        work.running = None
        begun = self._begun(work, staying) if self._joinable or not staying else []
        if staying or begun:
            work.running = self._joined([*staying, *begun], shared=work.shared)
        if work.prompts is not None and len(work.prompts.encoded) > 1:
            work.prompts = work.prompts.only(work.prompts.places(work.waiting.first(1))[0])

    @torch.inference_mode()
    def _decode(self, work: _Work) -> None:
        """Write on, a token a row and step, until too few rows are still being written."""
        assert work.running is not None
        drafts, tokens, prefix = work.running.drafts, work.running.tokens, work.running.branch.prefix
        # With a follow-up every finished row has an episode that waits for it; else a few may wait for the others.
        least = len(drafts) if work.followed else COMPACT_BELOW * len(drafts)
        while (going := sum(not draft.done for draft in drafts)) and going >= least:
            hidden, prefix = self.policy.read_on(prefix, tokens[:, None])
            writing = [draft for draft in drafts if draft.request.keep and not draft.done]
            tokens = self._write(drafts, self.policy.head(hidden[:, -1]), work)
            if any(draft.done for draft in writing):
                self._keep({draft.place for draft in writing}, drafts, prefix, range(len(drafts)))
        work.running = _Rows(drafts, tokens, Branch(prefix, work.running.branch.index))

    def _begun(self, work: _Work, staying: Sequence[_Rows]) -> list[_Rows]:
        """Waiting rows with their first token, as many as find a seat, each distinct prompt read once."""
        begun: list[_Rows] = []
        seats = self.rows - sum(len(rows.drafts) for rows in staying)
        while seats and (line := work.waiting.first(seats)) and (self._joinable or not begun):
            prompts = work.prompts or self._read(line)
            index = torch.tensor(prompts.places(line), device=self.policy.device)
            drafts = tuple(line[: len(index)])
            work.waiting.leave(len(drafts))
            tokens = self._write(drafts, prompts.logits[index], work)
            work.finished += [draft for draft in drafts if draft.done]
            self._keep({draft.place for draft in drafts if draft.request.keep}, drafts, prompts.prefix, index.tolist())
            kept = self._joinable and bool(prompts.places(work.waiting.first(1)))
            work.prompts = prompts if kept else None
            rows = _Rows(drafts, tokens, Branch(prompts.prefix, index, kept)).going()
            begun += [rows] if rows.drafts else []
            seats -= len(rows.drafts)
        return begun

    def _keep(self, places: AbstractSet[int], drafts: Sequence[Draft], prefix: Prefix, rows: Sequence[int]) -> None:
        """Keep what was read of the drafts at some places that have just ended; ``rows`` are theirs in the prefix."""
        for draft, row in zip(drafts, rows, strict=True):
            if draft.place in places and draft.done and self._joinable:
                read = (*draft.prompt.token_ids, *draft.token_ids[:-1])
                self.pasts.keep(draft.request.context, read, prefix, row)

    def _read(self, drafts: Sequence[Draft]) -> _Prompts:
        """The distinct prompts of some drafts; of a conversation that goes on only what is new."""
        distinct = {id(draft.prompt): draft for draft in drafts}
        fresh = [draft.prompt for draft in distinct.values() if draft.past is None]
        continued = [draft for draft in distinct.values() if draft.past is not None]
        with self.policy.clock("prefill"):
            parts = [self._read_fresh(fresh)] if fresh else []
            # Rows of one length together: nothing is padded behind a cache, which recurrent layers could not bear.
            by_length: dict[int, list[Draft]] = {}
            for draft in continued:
                new = len(draft.prompt.token_ids) - (draft.past.tokens if draft.past else 0)
                by_length.setdefault(new, []).append(draft)
            parts += [self._read_on(of_length) for of_length in by_length.values()]
        if len(parts) == 1:
            return parts[0]
        rows = [torch.arange(len(part.encoded), device=self.policy.device) for part in parts]
        whole = join([Branch(part.prefix, index) for part, index in zip(parts, rows, strict=True)])
        encoded = tuple(prompt for part in parts for prompt in part.encoded)
        return _Prompts(encoded, torch.cat([part.logits for part in parts]), whole)

    def _read_fresh(self, encoded: Sequence[Encoded]) -> _Prompts:
        self.policy.clock.count(sum(len(prompt.token_ids) for prompt in encoded))
        hidden, prefix = self.policy.read_prefix(self.policy.batch(encoded, "left"))
        return _Prompts(tuple(encoded), self.policy.head(hidden[:, -1]), prefix)

    def _read_on(self, drafts: Sequence[Draft]) -> _Prompts:
        """Conversations with as many new tokens each, from what was read of them."""
        pasts = [draft.past for draft in drafts if draft.past is not None]
        new = [self.policy.cut(draft.prompt, past.tokens)[1] for draft, past in zip(drafts, pasts, strict=True)]
        self.policy.clock.count(sum(len(each.token_ids) for each in new))
        first = torch.tensor([0], device=self.policy.device)
        inputs = self.policy.batch(new, "right")
        before = join([Branch(past.prefix, first) for past in pasts])
        hidden, prefix = self.policy.read_on(before, inputs.token_ids, inputs.mask, inputs.vision)
        return _Prompts(tuple(draft.prompt for draft in drafts), self.policy.head(hidden[:, -1]), prefix)

    def _joined(self, parts: Sequence[_Rows], *, shared: bool) -> _Rows:
        drafts = tuple(draft for rows in parts for draft in rows.drafts)
        tokens = torch.cat([rows.tokens for rows in parts])
        branches = [rows.branch for rows in parts]
        if shared:
            prefix = join_shared(branches)
        else:
            prefix = join(branches) if self._joinable else branches[0].prefix.select(branches[0].index)
        return _Rows(drafts, tokens, Branch(prefix, torch.arange(len(drafts), device=tokens.device)))

    def _write(self, drafts: Sequence[Draft], logits: Tensor, work: _Work) -> Tensor:
        """Draw a token for each draft from its logits ``[rows, vocabulary]``, and add it to those not done."""
        uniform = torch.tensor([draft.uniform for draft in drafts], dtype=torch.float64, device=logits.device)
        tokens, logprobs = draw_tokens(logits, uniform, self._suppressed, work.sampling)
        for draft, token, logprob in zip(drafts, tokens.tolist(), logprobs.tolist(), strict=True):
            if not draft.done:
                draft.token_ids.append(token)
                draft.logprobs.append(logprob)
                draft.ended = self._endings(draft.request, work).reached(draft.token_ids)
        return tokens

    def _endings(self, request: Request, work: _Work) -> Endings:
        stop = (*work.sampling.stop, *request.stop)
        if stop not in work.endings:
            work.endings[stop] = Endings(self.policy, stop)
        return work.endings[stop]

    def _completion(self, draft: Draft) -> Completion:
        later = sum(len(segment.token_ids) for segment in draft.request.context[1:])
        read = draft.prompt.token_ids
        return Completion(
            request=draft.request.id,
            sample=draft.sample,
            prompt_token_ids=read[: len(read) - later],
            token_ids=tuple(draft.token_ids),
            logprobs=tuple(draft.logprobs),
            text=self.policy.decode(draft.token_ids),
            finish_reason=draft.ended or "length",
            policy_version=self.policy_version,
        )
