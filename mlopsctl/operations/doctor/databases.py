"""Both databases: reachable, migrated, configured as setup does; and Airflow's own account."""

import re
from collections.abc import Callable, Iterator

from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place, Skipped
from mlopsctl.operations.doctor.services import act, restart
from mlopsctl.operations.setup.initialise import Initialise
from mlopsctl.operations.setup.request import Request


def databases(place: Place) -> Iterator[Finding]:
    """By a query: a server can take connections and still refuse ours."""
    platform = place.platform
    if not platform.settings.external_metadata_db:
        place.need("postgres")
        place.need_secrets("postgres-airflow-password")
        yield from _asked("postgres", lambda: platform.postgres.query("SELECT 1"), platform.postgres.ready)
    if platform.settings.external_feature_store:
        place.need_secrets("feature-store-url")
        platform.features().query("SELECT 1")  # raises where it does not do
        return
    place.need("mariadb")
    yield from _asked("mariadb", lambda: platform.mariadb.admin.query("SELECT 1"), platform.mariadb.ready)


def _asked(name: str, query: Callable[[], object], ready: Callable[[], bool]) -> Iterator[Finding]:
    """A restart is for a server that takes no connection at all."""
    try:
        query()
    except MlopsctlError as e:
        restart_helps = isinstance(e, Unavailable) and not ready()
        hint = "" if restart_helps else Hint.of("logs", name, "-n", "50")
        said = f"{name} runs, and does not answer: {e.message}"
        yield Finding(said, hint, about=(name,), fixable=restart_helps, key=name)


def login(place: Place) -> Iterator[Finding]:
    place.need("api-server", "postgres")
    try:
        place.platform.api.count_dags()
    except Unavailable as e:
        raise Skipped("Airflow's API does not answer") from e
    except MlopsctlError as e:
        yield Finding(e.message)


# Each keeper of tables in Airflow's metadata → the file that names its newest revision.
_HEADS = {
    "alembic_version": "airflow/utils/db.py",
    "alembic_version_fab": "airflow/providers/fab/auth_manager/models/db.py",
}


def schema(place: Place) -> Iterator[Finding]:
    if place.platform.settings.external_metadata_db:
        raise Skipped("the metadata database is not run by this home")
    place.need("postgres")
    place.need_secrets("postgres-airflow-password")
    for table, file in _HEADS.items():
        text = (place.site / file).read_text(encoding="utf-8")
        heads = re.findall(r'"[\d.]+": "(\w+)"', _between(text))
        query = f"SELECT version_num FROM {table}"
        there = f"SELECT coalesce(to_regclass('{table}')::text, '')"
        found = place.platform.postgres.query(query) if place.platform.postgres.query(there) else ""
        if heads and found != heads[-1]:
            has = f"is of revision {found}" if found else "is empty"
            yield Finding(f"Airflow's metadata {has}, and the installed Airflow needs {heads[-1]} ({table}).")


def _between(text: str) -> str:
    """The entries of the table of revisions, the newest last."""
    return text.partition("_REVISION_HEADS_MAP: dict[str, str] = {")[2].partition("}")[0]


def initialise(place: Place, _finding: Finding) -> Iterator[str]:
    """As setup does: migrate, and put users and connections right."""
    yield from Initialise(Request(place.platform)).do()
    yield "the metadata is migrated, users and connections are as setup makes them"


def postgres_settings(place: Place) -> Iterator[Finding]:
    if place.platform.settings.external_metadata_db:
        raise Skipped("the metadata database is not run by this home")
    if place.platform.postgres.exists() and not place.platform.postgres.configured():
        yield Finding(f"{place.platform.postgres.conf} is not as setup writes it.", about="postgres")


def mariadb_settings(place: Place) -> Iterator[Finding]:
    if place.platform.settings.external_feature_store:
        raise Skipped("the feature store is not run by this home")
    server = place.platform.mariadb
    if not server.exists():
        raise Skipped("there is no feature store")
    if not server.configured():
        yield Finding(f"{server.conf} is not as setup writes it.", about="mariadb")
        return
    place.need("mariadb")
    found: dict[str, str] = dict(server.admin.query("SHOW GLOBAL VARIABLES"))
    for name, value in re.findall(r"^(\w+) = (.*)$", server.conf.read_text(encoding="utf-8"), re.MULTILINE):
        said = found.get({"default_time_zone": "time_zone"}.get(name, name), "")
        if _plain(said) != _plain(value):
            yield Finding(f"MariaDB runs with {name} = {said}, and its my.cnf says {value}.", about="mariadb")


def _plain(value: str) -> str:
    """A server's and a file's way to write a value, made one."""
    value = value.strip('"').rstrip("/")
    if found := re.fullmatch(r"(\d+)M", value):
        return str(int(found[1]) * 2**20)
    return {"1": "ON", "0": "OFF"}.get(value, value)


def configure(place: Place, finding: Finding) -> Iterator[str]:
    server = place.platform.postgres if finding.about == "postgres" else place.platform.mariadb
    server.write_conf()
    yield f"wrote {server.conf}"
    if place.platform.supervisor.running():
        yield from act(place, "restart", (finding.about,))


CHECKS = (
    Check("postgres-settings", "services", "The next start goes by them.", postgres_settings, configure),
    Check(
        "mariadb-settings", "services", "Another zone or character set changes what queries answer.",
        mariadb_settings, configure,
    ),
    Check("databases", "services", "A server can run and still take no connection.", databases, restart),
    Check("schema", "services", "Airflow does not start on tables of another release.", schema, initialise),
    Check("login", "services", "mlopsctl drives Airflow through an account of its own.", login, initialise),
)  # fmt: skip
