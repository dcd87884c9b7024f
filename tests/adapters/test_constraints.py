"""The sources of constraint files, with a server on loopback instead of the official host."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mlopsctl.adapters import constraints
from mlopsctl.adapters.constraints import ConstraintFiles
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.settings import AIRFLOW_VERSION


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that is served instead of the official host."""
    folder = tmp_path / "host"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr(constraints, "OFFICIAL", address + "/{version}-{python}.txt")
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield folder
        server.shutdown()


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_bundled_file_for_each_python(tmp_path: Path, python: str) -> None:
    found = ConstraintFiles(tmp_path, AIRFLOW_VERSION, python, offline=True).get("auto")
    assert found.source == "bundled"
    lines = found.path.read_text().splitlines()
    assert f"apache-airflow=={AIRFLOW_VERSION}" in lines
    assert all("==" in line or line.startswith("#") for line in lines)
    names = {line.partition("==")[0] for line in lines}
    assert {"apache-airflow-providers-fab", "mysqlclient", "psycopg2-binary", "pandas", "scikit-learn"} <= names


def test_official_file_takes_precedence_and_is_cached(host: Path, tmp_path: Path) -> None:
    (host / f"{AIRFLOW_VERSION}-3.11.txt").write_text("apache-airflow==3.3.2\n")
    files = ConstraintFiles(tmp_path / "cache", AIRFLOW_VERSION, "3.11")
    assert files.get("auto").source == "official"
    (host / f"{AIRFLOW_VERSION}-3.11.txt").unlink()
    assert files.get("auto").source == "official, from the cache"


def test_download_of_something_else_is_ignored(host: Path, tmp_path: Path) -> None:
    (host / f"{AIRFLOW_VERSION}-3.11.txt").write_text("<html>Please log in to the company's network</html>")
    files = ConstraintFiles(tmp_path / "cache", AIRFLOW_VERSION, "3.11")
    assert files.get("auto").source == "bundled"
    with pytest.raises(MlopsctlError, match="no official constraint file"):
        files.get("official")


def test_file(tmp_path: Path) -> None:
    given = tmp_path / "제약 조건.txt"
    files = ConstraintFiles(tmp_path, AIRFLOW_VERSION, "3.11")
    with pytest.raises(MlopsctlError, match="does not exist"):
        files.get(str(given))
    given.write_text("six==1.16.0\n")
    assert files.get(str(given)).path == given


def test_urls_are_cached_separately(host: Path, tmp_path: Path) -> None:
    first, second = (constraints.OFFICIAL.rpartition("/")[0] + f"/{name}.txt" for name in ("first", "second"))
    for url in (first, second):
        (host / url.rpartition("/")[2]).write_text(f"six==1.1{int(url == second)}.0\n")
    files = ConstraintFiles(tmp_path / "cache", AIRFLOW_VERSION, "3.11")
    offline = replace(files, offline=True)
    assert files.get(first).source == first
    with pytest.raises(MlopsctlError, match=rf"cannot download a constraint file from {second}\."):
        offline.get(second)
    files.get(second)
    found = [offline.get(url) for url in (first, second)]
    assert [one.path.read_text() for one in found] == ["six==1.10.0\n", "six==1.11.0\n"]
    assert [one.source for one in found] == [f"{first}, from the cache", f"{second}, from the cache"]


def test_offline_without_a_bundled_file(tmp_path: Path) -> None:
    files = ConstraintFiles(tmp_path, "3.0.99", "3.11", offline=True)
    with pytest.raises(MlopsctlError, match=r"no bundled constraint file for Airflow 3\.0\.99"):
        files.get("bundled")


def test_downloads_are_logged_without_passwords(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "mlopsctl.http")
    with pytest.raises(MlopsctlError) as caught:
        ConstraintFiles(tmp_path, AIRFLOW_VERSION, "3.11").get("http://kim:s3cret@127.0.0.1:1/constraints.txt")
    (message,) = [record.getMessage() for record in caplog.records if record.name == "mlopsctl.http"]
    assert message.startswith("GET http://kim:***@127.0.0.1:1/constraints.txt no answer: ")
    assert "s3cret" not in message + caught.value.message


@pytest.mark.parametrize("package", ["apache-airflow", "apache-airflow-core"])
def test_file_for_another_airflow(tmp_path: Path, package: str) -> None:
    path = tmp_path / "constraints.txt"
    path.write_text(f"pandas==2.0\n{package}==3.1.8\n", encoding="utf-8")
    with pytest.raises(MlopsctlError) as caught:
        ConstraintFiles(tmp_path / "cache", AIRFLOW_VERSION, "3.11").get(str(path))
    assert caught.value.code == "constraints-mismatch"
    assert caught.value.hint.command == ("setup", "--airflow-version", "3.1.8")
    constraints.check_given(str(path), "3.1.8")


def test_url_for_another_airflow_is_not_downloaded(tmp_path: Path) -> None:
    url = "https://example.invalid/apache/airflow/constraints-2.7.2/constraints-3.11.txt"
    for call in (ConstraintFiles(tmp_path, AIRFLOW_VERSION, "3.11").get, lambda u: constraints.check_given(u, "2.7.3")):
        with pytest.raises(MlopsctlError, match=r"2\.7\.2, not for"):
            call(url)
    constraints.check_given(url, "2.7.2")
