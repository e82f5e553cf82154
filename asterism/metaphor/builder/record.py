"""One record from image and explanation to checked statements."""

import asyncio
from dataclasses import dataclass, field

import PIL.Image

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.llm.reply import Reply
from asterism.metaphor.builder.annotation import CAPTION, STATEMENTS, AnnotationClient, all_of
from asterism.metaphor.builder.checks import check_blind, check_number, check_texts
from asterism.metaphor.builder.config import BuildConfig
from asterism.metaphor.builder.filters.boilerplate import poor_caption, poor_explanation
from asterism.metaphor.builder.filters.language import detect_language, wrong_language
from asterism.metaphor.builder.items import Dropped, Failure, Item
from asterism.metaphor.builder.parse import parse_statements
from asterism.metaphor.builder.prompts import Language
from asterism.metaphor.builder.source import Source
from asterism.metaphor.builder.statement import Statement

_SUFFIXES = {"JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"), "PNG": (".png",), "WEBP": (".webp",), "GIF": (".gif",)}
_EXCERPT = 120


@dataclass(slots=True)
class _Work:
    """What is known of a record while it is made."""

    source: Source
    language: Language
    image: Image
    notes: list[str] = field(default_factory=list)
    caption: str | None = None
    kept: list[Statement] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    blind: dict[str, bool] = field(default_factory=dict)
    asked_blind: dict[str, int] = field(default_factory=dict)

    def fail(self, step: str, reason: str, text: str = "") -> None:
        self.failures.append(Failure(step, reason, " ".join(text.split())[:_EXCERPT]))


async def make_item(source: Source, client: AnnotationClient, config: BuildConfig) -> Item:
    """The statements of a record, or why it has none.

    Raises:
        LlmError: the server could not be asked; the record is not finished.
    """
    try:
        fingerprint = await asyncio.to_thread(source.fingerprint)
    except AsterismError as error:
        missing = source.image is not None and not source.image.exists()
        return Item(source.id, "", reason="image missing" if missing else "image unreadable", notes=(error.what,))
    if source.image is None:
        return Item(source.id, fingerprint, reason="no image")
    language, reason = await asyncio.to_thread(_usable, source.explanation, config)
    if language is None:
        return Item(source.id, fingerprint, reason=reason)
    work = _Work(source, language, source.image, notes=_misnamed(source.image))
    reason = await _make(work, client, config)
    return Item(
        id=source.id,
        source=fingerprint,
        reason=reason,
        language=language,
        caption=work.caption,
        statements=tuple(work.kept),
        dropped=tuple(work.dropped),
        failures=tuple(work.failures),
        notes=tuple(work.notes),
        blind=tuple(work.asked_blind.items()),
    )


def _usable(explanation: str, config: BuildConfig) -> tuple[Language | None, str]:
    """The language to write in, or None and why the explanation cannot be used."""
    if not explanation:
        return None, "no explanation"
    poor = poor_explanation(explanation)
    if poor is not None:
        return None, f"explanation: {poor}"
    language = detect_language(explanation) if config.language == "auto" else config.language
    if language is None or wrong_language(explanation, language):
        return None, "explanation: wrong language"
    return language, ""


async def _make(work: _Work, client: AnnotationClient, config: BuildConfig) -> str:
    if config.caption:
        await _describe(work, client, config)
    reason = "no reply that can be read"
    for draw in range(config.attempts):
        reply = await client.statements(
            work.source.id, work.image, work.source.explanation, work.caption, work.language, draw
        )
        written = await asyncio.to_thread(_read, work, reply)
        if not written:
            continue
        await _check(work, written, client, config)
        work.kept, surplus, reason = check_number(work.kept, config, work.source.id)
        work.dropped += surplus
        if not reason:
            break
        work.fail(STATEMENTS, reason)
    return reason


async def _describe(work: _Work, client: AnnotationClient, config: BuildConfig) -> None:
    for draw in range(config.attempts):
        reply = await client.caption(work.source.id, work.image, work.language, draw)
        text = reply.text.strip()
        fault = _no_text(reply) or poor_caption(text)
        if fault is None and wrong_language(text, work.language):
            fault = "wrong language"
        if fault is None:
            work.caption = text
            return
        work.fail(CAPTION, fault, text)
    work.notes.append("no caption")


def _read(work: _Work, reply: Reply) -> list[Statement]:
    """The statements of a reply; none, with a failure on record, where it cannot be read."""
    fault = _no_text(reply)
    if fault is not None:
        work.fail(STATEMENTS, fault, reply.refusal or reply.text)
        return []
    parsed = parse_statements(reply.text, cut_off=reply.cut_off)
    for each in parsed.faults:
        work.fail("statement", each.reason, each.excerpt)
    if parsed.failure is not None:
        work.fail(STATEMENTS, parsed.failure, reply.text)
        return []
    foreign = sum(wrong_language(each.text, work.language) for each in parsed.statements)
    if foreign * 2 > len(parsed.statements):
        work.fail(STATEMENTS, "wrong language", reply.text)
        work.dropped += [
            Dropped(each.text, each.label, "wrong_language", "the whole reply") for each in parsed.statements
        ]
        return []
    return list(parsed.statements)


async def _check(work: _Work, written: list[Statement], client: AnnotationClient, config: BuildConfig) -> None:
    """Put what was written beside what was kept of earlier replies, and keep what passes the filters."""
    left, dropped = await asyncio.to_thread(check_texts, [*work.kept, *written], work.language)
    work.dropped += dropped
    if config.blind_samples:
        fresh = [each for each in left if each.text not in work.blind]
        verdicts = await all_of([client.judged_blind(work.source.id, each, work.language) for each in fresh])
        for each, (verdict, answers) in zip(fresh, verdicts, strict=True):
            work.blind[each.text] = verdict
            work.asked_blind[each.text] = answers
        left, dropped = check_blind(left, work.blind)
        work.dropped += dropped
    work.kept = left


def _no_text(reply: Reply) -> str | None:
    return {"refused": "refused", "filtered": "withheld by a filter", "empty": "empty"}.get(reply.outcome)


def _misnamed(image: Image) -> list[str]:
    """A note where the name of an image's file tells another format than its content."""
    if image.path is None:
        return []
    with PIL.Image.open(image.path) as opened:
        suffixes = _SUFFIXES.get(opened.format or "")
    suffix = image.path.suffix.lower()
    return [] if suffixes is None or suffix in suffixes else [f"image is {suffixes[0][1:]}, its name says {suffix[1:]}"]
