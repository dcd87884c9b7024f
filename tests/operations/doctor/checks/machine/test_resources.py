import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operations.doctor.checks.machine.conftest import Machine
from tests.operations.doctor.contexts import is_ok, outcome


def test_limits_of_a_process(tmp_path: Path) -> None:
    assert is_ok("memory", tmp_path) and is_ok("open-files", tmp_path)
    limits = ("prlimit", "--as=1500000000", "--nofile=512:512")
    doctor = ("-m", "mlopsctl", "--home", tmp_path, "doctor", "--only", "memory", "--only", "open-files", "--json")
    done = subprocess.run([*limits, sys.executable, *doctor], capture_output=True, encoding="utf-8", check=False)
    memory, open_files = json.loads(done.stdout)["data"]["checks"]
    assert (memory["verdict"], memory["hint"]) == ("error", "ulimit -v unlimited") and "1.5 GB" in memory["message"]
    assert open_files["verdict"] == "error" and "512" in open_files["message"]


@pytest.mark.parametrize(
    ("line", "folder", "file"),
    [
        ("0::/box/here", "box", "memory.max"),
        ("4:memory:/box/here", "memory/box", "memory.limit_in_bytes"),
    ],
)
def test_memory_limit_of_the_control_group(line: str, folder: str, file: str, machine: Machine, tmp_path: Path) -> None:
    machine.write("proc/self/cgroup", f"{line}\n")
    machine.write(f"sys/fs/cgroup/{folder}/here/{file}", "max\n")
    assert is_ok("memory", tmp_path, machine.root)
    machine.write(f"sys/fs/cgroup/{folder}/{file}", "512000000\n")
    verdict, message = outcome("memory", tmp_path, machine.root)
    assert verdict == "error" and "the control group has 0.5 GB" in message
