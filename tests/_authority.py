"""Local RFC 3161 time-stamp authorities: certificates by cryptography, stamps by ``openssl ts``. Nobody trusts them."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

POLICY = "1.2.3.4.1"
_CONFIG = """\
[ tsa ]
default_tsa = tsa1
[ tsa1 ]
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = {policy}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_LONG = timedelta(days=3650)


class LocalAuthority:
    """A root, an intermediate where asked for, and a certificate for time stamps, valid from ``begins`` to ``ends``."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "Test",
        begins: datetime | None = None,
        ends: datetime | None = None,
        between: bool = False,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING,
    ) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        now = datetime.now(UTC)
        self._root_key, root = _key(), _name(f"{name} CA")
        self.root = _certificate(root, root, self._root_key, self._root_key, now - _LONG, now + _LONG, None)
        issuer, self._issuer_key, chain = self.root, self._root_key, [self.root]
        if between:
            key = _key()
            issuer = _certificate(_name(f"{name} Sub CA"), root, key, self._root_key, now - _LONG, now + _LONG, None)
            self._issuer_key, chain = key, [issuer, self.root]
        self.issuer = issuer
        key = _key()
        self.leaf = _certificate(
            _name(f"{name} TSA"),
            issuer.subject,
            key,
            self._issuer_key,
            begins or now - _LONG,
            ends or now + _LONG,
            usage,
        )
        self.chain = b"".join(_pem(one) for one in chain)
        self.ca = _pem(self.root)
        config = _CONFIG.format(policy=POLICY) + ("certs = ./chain.pem\n" if between else "")
        (folder / "tsa.cnf").write_text(config)
        (folder / "tsa.pem").write_bytes(_pem(self.leaf))
        (folder / "chain.pem").write_bytes(_pem(issuer))
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.key").write_bytes(secret)
        (folder / "serial").write_text("01\n")

    def reply(self, query: bytes) -> bytes:
        """Answer a time-stamp query."""
        (self.folder / "q.tsq").write_bytes(query)
        self._openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
        return (self.folder / "r.tsr").read_bytes()

    def stamp(self, data: bytes, *, digest: str = "sha256") -> bytes:
        """Return a stamp over data, at the time of the clock."""
        (self.folder / "data").write_bytes(data)
        self._openssl("ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "q.tsq")
        return self.reply((self.folder / "q.tsq").read_bytes())

    def revocation(self, *, revoked: x509.ReasonFlags | None = None, at: datetime | None = None) -> bytes:
        """Return the issuer's revocation list (PEM), with the authority's certificate on it where there is a reason."""
        now = datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.issuer.subject)
        builder = builder.last_update(now - timedelta(hours=1)).next_update(now + timedelta(days=30))
        if revoked is not None:
            entry = x509.RevokedCertificateBuilder().serial_number(self.leaf.serial_number)
            entry = entry.revocation_date(at or now - timedelta(days=1))
            builder = builder.add_revoked_certificate(
                entry.add_extension(x509.CRLReason(revoked), critical=False).build()
            )
        return builder.sign(self._issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@cache
def authority(name: str = "Test", *, between: bool = False) -> LocalAuthority:
    """Return an authority that is made once a process."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-tsa-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    return LocalAuthority(scratch / "tsa", name=name, between=between)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"), x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.PEM)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    begins: datetime,
    ends: datetime,
    usage: x509.ObjectIdentifier | None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return builder.sign(signer, hashes.SHA256())
