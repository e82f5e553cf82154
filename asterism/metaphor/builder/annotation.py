"""Asking the server on behalf of a record."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from asterism.answers.truth import read_truth
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.core.seeds import derive_seed
from asterism.llm.ledger import Ledger
from asterism.llm.reply import Reply
from asterism.llm.request import ChatRequest
from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.filters.blind import UNKNOWABLE, answerable, guessed_labels
from asterism.metaphor.builder.prompts import (
    Language,
    blind_prompt,
    caption_prompt,
    statements_prompt,
    statements_schema,
)
from asterism.metaphor.builder.statement import Statement

T = TypeVar("T")

CAPTION, STATEMENTS, BLIND = STEPS = ("caption", "statements", "blind")
_BLIND_TOKENS = 16
_PROBES = "(probes)"
"""Stands for a record where statements about no image are asked about."""
_PROBE_ROUNDS = 2


async def all_of(coroutines: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all, at once. The first fault is raised once all have ended and are booked."""
    results = await asyncio.gather(*coroutines, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


class AnnotationClient:
    """Makes the requests of the three steps; their seeds come from the record, the step and the number of the draw."""

    def __init__(self, ledger: Ledger, config: BuildConfig) -> None:
        self._ledger = ledger
        self._config = config
        self._probing: dict[Language, asyncio.Task[frozenset[str]]] = {}
        self._structured = ledger.client.config.structured != "off"

    async def caption(self, record: str, image: Image, language: Language, draw: int) -> Reply:
        """A description of the image.

        Raises:
            LlmError: there is no reply.
        """
        message = Message.user(caption_prompt(language), (image,))
        config = self._config
        return await self._ask(CAPTION, record, message, config.caption_temperature, config.top_p, draw, 512)

    async def statements(
        self, record: str, image: Image, explanation: str, caption: str | None, language: Language, draw: int
    ) -> Reply:
        """Statements about the image, yet to be parsed.

        Raises:
            LlmError: there is no reply.
        """
        config = self._config
        text = statements_prompt(
            explanation, caption, language, config.fewest, config.most, structured=self._structured
        )
        message = Message.user(text, (image,))
        return await self._ask(
            STATEMENTS, record, message, config.statement_temperature, config.top_p, draw, config.max_tokens
        )

    async def judged_blind(self, record: str, statement: Statement, language: Language) -> tuple[bool, int]:
        """Whether the statement's label is found without the image, and after how many answers that was settled.

        Raises:
            LlmError: there is no reply.
        """
        if statement.label in await self._guessed(language):
            return False, 0
        answers: list[str | None] = []
        config = self._config
        while (verdict := answerable(answers, statement.label, config.blind_samples, config.blind_share)) is None:
            answers.append(await self._blind(record, statement.text, language, len(answers)))
        return verdict, len(answers)

    async def _guessed(self, language: Language) -> frozenset[str]:
        """The labels that the blind model gives to what it cannot know; asked once a language."""
        if language not in self._probing:
            self._probing[language] = asyncio.ensure_future(self._probe(language))
        return await asyncio.shield(self._probing[language])

    async def _probe(self, language: Language) -> frozenset[str]:
        texts = [(text, draw) for draw in range(_PROBE_ROUNDS) for text in UNKNOWABLE[language]]
        return guessed_labels(await all_of([self._blind(_PROBES, text, language, draw) for text, draw in texts]))

    async def _blind(self, record: str, text: str, language: Language, draw: int) -> str | None:
        message = Message.user(blind_prompt(text, language))
        temperature = self._config.blind_temperature
        reply = await self._ask(BLIND, record, message, temperature, 1.0, draw, _BLIND_TOKENS)
        return read_truth(reply.text).value

    async def _ask(
        self, step: str, record: str, message: Message, temperature: float, top_p: float, draw: int, max_tokens: int
    ) -> Reply:
        config = self._config
        models = {CAPTION: config.caption_model, STATEMENTS: config.statement_model, BLIND: config.blind_model}
        schema = statements_schema(config.fewest, config.most) if step == STATEMENTS and self._structured else None
        request = ChatRequest(
            messages=(message,),
            model=models[step] or self._ledger.client.config.model,
            temperature=temperature,
            top_p=top_p,
            max_tokens=max_tokens,
            seed=derive_seed(config.seed, step, message.text, draw) % 2**31,
            sample=draw,
            schema=schema,
        )
        return await self._ledger.ask(step, record, request)
