import pytest

from mlopsctl.adapters.airflow.run_owner import note, owner


def test_note_of_a_backfill_and_of_a_cancelled_one() -> None:
    assert note("a1b2c3") == "mlopsctl backfill a1b2c3"
    assert note("a1b2c3", cancelled=True) == "mlopsctl backfill a1b2c3 cancelled"


@pytest.mark.parametrize(
    ("run_id", "run_note", "expected"),
    [
        ("mlopsctl__a1b2c3__2024-01-01", None, "a1b2c3"),
        ("mlopsctl__a1b2c3__2024-01-01", "a note by hand", "a1b2c3"),
        ("mlopsctl__a1b2c3__2024-01-01", note("b0b0b0"), "b0b0b0"),  # it cleared the run
        (
            "mlopsctl__a1b2c3__2024-01-01",
            note("a1b2c3", cancelled=True),
            "",
        ),  # cleared in the web page after that
        ("scheduled__2024-01-01T00:00:00+00:00", note("b0b0b0"), "b0b0b0"),
        ("mlopsctl__20240101T000000.000000", None, ""),  # by `trigger`
        ("mlopsctl__12__2024-01-01", None, ""),
    ],
)
def test_owner(run_id: str, run_note: str | None, expected: str) -> None:
    assert owner(run_id, run_note) == expected
