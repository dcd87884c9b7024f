"""Certificates, checked by OpenSSL's own program: it is what the tunnel uses."""

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlopsctl.adapters.tls.authority import HOST_DAYS, Authority, fingerprint, new_request, read_certificate
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.workers import HEAD


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "ca")
    made.create()
    return made


def openssl_accepts(authority: Authority, certificate: bytes, purpose: str) -> bool:
    """Whether OpenSSL accepts a certificate with the authority's list of revoked ones."""
    file = authority.folder / "tested.crt"
    file.write_bytes(certificate)
    words: list[str | Path] = [
        "verify",
        "-crl_check",
        "-x509_strict",
        "-purpose",
        purpose,
        "-CAfile",
        authority.certificate,
    ]
    done = subprocess.run(["openssl", *words, "-CRLfile", authority.revoked, file], capture_output=True, check=False)
    return done.returncode == 0


def test_a_signed_certificate_is_for_clients_only(authority: Authority) -> None:
    _, request = new_request("whatever")
    signed = authority.sign(request, "w1")
    assert (signed.name, read_certificate(signed.pem)) == ("w1", signed)
    assert abs(signed.ends - datetime.now(UTC) - timedelta(days=HOST_DAYS)) < timedelta(minutes=1)
    assert openssl_accepts(authority, signed.pem, "sslclient")
    assert not openssl_accepts(authority, signed.pem, "sslserver"), "a worker cannot pretend to be the head"
    assert authority.hosts() == [signed]


def test_the_head_has_a_certificate_for_servers_only(authority: Authority) -> None:
    key, certificate = authority.issue_head()
    assert key.startswith(b"-----BEGIN PRIVATE KEY") and read_certificate(certificate).name == HEAD
    assert openssl_accepts(authority, certificate, "sslserver")
    assert not openssl_accepts(authority, certificate, "sslclient")


def test_a_revoked_certificate_is_refused_and_the_others_are_not(authority: Authority) -> None:
    w1, w2 = (authority.sign(new_request(name)[1], name) for name in ("w1", "w2"))
    assert authority.revoke("w1")
    assert not openssl_accepts(authority, w1.pem, "sslclient")
    assert openssl_accepts(authority, w2.pem, "sslclient")
    assert authority.hosts() == [w2]
    assert not authority.revoke("w1"), "it has none any more"
    again = authority.sign(new_request("w1")[1], "w1")
    assert authority.revoke("w2")
    assert [openssl_accepts(authority, found.pem, "sslclient") for found in (w1, again, w2)] == [False, True, False]


def test_a_certificate_of_another_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    other.create()
    assert not openssl_accepts(authority, other.sign(new_request("w1")[1], "w1").pem, "sslclient")
    assert authority.fingerprint != other.fingerprint == fingerprint(other.certificate.read_bytes())


def test_an_authority_is_created_once_and_its_files_are_private(authority: Authority) -> None:
    before = authority.fingerprint
    authority.create()
    assert authority.fingerprint == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in authority.folder.iterdir()} == {0o600}
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700


def test_a_creation_that_was_interrupted_is_done_again(authority: Authority) -> None:
    authority.revoked.unlink()
    assert not authority.exists()
    authority.create()
    assert openssl_accepts(authority, authority.sign(new_request("w1")[1], "w1").pem, "sslclient")


@pytest.mark.parametrize("request_", [b"", b"nonsense", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END"])
def test_nonsense_is_not_signed(authority: Authority, request_: bytes) -> None:
    with pytest.raises(UsageError, match="not valid"):
        authority.sign(request_, "w1")
    assert authority.hosts() == []


def test_a_request_with_a_foreign_signature_is_not_signed(authority: Authority) -> None:
    _, request = new_request("w1")
    lines = request.decode().splitlines()
    lines[-2] = "A" + lines[-2][1:] if lines[-2][0] != "A" else "B" + lines[-2][1:]
    with pytest.raises(UsageError, match="not valid"):
        authority.sign("\n".join(lines).encode(), "w1")


def test_a_lost_key_is_an_error_with_a_remedy(authority: Authority) -> None:
    (authority.folder / "ca.key").unlink()
    with pytest.raises(MlopsctlError, match=r"ca\.key, is missing") as caught:
        authority.sign(new_request("w1")[1], "w1")
    assert (caught.value.code, bool(caught.value.hint)) == ("no-secret", True)
