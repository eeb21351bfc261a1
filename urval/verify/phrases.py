"""The fixed words of findings, in Swedish and English. What is not here is data: paths, ids, digests, numbers."""

from __future__ import annotations

from enum import StrEnum


class Phrase(StrEnum):
    """What was expected or found, or why a clause was not checked. The value is the English text."""

    MISSING = "missing"
    PRESENT = "present"
    ABSENT = "not there"
    NOT_LISTED = "not listed"
    NOT_OF_THE_FORMAT = "not a file of this format"
    A_LINK = "a link or special file"
    OUTSIDE = "a path that leaves the package"
    UNREADABLE = "cannot be read"
    TOO_LARGE = "larger than the verifier reads"
    NOT_CANONICAL = "not the canonical form"
    ONE = "exactly one"
    A_POST = "a post"
    A_MEDIUM = "a row of media"
    A_COMMENT = "a comment of the same post, or a gap"
    FILE_OR_GAP = "either a file or a gap"
    BOTH = "both"
    NEITHER = "neither"
    A_MEDIUM_FILE = "a file named by a medium"
    JSON_TEXT = "a text that parses as JSON"
    KEPT = "kept"
    NOT_KEPT = "not kept"
    MORE = "more failures of this code, not listed"
    OTHER_ROWS = "other rows"
    SAME_ROWS = "the same rows"
    NOT_READABLE_ABOVE = "what it rests on could not be read"
    LEVEL = "outside the level asked for"
    NO_FRAME = "the capture's frame was not given"
    NO_STORE = "the store was not looked at"
    NOT_REACHED = "not reached"
    A_PDF = "%PDF- … %%EOF"
    NO_SCRIPT = "no script"
    INSIDE = "an address inside the package"
    NO_MARKUP_TRICK = "no comment, declaration or instruction that hides markup"
    ORDER = "the prescribed order"
    PAGE_CHECKSUM = "page checksums"
    DECISION = "a decision"
    ONE_SENTENCE = "one sentence at least"
    NOT_EARLIER = "a period that ends after this one starts"
    UNCHAINED = "an earlier package of the account is not named as previous"
    WHOLE_OR_DISPOSED = "whole, or disposed of under a decision"
    NO_PROBLEM = "an unbroken chain"
    PACKAGED = "an event that records the package"
    DAMAGED = "damaged"
    AFTER_PROPOSAL = "after the proposal and its last change"
    A_CHANGE = "a change of the review"
    A_NOTE_OF_REPLACEMENT = "one number of places that bear the mark, and one digest of the original"
    A_LOG_THAT_CAN_BE = "a log that can be"
    DISPOSED_UNDER = "disposed under"  # followed by the decision's reference
    CORRECTED = "another package of the same account and period, with that digest, and a reason"
    SIGNED = "signed"
    NOT_SIGNED = "not signed"
    NOT_INSTALLED = "checking seals needs more; install it with: pip install 'urval[verify]'"
    NO_KEYS = "no list of the archive's keys from outside the package was given"
    GOOD_SIGNATURE = "a good signature over these bytes"
    OTHER_BYTES = "a signature over other bytes, or by another key"
    VALID_THEN = "a key that was valid when it signed"
    UNPROVEN_TIME = "the key has ended, and no time stamp shows that it signed before"
    NOT_LATER = "not later than the time stamp"
    WITHIN_A_WEEK = "within 7 days of the last approval"
    TRUSTED = "an authority that is trusted"
    NOT_TRUSTED = "an authority that nobody named"
    NO_AUTHORITIES = "no trusted certificate of this time-stamp authority was given"
    NO_RUN = "no run manifest lists it yet"
    NO_ANCHOR = "no digest of a run was given from outside"
    A_RUN = "the digest of a run"
    HELD_OR_DISPOSED = "held, or disposed of under a decision"
    NOT_THE_ROWS = "not exactly what the rows need"
    MORE_THAN_ONE = "more than one"
    NOT_STAMPED = "there is no time stamp"


_SV = {
    Phrase.MISSING: "saknas",
    Phrase.PRESENT: "finns",
    Phrase.ABSENT: "finns inte",
    Phrase.NOT_LISTED: "inte uppräknad",
    Phrase.NOT_OF_THE_FORMAT: "ingen fil i formatet",
    Phrase.A_LINK: "en länk eller specialfil",
    Phrase.OUTSIDE: "en sökväg ut ur paketet",
    Phrase.UNREADABLE: "går inte att läsa",
    Phrase.TOO_LARGE: "större än vad kontrollen läser",
    Phrase.NOT_CANONICAL: "inte den kanoniska formen",
    Phrase.ONE: "exakt en",
    Phrase.A_POST: "ett inlägg",
    Phrase.A_MEDIUM: "en rad i media",
    Phrase.A_COMMENT: "en kommentar till samma inlägg, eller en lucka",
    Phrase.FILE_OR_GAP: "antingen fil eller lucka",
    Phrase.BOTH: "båda",
    Phrase.NEITHER: "ingendera",
    Phrase.A_MEDIUM_FILE: "en fil som ett medium nämner",
    Phrase.JSON_TEXT: "en text som är JSON",
    Phrase.KEPT: "bevarad",
    Phrase.NOT_KEPT: "inte bevarad",
    Phrase.MORE: "fler fel med denna kod, inte uppräknade",
    Phrase.OTHER_ROWS: "andra rader",
    Phrase.SAME_ROWS: "samma rader",
    Phrase.NOT_READABLE_ABOVE: "det som kontrollen bygger på gick inte att läsa",
    Phrase.LEVEL: "utanför den begärda nivån",
    Phrase.NO_FRAME: "insamlingens ram lämnades inte med",
    Phrase.NO_STORE: "lagringen undersöktes inte",
    Phrase.NOT_REACHED: "kontrollen kom inte så långt",
    Phrase.A_PDF: "%PDF- … %%EOF",
    Phrase.NO_SCRIPT: "inget skript",
    Phrase.INSIDE: "en adress inom paketet",
    Phrase.NO_MARKUP_TRICK: "ingen kommentar, deklaration eller instruktion som döljer märkning",
    Phrase.ORDER: "den föreskrivna ordningen",
    Phrase.PAGE_CHECKSUM: "kontrollsummor per sida",
    Phrase.DECISION: "ett beslut",
    Phrase.ONE_SENTENCE: "minst en mening",
    Phrase.NOT_EARLIER: "en period som slutar efter att denna börjar",
    Phrase.UNCHAINED: "ett tidigare paket från kontot är inte angivet som previous",
    Phrase.WHOLE_OR_DISPOSED: "hel, eller gallrad efter beslut",
    Phrase.NO_PROBLEM: "en obruten kedja",
    Phrase.PACKAGED: "en händelse som upptar paketet",
    Phrase.DAMAGED: "skadad",
    Phrase.AFTER_PROPOSAL: "efter förslaget och dess sista ändring",
    Phrase.A_CHANGE: "en ändring i granskningen",
    Phrase.A_NOTE_OF_REPLACEMENT: "ett antal ställen som bär märket, och en kontrollsumma för originalet",
    Phrase.A_LOG_THAT_CAN_BE: "en möjlig logg",
    Phrase.DISPOSED_UNDER: "gallrad enligt",
    Phrase.CORRECTED: "ett annat paket från samma konto och period, med den kontrollsumman, och ett skäl",
    Phrase.SIGNED: "undertecknat",
    Phrase.NOT_SIGNED: "inte undertecknat",
    Phrase.NOT_INSTALLED: "att kontrollera förseglingar kräver mer; installera med: pip install 'urval[verify]'",
    Phrase.NO_KEYS: "ingen förteckning över arkivets nycklar lämnades med utifrån",
    Phrase.GOOD_SIGNATURE: "en riktig underskrift av just detta",
    Phrase.OTHER_BYTES: "en underskrift av något annat, eller med en annan nyckel",
    Phrase.VALID_THEN: "en nyckel som gällde vid underskriften",
    Phrase.UNPROVEN_TIME: "nyckeln gäller inte längre, och ingen tidsstämpel visar att den undertecknade dessförinnan",
    Phrase.NOT_LATER: "inte senare än tidsstämpeln",
    Phrase.WITHIN_A_WEEK: "inom 7 dagar från det sista godkännandet",
    Phrase.TRUSTED: "en betrodd utfärdare",
    Phrase.NOT_TRUSTED: "en utfärdare som ingen har angett",
    Phrase.NO_AUTHORITIES: "inget betrott certifikat för tidsstämpelns utfärdare lämnades med",
    Phrase.NO_RUN: "ingen körnings manifest upptar det ännu",
    Phrase.NO_ANCHOR: "ingen kontrollsumma för en körning lämnades med utifrån",
    Phrase.A_RUN: "en körnings kontrollsumma",
    Phrase.HELD_OR_DISPOSED: "finns, eller gallrat efter beslut",
    Phrase.NOT_THE_ROWS: "inte precis det som raderna behöver",
    Phrase.MORE_THAN_ONE: "fler än en",
    Phrase.NOT_STAMPED: "det finns ingen tidsstämpel",
}


def in_language(text: str, language: str) -> str:
    """Return a phrase in ``sv`` or ``en``; any other text as it is."""
    if language == "sv" and text in _SV:
        return _SV[Phrase(text)]
    head = f"{Phrase.DISPOSED_UNDER} "
    if language == "sv" and text.startswith(head):
        return f"{_SV[Phrase.DISPOSED_UNDER]} {text.removeprefix(head)}"
    return str(text)
