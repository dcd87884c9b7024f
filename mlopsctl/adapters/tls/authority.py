"""The certificate authority of one platform. It signs a certificate for the head and for each worker host, and lists
those that were revoked. Its key never leaves `secrets/`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from mlopsctl.adapters.files import write_bytes
from mlopsctl.core.errors import MlopsctlError, UsageError
from mlopsctl.core.hint import Hint
from mlopsctl.core.workers import HEAD, JOIN

AUTHORITY_DAYS = 3650
HOST_DAYS = 365
HEAD_DAYS = AUTHORITY_DAYS  # without it, no host can connect; its key lies beside that of the authority
CLOCK_TOLERANCE = timedelta(hours=1)  # by which the clock of a host may be behind
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Certificate:
    """`name`: the host it was signed for. `ends`: the first moment at which it is no longer valid, in UTC."""

    name: str
    serial: int
    ends: datetime
    pem: bytes


@dataclass(frozen=True)
class Authority:
    """The files in `folder`: `ca.key`, `ca.crt`, `revoked.pem`, and `hosts/NAME.crt` for each host,
    with its certificates that are valid, the newest first."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def revoked(self) -> Path:
        """The certificate revocation list (RFC 5280)."""
        return self.folder / "revoked.pem"

    @property
    def revoked_ends(self) -> datetime:
        """When the list is out of date, in UTC. Raises ValueError if it is none."""
        ends = x509.load_pem_x509_crl(self.revoked.read_bytes()).next_update_utc
        return ends or read_certificate(self.certificate.read_bytes()).ends

    @property
    def _key(self) -> Path:
        return self.folder / "ca.key"

    def exists(self) -> bool:
        return self.revoked.exists()  # it is written last

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, in hexadecimal digits."""
        return fingerprint(self.certificate.read_bytes())

    def create(self) -> None:
        """Make the key, the certificate and an empty list, unless they exist."""
        if self.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key, name = ec.generate_private_key(ec.SECP256R1()), _name("mlopsctl")
        usage = _usage(key_cert_sign=True, crl_sign=True)
        builder = _builder(name, name, key.public_key(), key.public_key(), AUTHORITY_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        certificate = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
        write_bytes(self._key, private_bytes(key))
        write_bytes(self.certificate, certificate.public_bytes(_PEM))
        self._write_revoked([])

    def sign(self, request: bytes, name: str) -> Certificate:
        """A certificate with which the host `name` can connect to the head, and nothing else, for the key of a
        certificate signing request; what else the request asks for is ignored.

        Raises UsageError if it is not a valid request.
        """
        try:
            asked = x509.load_pem_x509_csr(request)
            valid = asked.is_signature_valid
        except (ValueError, TypeError, InvalidSignature):
            valid = False
        if not valid:
            raise UsageError("the certificate signing request is not valid.", hint=Hint.of("worker", "join", "TOKEN"))
        return self._sign(asked.public_key(), name, ExtendedKeyUsageOID.CLIENT_AUTH)

    def issue_head(self) -> tuple[bytes, bytes]:
        """A new key and certificate for the head, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        return private_bytes(key), self._sign(key.public_key(), HEAD, ExtendedKeyUsageOID.SERVER_AUTH, JOIN).pem

    def _sign(self, key: CertificatePublicKeyTypes, name: str, purpose: ObjectIdentifier, *also: str) -> Certificate:
        """`also`: other names of the host."""
        authority = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        signing = self._private_key()
        days = HEAD_DAYS if name == HEAD else HOST_DAYS
        builder = _builder(_name(name), authority.subject, key, signing.public_key(), days)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(digital_signature=True), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(each) for each in (name, *also)]), critical=False
        )
        signed = builder.sign(signing, hashes.SHA256()).public_bytes(_PEM)
        write_bytes(self._host(name), b"".join([signed, *(valid.pem for valid in self._valid(name))]))
        return read_certificate(signed)

    def _valid(self, name: str) -> list[Certificate]:
        """The certificates of a host that have not ended: after a renewal, the previous one has not."""
        path = self._host(name)
        found = x509.load_pem_x509_certificates(path.read_bytes()) if path.exists() else []
        certificates = [read_certificate(one.public_bytes(_PEM)) for one in found]
        return [certificate for certificate in certificates if certificate.ends > datetime.now(UTC)]

    def _private_key(self) -> ec.EllipticCurvePrivateKey:
        try:
            key = serialization.load_pem_private_key(self._key.read_bytes(), password=None)
            if isinstance(key, ec.EllipticCurvePrivateKey):
                return key
            reason = "is of another kind"
        except FileNotFoundError:
            reason = "is missing"
        except (ValueError, TypeError):
            reason = "cannot be read"
        message = f"the key of the certificate authority, {self._key}, {reason}."
        raise MlopsctlError(message, hint="restore it from a backup of this home", code="no-secret")

    def hosts(self) -> list[Certificate]:
        """The newest certificate of each host, by name."""
        return [read_certificate(path.read_bytes()) for path in sorted(self.folder.glob("hosts/*.crt"))]

    def newest(self, name: str) -> Certificate | None:
        """Of a host; None if it has none."""
        path = self._host(name)
        return read_certificate(path.read_bytes()) if path.exists() else None

    def revoke(self, name: str) -> bool:
        """Put the certificates of a host on the list. False if it has none."""
        path = self._host(name)
        if not path.exists():
            return False
        now = datetime.now(UTC)
        entries = [
            x509.RevokedCertificateBuilder().serial_number(found.serial).revocation_date(now).build()
            for found in self._valid(name)
        ]
        self._write_revoked([*x509.load_pem_x509_crl(self.revoked.read_bytes()), *entries])
        path.unlink()
        return True

    def _host(self, name: str) -> Path:
        return self.folder / "hosts" / f"{name}.crt"

    def _write_revoked(self, entries: list[x509.RevokedCertificate]) -> None:
        """The list is valid as long as the authority: OpenSSL accepts no certificate after its end."""
        authority = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        builder = x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
        builder = builder.last_update(authority.not_valid_before_utc).next_update(authority.not_valid_after_utc)
        signing = self._private_key()
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
        builder = builder.add_extension(issued_by, critical=False)
        builder = builder.add_extension(x509.CRLNumber(len(entries) + 1), critical=False)
        for entry in entries:
            builder = builder.add_revoked_certificate(entry)
        write_bytes(self.revoked, builder.sign(signing, hashes.SHA256()).public_bytes(_PEM))


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate (PEM), in hexadecimal digits. Raises ValueError if it is none."""
    return x509.load_pem_x509_certificate(certificate).fingerprint(hashes.SHA256()).hex()


def read_certificate(pem: bytes) -> Certificate:
    """The first one in a file. Raises ValueError if there is none."""
    found = x509.load_pem_x509_certificate(pem)
    (name,) = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Certificate(str(name.value), found.serial_number, found.not_valid_after_utc, found.public_bytes(_PEM))


def new_request(name: str) -> tuple[bytes, bytes]:
    """A new key, which stays on its host, and the certificate signing request for it, as PEM."""
    key = private_bytes(ec.generate_private_key(ec.SECP256R1()))
    return key, request_for(key, name)


def request_for(key: bytes, name: str) -> bytes:
    """The certificate signing request for a key of new_request(), both as PEM. Raises ValueError for another key."""
    private = serialization.load_pem_private_key(key, password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ValueError("this is a key of another kind")
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(name))
    request: bytes = builder.sign(private, hashes.SHA256()).public_bytes(_PEM)
    return request


def private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: CertificatePublicKeyTypes,
    issuer_key: ec.EllipticCurvePublicKey,
    days: int,
) -> x509.CertificateBuilder:
    """With what a strict check of RFC 5280 demands, as Python's from 3.13 on."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - CLOCK_TOLERANCE).not_valid_after(now + timedelta(days=days))
    issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    builder = builder.add_extension(issued_by, critical=False)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature, False, False, False, False, key_cert_sign, crl_sign, False, False)
