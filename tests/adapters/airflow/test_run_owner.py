import pytest

from mlopsctl.adapters.airflow.run_owner import note, owner


def test_a_note_tells_the_backfill_and_that_it_was_cancelled() -> None:
    assert note("a1b2c3") == "mlopsctl backfill a1b2c3"
    assert note("a1b2c3", cancelled=True) == "mlopsctl backfill a1b2c3 cancelled"


@pytest.mark.parametrize(
    ("run_id", "noted", "whose"),
    [
        ("mlopsctl__a1b2c3__2024-01-01", None, "a1b2c3"),
        ("mlopsctl__a1b2c3__2024-01-01", "a person's words", "a1b2c3"),
        ("mlopsctl__a1b2c3__2024-01-01", note("b0b0b0"), "b0b0b0"),  # who has cleared it goes on with it
        (
            "mlopsctl__a1b2c3__2024-01-01",
            note("a1b2c3", cancelled=True),
            "",
        ),  # then somebody cleared it in the web page
        ("scheduled__2024-01-01T00:00:00+00:00", note("b0b0b0"), "b0b0b0"),
        ("mlopsctl__20240101T000000.000000", None, ""),  # of `trigger`
        ("mlopsctl__12__2024-01-01", None, ""),
    ],
)
def test_whose_a_run_is(run_id: str, noted: str | None, whose: str) -> None:
    assert owner(run_id, noted) == whose
