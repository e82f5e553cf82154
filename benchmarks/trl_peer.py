"""The worker of TRL's GRPOTrainer; runs in TRL's own environment.

``GRPOTrainer.train`` drives itself, so a callback stands between its steps and waits there for commands.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import accelerate
import torch
import transformers
import trl
from agreement import Batch, framed
from case import BETAS, CLIP, EPSILON, LEARNING_RATE, MAX_GRAD_NORM, Case
from datasets import Dataset
from PIL import Image
from prompts import read_prompts, reward_of
from transformers import AutoImageProcessor, AutoProcessor, TrainerCallback
from trl import GRPOConfig, GRPOTrainer
from wire import Port, Seconds


class TimedTrainer(GRPOTrainer):
    """Remembers when the rollouts were ready, which is when the update begins."""

    ready = 0.0

    def _prepare_inputs(self, generation_batch: Any) -> Any:
        prepared = super()._prepare_inputs(generation_batch)
        self.ready = time.perf_counter()
        return prepared


class Served(TrainerCallback):
    """Waits for a command before each step, and answers after it."""

    def __init__(self, port: Port, folder: Path, case: Case) -> None:
        self.port = port
        self.folder = folder
        self.answer_tokens = case.answer_tokens
        self.trainer: TimedTrainer
        self.start = self.used = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """Everything is loaded."""
        self.port.reply(versions=versions())
        self._wait(control)

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """A step is done."""
        end, used = time.perf_counter(), time.process_time()
        shortest = self.trainer._metrics["train"]["completions/min_length"][-1]
        assert shortest == self.answer_tokens, f"an answer of {shortest} tokens, not {self.answer_tokens}"
        self.port.reply_seconds(Seconds(end - self.start, end - self.trainer.ready, used - self.used))
        self._wait(control)

    def _wait(self, control: Any) -> None:
        while (command := self.port.receive()["cmd"]) == "loss":
            self.port.reply(**loss(self.trainer, Batch.read(self.folder)))
        # Said before the first step, `should_training_stop` is heard only after it.
        if command == "stop" and not self.start:
            raise SystemExit
        control.should_training_stop = command == "stop"
        self.start, self.used = time.perf_counter(), time.process_time()


def versions() -> dict[str, str]:
    """The versions that the figures may depend on."""
    modules = {"trl": trl, "torch": torch, "transformers": transformers, "accelerate": accelerate}
    return {name: module.__version__ for name, module in modules.items()}


def trainer_of(folder: Path, case: Case, *, steps: int, callbacks: list[TrainerCallback]) -> TimedTrainer:
    """The trainer with the flags that make it fastest for this work."""
    processor = processor_of(folder)
    config = GRPOConfig(
        output_dir=str(folder / "trl"),
        use_cpu=True,
        bf16=False,
        model_init_kwargs={"dtype": "float32"},
        max_steps=steps,
        per_device_train_batch_size=case.rows,
        gradient_accumulation_steps=1,
        steps_per_generation=1,
        num_iterations=1,
        num_generations=case.group_size,
        max_completion_length=case.answer_tokens,
        generation_kwargs={
            "min_new_tokens": case.answer_tokens,
            "suppress_tokens": [processor.image_token_id, processor.tokenizer.pad_token_id],
        },
        beta=0.0,
        epsilon=CLIP,
        loss_type="dapo",
        learning_rate=LEARNING_RATE,
        lr_scheduler_type="constant",
        adam_beta1=BETAS[0],
        adam_beta2=BETAS[1],
        adam_epsilon=EPSILON,
        weight_decay=0.0,
        max_grad_norm=MAX_GRAD_NORM,
        gradient_checkpointing=False,
        shuffle_dataset=False,
        dataloader_pin_memory=False,
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    return TimedTrainer(
        model=str(folder / "model"),
        reward_funcs=rewards,
        args=config,
        train_dataset=dataset_of(folder),
        processing_class=processor,
        callbacks=callbacks,
    )


def processor_of(folder: Path) -> Any:
    """The model's processor, with images scaled by Pillow as everywhere in the bench."""
    processor = AutoProcessor.from_pretrained(folder / "model", padding_side="left")
    processor.image_processor = AutoImageProcessor.from_pretrained(folder / "model", backend="pil")
    return processor


def dataset_of(folder: Path) -> Dataset:
    """The prompts with their images, decoded once."""
    prompts = read_prompts(folder)
    images = [Image.open(prompt.image).convert("RGB") for prompt in prompts]

    def rows(asked: dict[str, list[int]]) -> dict[str, list[Any]]:
        return {
            "prompt": [[{"role": "user", "content": prompts[number].text}] for number in asked["number"]],
            "image": [images[number] for number in asked["number"]],
        }

    return Dataset.from_dict({"number": list(range(len(prompts)))}).with_transform(rows)


def rewards(completion_ids: list[list[int]], **more: Any) -> list[float]:
    """The reward of each answer."""
    return [reward_of(token_ids) for token_ids in completion_ids]


def loss(trainer: TimedTrainer, batch: Batch) -> dict[str, float]:
    """Loss and gradient norm of a fixed batch, by ``_compute_loss`` on the tensors that a generation would give it."""
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    found = trainer._compute_loss(trainer.model, tensors_of(trainer.processing_class, batch))
    found.backward()
    norm = torch.nn.utils.clip_grad_norm_(trainer.model.parameters(), float("inf"))
    trainer.model.zero_grad(set_to_none=True)
    return {"loss": float(found.detach()), "grad_norm": float(norm)}


def tensors_of(processor: Any, batch: Batch) -> dict[str, Any]:
    """A fixed batch in the form in which the trainer keeps its rollouts."""
    asked = [batch.prompts[answer.prompt] for answer in batch.answers]
    images = [[Image.open(prompt.image).convert("RGB")] for prompt in asked]
    texts = [framed(processor, prompt.text) for prompt in asked]
    read = processor(images=images, text=texts, padding=True, return_tensors="pt")
    tokens = [torch.tensor(answer.token_ids) for answer in batch.answers]
    old = [torch.tensor(answer.old_logprobs) for answer in batch.answers]
    mask = padded([torch.ones_like(each) for each in tokens])
    return {
        "prompt_ids": read["input_ids"],
        "prompt_mask": read["attention_mask"],
        "pixel_values": read["pixel_values"],
        "num_images": [1] * len(asked),
        "completion_ids": padded(tokens),
        "completion_mask": mask,
        "old_per_token_logps": padded(old),
        "advantages": torch.tensor([answer.advantage for answer in batch.answers]),
        "num_items_in_batch": mask.sum(),
    }


def padded(rows: list[torch.Tensor]) -> torch.Tensor:
    """Rows padded with zeros on the right."""
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)


def main() -> None:
    """Serve commands, or take ``--steps`` steps and end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    case = Case.read(options.folder)
    if options.steps:
        trainer_of(options.folder, case, steps=options.steps, callbacks=[]).train()
        return
    served = Served(Port(), options.folder, case)
    served.trainer = trainer_of(options.folder, case, steps=10**6, callbacks=[served])
    served.trainer.train()


if __name__ == "__main__":
    main()
