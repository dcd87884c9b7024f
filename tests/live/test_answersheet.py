"""One DAG for each road of the YAML file, each building its dataset on the real scheduler."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import CHECKOUT, LivePlatform

pytestmark = pytest.mark.live

ROADS = re.findall(r"^  (\w+):$", (CHECKOUT / "dags" / "answersheet" / "roads.yaml").read_text(encoding="utf-8"), re.M)


def names(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.iterdir())


def test_there_is_a_dag_for_each_road(platform: LivePlatform) -> None:
    dags = platform.json("dags", "list")["data"]["dags"]
    assert [dag["dag_id"] for dag in dags if dag["dag_id"].startswith("answersheet_")] == sorted(
        f"answersheet_{road}" for road in ROADS
    )


@pytest.fixture(scope="module")
def runs(platform: LivePlatform) -> dict[str, Any]:
    """Those of a weekend and its Monday, of all roads at once."""

    def backfill(road: str) -> Any:
        words = ("backfill", f"answersheet_{road}", "--from", "2024-01-06", "--to", "2024-01-08", "--unpause", "--yes")
        made = platform.json(*words)["data"]["runs"]
        # Unpausing starts a run of the schedule too, a moment later, which replaces the data set.
        for pause in (3, 0):
            platform.rest(f"answersheet_{road}")
            time.sleep(pause)
        return made

    with ThreadPoolExecutor() as pool:
        return dict(zip(ROADS, pool.map(backfill, ROADS), strict=True))


@pytest.mark.parametrize("road", ROADS)
def test_run_creates_the_dataset_of_its_road(platform: LivePlatform, runs: dict[str, Any], road: str) -> None:
    assert [(run["date"], run["state"]) for run in runs[road]] == [("2024-01-08", "success")]
    made = platform.home / "data" / "answersheet" / road
    assert sorted(path.name for path in made.iterdir()) == ["data.yaml", "images", "labels"]
    images, labels = made / "images", made / "labels"
    samples = len(list((CHECKOUT / "dags" / "answersheet" / "samples" / road / "images").iterdir()))
    assert names(images / "val") == names(labels / "val")
    assert names(images / "train") == names(labels / "train")
    left = samples - len(names(images / "val"))
    assert len(names(images / "train")) == (5 * left if samples <= 6 else left)
