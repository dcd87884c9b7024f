"""Certificates, checked by OpenSSL's own program: it is what the tunnel uses."""

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from mlopsctl.adapters.tls import authority as module
from mlopsctl.adapters.tls.authority import (
    HOST_DAYS,
    Authority,
    fingerprint,
    new_request,
    read_certificate,
    request_for,
)
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


def test_after_a_renewal_the_previous_certificate_is_revoked_too(authority: Authority) -> None:
    key, request = new_request("w1")
    first = authority.sign(request, "w1")
    renewed = authority.sign(request_for(key, "w1"), "w1")
    assert authority.hosts() == [renewed] and authority.newest("w1") == renewed
    assert [openssl_accepts(authority, found.pem, "sslclient") for found in (first, renewed)] == [True, True]
    assert authority.revoke("w1")
    assert [openssl_accepts(authority, found.pem, "sslclient") for found in (first, renewed)] == [False, False]
    assert authority.newest("w1") is None


def test_certificates_that_have_ended_are_forgotten(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:
        short.setattr(module, "HOST_DAYS", 0)
        authority.sign(new_request("w1")[1], "w1")
    authority.sign(new_request("w1")[1], "w1")
    assert (authority.folder / "hosts/w1.crt").read_bytes().count(b"BEGIN CERTIFICATE") == 1


def test_a_request_for_a_renewal_has_the_key_of_the_host(authority: Authority) -> None:
    key, request = new_request("w1")
    again = request_for(key, "w1")
    assert again != request and authority.sign(again, "w1").name == "w1"
    public = [x509.load_pem_x509_csr(each).public_key() for each in (request, again)]
    assert public[0] == public[1]
    with pytest.raises(ValueError, match="PEM"):
        request_for(b"nonsense", "w1")


def test_the_head_can_be_reached_as_long_as_the_authority_is_valid(authority: Authority) -> None:
    """Nobody renews its certificate, nor the list of what was revoked: without them, all hosts would be locked out."""
    _, certificate = authority.issue_head()
    ends = read_certificate(authority.certificate.read_bytes()).ends
    assert abs(read_certificate(certificate).ends - ends) < timedelta(minutes=1)
    listed = x509.load_pem_x509_crl(authority.revoked.read_bytes())
    assert listed.next_update_utc == ends


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
