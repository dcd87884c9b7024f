import json

import pytest

from tests.conftest import call_cli


@pytest.mark.parametrize("verb", ["migrate", "reset"])
def test_only_two_databases_exist(verb: str) -> None:
    ran = call_cli("db", verb, "everything")
    assert ran.code == 2 and "'everything' is not one of 'metadata', 'features'" in ran.err


def test_a_reset_needs_a_platform() -> None:
    ran = call_cli("db", "reset", "--yes", "--json")
    assert ran.code == 1 and json.loads(ran.out)["errors"][0]["code"] == "not-set-up"
