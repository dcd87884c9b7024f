import pytest

from mlopsctl.core.paths import Home
from tests.operations.doctor.checks.configuration.conftest import ConfiguredHome
from tests.operations.doctor.contexts import fix_first, is_ok, outcome, results


def test_changed_options_are_warnings_and_restored(configured: ConfiguredHome) -> None:
    before = configured.read_cfg()
    configured.set_option("executor", "SequentialExecutor")
    configured.set_option("jwt_secret", "another one that is long enough")
    changed = configured.read_cfg()
    jwt_secret, executor = results("airflow-cfg", configured.root)
    assert (jwt_secret.verdict, executor.verdict) == ("warning", "warning")
    assert "[core] executor" in executor.message and "'SequentialExecutor'" in executor.message
    assert "[api_auth] jwt_secret" in jwt_secret.message and "another one" not in jwt_secret.message
    fix_first("airflow-cfg", configured.root)
    assert configured.read_cfg() == before and is_ok("airflow-cfg", configured.root)
    backup = configured.cfg.with_name("airflow.cfg.before")
    assert backup.read_text(encoding="utf-8") == changed and backup.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", [None, "no section\n"])
def test_missing_or_invalid_file_is_written_again(text: str | None, configured: ConfiguredHome) -> None:
    before = configured.read_cfg()
    if text is None:
        configured.cfg.unlink()
    else:
        configured.cfg.write_text(text, encoding="utf-8")
    assert outcome("airflow-cfg", configured.root)[0] == "error"
    fix_first("airflow-cfg", configured.root)
    assert configured.read_cfg() == before


def test_the_plugin_is_written_again(configured: ConfiguredHome) -> None:
    Home(configured.root).airflow_plugin.unlink()
    assert outcome("airflow-cfg", configured.root)[0] == "warning"
    fix_first("airflow-cfg", configured.root)
    assert is_ok("airflow-cfg", configured.root)
