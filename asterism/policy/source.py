"""Reading a model and its processor from a folder or a hub, with clear refusals."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    PreTrainedModel,
    ProcessorMixin,
)
from transformers.utils.logging import disable_progress_bar

from asterism.core.errors import AsterismError
from asterism.policy.family import Family, family_of
from asterism.policy.folder import settle
from asterism.policy.suppressed import suppressed_token_ids

_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")
_PROCESSOR_FILES = ("processor_config.json", "preprocessor_config.json")
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model")
# transformers leaves these untyped.
no_progress_bars: Callable[[], None] = disable_progress_bar
_read_processor: Callable[[str], Any] = AutoProcessor.from_pretrained
_read_tokenizer: Callable[[str], Any] = AutoTokenizer.from_pretrained
_read_image_processor: Callable[..., Any] = AutoImageProcessor.from_pretrained
_read_model: Callable[..., Any] = AutoModelForImageTextToText.from_pretrained


def read_source(
    source: str | Path, *, device: torch.device, dtype: torch.dtype
) -> tuple[PreTrainedModel, ProcessorMixin, Family]:
    """Model (in evaluation mode), processor and family of a folder in the transformers layout or a hub id.

    Weights are read from safetensors only, and no code that comes with a model is run.

    Raises:
        AsterismError: see :meth:`asterism.policy.policy.Policy.load`.
    """
    no_progress_bars()  # commands draw their own
    name = _checked(source)
    where = str(source)
    try:
        family = family_of(AutoConfig.from_pretrained(name))
    except (OSError, ValueError) as error:
        raise _unreadable("configuration", where, error) from error
    except AsterismError as error:
        raise AsterismError(error.what, where=where, remedy=error.remedy) from error
    processor = _processor(name, where)
    return _model(name, where, dtype).to(device), processor, family  # type: ignore[arg-type]


def read_suppressed(folder: Path) -> tuple[int, ...]:
    """The token ids that must never be sampled of the model in a folder, whose weights are not read.

    Raises:
        AsterismError: the folder holds no model of a known family, or its files are damaged.
    """
    name = _checked(folder)
    try:
        config = AutoConfig.from_pretrained(name)
        tokenizer = _read_tokenizer(name)
    except (OSError, ValueError) as error:
        raise _unreadable("configuration", name, error) from error
    return suppressed_token_ids(family_of(config), config, tokenizer)


def _checked(source: str | Path) -> str:
    """The source as transformers takes it: an existing, complete folder, or something that may be a hub id."""
    folder = Path(source).expanduser()
    settle(folder)
    if folder.is_dir():
        _check_folder(folder)
        return str(folder)
    if isinstance(source, Path) or not _HUB_ID.fullmatch(source):
        raise AsterismError(
            "model folder not found",
            where=str(source),
            remedy="Give a folder in the transformers layout, or a hub id such as Qwen/Qwen2.5-VL-3B-Instruct.",
        )
    return source


def _check_folder(folder: Path) -> None:
    needed = {
        "model configuration": ("config.json",),
        "processor": _PROCESSOR_FILES,
        "tokenizer": _TOKENIZER_FILES,
    }
    for what, files in needed.items():
        if not any((folder / file).is_file() for file in files):
            raise AsterismError(
                f"the folder holds no {what} ({' or '.join(files)} is missing)",
                where=str(folder),
                remedy="Copy the missing file from the model it was made from, or save that model again.",
            )
    if not any(folder.glob("*.safetensors")):
        raise AsterismError(
            "the folder holds no weights (model.safetensors is missing)",
            where=str(folder),
            remedy="Save the model as safetensors; other formats are not read.",
        )


def _processor(name: str, where: str) -> ProcessorMixin:
    try:
        processor = _read_processor(name)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _unreadable("processor", where, error) from error
    except ImportError as error:
        raise AsterismError(
            f"its processor needs a package that is not installed ({_one_line(error)})",
            where=where,
            remedy="Install it (usually: pip install torchvision; SmolVLM2 also needs num2words).",
        ) from error
    if not isinstance(processor, ProcessorMixin):
        raise AsterismError(
            f"the folder holds a {type(processor).__name__}, not a processor of images and text",
            where=where,
            remedy="Add processor_config.json from the model it was made from.",
        )
    if not processor.chat_template:
        raise AsterismError(
            "the processor has no chat template (chat_template.jinja is missing)",
            where=where,
            remedy="Use an instruction-tuned model, or add its chat_template.jinja.",
        )
    # Left to itself transformers resizes with torchvision where that is installed, and the pixels differ.
    processor.image_processor = _read_image_processor(name, backend="pil")
    return processor


def _model(name: str, where: str, dtype: torch.dtype) -> PreTrainedModel:
    try:
        model, told = _read_model(name, dtype=dtype, use_safetensors=True, output_loading_info=True)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise _unreadable("weights", where, error) from error
    # transformers would only warn and leave these parameters random.
    missing = sorted(told["missing_keys"])
    if missing:
        raise AsterismError(
            f"{len(missing)} weights are missing, the first is {missing[0]!r}",
            where=where,
            remedy="The file is of another model or incomplete; fetch or save it again.",
        )
    loaded: PreTrainedModel = model.eval()
    return loaded


def _unreadable(what: str, where: str, error: Exception) -> AsterismError:
    if Path(where).expanduser().is_dir():
        remedy = "The folder is damaged or of another kind of model; fetch or save it again."
    else:
        remedy = "No folder of that name is here; if it is a hub id, check its spelling, the network and your access."
    return AsterismError(f"its {what} cannot be read ({_one_line(error)})", where=where, remedy=remedy)


def _one_line(error: Any, limit: int = 200) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
