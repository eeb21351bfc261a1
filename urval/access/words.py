"""What an access copy says about itself, in Swedish and English. Pure."""

from __future__ import annotations

from typing import Any

_STATEMENTS = {
    "sv": (
        (
            "Detta är en kopia för utlämnande eller forskning, inte ett arkivpaket. Den är omarbetad och har ingen "
            "underskrift; originalet är det förseglade paketet som anges här."
        ),
        (
            "Andra än kontot självt har fått pseudonymer (HMAC-SHA-256 med en nyckel som arkivet har). Samma person "
            "har samma pseudonym i alla kopior gjorda med samma nyckel. Nyckeln finns inte i kopian."
        ),
        (
            "Namn och kortnamn på dem som skrivit i en tråd är utbytta i den trådens texter, så långt de går att känna "
            "igen. Fri text kan ändå peka ut människor: omskrivningar, smeknamn, andra som nämns, händelser, platser."
        ),
        "Texter och tider är i övrigt som de var. Den som har plattformen framför sig kan hitta originalet.",
        (
            "Bilder och filer från andra än kontot, skärmbilder, bilder av sidan, återgivningen och de råa utbytena är "
            "utelämnade. Kontots egna bilder följer med och kan visa människor."
        ),
        "Spärrade poster är utelämnade; raderna säger enligt vilket beslut.",
    ),
    "en": (
        (
            "This is a copy for release or research, not an archive package. It is reworked and bears no signature; "
            "the original is the sealed package named here."
        ),
        (
            "Others than the account itself bear pseudonyms (HMAC-SHA-256 with a key that the archive holds). The same "
            "person has the same pseudonym in all copies made with the same key. The key is not in the copy."
        ),
        (
            "Names and handles of those who wrote in a thread are replaced in the texts of that thread, as far as they "
            "can be recognised. Free text may identify people all the same: circumlocutions, nicknames, others who are "
            "mentioned, events, places."
        ),
        "Texts and times are otherwise as they were. Whoever has the platform at hand can find the original.",
        (
            "Pictures and files of others than the account, screenshots, pictures of the page, the rendering and the "
            "raw exchanges are left out. The account's own pictures come along and may show people."
        ),
        "Restricted items are left out; their rows say under which decision.",
    ),
}
_UNREVIEWED = {
    "sv": "SEKRETESSEN ÄR INTE PRÖVAD. Kopian är gjord för prövningen och får inte lämnas ut.",
    "en": "NOT REVIEWED FOR SECRECY. The copy was made for that review and may not be released.",
}
_UNASKED = {
    "sv": "VILKA POSTER SOM ÄR SPÄRRADE ÄR INTE KÄNT: kopian gjordes ur ett paket utan sin lagring.",
    "en": "WHICH ITEMS ARE RESTRICTED IS NOT KNOWN: the copy was made from a package without its store.",
}
_HEADS = {
    "sv": ("Kopia för åtkomst", "Paket", "Manifestets SHA-256", "Gjord av", "Sekretess prövad av", "Rader",
           "Personer med pseudonym", "Spärrade poster", "ingen"),
    "en": ("Access copy", "Package", "SHA-256 of its manifest", "Made by", "Secrecy reviewed by", "Rows",
           "People with a pseudonym", "Restricted items", "nobody"),
}  # fmt: skip


def described(language: str, *, reviewed: bool, restrictions: bool) -> list[str]:
    """Return the sentences that say what was done, and what the copy does not hide.

    ``reviewed`` says whether its secrecy was judged, ``restrictions`` whether a store was asked for restricted items.
    """
    words = "sv" if language == "sv" else "en"
    warnings = [_UNREVIEWED[words]] * (not reviewed) + [_UNASKED[words]] * (not restrictions)
    return [*warnings, *_STATEMENTS[words]]


def readme(language: str, record: dict[str, Any]) -> str:
    """Return the text of ``README.txt`` of a copy with this description."""
    title, package, digest, made, secrecy, rows, people, restricted, nobody = _HEADS["sv" if language == "sv" else "en"]
    facts = [
        (package, record["source"]["package"]),
        (digest, record["source"]["manifest_sha256"]),
        (made, f"{record['made_by']}, {record['made_at']}"),
        (secrecy, record["reviewed_for_secrecy_by"] or nobody),
        (rows, ", ".join(f"{name} {count}" for name, count in record["rows"].items())),
        (people, str(record["pseudonyms"]["people"])),
        (restricted, ", ".join(f"{count} ({name})" for name, count in record["restricted"].items()) or "0"),
    ]
    lines = [title, "=" * len(title), "", *record["statements"], ""]
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in facts), ""])
