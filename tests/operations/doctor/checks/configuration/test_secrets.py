import shutil

import pytest

from mlopsctl.core.errors import MlopsctlError
from tests.operations.doctor.checks.configuration.conftest import ConfiguredHome
from tests.operations.doctor.contexts import findings, fix_first, is_ok, outcome, results, verdicts


def test_configuration_written_by_setup_is_ok(configured: ConfiguredHome) -> None:
    for name in ("keys", "secrets", "secret-files", "metadata-database", "settings"):
        assert is_ok(name, configured.root), name


@pytest.mark.parametrize("value", ["temporary_key", "abc", ""])
def test_weak_key_is_replaced(value: str, configured: ConfiguredHome) -> None:
    configured.set_option("secret_key", value)
    verdict, message = outcome("keys", configured.root)
    assert verdict == "error" and message.startswith("[api] secret_key in airflow.cfg is ")
    before = configured.read_secret("api-secret")
    fix_first("keys", configured.root)
    after = configured.read_secret("api-secret")
    assert after != before and f"secret_key = {after}\n" in configured.read_cfg()
    assert is_ok("keys", configured.root)


def test_public_fernet_key_is_not_replaced(configured: ConfiguredHome) -> None:
    configured.set_option("fernet_key", "46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=")
    (finding,) = findings("keys", configured.root)
    assert not finding.fixable and finding.hint.command[:2] == ("connection", "export")


def test_copied_home_shares_its_keys(configured: ConfiguredHome) -> None:
    copy = configured.root.with_name("copy")
    shutil.copytree(configured.root, copy)
    shared = findings("keys", configured.root)
    assert [finding.details for finding in shared] == ["fernet-key", "api-secret", "jwt-secret"]
    assert all(str(copy) in finding.message for finding in shared)


def test_missing_secret_is_restored_from_airflow_cfg(configured: ConfiguredHome) -> None:
    for name in ("fernet-key", "jwt-secret", "postgres-airflow-password"):
        path = configured.secret(name)
        before = path.read_text(encoding="utf-8")
        path.unlink()
        verdict, message = outcome("secrets", configured.root)
        assert verdict == "error" and str(path) in message
        fix_first("secrets", configured.root)
        assert path.read_text(encoding="utf-8") == before and path.stat().st_mode & 0o777 == 0o600


def test_lost_key_is_replaced_if_nothing_permanent_depends_on_it(configured: ConfiguredHome) -> None:
    configured.secret("jwt-secret").unlink()
    configured.set_option("jwt_secret", "")
    assert [finding.fixable for finding in findings("secrets", configured.root)] == [True]
    fix_first("secrets", configured.root)
    assert f"jwt_secret = {configured.read_secret('jwt-secret')}\n" in configured.read_cfg()
    assert is_ok("secrets", configured.root) and is_ok("keys", configured.root)


def test_fix_never_replaces_a_lost_fernet_key(configured: ConfiguredHome) -> None:
    key = configured.read_secret("fernet-key")
    configured.secret("fernet-key").unlink()
    configured.set_option("sql_alchemy_conn", "sqlite:////tmp/x.db")
    fix_first("metadata-database", configured.root)
    assert configured.read_secret("fernet-key") == key and f"fernet_key = {key}=" in configured.read_cfg()
    configured.secret("fernet-key").unlink()
    configured.set_option("sql_alchemy_conn", "sqlite:////tmp/x.db")
    configured.set_option("fernet_key", "")
    with pytest.raises(MlopsctlError, match="fernet-key"):
        fix_first("metadata-database", configured.root)
    assert not configured.secret("fernet-key").exists()


def test_missing_service_password_is_left_to_setup(configured: ConfiguredHome) -> None:
    configured.secret("service-password").unlink()
    (finding,) = findings("secrets", configured.root)
    assert not finding.fixable and finding.hint.command == ("setup",)


def test_missing_fernet_key_has_to_come_from_a_backup(configured: ConfiguredHome) -> None:
    configured.secret("fernet-key").unlink()
    configured.set_option("fernet_key", "")
    (finding,) = findings("secrets", configured.root)
    assert not finding.fixable and finding.hint.line.startswith("cp BACKUP/secrets/fernet-key ")


def test_files_that_other_accounts_can_read_are_closed(configured: ConfiguredHome) -> None:
    paths = (configured.root / "secrets", configured.cfg, configured.secret("jwt-secret"))
    for path, mode in zip(paths, (0o755, 0o640, 0o644), strict=True):
        path.chmod(mode)
    found = results("secret-files", configured.root)
    assert [result.verdict for result in found] == ["error"] * 3
    assert all(str(path) in result.message for path, result in zip(paths, found, strict=True))
    for left in (2, 1, 0):
        fix_first("secret-files", configured.root)
        assert verdicts("secret-files", configured.root) == (["error"] * left or ["ok"])
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o700, 0o600, 0o600]


def test_keys_in_folders_are_closed_too(configured: ConfiguredHome) -> None:
    key = configured.root / "secrets/ca/ca.key"
    key.parent.mkdir()
    key.touch()
    key.chmod(0o644)
    assert [finding.details for finding in findings("secret-files", configured.root)] == [(key, 0o600)]


def test_passwords_of_the_broker_are_needed_with_workers(configured: ConfiguredHome) -> None:
    (configured.root / "config.toml").write_text('executor = "celery"\n', encoding="utf-8")
    names = ("redis-mlopsctl-password", "redis-celery-password")
    assert [finding.details for finding in findings("secrets", configured.root)] == list(names)
    with configured.cfg.open("a", encoding="utf-8") as cfg:
        cfg.write("[celery]\nbroker_url = redis://celery:s3cret@127.0.0.1:16379/0\n")
    assert [finding.fixable for finding in findings("secrets", configured.root)] == [False, True]
    (configured.secret("redis-mlopsctl-password")).write_text("x")
    fix_first("secrets", configured.root)
    assert configured.read_secret("redis-celery-password") == "s3cret"
