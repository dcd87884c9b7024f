"""Run by the managed Airflow's Python: files of tasks in a storage, through Airflow's object storage.

Reads JSON from stdin: {"check": URL of a folder} writes an object there and deletes it, and prints JSON: {"failure":
why it cannot, or ""}. {"copies": [[URL of a folder, URL of its copy], …], "xcoms": [URL, new URL] or null, "metadata":
URL of the database} copies all files, and changes the paths of XComs that are stored in files; prints {"files": their
number}.
"""

import json
import os
import shutil
import sys
from typing import Any
from uuid import uuid4

import sqlalchemy

os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"  # or else connections are looked for in the environment only
from airflow.sdk import BaseHook, ObjectStoragePath

# A value that is stored in a file is the text of its path.
RENAME = """
    UPDATE xcom SET value = to_jsonb(:new || substr(value #>> '{}', length(:old) + 1))
    WHERE jsonb_typeof(value) = 'string' AND starts_with(value #>> '{}', :old)
"""


def check(url: str) -> str:
    """Why nothing can be written, in one line; empty if it can."""
    path = ObjectStoragePath(url) / f".mlopsctl-{uuid4()}"
    try:
        if path.conn_id:  # Airflow would go on without a connection that does not exist
            BaseHook.get_connection(path.conn_id)
        path.write_bytes(b"\n")
        path.unlink()
    except Exception as e:  # noqa: BLE001  # of whatever library: it is the answer
        return f"{type(e).__name__}: {e}".splitlines()[0]
    return ""


def is_same(one: Any, other: Any) -> bool:
    """Also by a symbolic link, or with another connection. A file that is copied to itself would be emptied."""
    return bool(one.protocol == other.protocol and os.path.realpath(one.path) == os.path.realpath(other.path))


def copy(source: Any, target: Any) -> int:
    if is_same(source, target) or not source.exists():
        return 0
    files = [file for file in source.rglob("*") if file.is_file()]
    for file in files:
        copied = target.joinpath(*file.parts[len(source.parts) :])
        copied.parent.mkdir(parents=True, exist_ok=True)
        with file.open("rb") as content, copied.open("wb") as out:
            shutil.copyfileobj(content, out)
    return len(files)


def rename_xcoms(url: str, old: str, new: str) -> None:
    with sqlalchemy.create_engine(url).begin() as connection:
        connection.execute(sqlalchemy.text(RENAME), {"old": f"{old}/", "new": f"{new}/"})


def main() -> None:
    request = json.load(sys.stdin)
    if "check" in request:
        answer: dict[str, Any] = {"failure": check(request["check"])}
    else:
        answer = {"files": sum(copy(*map(ObjectStoragePath, pair)) for pair in request["copies"])}
        if request["xcoms"]:
            rename_xcoms(request["metadata"], *request["xcoms"])
    sys.stdout.write("\n" + json.dumps(answer) + "\n")


main()
