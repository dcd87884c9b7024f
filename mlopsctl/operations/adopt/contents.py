"""What the metadata databases of both platforms contain, decrypted. Both are only read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mlopsctl.adapters.airflow.schema_revisions import series_of
from mlopsctl.adapters.files import read_secret
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.operations.adopt.source import Source
from mlopsctl.operations.db.check import check_metadata
from mlopsctl.operations.platform import Platform

Fields = Mapping[str, Any]


class Kind(StrEnum):
    """What is adopted, in the order in which it is written: users need their roles."""

    CONNECTION = "connection"
    VARIABLE = "variable"
    POOL = "pool"
    ROLE = "role"
    USER = "user"


@dataclass(frozen=True)
class Contents:
    """`series`: of the Airflow release, such as 2.7. `unreadable`: why an entry cannot be decrypted, by
    `connection NAME` or `variable NAME`."""

    series: str
    entries: Mapping[Kind, Mapping[str, Fields]] = field(repr=False)
    unreadable: Mapping[str, str]


def read(platform: Platform, source: Source) -> tuple[Contents, Contents]:
    """Of the Airflow to adopt, and of this platform. Raises MlopsctlError if one of them cannot be read."""
    check_metadata(platform)
    own_key = read_secret(platform.home.secret("fernet-key")) + "="  # as airflow.cfg has it, with its padding
    databases = {
        "theirs": {"url": source.url, "fernet_keys": source.fernet_keys},
        "ours": {"url": platform.metadata_url(), "fernet_keys": [own_key]},
    }
    answers = platform.airflow.run_script("read_platforms", {"databases": databases})
    if error := answers["ours"].get("error"):
        raise Unavailable(f"the metadata database does not respond: {error}", hint=Hint.of("db", "check"))
    return _theirs(answers["theirs"], source), _contents("", answers["ours"])


def _theirs(answer: Mapping[str, Any], source: Source) -> Contents:
    if "error" in answer:
        raise _unreadable(answer["error"].rstrip("."), answer["code"], source)
    revision = answer["revision"]
    if revision is None:
        raise MlopsctlError(
            "that is not a metadata database of Airflow: its tables are missing.",
            hint=Hint.of("adopt", "AIRFLOW_HOME", note="the directory with its airflow.cfg"),
            code="no-airflow-database",
        )
    series = series_of(revision)
    if series is None:
        raise MlopsctlError(
            f"its metadata database has the schema {revision}, which no Airflow release from 2.7 to 3.3 has.",
            hint="upgrade that Airflow to one of them; or export its connections and variables, and import the files",
            code="unknown-schema",
        )
    return _contents(series, answer)


def _unreadable(reason: str, code: str, source: Source) -> MlopsctlError:
    hints = {
        "fernet-key": source.hint("--fernet-key-file", "FILE", note="with its [core] fernet_key"),
        "url": Hint(note="a URL is sqlite:////path, postgresql://user:password@host/database, or mysql://…"),
        "source-database": Hint(
            note="check that it is running and reachable from here, then run the same command again"
        ),
    }
    subject = "Fernet key is invalid" if code == "fernet-key" else "metadata database cannot be read"
    return MlopsctlError(f"its {subject}: {reason}.", hint=hints[code], code=code)


def _contents(series: str, answer: Mapping[str, Any]) -> Contents:
    return Contents(series, {kind: answer[f"{kind}s"] for kind in Kind}, answer["unreadable"])
