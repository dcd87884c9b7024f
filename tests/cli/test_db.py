from tests.conftest import run_cli


def test_there_are_two_databases() -> None:
    for verb in ("migrate", "reset"):
        ran = run_cli("db", verb, "everything")
        assert ran.code == 2 and "'everything' is not one of 'metadata', 'features'" in ran.err


def test_where_no_platform_is_nothing_is_reset() -> None:
    ran = run_cli("db", "reset", "--yes")
    assert ran.code == 1 and "there is no platform" in ran.err
