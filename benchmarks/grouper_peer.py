"""The worker of prefix_grouper, which shares the prompt in the update of a text model; runs in TRL's environment.

It brings the grouping of one row a prompt and leaves the rest to its user: images, positions, masks and the loss are
done here, each image seen once. Answers are given, so its step is the update alone.
"""

import argparse
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers
from agreement import Answer, Batch, framed
from case import BETAS, CLIP, EPSILON, LEARNING_RATE, MAX_GRAD_NORM, Case
from PIL import Image
from prefix_grouper import PrefixGrouper
from prompts import Prompt, read_prompts
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence
from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForImageTextToText, AutoProcessor
from wire import Port, Seconds

NAME = "prefix_grouper"


@dataclass(frozen=True, slots=True)
class Grouped:
    """What its attention needs: the grouping, and where prompts and answers may look."""

    grouper: PrefixGrouper
    prompts: Tensor
    answers: Tensor


def attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, *, grouped: Grouped, scaling: float, **more: Any
) -> tuple[Tensor, None]:
    """Attention by prefix_grouper: prompts once, then all answers over copies of their prompts' keys."""
    masks = iter((grouped.prompts, grouped.answers))

    def plain(query: Tensor, key: Tensor, value: Tensor, padding: Tensor, *rest: Any, **more: Any) -> Tensor:
        found = scaled_dot_product_attention(query, key, value, attn_mask=next(masks), scale=scaling)
        return found.transpose(1, 2)

    return grouped.grouper.forward(plain, query, key, value), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, lambda *args, **more: None)


class Peer:
    """The model, its optimiser and its prompts."""

    def __init__(self, folder: Path, case: Case) -> None:
        self.processor = AutoProcessor.from_pretrained(folder / "model", backend="pil")
        self.model = AutoModelForImageTextToText.from_pretrained(folder / "model", dtype=torch.float32)
        self.model.config.get_text_config()._attn_implementation = NAME
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=LEARNING_RATE, betas=BETAS, eps=EPSILON, weight_decay=0.0
        )
        self.prompts, self.case, self.taken = read_prompts(folder), case, 0
        self.random = random.Random(3)

    def step(self) -> Seconds:
        """One update on the next prompts, with answers drawn at random; nothing is sampled."""
        prompts = [self.prompts[(self.taken + n) % len(self.prompts)] for n in range(self.case.prompts)]
        self.taken += self.case.prompts
        answers = [self._answer(place) for place in range(self.case.prompts) for _ in range(self.case.group_size)]
        start, used = time.perf_counter(), time.process_time()
        self.backward(prompts, answers)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), MAX_GRAD_NORM)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return Seconds(math.nan, time.perf_counter() - start, time.process_time() - used)

    def loss(self, batch: Batch) -> dict[str, float]:
        """Loss and gradient norm of a fixed batch."""
        found = self.backward(batch.prompts, batch.answers)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), math.inf)
        self.model.zero_grad(set_to_none=True)
        return {"loss": found, "grad_norm": float(norm)}

    def backward(self, prompts: Sequence[Prompt], answers: Sequence[Answer]) -> float:
        """Add the gradient of the clipped surrogate, summed over tokens and divided by their number."""
        tokens = [torch.tensor(answer.token_ids) for answer in answers]
        hidden, real = self.hidden(prompts, answers, tokens)
        logprobs = self.model.lm_head(hidden[:, :-1]).log_softmax(-1)
        logprobs = logprobs.gather(-1, pad_sequence(tokens, batch_first=True)[..., None])[..., 0][real]
        old = torch.cat([torch.tensor(a.old_logprobs) for a in answers]) if answers[0].old_logprobs else None
        ratio = (logprobs - (logprobs.detach() if old is None else old)).exp()
        advantage = torch.cat([torch.full((len(a.token_ids),), a.advantage) for a in answers])
        loss = -torch.min(advantage * ratio, advantage * ratio.clamp(1 - CLIP, 1 + CLIP)).mean()
        loss.backward()
        return float(loss.detach())

    def hidden(self, prompts: Sequence[Prompt], answers: Sequence[Answer], tokens: Sequence[Tensor]) -> Any:
        """States from the last of each prompt on, ``[answers, tokens + 1, width]``, and which tokens are real."""
        before, before_real = self.embedded(prompts)
        real = pad_sequence([torch.ones_like(each) for each in tokens], batch_first=True)
        after = self.model.get_input_embeddings()(pad_sequence(tokens, batch_first=True))
        sizes = [sum(answer.prompt == place for answer in answers) for place in range(len(prompts))]
        grouper = PrefixGrouper.from_ungrouped_masks(before_real, real, sizes, padding_mode="right", device="cpu")
        grouped = Grouped(grouper, *masks_of(grouper, torch.tensor([answer.prompt for answer in answers])))
        found = self.model.model.language_model(
            inputs_embeds=grouper.concat_input(before, before_real, after, real),
            position_ids=positions_of(grouper),
            use_cache=False,
            grouped=grouped,
        ).last_hidden_state
        return grouper.split_output(found, include_prefix_last=1)[2], real.bool()

    def embedded(self, prompts: Sequence[Prompt]) -> tuple[Tensor, Tensor]:
        """Prompts with their images in place, ``[prompts, tokens, width]``, and which tokens are real."""
        images = [[Image.open(prompt.image).convert("RGB")] for prompt in prompts]
        texts = [framed(self.processor, prompt.text) for prompt in prompts]
        read = self.processor(images=images, text=texts, padding=True, padding_side="right", return_tensors="pt")
        embedded = self.model.get_input_embeddings()(read["input_ids"])
        features = self.model.get_image_features(read["pixel_values"]).pooler_output
        places = (read["input_ids"] == self.model.config.image_token_id)[..., None].expand_as(embedded)
        return embedded.masked_scatter(places, torch.cat(list(features))), read["attention_mask"]

    def _answer(self, prompt: int) -> Answer:
        ids = self.random.choices(range(5, len(self.processor.tokenizer)), k=self.case.answer_tokens)
        return Answer(prompt, ids, self.random.gauss(0, 1), [])


def masks_of(grouper: PrefixGrouper, owners: Tensor) -> tuple[Tensor, Tensor]:
    """Where prompts may look, ``[prompts, 1, tokens, tokens]``, and answers, at their prompt's tokens and their own."""
    known = grouper.ungrouped_prefix_mask.bool()
    longest, written = known.shape[1], grouper.ungrouped_suffix_mask.shape[1]
    # Padding sees itself, or its states would not be numbers.
    prompts = torch.ones(longest, longest, dtype=torch.bool).tril() & known[:, None, :] | torch.eye(longest).bool()
    own = torch.ones(written, written, dtype=torch.bool).tril().expand(len(owners), -1, -1)
    answers = torch.cat([known[owners][:, None, :].expand(-1, written, -1), own], dim=-1)
    return prompts[:, None], answers[:, None]


def positions_of(grouper: PrefixGrouper) -> Tensor:
    """Every answer goes on where its prompt ends, ``[prompts, tokens]``."""
    rows = []
    for group in grouper.group_info:
        start = group.prefix_len
        rows.append(torch.cat([torch.arange(start), *(torch.arange(start, start + n) for n in group.suffix_lens)]))
    return pad_sequence(rows, batch_first=True)


def main() -> None:
    """Serve commands."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args().folder
    port, peer = Port(), Peer(folder, Case.read(folder))
    port.reply(versions={NAME: version(NAME), "torch": torch.__version__, "transformers": transformers.__version__})
    while (command := port.receive()["cmd"]) != "stop":
        if command == "step":
            port.reply_seconds(peer.step())
        else:
            port.reply(**peer.loss(Batch.read(folder)))


if __name__ == "__main__":
    main()
