"""Which number a version gets; what the database holds is driven in tests/live."""

import pytest
from ineligible_loan_model.models.registry import Entry, next_version

FEATURES = ("credit_history", "married")


def entry(version: str, cutoff: str, features: tuple[str, ...] = FEATURES) -> Entry:
    return Entry(version, f"m/{version}/model.joblib", "0" * 64, features, "20230601", cutoff, cutoff, {})


FIRST = entry("1.0.0", "20231130")
SECOND = entry("1.1.0", "20231231")


@pytest.mark.parametrize(
    ("earlier", "features", "cutoff", "version"),
    [
        ([], FEATURES, "20231130", "1.0.0"),
        ([FIRST], FEATURES, "20231130", "1.0.1"),  # trained again
        ([FIRST, entry("1.0.1", "20231130")], FEATURES, "20231130", "1.0.2"),
        ([FIRST], FEATURES, "20231231", "1.1.0"),
        ([FIRST], FEATURES[::-1], "20231231", "1.1.0"),  # their order says nothing
        ([FIRST, SECOND], FEATURES, "20231130", "1.0.1"),  # an old cut-off once more
        ([FIRST, SECOND], FEATURES, "20231031", "1.2.0"),  # older than all, and new
        ([FIRST, SECOND], (*FEATURES, "gender"), "20231231", "2.0.0"),
        ([FIRST, entry("2.0.0", "20231231", ("gender",))], ("gender",), "20231130", "2.1.0"),
        ([entry("1.9.0", "20240831"), entry("1.10.0", "20240930")], FEATURES, "20241031", "1.11.0"),
    ],
)
def test_the_next_version(earlier: list[Entry], features: tuple[str, ...], cutoff: str, version: str) -> None:
    assert next_version(earlier, features, cutoff) == version
