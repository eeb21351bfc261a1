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
}


def in_language(text: str, language: str) -> str:
    """Return a phrase in ``sv`` or ``en``; any other text as it is."""
    if language == "sv" and text in _SV:
        return _SV[Phrase(text)]
    return str(text)
