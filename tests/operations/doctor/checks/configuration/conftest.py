from pathlib import Path

import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.request import SetupRequest
from tests.operations.doctor.contexts import doctor_context, make_home

SECRETS = ("postgres-airflow-password", "service-password", "admin-password", "mariadb-mlops-password")


class ConfiguredHome:
    """A home with airflow.cfg and all secrets, as setup writes them."""

    def __init__(self, root: Path) -> None:
        self.root = make_home(root)
        self.cfg = root / "airflow/airflow.cfg"
        for name in SECRETS:
            make_secret(root / "secrets" / name)
        list(ConfigureStep(SetupRequest(doctor_context(root).platform)).do())
        for path in (root / "secrets").iterdir():
            path.chmod(0o600)

    def secret(self, name: str) -> Path:
        return self.root / "secrets" / name

    def read_secret(self, name: str) -> str:
        return self.secret(name).read_text(encoding="utf-8").strip()

    def read_cfg(self) -> str:
        return self.cfg.read_text(encoding="utf-8")

    def set_option(self, option: str, value: str) -> None:
        lines = [f"{option} = {value}" if x.startswith(f"{option} = ") else x for x in self.read_cfg().splitlines()]
        self.cfg.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def configured(tmp_path: Path) -> ConfiguredHome:
    return ConfiguredHome(tmp_path / "home")
