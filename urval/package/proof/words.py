"""Every word that the sheet of a proof says itself, in Swedish and English. A test compares the keys."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "sv": {
        "title": "Utdrag ur arkivet: {account} på {platform}",
        "sort": "Arkiverat inlägg med bevis",
        "sort_comment": "Arkiverad kommentar med bevis",
        "about": (
            "Återgivningen är gjord av arkiverade data och är inte en bild av skärmen. Varje rad som den bygger på "
            "finns i bevisfilen och kan kontrolleras utan resten av paketet."
        ),
        "comment_id": "Kommentarens id",
        "published": "Publicerat",
        "captured_line": "{time} · {source}",
        "utc": "{day} kl. {local} ({utc} UTC)",
        "zone_line": "Lokal tid i {timezone}, med UTC inom parentes",
        "marked": "Beviset gäller denna kommentar",
        "some": (
            "Här visas {shown} av trådens {all} kommentarer, de äldsta först{subject}. Alla {all} finns i bevisfilen."
        ),
        "some_subject": ", och den som beviset gäller med dem den svarar på",
        "why_rule": "{kind} ”{id}”",
        "why_purpose": "{rule}: {purpose}",
        "why_chance": "{rule}, chans {chance}",
        "why_removals": "registret över borttaget",
        "evidence": "Bevis",
        "package": "Paket",
        "manifest": "Manifestets SHA-256",
        "row": "Rad",
        "row_line": "rad {number} av {size} i tabellen {table} (index {index})",
        "root": "Merkle-rot, {table}",
        "file": "Bevisfil",
        "file_line": "{name} · {rows} rader · {bytes} byte",
        "file_digest": "Bevisfilens SHA-256",
        "signed": "Undertecknat av",
        "key": "Nyckel",
        "stamp": "Tidsstämpel",
        "stamp_line": "{time}, {authority}",
        "no_seal": "Paketet är inte undertecknat: beviset visar bara att raderna hör till detta manifest.",
        "no_stamp": "Ingen. När paketet förseglades säger bara arkivbildaren.",
        "how": "Så kontrolleras det",
        "how_line": (
            "Kör urval verify på bevisfilen, eller de sextio raderna i docs/proof.md, som bara behöver Python, "
            "openssl och ssh-keygen. Jämför sedan nyckeln ovan med den som arkivet självt har offentliggjort."
        ),
        "not": "Det här visar det inte",
        "not_1": "Att plattformen visade innehållet för någon viss person, eller att den som anges skrev det.",
        "not_2": "Vad som togs bort eller ändrades före insamlingen, eller skrevs efter den.",
        "not_3": "Något om andra trådar. Vad hela paketet inte kan visa står i manifestet, som finns i bevisfilen.",
        "not_4": "Bladet är till för att läsas: det är bevisfilen som kan kontrolleras, inte pappret.",
        "rendered": "Återgivet ur data",
        "foot": "{package} · bevisfil SHA-256 {digest}",
    },
    "en": {
        "title": "Extract from the archive: {account} on {platform}",
        "sort": "Archived post with proof",
        "sort_comment": "Archived comment with proof",
        "about": (
            "This is rendered from archived data and is no picture of a screen. Every row it is made of is in the "
            "proof file and can be checked without the rest of the package."
        ),
        "comment_id": "Id of the comment",
        "published": "Published",
        "captured_line": "{time} · {source}",
        "utc": "{day} at {local} ({utc} UTC)",
        "zone_line": "Local time in {timezone}, with UTC in brackets",
        "marked": "The proof is of this comment",
        "some": (
            "This shows {shown} of the thread's {all} comments, the oldest first{subject}. All {all} are in the proof "
            "file."
        ),
        "some_subject": ", and the one that the proof is of with those it answers",
        "why_rule": "{kind} “{id}”",
        "why_purpose": "{rule}: {purpose}",
        "why_chance": "{rule}, chance {chance}",
        "why_removals": "the register of removed items",
        "evidence": "Proof",
        "package": "Package",
        "manifest": "SHA-256 of the manifest",
        "row": "Row",
        "row_line": "row {number} of {size} in the table {table} (index {index})",
        "root": "Merkle root, {table}",
        "file": "Proof file",
        "file_line": "{name} · {rows} rows · {bytes} bytes",
        "file_digest": "SHA-256 of the proof file",
        "signed": "Signed by",
        "key": "Key",
        "stamp": "Time stamp",
        "stamp_line": "{time}, {authority}",
        "no_seal": "The package is not signed: the proof shows only that the rows belong to this manifest.",
        "no_stamp": "None. When the package was sealed, only the body itself says.",
        "how": "How to check",
        "how_line": (
            "Run urval verify on the proof file, or the sixty lines in docs/proof.md, which need nothing but Python, "
            "openssl and ssh-keygen. Then compare the key above with the one that the archive itself has published."
        ),
        "not": "What this does not show",
        "not_1": "That the platform displayed the content to any one person, or that the named author wrote it.",
        "not_2": "What was removed or changed before the capture, or written after it.",
        "not_3": "Anything of other threads. What the whole package cannot show, the manifest in the proof file says.",
        "not_4": "This sheet is for reading: it is the proof file that can be checked, not the paper.",
        "rendered": "Rendered from data",
        "foot": "{package} · proof file SHA-256 {digest}",
    },
}
