"""What a delivery is told from outside: its kind, the profile, the agreement, who delivers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from urval.errors import ConfigError
from urval.manifest import canonical, sha256_hex


class Kind(StrEnum):
    """What kind of information package is made."""

    SIP = "SIP"
    AIP = "AIP"


# The addresses the profiles state of themselves. Which one an e-archive wants to read, it must be asked.
PROFILES = {
    Kind.SIP: "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml",
    Kind.AIP: "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How to deliver.

    Args:
        kind: SIP or AIP.
        profile: Address of the METS profile; None for the one the kind's profile states of itself.
        agreement: Reference of the submission agreement, if there is one.
        submitter: Name of the organisation that delivers; None for the archive creator.
        submitter_code: Its identification code (organisation number).
        contact: The person to ask, if named.
        access: The note on restrictions of access; None for a note that nothing was assessed at delivery.
        test: Whether it is a test delivery, of which no AIP is to be made.
    """

    kind: Kind
    profile: str | None = None
    agreement: str | None = None
    submitter: str | None = None
    submitter_code: str | None = None
    contact: str | None = None
    access: str | None = None
    test: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be right.

        Raises:
            ConfigError: The profile is no web address, or a text is blank or holds what cannot be seen.
        """
        for name in ("agreement", "submitter", "submitter_code", "contact", "access"):
            value = getattr(self, name)
            if value is not None and not (value.strip() and value.isprintable()):
                what = name.replace("_", " ")
                raise ConfigError(
                    f"The setting {what} is blank, or holds a character that cannot be seen.",
                    next_step="Leave it out, or write it on one line.",
                )
        if (self.submitter_code is None) != (self.submitter is None):
            raise ConfigError(
                "The submitter's name and code belong together, and one of them is missing.",
                next_step="Give both, or neither: then the archive creator delivers.",
            )
        profile = self.profile_address
        if not profile.startswith(("https://", "http://")) or not profile.isprintable() or " " in profile:
            raise ConfigError(
                f"The profile {profile!r} is no web address.", next_step=f"Write it as {PROFILES[self.kind]}."
            )

    @property
    def profile_address(self) -> str:
        """Return the address that METS states in PROFILE."""
        return PROFILES[self.kind] if self.profile is None else self.profile

    def sha256(self) -> str:
        """Return the hex SHA-256 of all settings: two deliveries of a package with the same one are the same."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return sha256_hex(canonical(values | {"profile": self.profile_address}))
