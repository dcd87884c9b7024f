"""The screens of `models list` and `models show`."""

from pathlib import Path

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.models import render
from tests.conftest import screen
from tests.operations.models.model_rows import METRICS, model, version

OUT = Output(color=False)
HISTORY = ("champion 1.0.0", "champion 1.1.0", "rejected 1.2.0")


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    text = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) < 24
    return text


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    render.show_list(OUT, [model(*HISTORY)], every=False)
    assert shown(capsys) == screen("""
        loan: champion 1.1.0 since 2024-03-01 11:00
        VERSION  ROLE      SINCE       TRAINED ON       ACC    ROC-AUC  BRIER   LIFT
        1.2.0    rejected  2024-03-01  2023-06…2023-11  0.848  0.781    0.1289  3.40
        1.1.0    champion  2024-03-01  2023-06…2023-11  0.848  0.781    0.1289  3.40
        1.0.0    archived  2024-03-01  2023-06…2023-11  0.848  0.781    0.1289  3.40
        """)


def test_long_list_is_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    many = model(numbers=tuple(f"1.{n}.0" for n in range(20, -1, -1)))
    render.show_list(OUT, [many], every=False)
    lines = shown(capsys).splitlines()
    assert lines[0] == "loan: no champion"
    assert (len(lines), lines[-1]) == (18, "6 older versions not shown; use --all to see all")
    render.show_list(OUT, [many], every=True)
    assert len(capsys.readouterr().out.splitlines()) == 23


def test_version_with_lift_and_calibration(capsys: pytest.CaptureFixture[str]) -> None:
    render.show_version(OUT, model(*HISTORY).version("1.1.0"), Path("/h/models"))
    assert shown(capsys) == screen("""
        loan 1.1.0  champion since 2024-03-01 11:00
        trained on  2023-06-01 … 2023-11-30, 990 applications
        measured    2023-12-01 … 2023-12-31, 1,145 applications, 21.4% defaults
                    accuracy 0.848  ROC-AUC 0.781  Brier 0.1289  top-decile lift 3.40
        features    income, area
        file        /h/models/loan/1.1.0/model.joblib: missing
        page        none

        RISKIEST  LIFT                      PREDICTED  OBSERVED  ROWS
           10 %   3.40 ████████████████████      0.04      0.05    60  ▊│
           20 %   2.70 ███████████████▉          0.30      0.25    50  ████ │
           30 %   2.30 █████████████▌            0.90      1.00    35  ██████████████│█
           40 %   2.00 ███████████▊
           50 %   1.75 ██████████▎
           60 %   1.50 ████████▉
           70 %   1.32 ███████▊
           80 %   1.20 ███████
           90 %   1.10 ██████▌
          100 %   1.00 █████▉
        2024-03-01 11:00 champion reason 1 (kim)
        """)


def test_version_without_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    bare = version("1.0.0", metrics=None, cutoff=None, finished=None)
    render.show_version(OUT, bare, Path("/h/models"))
    assert shown(capsys).splitlines()[1:4] == [
        "trained on  2023-06-01 … 2023-11-30, 990 applications",
        "measured    not measured",
        "            accuracy –  ROC-AUC –  Brier –  top-decile lift –",
    ]


def test_first_model_was_measured_month_by_month(capsys: pytest.CaptureFixture[str]) -> None:
    crosswise = METRICS | {"holdout_from": "20230601", "holdout_to": "20231130"}
    render.show_version(OUT, version("1.0.0", metrics=crosswise), Path("/h/models"))
    assert shown(capsys).splitlines()[2] == (
        "measured    2023-06…2023-11 month by month, 1,145 applications, 21.4% defaults"
    )


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, ""), (0.5, "██"), (0.0625, "▎"), (1, "████"), (1.2, "████"), (-1, "")]
)
def test_length_of_a_bar(share: float, drawn: str) -> None:
    assert render.bar(share, 4) == drawn


def test_data_has_exactly_the_documented_keys(tmp_path: Path) -> None:
    one = {"version", "role", "since", "registered", "data_from", "data_to", "cutoff", "rows", "metrics"}
    listed = render.model_data(model(*HISTORY))
    assert set(listed) == {"model", "champion", "since", "versions"}
    assert (listed["champion"], listed["since"]) == ("1.1.0", "2024-03-01T11:00:00+00:00")
    assert set(listed["versions"][0]) == one
    details = render.version_details(model(*HISTORY).version("1.0.0"), tmp_path / "models")
    assert set(details) == one | {
        "model", "started", "finished", "features", "artifact", "artifact_state", "checksum", "page", "decisions",
    }  # fmt: skip
    assert details["decisions"] == [
        {"decision": "champion", "reason": "reason 0", "by": "kim", "at": "2024-03-01T10:00:00+00:00"}
    ]
    page = (Path(__file__).parents[3] / "docs/models.md").read_text(encoding="utf-8")
    assert [key for key in (*listed, *details) if f"`{key}`" not in page] == []
