"""stunnel's configuration. Real tunnels between hosts are in tests/live."""

from configparser import ConfigParser
from pathlib import Path

from mlopsctl.adapters.tls.tunnel import Address, Identity, Route, head_conf, worker_conf

ADDRESS = Address("10.0.0.5", 8443)
IDENTITY = Identity(Path("/home/of/host.crt"), Path("/home/of/host.key"), Path("/home/of/ca.crt"))
ROUTES = (Route("api", 8080), Route("redis", 6379), Route("join", 9000, open_to_all=True))


def sections(conf: str) -> ConfigParser:
    read = ConfigParser(strict=False, delimiters="=")
    read.read_string("[global]\n" + conf)
    return read


def test_the_head_listens_once_and_demands_certificates() -> None:
    conf = sections(head_conf(ADDRESS, ROUTES, IDENTITY, Path("/home/of/revoked.pem")))
    listening = [name for name in conf.sections() if "accept" in conf[name]]
    assert listening == ["unnamed"] and conf["unnamed"]["accept"] == "10.0.0.5:8443"
    assert conf["unnamed"]["connect"] == conf["api"]["connect"]
    closed = {"unnamed", "api", "redis"}
    assert {name for name in conf.sections() if "CRLfile" in conf[name]} == closed
    assert {name for name in conf.sections() if conf[name].get("verifyChain") == "yes"} == closed
    assert conf["redis"]["sni"] == "unnamed:redis"
    assert {conf[route.name]["connect"] for route in ROUTES} == {"127.0.0.1:8080", "127.0.0.1:6379", "127.0.0.1:9000"}
    assert {name for name in conf.sections() if "TIMEOUTidle" in conf[name]} == {"global", "join"}
    assert int(conf["join"]["TIMEOUTidle"]) <= 60, "who has no certificate cannot keep connections"
    assert (conf["redis"]["local"], conf["join"]["local"]) == ("127.0.0.2", "127.0.0.3")


def test_a_worker_has_the_same_ports_and_checks_the_head() -> None:
    conf = sections(worker_conf(ADDRESS, ROUTES[:2], IDENTITY))
    for route in ROUTES[:2]:
        section = conf[route.name]
        assert (section["client"], section["accept"]) == ("yes", f"127.0.0.1:{route.port}")
        assert (section["connect"], section["sni"]) == ("10.0.0.5:8443", route.name)
        assert (section["verifyChain"], section["checkHost"]) == ("yes", "head")


def test_an_address_of_ipv6_is_in_brackets() -> None:
    assert str(Address("fd00::5", 8443)) == "[fd00::5]:8443"
