from pathlib import Path

from mlopsctl.operations.models import artifact
from tests.operations.models.model_rows import version
from tests.operations.models.test_promotion import stored


def test_state_of_the_file(tmp_path: Path) -> None:
    registered = stored(tmp_path)
    assert artifact.state(tmp_path, registered) == "as recorded"
    (tmp_path / registered.artifact).write_bytes(b"other")
    assert artifact.state(tmp_path, registered) == "changed"
    (tmp_path / registered.artifact).unlink()
    assert artifact.state(tmp_path, registered) == "missing"
    assert artifact.state(tmp_path, version("1.0.0", artifact="../x")) == "foreign"


def test_page_is_next_to_the_model_and_inside_the_store(tmp_path: Path) -> None:
    store = tmp_path / "models"
    registered = stored(store)
    assert artifact.page(store, registered) is None
    page = (store / registered.artifact).with_name("page.html")
    page.touch()
    assert artifact.page(store, registered) == page.resolve()
    (tmp_path / "page.html").touch()
    assert artifact.page(store, version("1.0.0", artifact="../model.joblib")) is None
