"""airflow.cfg: compared with what setup writes, and with the options that the installed Airflow reads."""

import configparser
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from mlopsctl.adapters.airflow.plugin import has_plugin, write_plugin
from mlopsctl.adapters.files import write
from mlopsctl.adapters.redis.server import CELERY
from mlopsctl.core.errors import MlopsctlError
from mlopsctl.core.hint import Hint
from mlopsctl.core.states import Verdict
from mlopsctl.operations.doctor.check import Check, Finding, Group
from mlopsctl.operations.doctor.checks.configuration import airflow_options
from mlopsctl.operations.doctor.checks.configuration.airflow_options import Option
from mlopsctl.operations.doctor.context import CheckSkipped, DoctorContext
from mlopsctl.operations.setup.configure import render
from mlopsctl.operations.workers import host

_OPTION_OF_SECRET = {
    "fernet-key": ("core", "fernet_key"),
    "api-secret": ("api", "secret_key"),
    "jwt-secret": ("api_auth", "jwt_secret"),
}


def options_of_secrets(context: DoctorContext) -> dict[str, Option]:
    """The option of airflow.cfg that holds each secret, in the installed release."""
    release = context.platform.airflow.release
    options = ((name, release.option(option)) for name, option in _OPTION_OF_SECRET.items())
    return {name: option for name, option in options if option}


def check_airflow_cfg(context: DoctorContext) -> Iterator[Finding]:
    desired = _desired_options(context)
    try:
        found = read_airflow_cfg(context)
    except (CheckSkipped, MlopsctlError) as e:
        yield Finding(f"{e}." if isinstance(e, CheckSkipped) else e.message)
        return
    if extra := sorted(found.keys() - desired.keys()):
        known = airflow_options.read(context.site_packages)
        for section, option in extra:
            problem = known.problem((section, option))
            message = f"airflow.cfg sets [{section}] {option}, which {problem or 'the next setup removes'}."
            yield Finding(message, verdict=Verdict.ERROR if problem else Verdict.WARNING)
    for section, option in sorted(desired):
        if (value := found.get((section, option))) != desired[section, option]:
            difference = _difference(option, value, desired[section, option])
            yield Finding(f"[{section}] {option} in airflow.cfg {difference}.", verdict=Verdict.WARNING)
    if not has_plugin(context.home):
        message = "the plugin that ends what tasks leave running is missing, or of another version of mlopsctl."
        yield Finding(message, verdict=Verdict.WARNING)


def _difference(option: str, value: str | None, desired: str) -> str:
    if value is None:
        return "is not set"
    secret = any(word in option for word in ("key", "secret", "conn"))
    return "is not what setup writes" if secret else f"is {value!r}, not {desired!r}"


def _desired_text(context: DoctorContext) -> str:
    """Raises MlopsctlError if a secret is missing."""
    platform = context.platform
    return host.airflow_cfg(platform.home, platform.settings) if platform.settings.head else render(platform)


def _desired_options(context: DoctorContext) -> dict[Option, str]:
    if context.platform.settings.head:
        return _parse(_desired_text(context))
    settings = context.platform.settings
    own = [] if settings.external_metadata_db else ["postgres-airflow-password"]
    own += [context.platform.redis.password_file.name] if settings.has_workers else []
    context.require_secrets(*_OPTION_OF_SECRET, *own)
    return _parse(_desired_text(context))


def read_airflow_cfg(context: DoctorContext) -> dict[Option, str]:
    """Raises CheckSkipped if there is none, MlopsctlError if it cannot be parsed."""
    if not context.platform.home.airflow_cfg.exists():
        raise CheckSkipped("there is no airflow.cfg")
    return _parse(context.home.airflow_cfg.read_text(encoding="utf-8"))


def _parse(text: str) -> dict[Option, str]:
    """As Airflow does. Raises MlopsctlError."""
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        return {(s, o): parser.get(s, o) for s in parser.sections() for o in parser.options(s)}
    except configparser.Error as e:
        reason = " ".join(str(e).split())
        raise MlopsctlError(
            f"airflow.cfg cannot be read: {reason}.", hint=Hint.of("setup", note="writes it again")
        ) from e


def fix_airflow_cfg(context: DoctorContext, _finding: Finding) -> Iterator[str]:
    """Write it as setup does, and keep a copy of the old one. Raises MlopsctlError if a key is missing: a new key
    cannot decrypt what the old one encrypted."""
    if not context.platform.settings.head:
        _restore_keys(context)
    cfg, text = context.home.airflow_cfg, _desired_text(context)
    if cfg.exists() and (before := cfg.read_text(encoding="utf-8")) != text:
        write(cfg.with_name("airflow.cfg.before"), before)
    write(cfg, text)
    write_plugin(context.home)
    yield f"wrote {cfg}; the previous version is in airflow.cfg.before"


def _restore_keys(context: DoctorContext) -> None:
    restore_secrets(context)
    for name in _OPTION_OF_SECRET:
        if not context.home.secret(name).exists():
            raise MlopsctlError(f"the secret {name} is missing, also from airflow.cfg.", hint=Hint.of("setup"))


def secrets_in_airflow_cfg(context: DoctorContext) -> dict[str, str]:
    """The secrets that airflow.cfg contains too, by name."""
    try:
        cfg = read_airflow_cfg(context)
    except (CheckSkipped, MlopsctlError):
        return {}
    found = {name: cfg[option] for name, option in options_of_secrets(context).items() if cfg.get(option)}
    if "fernet-key" in found:
        found["fernet-key"] = found["fernet-key"].removesuffix("=")  # padding, which the secret lacks
    url = urlsplit(cfg.get(("database", "sql_alchemy_conn"), ""))
    own_database = url.scheme.startswith("postgresql") and url.username == "airflow" and not url.hostname
    if own_database and url.password:
        found["postgres-airflow-password"] = unquote(url.password)
    broker = urlsplit(cfg.get(("celery", "broker_url"), ""))
    if broker.username == CELERY and broker.password:
        found[context.platform.redis.password_file.name] = unquote(broker.password)
    return found


def restore_secrets(context: DoctorContext) -> list[str]:
    """Write the missing secrets that airflow.cfg contains; their names."""
    kept = secrets_in_airflow_cfg(context)
    missing = [name for name in kept if not context.home.secret(name).exists()]
    for name in missing:
        write(context.home.secret(name), kept[name] + "\n")
    return missing


CHECKS = (
    Check(
        "airflow-cfg", Group.CONFIGURATION, "Airflow silently ignores options that were renamed or removed.",
        check_airflow_cfg, fix_airflow_cfg,
    ),
)  # fmt: skip
