"""Read-only access to Airflow's REST API: since Airflow 3, tasks cannot read the metadata database."""

from collections.abc import Iterator, Mapping
from typing import Any

CONNECTION = "airflow_api"  # created by `mlopsctl setup`; its user has the read-only role Viewer
PAGE_SIZE = 100  # Airflow's maximum


def list_objects(path: str, key: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All objects of a collection, fetched page by page. `key` names the list in the response.

    Raises requests.HTTPError.
    """
    import requests
    from airflow.sdk import BaseHook

    account = BaseHook.get_connection(CONNECTION)
    base = f"{account.schema or 'http'}://{account.host}:{account.port}"
    login = {"username": account.login, "password": account.password}
    with requests.Session() as session:
        session.trust_env = False  # never send requests to Airflow itself through a proxy
        token = _json(session.post(f"{base}/auth/token", json=login, timeout=60))["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        # A cursor, not an offset: rows inserted in the meantime would shift the pages, and some would be missed.
        cursor: str | None = ""
        while cursor is not None:
            query = {**params, "limit": PAGE_SIZE, "cursor": cursor}
            page = _json(session.get(f"{base}/api/v2/{path}", params=query, timeout=60))
            yield from page[key]
            cursor = page["next_cursor"]


def _json(response: Any) -> dict[str, Any]:
    response.raise_for_status()
    body: dict[str, Any] = response.json()
    return body
