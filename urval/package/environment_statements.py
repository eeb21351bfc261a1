"""What raw exchanges and environment log do not prove, in plain words, in Swedish or English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from urval.capture import Capture

_EXCHANGES: Final = {
    "sv": (
        "Råa utbyten och miljölogg visar vad insamlingens program frågade och fick till svar, enligt programmet "
        "självt: andra kan ha fått andra svar. Certifikatets kontrollsumma visar vems certifikat som svarade, inte vem "
        "som skrev eller att svaret är sant. Hemligheter är borttagna; originalets kontrollsumma kan bara den pröva "
        "som har originalet."
    ),
    "en": (
        "Raw exchanges and environment log show what the capturing program asked and was answered, by its own word: "
        "others may have been answered otherwise. The certificate's digest shows whose certificate answered, not who "
        "wrote or that the answer is true. Secrets are removed; only who has an original can check its digest."
    ),
}
_WITHOUT_TLS: Final = {
    "sv": "Utan TLS, och därför utan certifikat som visar vem som svarade: {hosts}.",
    "en": "Without TLS, hence without a certificate that shows who answered: {hosts}.",
}
_FIXED_CLOCK: Final = {
    "sv": (
        "Tiderna för insamlingen kommer från en fast klocka (demonstration) och säger inget om när den gjordes; den är "
        "inte jämförd med plattformens klocka."
    ),
    "en": (
        "The times of the capture come from a fixed clock (demonstration) and say nothing about when it was made; it "
        "was not compared with the platform's clock."
    ),
}


def environment_statements(capture: Capture, language: str) -> list[str]:
    """Return what follows from how a capture was made, in ``sv`` or ``en``."""
    hosts = capture.environment.hosts
    plain = [host.host for host in hosts if not host.tls_certificates]
    sentences = [_EXCHANGES[language]] if hosts else []
    if plain:
        sentences.append(_WITHOUT_TLS[language].format(hosts=", ".join(plain)))
    if capture.info.document["clock"] == "fixed":
        sentences.append(_FIXED_CLOCK[language])
    return sentences
