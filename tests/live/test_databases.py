"""Databases of the real platform: migrations that are already applied, and both databases reset."""

import pytest

from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live


def test_without_pending_migrations_nothing_is_stopped(platform: LivePlatform) -> None:
    platform.features.run("DROP TABLE mlops_meta.seed_faults")
    steps = platform.json("db", "migrate")["data"]["steps"]
    assert [(s["name"], s["state"]) for s in steps] == [("metadata", "ok"), ("features", "changed")]
    assert steps[1]["detail"] == "created mlops_meta.seed_faults"
    steps = platform.json("db", "migrate", "features")["data"]["steps"]
    assert [(s["name"], s["state"], s["detail"]) for s in steps] == [("features", "ok", "all tables exist")]


def test_a_reset_restores_the_platform_as_setup_created_it(platform: LivePlatform) -> None:
    platform.mlopsctl("variable", "set", "live_lost", "1")
    refused = platform.mlopsctl("db", "reset", "--json")
    assert (refused.code, refused.json["errors"][0]["code"]) == (1, "not-confirmed")
    assert "variables: " in refused.err and "mlops: 7 tables, about " in refused.err

    assert platform.mlopsctl("db", "reset", "--yes").code == 0
    status = platform.json("status")["data"]
    assert status["healthy"] and status["import_errors"] == 0
    names = {v["name"] for v in platform.json("variable", "list")["data"]["variables"]}
    assert "AIRFLOW_DAGS_PATH" in names and "live_lost" not in names
    assert platform.features.query("SELECT COUNT(*) FROM mlops.loan_applicant_info") == [(0,)]
    # Other tests need the data: setup generates them again, and has nothing else to do.
    states = {step["name"]: step["state"] for step in platform.json("setup")["data"]["steps"]}
    assert states.pop("seed") == "changed" and set(states.values()) == {"ok"}
    assert platform.features.query("SELECT COUNT(*) > 0 FROM mlops.loan_applicant_info") == [(1,)]
