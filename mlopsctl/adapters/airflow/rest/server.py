"""Which Airflow answers at an address, and what its API can do."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from mlopsctl.adapters import files
from mlopsctl.adapters.airflow.capabilities import Capabilities, from_openapi
from mlopsctl.adapters.airflow.interface import RequestRejected
from mlopsctl.adapters.airflow.rest.errors import NotJson
from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.core.errors import MlopsctlError


@dataclass(frozen=True)
class Server:
    """`version`: Airflow's, as `3.2.2`. `api`: the newest version of its REST API, 1 or 2."""

    version: str
    api: int

    @property
    def openapi_path(self) -> str:
        """Of the description of its API, as JSON."""
        return "/openapi.json" if self.api == 2 else "/api/v1/openapi.json"


def detect(http: AirflowHttp) -> Server:
    """Ask a server for its version, without a login.

    Raises Unavailable if nothing answers, MlopsctlError `not-airflow` if something else does. A web page is no answer:
    Airflow 3 sends one for each path that it does not know (seen with the Simple auth manager).
    """
    for api in (2, 1):
        try:
            answer = http.get(f"/api/v{api}/version", login=False)
            return Server(str(answer["version"]), api)
        except (NotJson, KeyError, TypeError):
            continue
        except RequestRejected as e:
            if e.status != 404:
                raise
    raise MlopsctlError(
        f"{http.base_url} is not an Airflow: it has no /api/v2/version and no /api/v1/version.",
        hint="check the URL: it is that of Airflow's web page, with its path if it has one",
        code="not-airflow",
    )


class ServerCapabilities:
    """The capabilities of a server, read when they are first needed.

    Its OpenAPI document takes a second and half a megabyte, so the result is kept in a file until the version changes.
    """

    def __init__(self, http: AirflowHttp, version: str, file: Path) -> None:
        """`version`: of the installed Airflow. While another one is still running, that one's are read."""
        self._http = http
        self._version = version
        self._file = file

    @cached_property
    def value(self) -> Capabilities:
        """Raises Unavailable if the server has to be asked, and does not answer."""
        known = _read(self._file)
        if known and known.version == self._version:
            return known
        server = detect(self._http)
        found = from_openapi(server.version, self._http.get(server.openapi_path))
        files.write(self._file, json.dumps(asdict(found), indent=2) + "\n")
        return found


def _read(file: Path) -> Capabilities | None:
    """None if there is no such file, or another version of mlopsctl has written it with other fields."""
    try:
        return Capabilities(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
