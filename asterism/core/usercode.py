"""Objects that other people's Python files define, found by ``file.py:NAME`` or ``package.module:NAME``.

A user's file is code, and code has faults. Whatever goes wrong while it is loaded, or later inside one of its functions
(:func:`user_errors`), becomes an :class:`AsterismError` that names the file, the line and the fault; the traceback
stays behind it as its cause.
"""

import difflib
import hashlib
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from asterism.core.errors import AsterismError

REMEDY = "Correct the file; `asterism --debug ...` shows the traceback."

_loaded: dict[Path, tuple[tuple[int, int], ModuleType]] = {}
"""Every file loaded so far, with its modification time and size then."""


def names_code(text: str) -> bool:
    """Whether a text has the form ``file.py:NAME``, ``file.py`` or ``package.module:NAME``."""
    return ":" in text or text.endswith(".py")


def names_file(text: str) -> bool:
    """Whether a text names an object of a file, and not of an installed module."""
    return _split(text, "")[0].endswith(".py")


def anchored_code(text: str, folder: Path) -> str:
    """The name with the path of its file made absolute, from ``folder``; that of a module as it is."""
    place, name = _split(text, "")
    if not place.endswith(".py"):
        return text
    path = str((folder / place).resolve())
    return f"{path}:{name}" if name else path


def load_object(text: str, *, where: str, default: str = "") -> Any:
    """What a name of the form ``file.py:NAME`` or ``package.module:NAME`` refers to.

    A relative path counts from the working directory. A file is executed once for as long as it does not change.

    Args:
        where: what asked for it, for errors.
        default: the name where the text gives none.

    Raises:
        AsterismError: there is no such file, module or name (the nearest one is offered), or the code fails.
    """
    place, name = _split(text, default)
    if not name:
        raise AsterismError(f"{text!r} names no object", where=where, remedy=f"Write {place}:NAME.")
    module = _module_of_file(Path(place).resolve(), where) if place.endswith(".py") else _installed(place, where)
    if name not in vars(module):
        near = difflib.get_close_matches(name, [each for each in vars(module) if not each.startswith("_")], n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Define {name} there."
        raise AsterismError(f"{place} defines no {name!r}", where=where, remedy=remedy)
    return vars(module)[name]


def loaded_files() -> tuple[Path, ...]:
    """Every user's file that was loaded so far."""
    return tuple(_loaded)


@contextmanager
def user_errors() -> Iterator[None]:
    """Inside, an exception that a user's file raised or let through becomes an error that names its file and line.

    Raises:
        AsterismError: such an exception; it is the error's cause.
    """
    try:
        yield
    except AsterismError:
        raise
    except Exception as error:
        place = line_of_users(error)
        if place is None:  # a fault of ours keeps its traceback
            raise
        raise AsterismError(describe(error), where=place, remedy=REMEDY) from error


def describe(error: BaseException) -> str:
    """An exception in one line."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def line_of_users(error: BaseException) -> str | None:
    """The innermost line of an exception's traceback in a user's file or in a file beside one, as ``file:line``."""
    folders = {path.parent for path in _loaded}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).parent in folders:
            return f"{frame.filename}:{frame.lineno}"
    return None


def _split(text: str, default: str) -> tuple[str, str]:
    if text.endswith(".py"):
        return text, default
    place, _, name = text.rpartition(":")
    return place, name or default


def _module_of_file(path: Path, where: str) -> ModuleType:
    if not path.is_file():
        raise AsterismError(
            f"there is no file {path}", where=where, remedy="Give the path of a Python file, relative to the recipe."
        )
    stat = path.stat()
    state = (stat.st_mtime_ns, stat.st_size)
    if path in _loaded and _loaded[path][0] == state:
        return _loaded[path][1]
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # its neighbours can be imported; at the end, so that they hide no package
    # A name of its own, for two files of one name may be loaded in one process.
    name = f"_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)  # dataclasses look their module up while it is executed
    _loaded[path] = (state, module)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        place = _line_of_failure(error, path)
        del sys.modules[name], _loaded[path]
        raise AsterismError(describe(error), where=place, remedy=REMEDY) from error
    return module


def _installed(place: str, where: str) -> ModuleType:
    try:
        return import_module(place)
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(f"{error.name}.")):
            raise AsterismError(
                f"there is no module {place!r}", where=where, remedy="Install it, or name a file: path/to/file.py:NAME."
            ) from error
        raise AsterismError(describe(error), where=f"{where}: module {place}", remedy=REMEDY) from error
    except (Exception, SystemExit) as error:
        raise AsterismError(describe(error), where=f"{where}: module {place}", remedy=REMEDY) from error


def _line_of_failure(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    return line_of_users(error) or str(path)
