"""The words of `mlopsctl seed`, on a home whose feature store does not answer."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mlopsctl.cli._common.app import App
from mlopsctl.cli._common.output import Output
from mlopsctl.cli.seed import command
from mlopsctl.core import dates
from mlopsctl.operations.seed.generate import SeedReport
from mlopsctl.operations.seed.profile import World
from tests.conftest import Ran, screen

Cli = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "config.toml").write_text("external_feature_store = true\n")
    url = f"mysql://mlops:x@localhost/mlops?unix_socket={tmp_path}/none.sock"
    (tmp_path / "secrets" / "feature-store-url").write_text(url, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--scale", "0"], "the scale must be 1 or more, not 0."),
        (["--scale", "-1"], "the scale must be 1 or more, not -1."),
        (["--scale", "1e9"], "scale 1000000000 is too large: it would need about "),
        (["--scale", "many"], "--scale must be a whole number, not 'many'."),
        (["--scale", "1.5"], "--scale must be a whole number, not '1.5'."),
        (["--scale", "inf"], "--scale must be a whole number, not 'inf'."),
        (["--seed", "-1"], "the seed must be from 0 to 2147483647, not -1."),
        (["--seed", "0x7"], "--seed must be a whole number, not '0x7'."),
        (["--dirt", "2"], "the share of dirt must be from 0 to 50%, not 200%."),
        (["--dirt", "51%"], "the share of dirt must be from 0 to 50%, not 51%."),
        (["--dirt", "much"], "--dirt must be a share, not 'much'."),
        (["--drift", "soon"], "'soon' is not a date."),
        (["--drift", ""], "'' is not a date."),
        (["--drift", "2026-01-01"], "a drift from 2026-01-01 has no effect: the range ends on 2025-12-31."),
        (["--from", "2023-05-31"], "2023-05-31 is before 2023-06-01, where the exam data begin."),
        (["--from", "2024-02-30"], "'2024-02-30' is not a day"),
        (["--from", "2024-02", "--to", "2024-01"], "--from 2024-02 is after --to 2024-01."),
        (["status", "--from", "gestern"], "'gestern' is not a date."),
        (["verify", "--to", "2024-13"], "'2024-13' is not a month."),
        (["reset", "--from", "2024-02", "--to", "2024-01"], "--from 2024-02 is after --to 2024-01."),
        (["stats"], "stats"),
    ],
)
def test_wrong_words_are_exit_2(cli: Cli, home: Path, words: list[str], error: str) -> None:
    ran = cli("--home", home, "seed", *words)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert error in ran.err


def test_without_a_platform(cli: Cli, tmp_path: Path) -> None:
    ran = cli("--home", tmp_path / "none", "seed")
    assert ran.code == 1
    assert ran.err == (
        f"error: there is no platform in {tmp_path / 'none'}.\nhint: mlopsctl --home {tmp_path / 'none'} setup\n"
    )
    assert not (tmp_path / "none").exists()


def test_a_feature_store_that_does_not_answer(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "seed", "--json")
    answer = json.loads(ran.out)
    assert ran.code == 1
    assert set(answer) == {"version", "command", "status", "data", "errors"}
    assert (answer["version"], answer["command"], answer["status"], answer["data"]) == (1, "seed", "error", {})
    assert [set(error) for error in answer["errors"]] == [{"code", "message", "hint", "hint_command"}]
    assert answer["errors"][0]["code"] == "unreachable"
    assert "start mariadb" in answer["errors"][0]["hint"]


def test_an_option_by_its_variable(cli: Cli, home: Path) -> None:
    assert "2023-05-31 is before" in cli("--home", home, "seed", env={"MLOPSCTL_SEED_FROM": "2023-05-31"}).err


def test_the_status_is_a_table_and_a_calendar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, last = date(2024, 1, 30), date(2024, 2, 2)
    states = {first: "complete", date(2024, 1, 31): "damaged", date(2024, 2, 1): "foreign", last: "missing"}
    rows = {"mlops.cust_info": 1_549_800, "mlops.loan_applicant_info": 5}
    worlds: dict[World, tuple[date, ...]] = {World(drift=first, dirt=50_000): (first, date(2024, 1, 31))}
    report = SeedReport(first, last, 3, 1, rows, states, worlds)
    command._show(App(tmp_path, "seed status", Output(color=False)), report, every=False)
    assert "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n" == screen("""
        1 of 4 days are complete, 2024-01-30 … 2024-02-02
              2  2024-01-30 … 2024-01-31  scale 1, drift from 2024-01-30, dirt 5%
        TABLE                             ROWS
        mlops.cust_info              1,549,800
        mlops.loan_applicant_info            5

        MONTH    1       5         10        15        20        25        30
        2024-01                                                            ✓ !
        2024-02  ? ✗
        ✓ complete: 1, ! rows are gone: 1, ? not from seed: 1, ✗ missing: 1
        """)


def test_the_calendar_is_the_last_year_and_what_needs_a_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states = dict.fromkeys(dates.days(date(2023, 1, 1), date(2024, 12, 31)), "complete")
    states[date(2023, 3, 2)] = "missing"
    report = SeedReport(date(2023, 1, 1), date(2024, 12, 31), 730, 1, {}, states)
    app = App(tmp_path, "seed status", Output(color=False))
    command._show(app, report, every=False)
    lines = capsys.readouterr().out.splitlines()
    months = [line[:7] for line in lines if line[4:5] == "-" and "…" not in line]
    assert months == ["2023-03", *(f"2024-{n:02}" for n in range(1, 13))]
    assert "334 earlier days are complete; --all shows them" in lines
    command._show(app, report, every=True)
    assert "--all" not in capsys.readouterr().out


def test_an_option_before_the_subcommand_is_refused(cli: Cli, home: Path) -> None:
    ran = cli("--home", home, "seed", "--dry-run", "reset", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == "error: --dry-run stands before reset."
    assert cli("--home", home, "seed", "--json", "status").code == 1  # it has an effect there, too
