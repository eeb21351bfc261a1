"""Breaking the seal: section 12 of docs/format.md. Each begins with the sealed package and finishes the folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from _authority import authority
from _sealing import add_stamp, keep_stamp, key, seal_copy, write_listing, write_seal
from _vector import breaks

if TYPE_CHECKING:
    from collections.abc import Callable

    from _tampering import Tampering

_NOW = datetime.now(UTC)


def _answer(t: Tampering, change: Callable[[bytes], bytes]) -> None:
    """Change the stamp, and list it anew."""
    answer = (t.folder / "manifest.json.sig.tsr").read_bytes()
    keep_stamp(t.folder, change(answer), authority().chain)


@breaks("SEA-1", sealed=True)
def signature_by_another_key(t: Tampering) -> None:
    key("other").sign(t.folder / "manifest.json", "urval-manifest")
    write_listing(t.folder, "seal/sealed.sha256", ["manifest.json.sig", "seal/allowed_signers"])
    add_stamp(t.folder, authority())


@breaks("SEA-1", sealed=True)
def signature_for_another_purpose(t: Tampering) -> None:
    write_seal(t.folder, key(), namespace="urval-run")
    add_stamp(t.folder, authority())


@breaks("SEA-1", sealed=True)
def signature_over_other_bytes(t: Tampering) -> None:
    whole = (t.folder / "manifest.json").read_bytes()
    (t.folder / "manifest.json").write_bytes(whole.replace(b"Exempelstads", b"Annanstads"))
    write_seal(t.folder, key())
    (t.folder / "manifest.json").write_bytes(whole)
    add_stamp(t.folder, authority())


@breaks("SEA-1", sealed=True)
def signature_in_another_spelling(t: Tampering) -> None:
    path = t.folder / "manifest.json.sig"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    write_listing(t.folder, "seal/sealed.sha256", ["manifest.json.sig", "seal/allowed_signers"])
    add_stamp(t.folder, authority())


@breaks("SEA-2", sealed=True)
def sealed_again_by_another_key(t: Tampering) -> None:
    seal_copy(t.folder, key("other"), [authority()])


@breaks("SEA-2", sealed=True)
def another_identity(t: Tampering) -> None:
    seal_copy(t.folder, key("one", "annan@exempelstad.example"), [authority()])


@breaks("SEA-2", sealed=True)
def sealed_no_more(t: Tampering) -> None:
    sealed = seal_copy(t.folder, key(), change=lambda t: t.manifest.update(seal=None))
    for path in (sealed / "manifest.json.sig", *(sealed / "seal").iterdir()):
        path.unlink()


@breaks("SEA-3", sealed=True)
def stamp_over_other_bytes(t: Tampering) -> None:
    keep_stamp(t.folder, authority().stamp(b"another file"), authority().chain)


@breaks("SEA-3", sealed=True)
def two_stamps_in_one_file(t: Tampering) -> None:
    _answer(t, lambda answer: answer + answer)


@breaks("SEA-3", sealed=True)
def bytes_after_the_stamp(t: Tampering) -> None:
    _answer(t, lambda answer: answer + b"\0")


@breaks("SEA-3", sealed=True)
def stamp_granted_with_changes(t: Tampering) -> None:
    _answer(t, lambda answer: answer.replace(b"\x30\x03\x02\x01\x00", b"\x30\x03\x02\x01\x01", 1))


@breaks("SEA-3", sealed=True)
def no_stamp_at_all_in_the_file(t: Tampering) -> None:
    _answer(t, lambda _: b"")


@breaks("SEA-3", sealed=True)
def no_certificate_beside_the_stamp(t: Tampering) -> None:
    keep_stamp(t.folder, (t.folder / "manifest.json.sig.tsr").read_bytes(), b"no certificate\n")


@breaks("SEA-4", sealed=True)
def one_stamp_less(t: Tampering) -> None:
    seal_copy(t.folder, key(), [authority()], wanted=2)


@breaks("SEA-4", sealed=True)
def signed_and_not_stamped(t: Tampering) -> None:
    seal_copy(t.folder, key(), wanted=1)


@breaks("SEA-5", sealed=True)
def listing_in_another_order(t: Tampering) -> None:
    path = t.folder / "seal" / "sealed.sha256"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))


@breaks("SEA-5", sealed=True)
def listing_of_the_stamp_is_gone(t: Tampering) -> None:
    (t.folder / "seal" / "stamped.sha256").unlink()


@breaks("SEA-5", sealed=True)
def certificates_without_a_stamp(t: Tampering) -> None:
    (t.folder / "seal" / "tsa.2.pem").write_bytes(authority().chain)


@breaks("SEA-5", sealed=True)
def third_stamp_without_a_second(t: Tampering) -> None:
    add_stamp(t.folder, authority(), 3)


@breaks("SEA-5", sealed=True)
def list_of_other_keys(t: Tampering) -> None:
    (t.folder / "seal" / "allowed_signers").write_bytes(key("other").line())
    write_listing(t.folder, "seal/sealed.sha256", ["manifest.json.sig", "seal/allowed_signers"])


@breaks("SEA-6", sealed=True)
def approved_an_hour_after_the_stamp(t: Tampering) -> None:
    seal_copy(t.folder, key(), [authority()], at=_NOW + timedelta(hours=1))


@breaks("SEA-7", sealed=True)
def approved_a_month_before_the_stamp(t: Tampering) -> None:
    seal_copy(t.folder, key(), [authority()], at=_NOW - timedelta(days=30))


@breaks("SEA-8", sealed=True)
def stamp_of_an_authority_nobody_named(t: Tampering) -> None:
    add_stamp(t.folder, authority("Three"))
