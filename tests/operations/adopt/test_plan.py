"""The plan of an adoption, its steps and its JSON. No secret is in either."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.paths import Home
from mlopsctl.core.settings import Settings, load
from mlopsctl.operations.adopt import contents, plan
from mlopsctl.operations.adopt.contents import Contents, Kind
from mlopsctl.operations.adopt.plan import Adoption
from mlopsctl.operations.adopt.source import Source
from mlopsctl.operations.platform import Platform

THEIRS: dict[Kind, dict[str, Any]] = {
    Kind.CONNECTION: {"lake": {"conn_type": "postgres", "password": "hunter2", "description": None}},
    Kind.VARIABLE: {"batch": {"value": "3", "description": None}, "wrong": {"value": "hunter2", "description": None}},
    Kind.POOL: {"heavy": {"slots": 4, "description": "", "include_deferred": False}},
    Kind.ROLE: {},
    Kind.USER: {"kim": {"email": "e", "password": "hash", "active": True, "roles": []}},
}
EMPTY: dict[Kind, dict[str, Any]] = {kind: {} for kind in Kind}


class Scripts:
    """Answers like airflow_scripts/write_adopted.py."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def run_script(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        assert name == "write_adopted"
        self.requests.append(request)
        return {"failed": {"variable wrong": "DataError"} if "wrong" in request["variables"] else {}}


@pytest.fixture
def scripts() -> Scripts:
    return Scripts()


@pytest.fixture
def platform(tmp_path: Path, scripts: Scripts) -> Platform:
    home = Home(tmp_path / "ml")
    home.dags.mkdir(parents=True)
    return cast(Platform, SimpleNamespace(home=home, settings=Settings(), airflow=scripts))


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "one.py").write_text("from airflow.models import DAG\n")
    return folder


def adoption(platform: Platform, dags: Path, ours: Any = EMPTY, **options: bool) -> Adoption:
    found = {"core.parallelism": ("8", "32"), "core.default_timezone": ("UTC", "utc")}
    source = Source(None, "", (), (dags,), found, "UTC", ())
    both = (Contents("2.7", THEIRS, {"connection lost": "no key"}), Contents("", ours, {}))
    return plan.plan(platform, source, both, **{"overwrite": False, "take_settings": False, **options})


def test_the_plan_names_everything_and_asks(platform: Platform, dags: Path) -> None:
    made = adoption(platform, dags)
    assert {step.name: step.what for step in made.plan.steps} == {
        "connection lake": "create", "variable batch": "create", "variable wrong": "create", "pool heavy": "create",
        "user kim": "create", "connection lost": "skip: no key", "link one.py": f"link → {dags / 'one.py'}",
    }  # fmt: skip
    assert made.plan.asks == "Take over 1 connection, 2 variables, 1 pool, 1 user, 1 link?"
    notes = [note.text for note in made.notes]
    assert any("core.parallelism = 8 (default 32)" in text for text in notes)
    assert made.notes[-1].hint.command == ("config", "set", "timezone", "UTC")


def test_an_entry_that_fails_does_not_affect_the_others(platform: Platform, dags: Path, scripts: Scripts) -> None:
    made = adoption(platform, dags)
    steps = [step for step in plan.run(platform, made) if step.state != "running"]
    failed = {step.name: step.error.code for step in steps if step.error}
    assert failed == {"variable wrong": "not-written", "connection lost": "not-adopted"}
    assert sum(step.state == "changed" for step in steps) == 5
    assert (platform.home.dags / "one.py").resolve() == dags / "one.py"
    assert "hunter2" in str(scripts.requests)
    assert "hunter2" not in str(steps) + str(made) + str(made.data([]))


def test_the_json_counts_what_happens(platform: Platform, dags: Path) -> None:
    data = adoption(platform, dags).data([])
    assert data["counts"]["connections"] == {
        "create": 1, "replace": 0, "unchanged": 0, "keep": 0, "managed": 0, "skip": 1,
    }  # fmt: skip
    assert data["airflow_version"] == "2.7" and data["airflow_home"] is None
    assert {"option": "core.parallelism", "value": "8", "default": "32"} in data["options"]


def test_a_second_adoption_changes_nothing(platform: Platform, dags: Path, scripts: Scripts) -> None:
    list(plan.run(platform, adoption(platform, dags)))
    again = adoption(platform, dags, THEIRS, overwrite=True)
    assert again.plan.asks == ""
    assert {step.state for step in plan.run(platform, again)} == {"ok", "failed"}, (
        "what cannot be decrypted still fails"
    )
    assert len(scripts.requests) == 1


def test_a_link_to_another_target_is_replaced_only_on_request(platform: Platform, dags: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    mine = tmp_path / "mine" / "one.py"
    mine.write_text("from airflow.models import DAG\n")
    link = platform.home.dags / "one.py"
    link.symlink_to(mine)
    kept = adoption(platform, dags)
    assert kept.links.targets == () and "one.py" in kept.links.notes[0].text
    list(plan.run(platform, adoption(platform, dags, overwrite=True)))
    assert link.resolve() == dags / "one.py"


def test_without_dags_the_rest_is_adopted(platform: Platform, tmp_path: Path) -> None:
    made = adoption(platform, tmp_path / "gone")
    assert made.links.targets == () and "no DAGs are linked" in made.links.notes[0].text and made.plan.asks


def test_the_time_zone_is_taken_on_request(platform: Platform, dags: Path) -> None:
    steps = list(plan.run(platform, adoption(platform, dags, take_settings=True)))
    assert steps[-1].name == "timezone" and load(platform.home.config).timezone == "UTC"


def test_an_unknown_schema_is_refused() -> None:
    source = Source(Path("/other"), "", (), (), {}, "", ())
    for answer, code in (
        ({"revision": "ffff"}, "unknown-schema"),
        ({"revision": None}, "no-airflow-database"),
        ({"error": "Connection refused", "code": "source-database"}, "source-database"),
        ({"error": "Fernet key must be 32 bytes.", "code": "fernet-key"}, "fernet-key"),
    ):
        with pytest.raises(MlopsctlError) as caught:
            contents._theirs(answer, source)
        assert caught.value.code == code and caught.value.hint
