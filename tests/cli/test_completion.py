"""What the shells complete, and that errors never appear in the line the user is typing."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlopsctl.adapters.files import make_secret
from tests.conftest import Ran, run_cli

IDS = ["data_extract_pipeline", "live_manual", "live_west"]
SHELLS = {
    "bash": """
        eval "$(mlopsctl completion bash)"
        COMP_WORDS=(mlopsctl {words}) COMP_CWORD={at} COMPREPLY=()
        _mlopsctl_completion mlopsctl
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    "zsh": """
        autoload -Uz compinit; compinit -u -d "$HOME/zcompdump"
        source <(mlopsctl completion zsh)
        compadd() {{ print -rl -- ${{(P)@[-1]}} }}
        _describe() {{ print -rl -- ${{${{(P)@[-2]}}%%:*}} }}
        words=(mlopsctl {words}) CURRENT=$(({at} + 1))
        $_comps[mlopsctl]
    """,
    "fish": """
        mlopsctl completion fish | source
        complete -C "mlopsctl {line}" | string replace --regex '\\t.*' ''
    """,
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With DAG ids in its cache, read just now."""
    (tmp_path / "home" / "cache").mkdir(parents=True)
    (tmp_path / "home" / "config.toml").touch()
    (tmp_path / "home" / "cache" / "dag-ids").write_text("\n".join(IDS))
    return tmp_path / "home"


def complete(line: str, home: Path | str) -> Ran:
    """The answer to a shell that completes `line`."""
    env = {"_MLOPSCTL_COMPLETE": "bash_complete", "COMP_WORDS": f"mlopsctl {line}", "COMP_CWORD": str(words(line))}
    return run_cli(env=env | {"MLOPSCTL_HOME": str(home)})


def words(line: str) -> int:
    return len(line.split(" "))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("unin", ["uninstall"]),
        ("db res", ["reset"]),
        ("stop ma", ["mariadb"]),
        ("backfill live", IDS[1:]),
        ("backfill --revers", ["--reverse"]),
        ("nonsense x", []),
    ],
)
def test_real_shells_complete(shell: str, line: str, wanted: list[str], home: Path, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"{shell} is not installed")
    script = SHELLS[shell].format(words=line, line=line, at=words(line))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "HOME": str(tmp_path), "MLOPSCTL_HOME": str(home)}
    done = subprocess.run(
        [program, *{"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell], "-c", script],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == (wanted, "")


def test_dag_ids_come_from_the_home_that_the_line_names(home: Path, tmp_path: Path) -> None:
    assert complete("runs data", home) == Ran(0, "plain,data_extract_pipeline\n", "")
    assert complete(f"--home {home} runs data", tmp_path / "other").out == "plain,data_extract_pipeline\n"
    assert complete("runs data", tmp_path / "other") == Ran(0, "\n", ""), "a missing home is not created"
    assert not (tmp_path / "other").exists()


def test_logs_completes_services_and_dags(home: Path) -> None:
    assert (
        complete("logs ", home).out.split()[-1] == "plain,live_west"
        and "plain,scheduler" in complete("logs ", home).out
    )
    assert complete("logs live_west ", home).out == "\n", "tasks are not completed"


def test_a_stopped_database_is_queried_once_and_known_ids_are_kept(home: Path) -> None:
    cache = home / "cache" / "dag-ids"
    os.utime(cache, (0, 0))
    assert complete("runs live", home) == Ran(0, "plain,live_manual\nplain,live_west\n", "")
    assert time.time() - cache.stat().st_mtime < 60, "not at each key press"
    cache.unlink()
    assert complete("runs live", home) == Ran(0, "\n", "") and cache.exists()


def test_completing_creates_no_secret(home: Path) -> None:
    os.utime(home / "cache" / "dag-ids", (0, 0))
    assert complete("runs live", home).code == 0
    assert not (home / "secrets").exists()


def test_an_external_database_is_not_queried(home: Path) -> None:
    (home / "config.toml").write_text("external_metadata_db = true\n")
    make_secret(home / "secrets" / "postgres-airflow-password")
    os.utime(home / "cache" / "dag-ids", (0, 0))
    assert complete("runs live", home) == Ran(0, "\n", "")
    assert not (home / "secrets" / "pgpass").exists()


@pytest.mark.parametrize("env", [{"COMP_CWORD": "x"}, {"COMP_WORDS": "mlopsctl 'open"}, {"_MLOPSCTL_COMPLETE": "no"}])
def test_errors_are_not_shown(env: dict[str, str]) -> None:
    given = {"_MLOPSCTL_COMPLETE": "bash_complete", "COMP_WORDS": "mlopsctl ", "COMP_CWORD": "1"}
    ran = run_cli(env=given | env)
    assert ran.err == "" and "Traceback" not in ran.out


def test_an_unknown_shell_is_a_usage_error() -> None:
    ran = run_cli("completion", "tcsh")
    assert ran.code == 2 and "'tcsh' is not one of 'bash', 'zsh', 'fish'" in ran.err
