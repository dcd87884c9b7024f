"""Versions of a model in the real tables and with real files."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import LivePlatform
from tests.operations.models.model_rows import METRICS

pytestmark = pytest.mark.live

NAME = "live_model"
TABLES = ("model_versions", "model_ct_log", "model_decisions")


def add(platform: LivePlatform, version: str, **metrics: Any) -> Path:
    """A version as a training writes it: rows, a file, a page."""
    artifact = f"{NAME}/{version}/model.joblib"
    file = platform.home / "models" / artifact
    file.parent.mkdir(parents=True)
    file.write_bytes(f"model {version}".encode())
    file.with_name("page.html").write_text("<p>page</p>")
    checksum = hashlib.sha256(file.read_bytes()).hexdigest()
    platform.features.run(
        "INSERT INTO mlops_meta.model_versions VALUES (%s, %s, %s, %s, %s, '20230601', '20231130', 990, NOW(6))",
        (NAME, version, artifact, checksum, '["income", "area"]'),
    )
    platform.features.run(
        "INSERT INTO mlops_meta.model_ct_log VALUES (%s, %s, NOW(), NOW(), %s, '20240229')",
        (NAME, version, json.dumps(METRICS | metrics)),
    )
    return file


@pytest.fixture
def files(platform: LivePlatform) -> Iterator[dict[str, Path]]:
    as_champion = {"version": "1.0.0", "accuracy": 0.8, "brier": 0.14, "lift": METRICS["lift"]}
    yield {"1.0.0": add(platform, "1.0.0", brier=0.11), "1.1.0": add(platform, "1.1.0", champion=as_champion)}
    for table in TABLES:
        platform.features.run(f"DELETE FROM mlops_meta.{table} WHERE model_name = %s", (NAME,))
    shutil.rmtree(platform.home / "models" / NAME)


def roles(platform: LivePlatform) -> dict[str, str]:
    (model,) = platform.json("models", "list", "--model", NAME)["data"]["models"]
    return {v["version"]: v["role"] for v in model["versions"]}


def change(platform: LivePlatform, *words: str) -> dict[str, Any]:
    data: dict[str, Any] = platform.json("models", *words, "--model", NAME)["data"]
    return data


def test_promotions_and_rollback_of_a_model(platform: LivePlatform, files: dict[str, Path]) -> None:
    assert roles(platform) == {"1.1.0": "challenger", "1.0.0": "challenger"}
    first = change(platform, "promote", "1.0.0", "--reason", "처음")
    assert set(first) == {"model", "version", "before", "reason", "steps"}
    assert (first["before"], first["steps"][0]["state"]) == (None, "changed")
    assert change(platform, "promote", "1.1.0")["before"] == "1.0.0"
    assert change(platform, "promote", "1.1.0")["steps"][0]["state"] == "ok", "it is already the champion"
    assert roles(platform) == {"1.1.0": "champion", "1.0.0": "archived"}
    assert change(platform, "rollback", "--reason", "drift")["version"] == "1.0.0"
    assert roles(platform) == {"1.1.0": "rejected", "1.0.0": "champion"}
    again = platform.mlopsctl("models", "rollback", "--model", NAME)
    assert (again.code, again.err.splitlines()[0]) == (
        1, f"error: {NAME} cannot be rolled back: 1.0.0 is its first champion.",
    )  # fmt: skip
    decided = platform.features.query(
        "SELECT model_version, decision, reason FROM mlops_meta.model_decisions WHERE model_name = %s ORDER BY id",
        (NAME,),
    )
    assert decided == [
        ("1.0.0", "champion", "처음"), ("1.1.0", "champion", "promoted by hand"),
        ("1.1.0", "rejected", "drift"), ("1.0.0", "champion", "drift"),
    ]  # fmt: skip


def test_dry_run_changes_nothing_and_promoting_a_rejected_version_asks(
    platform: LivePlatform, files: dict[str, Path]
) -> None:
    change(platform, "promote", "1.0.0")
    planned = platform.json("models", "promote", "1.1.0", "--model", NAME, "--dry-run")
    assert (planned["status"], planned["data"]["steps"][0]["detail"]) == ("planned", "1.1.0 instead of 1.0.0")
    assert roles(platform)["1.0.0"] == "champion"
    change(platform, "promote", "1.1.0")
    change(platform, "rollback")
    refused = platform.mlopsctl("models", "promote", "1.1.0", "--model", NAME)
    assert refused.code == 1 and "was rejected on" in refused.err and "--yes" in refused.err
    assert platform.mlopsctl("models", "promote", "1.1.0", "--model", NAME, "--yes").code == 0
    assert roles(platform)["1.1.0"] == "champion"


def test_changed_or_missing_file_cannot_be_promoted(platform: LivePlatform, files: dict[str, Path]) -> None:
    files["1.0.0"].write_bytes(b"other")
    changed = platform.mlopsctl("models", "promote", "1.0.0", "--model", NAME, "--json")
    assert (changed.code, changed.json["errors"][0]["code"]) == (1, "wrong-checksum")
    files["1.1.0"].unlink()
    gone = platform.mlopsctl("models", "promote", "1.1.0", "--model", NAME, "--json")
    assert (gone.code, gone.json["errors"][0]["code"]) == (1, "no-artifact")
    assert set(roles(platform).values()) == {"challenger"}
    states = [platform.json("models", "show", v, "--model", NAME)["data"]["artifact_state"] for v in files]
    assert states == ["changed", "missing"]


def test_show_opens_the_page_in_a_browser(platform: LivePlatform, files: dict[str, Path], tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nprintf %s \"$1\" > '{tmp_path}/opened'\n")
    browser.chmod(0o755)
    words = ("models", "show", "1.1.0", "--model", NAME, "--open")
    shown = platform.mlopsctl(*words, "--json", env={"BROWSER": f"{browser} %s"})
    page = files["1.1.0"].with_name("page.html")
    assert shown.json["data"]["opened"] is True and (tmp_path / "opened").read_text() == f"file://{page}"
    without = platform.mlopsctl(*words, env={"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""})
    assert without.code == 0 and f"the page is {page}" in without.err
    assert "RISKIEST  LIFT" in without.out


def test_versions_are_compared_on_the_rows_of_the_newer_one(platform: LivePlatform, files: dict[str, Path]) -> None:
    data = platform.json("models", "compare", "1.0.0", "1.1.0", "--model", NAME)["data"]
    assert data["same_rows"] is True
    assert [v["metrics"]["brier"] for v in data["versions"]] == [0.14, METRICS["brier"]]
    shown = platform.mlopsctl("models", "compare", "1.0.0", "1.1.0", "--model", NAME)
    assert "Brier (lower is better)    0.1400                0.1289                -0.0111\n" in shown.out


def test_unknown_version_and_model_are_errors(platform: LivePlatform, files: dict[str, Path]) -> None:
    for words, code in (
        (["show", "9.9.9", "--model", NAME], "unknown-version"),
        (["show", "--model", "x"], "unknown-model"),
    ):
        answer = platform.mlopsctl("models", *words, "--json")
        assert (answer.code, answer.json["errors"][0]["code"]) == (1, code)
