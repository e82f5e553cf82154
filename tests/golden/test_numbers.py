"""No change of structure changes a number: what was recorded before it is what comes out after it, bit for bit.

``python -m tests.golden.test_numbers`` records anew, which a change that is *meant* to alter numbers needs; say in
CHANGELOG.md which and why.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.golden.runs import RUNS

ROOT = Path(__file__).parents[2]
RECORDED = Path(__file__).with_name("numbers.json")
PORTABLE = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MKL_CBWR": "COMPATIBLE",
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable",
}
"""Without these a product's last bits depend on the processor."""


def produced(out: Path) -> dict[str, Any]:
    """What every run comes to here: what some of them begin with first, then each half in a process of its own."""
    names = sorted(RUNS)
    environment = {**os.environ, **PORTABLE, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.golden.runs", str(out)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    halves = [
        subprocess.Popen(
            [*command, *part], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for part in (names[::2], names[1::2])
    ]
    told = [half.communicate() for half in halves]
    for half, (_, errors) in zip(halves, told, strict=True):
        assert half.returncode == 0, errors[-4000:]
    first, second = (json.loads(output) for output, _ in told)
    return {"probe": first["probe"], "runs": {**first["runs"], **second["runs"]}}


@pytest.mark.timeout(900)
def test_five_steps_of_every_kind_of_recipe_are_the_same_bit_for_bit(tmp_path: Path) -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    found = produced(tmp_path)
    if found["probe"] != recorded["probe"]:
        pytest.skip("this processor or torch computes other last bits than the one that the numbers were recorded on")
    changed = {name: runs for name, runs in found["runs"].items() if runs != recorded["runs"].get(name)}
    assert not changed and found["runs"].keys() == recorded["runs"].keys(), changed


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        RECORDED.write_text(json.dumps(produced(Path(folder)), indent=1, sort_keys=True) + "\n", encoding="utf-8")
