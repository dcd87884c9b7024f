from pathlib import Path

from mlopsctl.operations.models import artifact
from tests.operations.models.model_rows import version
from tests.operations.models.test_promotion import stored


def test_the_state_of_the_file(tmp_path: Path) -> None:
    held = stored(tmp_path)
    assert artifact.state(tmp_path, held) == "as recorded"
    (tmp_path / held.artifact).write_bytes(b"other")
    assert artifact.state(tmp_path, held) == "changed"
    (tmp_path / held.artifact).unlink()
    assert artifact.state(tmp_path, held) == "missing"
    assert artifact.state(tmp_path, version("1.0.0", artifact="../x")) == "foreign"


def test_the_page_is_beside_the_model_and_in_the_store(tmp_path: Path) -> None:
    store = tmp_path / "models"
    held = stored(store)
    assert artifact.page(store, held) is None
    page = (store / held.artifact).with_name("page.html")
    page.touch()
    assert artifact.page(store, held) == page.resolve()
    (tmp_path / "page.html").touch()
    assert artifact.page(store, version("1.0.0", artifact="../model.joblib")) is None
