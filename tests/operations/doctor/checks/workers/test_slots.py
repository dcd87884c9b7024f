import pytest

from mlopsctl.adapters.files import make_secret
from mlopsctl.operations.doctor.checks.workers import slots
from mlopsctl.operations.setup.configure import ConfigureStep
from mlopsctl.operations.setup.request import SetupRequest
from tests.operations.doctor.checks.workers.conftest import Head
from tests.operations.doctor.contexts import doctor_context, fix_first, is_ok, outcome

OWN = 'executor = "celery"\nlisten = "127.0.0.1:8443"\nworker_slots = 4\n'


@pytest.mark.parametrize("preload", ["auto", "off"])
def test_slots_beyond_the_limit_of_the_scheduler(
    preload: str, joined_head: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "FOLLOWING", 0.0)
    home = joined_head.home
    home.config.write_text(f'{OWN}preload = ["{preload}"]\n')
    platform = doctor_context(home.root).platform
    platform.redis.write_conf()
    make_secret(home.secret("postgres-airflow-password"))
    list(ConfigureStep(SetupRequest(platform)).do())
    assert is_ok("worker-slots", home.root)
    joined_head.add("w1", slots=40)
    _, message = outcome("worker-slots", home.root)
    assert message.startswith("the workers have 44 slots, but the scheduler starts at most 6 tasks")
    fix_first("worker-slots", home.root)
    assert is_ok("worker-slots", home.root)
