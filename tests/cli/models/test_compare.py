"""The screen of `models compare`, and the rows on which two versions are compared."""

import pytest

from mlopsctl.cli._common.output import Output
from mlopsctl.cli.models import compare
from mlopsctl.cli.models.compare import VersionPair
from tests.conftest import screen
from tests.operations.models.model_rows import METRICS, model, version

OLD = version("1.0.0", metrics=METRICS | {"brier": 0.11, "holdout_from": "20230601"})
AS_CHAMPION = {"version": "1.0.0", "accuracy": 0.8, "brier": 0.14, "lift": METRICS["lift"][::-1]}
NEW = version("1.1.0", metrics=METRICS | {"champion": AS_CHAMPION})


def test_metrics_are_from_the_held_out_rows_of_the_newer_version() -> None:
    of_old, of_new, same = VersionPair(OLD, NEW).metrics
    assert same and (of_old["brier"], of_new["brier"]) == (0.14, 0.1289)
    assert of_old["holdout_from"] == of_new["holdout_from"] == "20231201"
    of_new, of_old, same = VersionPair(NEW, OLD).metrics
    assert same and (of_old["brier"], of_new["brier"]) == (0.14, 0.1289)


def test_different_rows_are_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    different = VersionPair(OLD, version("1.2.0"))
    assert not different.metrics[2]
    compare.show(Output(), different)
    lines = capsys.readouterr().out.splitlines()
    assert lines[5:7] == [
        "! 1.0.0 measured on 2023-06…2023-11 month by month, 1,145 applications, 21.4% defaults",
        "! 1.2.0 measured on 2023-12-01 … 2023-12-31, 1,145 applications, 21.4% defaults",
    ]
    assert "different rows" in lines[7]


def test_same_holdout_is_the_same_rows() -> None:
    assert VersionPair(version("1.0.0"), version("1.1.0")).metrics[2]
    assert not VersionPair(version("1.0.0", metrics=None), version("1.1.0", metrics=None)).metrics[2]


def test_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    made = model("champion 1.0.0", "champion 1.1.0")
    pair = VersionPair(made.version("1.0.0"), made.version("1.1.0"))
    object.__setattr__(
        pair.b, "metrics", METRICS | {"champion": AS_CHAMPION | {"roc_auc": 0.75, "top_decile_lift": 3.0}}
    )
    compare.show(Output(), pair)
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80 and len(text.splitlines()) < 24
    assert text == screen("""
        loan                       1.0.0                 1.1.0
        role                       archived              champion
        since                      2024-03-01 11:00      2024-03-01 11:00
        trained on                 2023-06…2023-11       2023-06…2023-11
        applications               990                   990
        both measured on 2023-12-01 … 2023-12-31, 1,145 applications, 21.4% defaults
        accuracy                   0.800                 0.848                 +0.048
        ROC-AUC                    0.750                 0.781                 +0.031
        Brier (lower is better)    0.1400                0.1289                -0.0111
        top-decile lift            3.00                  3.40                  +0.40
        lift of the riskiest …
           10 %                    1.00 ████▊            3.40 ████████████████
           20 %                    1.10 █████▏           2.70 ████████████▊
           30 %                    1.20 █████▋           2.30 ██████████▉
           40 %                    1.32 ██████▎          2.00 █████████▍
           50 %                    1.50 ███████          1.75 ████████▎
           60 %                    1.75 ████████▎        1.50 ███████
           70 %                    2.00 █████████▍       1.32 ██████▎
           80 %                    2.30 ██████████▉      1.20 █████▋
           90 %                    2.70 ████████████▊    1.10 █████▏
          100 %                    3.40 ████████████████ 1.00 ████▊
        """)


def test_data() -> None:
    data = compare.data(VersionPair(OLD, NEW))
    assert set(data) == {"model", "same_rows", "versions"}
    assert [v["metrics"]["brier"] for v in data["versions"]] == [0.14, 0.1289]
