"""TRL's own environment, made when it is not there."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-trl.txt"
CONSTRAINTS = HERE.parent / "constraints.txt"


def trl_python(folder: Path) -> Path | None:
    """The interpreter that has TRL in it, or None (and a line that says why) where it cannot be installed."""
    python = folder / "bin" / "python"
    if _complete(python):
        return python
    print(f"Installing TRL into {folder} (a few minutes the first time)", flush=True)
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--quiet"]
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True, text=True)
        subprocess.run([*install, "-r", REQUIREMENTS, "-c", CONSTRAINTS], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"TRL cannot be installed ({_last_line(error)}); the others are measured without it.", flush=True)
        return None
    return python


def _complete(python: Path) -> bool:
    wanted = [line for line in REQUIREMENTS.read_text().splitlines() if "==" in line]
    names = [line.partition("==")[0] for line in wanted]
    told = f"from importlib.metadata import version; [print(name + '==' + version(name)) for name in {names}]"
    try:
        found = subprocess.run([python, "-c", told], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return [line.partition("+")[0] for line in found.stdout.splitlines()] == wanted


def _last_line(error: Exception) -> str:
    told = (getattr(error, "stderr", None) or "").strip().splitlines()
    return told[-1] if told else str(error)
