import pytest

from mlopsctl.core.errors import UsageError
from mlopsctl.core.settings import Settings
from mlopsctl.operations.doctor.check import Group
from mlopsctl.operations.doctor.registry import CHECKS, select_checks


def test_checks_are_selected_by_name_and_by_group() -> None:
    assert select_checks(()) == list(CHECKS)
    assert {check.group for check in select_checks(("machine",))} == {"machine"}
    assert [check.name for check in select_checks(("ports", "disk"))] == ["disk", "ports"]


def test_checks_of_what_a_home_does_not_have_are_left_out() -> None:
    local, head = Settings(), Settings(executor="celery")
    host = Settings(executor="celery", head="10.0.0.1:8443")
    names = [[check.name for check in select_checks((), settings)] for settings in (local, head, host)]
    assert [("broker" in found, "head" in found, "keys" in found, "disk" in found) for found in names] == [
        (False, False, True, True), (True, False, True, True), (False, True, False, True)
    ]  # fmt: skip
    assert {check.group for check in select_checks((), host)}.isdisjoint(("dags", "runs", "data"))
    assert select_checks(("workers",), local) == []
    assert [check.name for check in select_checks(("broker",), local)] == ["broker"]


@pytest.mark.parametrize(("name", "option"), [("machin", ("--only", "machine")), ("xyz", ("--list-checks",))])
def test_unknown_name_is_a_usage_error(name: str, option: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=name) as e:
        select_checks((name,))
    assert e.value.hint.command == ("doctor", *option)


def test_names_of_checks_and_groups_are_unique() -> None:
    names = [check.name for check in CHECKS]
    assert len({*names, *Group}) == len(names) + len(Group)


def test_every_group_has_checks_and_every_check_a_reason() -> None:
    assert {check.group for check in CHECKS} == set(Group)
    assert all(check.why.endswith(".") for check in CHECKS)


def test_module_of_a_check_is_in_the_folder_of_its_group() -> None:
    for check in CHECKS:
        assert f".checks.{check.group}." in check.inspect.__module__, check.name
