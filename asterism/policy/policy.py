"""The policy: a vision-language model, its processor, and what is particular to its family."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

import torch
from pydantic import Field
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn.attention.flex_attention import BlockMask
from transformers import Cache, PreTrainedModel, ProcessorMixin

from asterism.core.clock import Clock
from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.message import Message
from asterism.policy.controls import LONGEST_OPENING, Controls, opening
from asterism.policy.family import Family, family_of
from asterism.policy.folder import written_beside
from asterism.policy.head import is_one_matrix, own_logits
from asterism.policy.inputs import Encoded, ModelInputs, Side, VisionInputs, pad_rows
from asterism.policy.lora import has_adapters, merged_weights
from asterism.policy.packing import Pieces, flex_attention
from asterism.policy.positions import next_positions
from asterism.policy.prefix import Prefix, new_cache
from asterism.policy.renderer import render, render_observation
from asterism.policy.sight import Sight
from asterism.policy.source import no_progress_bars, read_source
from asterism.policy.suppressed import suppressed_token_ids
from asterism.policy.text_config import layer_types, steady_positions, text_config


class FreezeConfig(Config):
    """Which parts of the model keep their weights."""

    vision: bool = Field(False, description="keep the vision tower as it is")
    projector: bool = Field(False, description="keep the projector from vision to language as it is")
    language: bool = Field(False, description="keep the language model and its output layer as they are")


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A vision-language model that can be asked, sampled and trained.

    A forward pass is split in two so that the output layer runs only where it is wanted: :meth:`read` gives hidden
    states, :meth:`head` turns chosen ones into logits.
    """

    model: PreTrainedModel
    processor: Any
    family: Family
    suppressed_token_ids: tuple[int, ...] = field(init=False)
    """Token ids that must never be sampled (see :func:`asterism.policy.suppressed.suppressed_token_ids`)."""
    plain_head: bool = field(init=False)
    """Whether the output layer is one matrix (see :mod:`asterism.policy.head`)."""
    controls: Controls = field(init=False)
    """The control tokens of the tokenizer, which no text of a user may write."""
    sight: Sight = field(default_factory=Sight)
    """What has been made of images."""
    clock: Clock = field(default_factory=Clock)
    """Where the time goes of whatever is done with this policy."""

    def __post_init__(self) -> None:
        # Computed once: it reads the whole vocabulary. (A frozen dataclass sets its own derived fields this way.)
        suppressed = suppressed_token_ids(self.family, self.model.config, self.processor.tokenizer)
        object.__setattr__(self, "suppressed_token_ids", suppressed)
        object.__setattr__(self, "plain_head", is_one_matrix(self.model))
        object.__setattr__(self, "controls", Controls(self.processor, self.family.vision_tokens))

    @classmethod
    def load(
        cls,
        source: str | Path,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
        clock: Clock | None = None,
    ) -> Self:
        """The policy in a folder of the transformers layout, or under a hub id.

        ``clock`` where its time is to be told together with another policy's.

        Raises:
            AsterismError: the folder is missing or lacks configuration, processor, tokenizer, chat template or
                weights; a file is damaged; the hub cannot be reached; the model type has no family here.
        """
        device = torch.device(device)
        return cls(*read_source(source, device=device, dtype=dtype), clock=clock or device_clock(device))

    @classmethod
    def of(cls, model: PreTrainedModel, processor: ProcessorMixin) -> Self:
        """The policy of a model and a processor that are at hand.

        Raises:
            AsterismError: the model type has no family here.
        """
        model.train(False)
        return cls(model, processor, family_of(model.config), clock=device_clock(model.device))

    def save(self, folder: Path) -> None:
        """Write model and processor in the transformers layout, beside the folder and then renamed.

        Adapters are merged into the weights.

        Raises:
            AsterismError: it cannot be written (a full disk); what the folder held before is still there.
        """
        no_progress_bars()  # commands draw their own
        try:
            with written_beside(folder) as part:
                weights = merged_weights(self.model) if has_adapters(self.model) else None
                self.model.save_pretrained(part, state_dict=weights)
                self.processor.save_pretrained(part)
        except (OSError, SafetensorError) as error:
            raise AsterismError(
                f"the model cannot be saved ({error})",
                where=str(folder),
                remedy="Free some space or choose another folder; an earlier save there is untouched.",
            ) from error

    def freeze(self, frozen: FreezeConfig) -> None:
        """Let gradients flow only to the parts that are not frozen.

        A parameter shared with a frozen part is frozen.

        Raises:
            AsterismError: nothing is left to train.
        """
        names = {name for name in FreezeConfig.model_fields if getattr(frozen, name)}
        parts = self.family.parts(self.model)
        trainable = {key for key, held_by in parts.items() if not held_by & names}
        if not trainable:
            raise AsterismError(
                f"freezing {', '.join(sorted(names))} leaves nothing to train",
                where="freeze",
                remedy="Set one of freeze.vision, freeze.projector, freeze.language to false.",
            )
        for parameter in self.model.parameters():
            parameter.requires_grad_(id(parameter) in trainable)

    @property
    def vision_parameters(self) -> tuple[nn.Parameter, ...]:
        """The parameters of vision tower and projector."""
        parts = self.family.parts(self.model)
        return tuple(each for each in self.model.parameters() if parts[id(each)] & {"vision", "projector"})

    def trainable_parameters(self) -> list[nn.Parameter]:
        """The parameters that take gradients, each once, in the model's order."""
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.device

    @property
    def tokenizer(self) -> Any:
        """The processor's tokenizer."""
        return self.processor.tokenizer

    @property
    def context_length(self) -> int:
        """The longest row, in tokens, that the language model takes with the same rotary frequencies throughout."""
        return steady_positions(self.model.config)

    @property
    def vocabulary_size(self) -> int:
        """Tokens that the output layer tells apart."""
        return int(text_config(self.model.config).vocab_size)

    @property
    def layer_types(self) -> tuple[str, ...]:
        """The attention type of each language layer (see :func:`asterism.policy.text_config.layer_types`)."""
        return layer_types(self.model.config)

    @property
    def pad_token_id(self) -> int:
        """What rows are padded with; never a placeholder of an image."""
        pad = self.tokenizer.pad_token_id
        return int(self.tokenizer.eos_token_id if pad is None else pad)

    @property
    def stop_token_ids(self) -> tuple[int, ...]:
        """Token ids that end a completion, ascending."""
        configured = self.model.generation_config.eos_token_id
        listed = configured if isinstance(configured, list) else [configured]
        found = {token for token in (*listed, self.tokenizer.eos_token_id) if token is not None}
        return tuple(sorted(found - set(self.suppressed_token_ids)))

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text of tokens; special tokens are left out, save the tags of the asked form."""
        if not self.controls.hides_tags:
            return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=True))
        spoken = [token for token in token_ids if token not in self.controls.silent]
        return str(self.tokenizer.decode(spoken, skip_special_tokens=False))

    def opened(self, token_ids: Sequence[int]) -> str:
        """What a prompt of these tokens has begun of the model's turn: ``<think>`` and a line break, or nothing."""
        return opening(str(self.tokenizer.decode(list(token_ids[-LONGEST_OPENING:]), skip_special_tokens=False)))

    def encode(self, prompt: str, images: Sequence[Image], *, where: str = "prompt") -> Encoded:
        """One message of a user as the model reads it (see :meth:`encode_messages`): the images, then the text."""
        return self.encode_messages([Message.user(prompt, images)], where=where)

    def encode_messages(self, messages: Sequence[Message], *, where: str = "prompt") -> Encoded:
        """A conversation as the model reads it: its messages, then the cue to answer.

        What the texts hold of control tokens is encoded as the letters that it is. ``where`` names the task in errors.

        Raises:
            AsterismError: a control token cannot be told from text, the processor refuses an image, the placeholders do
                not equal the features the model makes of the images, or the prompt exceeds the model's context.
        """
        if not self.controls.among(message.text for message in messages):
            return self._encoded(render(self.processor, messages, where=where), where)
        seamed = [self.controls.seamed(message, where=where) for message in messages]
        return self._encoded(render(self.controls.seaming, seamed, where=where), where, seamed=True)

    def encode_observation(
        self, text: str, images: Sequence[Image], *, after: Sequence[int], where: str = "observation"
    ) -> Encoded:
        """What the environment says after a reply, with the template's separators and the cue to answer.

        ``after`` are the tokens of the reply: whether the model ended its turn itself shows in the last of them.

        Raises:
            AsterismError: as :meth:`encode_messages` does.
        """
        ended = after[-1:] if after and after[-1] in self.stop_token_ids else ()
        closed_by = str(self.tokenizer.decode(list(ended), skip_special_tokens=False)) if ended else ""
        message, seamed = Message.user(text, images), self.controls.among([text])
        processor = self.controls.seaming if seamed else self.processor
        said = self.controls.seamed(message, where=where) if seamed else message
        read = render_observation(processor, said, closed_by=closed_by, where=where)
        return self._encoded(read, where, seamed=seamed)

    def _encoded(self, read: Any, where: str, *, seamed: bool = False) -> Encoded:
        kept = {name: read[name] for name in self.family.vision_tensors if name in read}
        token_ids = tuple(read["input_ids"][0].tolist())
        if seamed:
            token_ids = self.controls.unseamed(token_ids)
        encoded = Encoded(token_ids, self.family.named(VisionInputs(kept)))
        self.check(encoded, where=where)
        return encoded

    def check(self, encoded: Encoded, *, where: str) -> None:
        """Refuse a row whose placeholders do not equal its image features, or that exceeds the context.

        Raises:
            AsterismError: it is such a row; the error names ``where``.
        """
        placeholders = encoded.token_ids.count(self.model.config.image_token_id)
        features = self.family.features(self.model.config, encoded.vision) if encoded.vision.tensors else 0
        if placeholders != features:
            raise AsterismError(
                f"{placeholders} image placeholders for {features} image features",
                where=where,
                remedy="Processor and model do not belong together, or the text was cut inside an image.",
            )
        if len(encoded.token_ids) > self.context_length:
            raise AsterismError(
                f"{len(encoded.token_ids):,} tokens are more than the model's context of {self.context_length:,}",
                where=where,
                remedy="Shorten the text or scale the images down.",
            )

    def whole_images(self, row: Encoded, place: int, images: int) -> int:
        """The last place up to ``place`` at which a row can be cut: in no image, and after at most ``images``."""
        if not row.vision.tensors:
            return place
        placeholders = [at for at, token in enumerate(row.token_ids) if token == self.model.config.image_token_id]
        ends = [0, *accumulate(self.family.sizes(self.model.config, row.vision))]
        shown = bisect_left(placeholders, place)
        kept = ends[min(images, bisect_right(ends, shown) - 1)]
        return place if kept == shown else placeholders[kept]

    def cut(self, row: Encoded, place: int) -> tuple[Encoded, Encoded]:
        """A row as its first ``place`` tokens and what follows, each with its images; never cut inside an image."""
        if not row.vision.tensors:
            return replace(row, token_ids=row.token_ids[:place]), replace(row, token_ids=row.token_ids[place:])
        shown = row.token_ids[:place].count(self.model.config.image_token_id)
        ends = [0, *accumulate(self.family.sizes(self.model.config, row.vision))]
        images = range(self.family.count(row.vision))
        split = bisect_right(ends, shown) - 1
        before, after = (
            self.family.select(row.vision, places) if places else VisionInputs()
            for places in (images[:split], images[split:])
        )
        return Encoded(row.token_ids[:place], before), Encoded(row.token_ids[place:], after)

    def batch(self, rows: Sequence[Encoded], side: Side) -> ModelInputs:
        """Rows padded on one side, on the model's device, with the images of all rows.

        Pad on the left before reading on from a cache (recurrent layers must not see padding last), on the right
        to score whole rows.
        """
        token_ids, mask = pad_rows([row.token_ids for row in rows], self.pad_token_id, side, self.device)
        images = VisionInputs.join([row.vision for row in rows], self.family.images_along)
        vision = images.to(self.device, self.model.dtype)
        positions = self.family.positions(self.model, token_ids, mask, vision)
        return ModelInputs(token_ids, mask, positions, vision)

    def read(self, inputs: ModelInputs) -> Tensor:
        """Hidden states of whole rows, ``[rows, tokens, width]``."""
        return self._forward(inputs, cache=None)

    def read_prefix(self, inputs: ModelInputs) -> tuple[Tensor, Prefix]:
        """Hidden states of rows padded on the left, and the prefix to go on from.

        Gradients flow through the prefix.
        """
        cache = new_cache(text_config(self.model.config))
        hidden = self._forward(inputs, cache=cache)
        return hidden, Prefix(cache, inputs.mask, next_positions(inputs.positions, inputs.mask))

    def read_on(
        self, prefix: Prefix, token_ids: Tensor, mask: Tensor | None = None, vision: VisionInputs | None = None
    ) -> tuple[Tensor, Prefix]:
        """Hidden states of what follows a prefix, ``[rows, tokens, width]``, and the longer prefix.

        ``token_ids`` and ``mask`` are ``[rows, tokens]``, padded on the right; without ``mask`` every token is
        real. ``vision`` has the images among them.
        """
        mask = torch.ones_like(token_ids) if mask is None else mask
        vision = vision or VisionInputs()
        # Positions after a prefix are those of the text alone, moved on.
        positions = self.family.positions(self.model, token_ids, mask, vision) + prefix.next_positions[:, None]
        whole = torch.cat([prefix.mask, mask], dim=-1)
        hidden = self._forward(ModelInputs(token_ids, whole, positions, vision), cache=prefix.cache)
        return hidden, Prefix(prefix.cache, whole, next_positions(positions, mask))

    def read_packed(self, prefixes: Sequence[Encoded], rests: Sequence[Encoded], branch: Tensor) -> Tensor:
        """Hidden states of one row without padding, ``[1, tokens, width]``: all prefixes, then all rests.

        Rest ``i`` goes on from prefix ``branch[i]``, and sees nothing else but itself.
        """
        first, then = self.batch(prefixes, "left"), self.batch(rests, "right")
        after = next_positions(first.positions, first.mask)[branch]
        real = first.mask.bool(), then.mask.bool()
        positions = torch.cat([first.positions[..., real[0]], (then.positions + after[:, None])[..., real[1]]], dim=-1)
        own = torch.arange(len(prefixes) + len(rests), device=self.device)
        seen = torch.cat([own[: len(prefixes)], branch])
        lengths = torch.cat([first.mask.sum(-1), then.mask.sum(-1)])
        pieces = Pieces(own.repeat_interleave(lengths), seen.repeat_interleave(lengths))
        inputs = ModelInputs(
            torch.cat([first.token_ids[real[0]], then.token_ids[real[1]]])[None],
            torch.ones_like(pieces.own)[None],
            positions.unsqueeze(-2),
            VisionInputs.join([first.vision, then.vision], self.family.images_along),
        )
        if self.device.type != "cuda":
            return self._forward(inputs, cache=None, mask=pieces.dense(self.model.dtype))
        with flex_attention(text_config(self.model.config)):
            return self._forward(inputs, cache=None, mask=pieces.blocks())

    def head(self, hidden: Tensor) -> Tensor:
        """Logits of hidden states as the model computes them, ``[..., width]`` to ``[..., vocabulary]``."""
        if not self.plain_head:
            return own_logits(self.model, hidden)
        model: Any = self.model
        logits: Tensor = model.get_output_embeddings()(hidden)
        return logits

    def logits(self, inputs: ModelInputs) -> Tensor:
        """Logits at every token of whole rows, ``[rows, tokens, vocabulary]``."""
        return self.head(self.read(inputs))

    def _forward(self, inputs: ModelInputs, *, cache: Cache | None, mask: Tensor | BlockMask | None = None) -> Tensor:
        output = self.model.base_model(
            input_ids=inputs.token_ids,
            attention_mask=inputs.mask if mask is None else mask,
            position_ids=inputs.positions,
            past_key_values=cache,
            use_cache=cache is not None,
            **self.sight.look(self, inputs.vision),
            **self.family.extras(self.model.config, inputs),
        )
        hidden: Tensor = output.last_hidden_state
        return hidden


def device_clock(device: torch.device) -> Clock:
    """A clock that waits for the device's work before it reads the time."""
    return Clock(device_wait(device))


def device_wait(device: torch.device) -> Callable[[], None]:
    """Waits until a device has done what it was given; nothing where calls return when that is done."""
    return partial(torch.cuda.synchronize, device) if device.type == "cuda" else lambda: None
