"""Settings, airflow.cfg, keys, and who can get at them."""

import configparser
import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlopsctl.adapters.files import write
from mlopsctl.adapters.mariadb.client import MariaDB
from mlopsctl.adapters.mariadb.server import ACCOUNT, DATABASES
from mlopsctl.core.errors import MlopsctlError, Unavailable
from mlopsctl.core.hint import Hint
from mlopsctl.core.settings import Settings
from mlopsctl.operations.doctor import airflow_options
from mlopsctl.operations.doctor.check import Check, Finding
from mlopsctl.operations.doctor.context import Place, Skipped
from mlopsctl.operations.setup.configure import render
from mlopsctl.operations.setup.databases import check_metadata_url

# Secrets → the options of airflow.cfg that they are written to.
OPTION_OF = {
    "fernet-key": ("core", "fernet_key"),
    "api-secret": ("api", "secret_key"),
    "jwt-secret": ("api_auth", "jwt_secret"),
}


def settings(place: Place) -> Iterator[Finding]:
    path = place.home.config
    if place.broken:
        yield Finding(place.broken.message, place.broken.hint or f"mend it: ${{EDITOR:-vi}} '{path}'")
        return
    if not place.platform:
        return
    names = {field.name for field in fields(Settings)}
    for key in tomllib.loads(path.read_text(encoding="utf-8")):
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            meant = f" Did you mean {near[0]}?" if near else ""
            hint = Hint.of("config", "set", near[0], "…") if near else f"sed -i '/^{key} *=/d' '{path}'"
            yield Finding(f"config.toml has a setting that nobody reads: {key}.{meant}", hint, "warning")


def _parsed(text: str) -> dict[tuple[str, str], str]:
    """airflow.cfg as Airflow reads it. Raises MlopsctlError."""
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        return {(s, o): parser.get(s, o) for s in parser.sections() for o in parser.options(s)}
    except configparser.Error as e:
        raise MlopsctlError(
            f"airflow.cfg cannot be read: {' '.join(str(e).split())}.", hint=Hint.of("setup", "writes", "it", "anew")
        ) from e


def read_cfg(place: Place) -> dict[tuple[str, str], str]:
    if not place.platform.home.airflow_cfg.exists():
        raise Skipped("there is no airflow.cfg")
    return _parsed(place.home.airflow_cfg.read_text(encoding="utf-8"))


def _as_setup_has_it(place: Place) -> dict[tuple[str, str], str]:
    own = () if place.platform.settings.external_metadata_db else ("postgres-airflow-password",)
    place.need_secrets(*OPTION_OF, *own)
    return _parsed(render(place.platform))


def airflow_cfg(place: Place) -> Iterator[Finding]:
    wanted = _as_setup_has_it(place)
    try:
        found = read_cfg(place)
    except (Skipped, MlopsctlError) as e:
        yield Finding(f"{e}." if isinstance(e, Skipped) else e.message)
        return
    if extra := sorted(found.keys() - wanted.keys()):
        options = airflow_options.read(place.site)
        for section, option in extra:
            fate = options.fate((section, option))
            said = f"airflow.cfg sets [{section}] {option}, which {fate or 'the next setup takes out'}."
            yield Finding(said, verdict="error" if fate else "warning")
    for section, option in sorted(wanted):
        if (value := found.get((section, option))) != wanted[section, option]:
            said = _difference(option, value, wanted[section, option])
            yield Finding(f"[{section}] {option} in airflow.cfg {said}.", verdict="warning")


def _difference(option: str, value: str | None, wanted: str) -> str:
    if value is None:
        return "is not set"
    secret = any(word in option for word in ("key", "secret", "conn"))
    return "is not what setup writes" if secret else f"is {value!r}, not {wanted!r}"


def write_cfg(place: Place, _finding: Finding) -> Iterator[str]:
    """As setup does; what stood there is kept. Raises MlopsctlError where a key is missing: a new one cannot read what
    the old one has encrypted."""
    bring_back_keys(place)
    for name in OPTION_OF:
        if not place.home.secret(name).exists():
            raise MlopsctlError(f"the secret {name} is missing, and airflow.cfg has none.", hint=Hint.of("setup"))
    cfg, text = place.home.airflow_cfg, render(place.platform)
    if cfg.exists() and (before := cfg.read_text(encoding="utf-8")) != text:
        write(cfg.with_name("airflow.cfg.before"), before)
    write(cfg, text)
    yield f"wrote {cfg}; what it was is in airflow.cfg.before"


def kept_keys(place: Place) -> dict[str, str]:
    """The secrets that airflow.cfg holds too."""
    try:
        cfg = read_cfg(place)
    except (Skipped, MlopsctlError):
        return {}
    kept = {name: cfg[at].removesuffix("=" * (name == "fernet-key")) for name, at in OPTION_OF.items() if cfg.get(at)}
    conn = urlsplit(cfg.get(("database", "sql_alchemy_conn"), ""))
    ours = conn.scheme.startswith("postgresql") and conn.username == "airflow" and not conn.hostname
    return kept | ({"postgres-airflow-password": unquote(conn.password)} if ours and conn.password else {})


def bring_back_keys(place: Place) -> list[str]:
    """Make the files of missing keys anew, as airflow.cfg has them; which those are."""
    missing = {name: word for name, word in kept_keys(place).items() if not place.home.secret(name).exists()}
    for name, word in missing.items():
        write(place.home.secret(name), word + "\n")
    return list(missing)


def environment(place: Place) -> Iterator[Finding]:
    names = sorted(name for name in os.environ if name.startswith("AIRFLOW__"))
    if names:
        yield Finding(
            f"{', '.join(names)} of your shell override airflow.cfg in every Airflow that you call yourself.",
            f"unset {' '.join(names)}",
            "warning",
        )
    elsewhere = os.environ.get("AIRFLOW_HOME")
    if elsewhere and Path(elsewhere) != place.home.airflow:
        said = f"AIRFLOW_HOME of your shell is {elsewhere}: an Airflow that you call yourself is not this home's."
        yield Finding(said, 'unset AIRFLOW_HOME   # or: eval "$(mlopsctl env)"', "warning")
    if names := sorted(name for name in _supervisors(place) if name.startswith("AIRFLOW__")):
        said = f"the services run with {', '.join(names)}, which override airflow.cfg."
        yield Finding(said, "mlopsctl stop && mlopsctl start")


def _supervisors(place: Place) -> dict[str, str]:
    """The environment that supervisord was started with, and so the services; empty where it does not run."""
    import psutil

    pidfile = place.home.run / "supervisord.pid"
    try:
        return dict(psutil.Process(int(pidfile.read_text(encoding="ascii"))).environ())
    except (OSError, ValueError, psutil.Error):
        return {}  # then nothing of it runs


def listening(place: Place) -> Iterator[Finding]:
    host = place.platform.settings.api_host
    if not _loopback(host):
        yield Finding(
            f"Airflow's API is set to listen on {host}, beyond this machine.",
            Hint.of("setup", "--api-host", "127.0.0.1"),
            "warning",
        )
    ours = {process.pid for process in place.processes}
    for listener in place.listeners:
        if listener.pid in ours and not _loopback(listener.laddr.ip) and listener.laddr.ip != host:
            said = f"process {listener.pid} of this home listens on {listener.laddr.ip} port {listener.laddr.port}."
            yield Finding(said, Hint.of("restart"))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def metadata_database(place: Place) -> Iterator[Finding]:
    conn = read_cfg(place).get(("database", "sql_alchemy_conn"), "sqlite")
    try:
        check_metadata_url(conn)
    except MlopsctlError as e:
        ours = not place.platform.settings.external_metadata_db
        yield Finding(
            e.message, "" if ours else Hint.of("setup", "--metadata-db", "postgresql://USER@HOST/airflow"), fixable=ours
        )


def feature_store_rights(place: Place) -> Iterator[Finding]:
    platform = place.platform
    place.need("mariadb")
    own = not platform.settings.external_feature_store
    place.need_secrets("mariadb-mlops-password" if own else "feature-store-url")
    try:
        rows = MariaDB.from_url(platform.feature_store_url()).bare.query("SHOW GRANTS")
    except Unavailable as e:
        raise Skipped("MariaDB does not answer") from e
    except MlopsctlError as e:
        hint = "" if own else Hint.of("setup", "--feature-store", "mysql://USER@HOST:3306/mlops")
        yield Finding(f"the feature store's account cannot log in: {e.message}", hint, about="login", fixable=own)
        return
    grants = [row[0].replace("\\", "") for row in rows]
    if missing := without_rights(grants):
        said = f"the feature store's account has not all rights on {', '.join(missing)}."
        yield Finding(said, "" if own else granting(missing, grants), about="rights", fixable=own, key="rights")
    if any(not g.startswith("GRANT USAGE ON *.*") and " ON *.* " in g for g in grants) and own:
        yield Finding(
            "the feature store's account may touch all databases of the server, its accounts too.",
            about="excess",
            verdict="warning",
        )


def without_rights(grants: Sequence[str]) -> list[str]:
    """The databases on which an account has not all rights, by the rows of SHOW GRANTS."""
    if any(grant.startswith("GRANT ALL PRIVILEGES ON *.*") for grant in grants):
        return []
    return [name for name in DATABASES if not any(f"ALL PRIVILEGES ON `{name}`.*" in grant for grant in grants)]


def granting(databases: Sequence[str], grants: Sequence[str]) -> str:
    """What gives the account its rights, for the administrator of a server of the user's own."""
    account = next(found[1] for grant in grants if (found := re.search(r" TO (.+?@\S+)", grant)))
    # `_` is a wildcard in GRANT, as create_account says
    names = [name.replace("_", r"\_") for name in databases]
    return " ".join(f"GRANT ALL ON `{name}`.* TO {account};" for name in names)


def grant(place: Place, finding: Finding) -> Iterator[str]:
    server = place.platform.mariadb
    if finding.about == "excess":
        for host in ("localhost", "127.0.0.1"):
            server.admin.run(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{ACCOUNT}'@'{host}'")
    server.create_account()
    yield f"the account {ACCOUNT} has its password and the rights on {', '.join(DATABASES)}, and no others"


CHECKS = (
    Check("settings", "configuration", "config.toml is what every command goes by.", settings),
    Check(
        "airflow-cfg",
        "configuration",
        "An option under an old name has no effect, and Airflow says so nowhere.",
        airflow_cfg,
        write_cfg,
    ),
    Check("environment", "configuration", "AIRFLOW__… variables beat airflow.cfg without a word.", environment),
    Check("listening", "configuration", "The platform is for this machine; its web page has no encryption.", listening),
    Check(
        "metadata-database",
        "configuration",
        "Airflow refuses backfills on SQLite, and does not support MariaDB.",
        metadata_database,
        write_cfg,
    ),
    Check(
        "feature-store-rights",
        "configuration",
        "Tasks fail in the middle where their account may not write.",
        feature_store_rights,
        grant,
    ),
)
