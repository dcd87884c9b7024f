"""Version numbers; tests/live covers the database."""

import pytest
from ineligible_loan_model.models.registry import RegisteredVersion, next_version

FEATURES = ("credit_history", "married")


def registered(version: str, cutoff: str, features: tuple[str, ...] = FEATURES) -> RegisteredVersion:
    return RegisteredVersion(version, f"m/{version}/model.joblib", "0" * 64, features, "20230601", cutoff, cutoff, {})


FIRST = registered("1.0.0", "20231130")
SECOND = registered("1.1.0", "20231231")


@pytest.mark.parametrize(
    ("earlier", "features", "cutoff", "version"),
    [
        ([], FEATURES, "20231130", "1.0.0"),
        ([FIRST], FEATURES, "20231130", "1.0.1"),  # re-trained
        ([FIRST, registered("1.0.1", "20231130")], FEATURES, "20231130", "1.0.2"),
        ([FIRST], FEATURES, "20231231", "1.1.0"),
        ([FIRST], FEATURES[::-1], "20231231", "1.1.0"),  # in another order
        ([FIRST, SECOND], FEATURES, "20231130", "1.0.1"),  # the cutoff of an earlier version
        ([FIRST, SECOND], FEATURES, "20231031", "1.2.0"),  # a new cutoff, although an older one
        ([FIRST, SECOND], (*FEATURES, "gender"), "20231231", "2.0.0"),
        ([FIRST, registered("2.0.0", "20231231", ("gender",))], ("gender",), "20231130", "2.1.0"),
        ([registered("1.9.0", "20240831"), registered("1.10.0", "20240930")], FEATURES, "20241031", "1.11.0"),
    ],
)
def test_next_version(earlier: list[RegisteredVersion], features: tuple[str, ...], cutoff: str, version: str) -> None:
    assert next_version(earlier, features, cutoff) == version
