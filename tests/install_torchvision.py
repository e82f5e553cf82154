"""Install torchvision beside a CPU-only torch, for the tests that need it: ``python tests/install_torchvision.py``.

The package index carries torchvision with CUDA operators only. They do not load beside a CPU torch, and importing
torchvision then fails for want of two operator schemas. Declaring the two is enough for everything but those
operators, and with it every picture and video processor of transformers works. This is a step for a test
environment, never for a user's machine. Running it again changes nothing.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

VERSION = "0.28.0"
MARK = "# Operator schemas for a CPU-only torch"
SCHEMAS = f"""

{MARK}: declared here because the compiled operators did not load.
if not _has_ops():
    _schemas = torch.library.Library("torchvision", "DEF")
    _schemas.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _schemas.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
"""


def main() -> int:
    """Install and patch where needed; 0 when torchvision can be imported afterwards."""
    if importlib.util.find_spec("torchvision") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", f"torchvision=={VERSION}"]
        subprocess.run(pip, check=True)
    if not _imports():
        _declare_schemas()
    return 0 if _imports() else 1


def _imports() -> bool:
    return subprocess.run([sys.executable, "-c", "import torchvision"], capture_output=True).returncode == 0


def _declare_schemas() -> None:
    # A fresh search: the package may have been installed a moment ago. Nothing of it is imported.
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("torchvision")
    assert spec is not None and spec.origin is not None
    extension = Path(spec.origin).with_name("extension.py")
    text = extension.read_text(encoding="utf-8")
    if MARK not in text:
        extension.write_text(text + SCHEMAS, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
