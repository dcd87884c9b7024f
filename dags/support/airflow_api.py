"""Airflow's REST API, read only: tasks have no way into the metadata database, since Airflow 3."""

from collections.abc import Iterator, Mapping
from typing import Any

CONNECTION = "airflow_api"  # made by `mlopsctl setup`; its user has the role Viewer, which may look and do nothing
PAGE = 100  # as many as Airflow gives at once


def rows(path: str, key: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """All objects of a list, `key` in the API's answers, page by page. Raises requests.HTTPError."""
    import requests
    from airflow.sdk import BaseHook

    account = BaseHook.get_connection(CONNECTION)
    base = f"{account.schema or 'http'}://{account.host}:{account.port}"
    login = {"username": account.login, "password": account.password}
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between Airflow and itself
        token = _answer(session.post(f"{base}/auth/token", json=login, timeout=60))["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        # A cursor and not an offset: rows that come in between would shift the pages, and rows be left out.
        cursor: str | None = ""
        while cursor is not None:
            query = {**params, "limit": PAGE, "cursor": cursor}
            answer = _answer(session.get(f"{base}/api/v2/{path}", params=query, timeout=60))
            yield from answer[key]
            cursor = answer["next_cursor"]


def _answer(response: Any) -> dict[str, Any]:
    response.raise_for_status()
    found: dict[str, Any] = response.json()
    return found
