from pathlib import Path

from tests.operations.doctor.contexts import findings, make_home


def test_unknown_setting_is_a_warning(tmp_path: Path) -> None:
    typo, unknown = findings("settings", make_home(tmp_path, 'api_prot = 8081\ncolour = "red"\n'))
    assert (typo.verdict, unknown.verdict) == ("warning", "warning")
    assert "api_prot" in typo.message and typo.hint.command == ("config", "set", "api_port", "VALUE")
    assert "colour" in unknown.message and unknown.hint.line.startswith("sed -i ")
