"""The seal in a spec: who signs and which authorities stamp, refused with a sentence where it cannot be right."""

from __future__ import annotations

import pytest
from _spec_texts import BASE

from connectors.sandbox.time_stamps import CERTIFICATES
from urval.errors import ConfigError
from urval.spec import parse_spec
from urval.spec.secret_scan import secrets_in_text

PEM = CERTIFICATES.read_text()
CRL = CERTIFICATES.with_name("root.crl.pem").read_text()


def indented(text: str) -> str:
    """Return a PEM text as the block of a key in ``time_stamps``."""
    return "".join(f"        {line}\n" for line in text.splitlines())


def seal(identity: str = "arkiv@stad.example", pem: str = PEM, more: str = "", stamps: int = 1) -> str:
    """Return the text of a seal with one authority."""
    return (
        f"seal:\n  identity: {identity}\n  stamps: {stamps}\n  time_stamps:\n    - id: one\n"
        f"      url: http://stamps.example/\n      certificates: |\n{indented(pem)}{more}"
    )


def test_a_seal_is_read_and_none_is_none() -> None:
    """Identity, authorities, certificates and revocation list come out as written; without it nobody signs."""
    assert parse_spec(BASE.encode(), "seal.yaml").spec.seal is None
    rule = parse_spec((BASE + seal(more=f"      revocation: |\n{indented(CRL)}")).encode(), "seal.yaml").spec.seal
    assert rule is not None
    assert (rule.identity, rule.stamps, rule.passphrase) == ("arkiv@stad.example", 1, "env:URVAL_KEY_PASSPHRASE")
    assert [(one.id, one.certificates, one.revocation) for one in rule.time_stamps] == [("one", PEM, CRL)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (seal(identity="arkivet"), "address of e-mail"),
        (seal(identity="'a@b.se,c@d.se'"), "address of e-mail"),
        (seal(identity="'*@b.se'"), "address of e-mail"),
        (seal(stamps=2), "more stamps than there are authorities"),
        (seal(stamps=4), "3"),
        (seal(pem="not a certificate"), "certificates in PEM form"),
        (seal(pem=CRL), "certificates in PEM form"),
        (seal(more=f"      revocation: |\n{indented(PEM)}"), "X509 CRL"),
        (seal(more="      policy: abc\n"), "object identifier"),
        (seal() + seal().split("time_stamps:\n")[1], "the same id"),
        (seal().replace("  stamps", "  passphrase: hunter2hunter2\n  stamps"), "reference"),
        (seal().replace("http://stamps.example/", "http://user:word@stamps.example/"), "password in an address"),
    ],
)
def test_what_cannot_be_right_is_refused(text: str, said: str) -> None:
    """Every fault names what must stand there instead."""
    with pytest.raises(ConfigError, match=said):
        parse_spec((BASE + text).encode(), "seal.yaml")


def test_certificates_are_no_secrets_and_nothing_else_passes_for_one() -> None:
    """A certificate and a revocation list raise no alarm; a key, or any other bytes between the same lines, do."""
    for pem in (PEM, CRL):
        assert list(secrets_in_text(pem)) == []
        assert list(secrets_in_text(indented(pem))) == []
        lines = pem.splitlines()
        assert list(secrets_in_text("\n".join(lines[:2] + lines[3:])))
        assert list(secrets_in_text("\n".join(lines[1:-1])))
    private = CERTIFICATES.with_name("signer.key").read_text()
    assert list(secrets_in_text(private))
    assert list(secrets_in_text(private.replace("PRIVATE KEY", "CERTIFICATE").replace("MIG", "AAA")))
