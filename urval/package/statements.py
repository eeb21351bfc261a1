"""What a package says about itself in plain words: ``cannot_show``, in Swedish or English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.package.environment_statements import environment_statements
from urval.records import Completeness, CountReason, MediaItem, MediaKind
from urval.spec import REMOVAL_KIND

if TYPE_CHECKING:
    from urval.manifest import CompletenessTotals
    from urval.package.build import PackageRequest

_PAGE_KINDS = frozenset({MediaKind.PAGE_DESKTOP, MediaKind.PAGE_PHONE})

# Each holds for every package of this format, until a later part of the software removes its cause.
_ALWAYS = {
    "sv": [
        (
            "Kontrollsummor visar att innehållet är oförändrat sedan insamlingen, inte att plattformen "
            "visade det för andra eller att den som anges som avsändare skrev det."
        ),
        (
            "Det som togs bort eller ändrades före insamlingen syns bara där arkivbildaren har registrerat det "
            "eller plattformen lämnar tidigare versioner. Kommentarer som skrevs efter insamlingen är inte med."
        ),
        (
            "En tråd hör till perioden då inlägget publicerades; nya kommentarer på äldre inlägg är inte med. Det "
            "som registrerats som borttaget finns i det paket som gjordes närmast efteråt."
        ),
        "Privata meddelanden samlas inte in.",
        "Återgivningen (snapshot) är renderad från data och är inte en bild av skärmen.",
    ],
    "en": [
        (
            "Digests show that the content is unchanged since the capture, not that the platform displayed "
            "it to others or that the named author wrote it."
        ),
        (
            "What was removed or changed before the capture can be seen only where the body registered it, or the "
            "platform gives earlier versions. Comments written after the capture are not included."
        ),
        (
            "A thread belongs to the period in which its post was published; new comments on older posts are "
            "not included. What was registered as removed is in the package made next after that."
        ),
        "Private messages are not captured.",
        "The snapshot is rendered from data; it is not a picture of the screen.",
    ],
}
_UNSEALED = {
    "sv": "Paketet är inte undertecknat och har ingen tidsstämpel från tredje part.",
    "en": "The package is not signed and bears no time stamp of a third party.",
}
_SEALED = {
    "sv": (
        "Underskriften visar vem som förseglade paketet, tidsstämpeln när det senast fanns; ingen av dem visar att "
        "plattformen visade innehållet eller vem som skrev det."
    ),
    "en": (
        "The signature shows who sealed the package, the time stamp when it existed at the latest; neither shows that "
        "the platform displayed the content or who wrote it."
    ),
}
_UNSTAMPED = {
    "sv": "Ingen tidsstämpel från tredje part är avsedd; när paketet förseglades säger bara arkivbildaren.",
    "en": "No time stamp of a third party is intended; when the package was sealed, only the body itself says.",
}
_UNSEEN = {
    "sv": "Ingen person har granskat urvalet innan paketet skapades.",
    "en": "No person reviewed the selection before the package was built.",
}
_NOT_STATISTICAL = {
    "sv": "Ingen bevarad tråd är vald statistiskt; urvalet tillåter inga slutsatser om alla trådar.",
    "en": "No kept thread was chosen statistically; the selection allows no conclusions about all threads.",
}
_SUPPLEMENT = {
    "sv": (
        "Paketet kompletterar {package} och innehåller bara de trådar som lades till efteråt; resten av periodens "
        "urval finns i det paketet."
    ),
    "en": (
        "The package supplements {package} and holds only the threads that were added afterwards; the rest of the "
        "period's selection is in that package."
    ),
}
_CORRECTION = {
    "sv": (
        "Paketet rättar {package}: {reason} Båda finns kvar. Vad det tidigare visade som det här inte visar står bara "
        "i det."
    ),
    "en": (
        "The package corrects {package}: {reason} Both stay. What the earlier one shows and this one does not is only "
        "in that one."
    ),
}
_ATTACHED = {
    "sv": (
        "Vyerna i data/review bifogades vid granskningen av dem som anges. De visar vad de personerna såg, också "
        "inlägg och kommentarer som inte har bevarats; inget annat än deras ord styrker det."
    ),
    "en": (
        "The views in data/review were attached in the review by the people named. They show what those people saw, "
        "posts and comments that were not kept among it; nothing but their word vouches for it."
    ),
}
_PAGE_VIEW = {
    "sv": (
        "Bilderna av kontots sida (snapshot/page.html) visar vad en webbläsare utan inloggning fick se vid ett "
        "tillfälle, också inlägg och kommentarer som inte har bevarats; andra kan ha sett något annat."
    ),
    "en": (
        "The pictures of the account's page (snapshot/page.html) show what a browser without a log-in was shown at one "
        "moment, posts and comments that were not kept among it; others may have been shown something else."
    ),
}
_EXPORT = {
    "sv": (
        "Innehållet kommer ur den exportfil som kontots innehavare beställde av plattformen och visar läget när "
        "plattformen gjorde den. Av det som andra skrev finns bara vad filen innehöll."
    ),
    "en": (
        "The content comes from the export file that the account's owner ordered from the platform and shows the state "
        "when the platform made it. Of what others wrote, only what the file held is here."
    ),
}
# Of one, and of several.
_UNEXPLAINED = {
    "sv": (
        (
            "Plattformen räknar 1 kommentar i de bevarade trådarna som dess gränssnitt inte lämnar ut, "
            "till exempel en borttagen eller privat."
        ),
        (
            "Plattformen räknar {count} kommentarer i de bevarade trådarna som dess gränssnitt inte lämnar ut, "
            "till exempel borttagna eller privata."
        ),
    ),
    "en": (
        (
            "The platform counts 1 comment in the kept threads that its interface does not list, for example "
            "a removed or private one."
        ),
        (
            "The platform counts {count} comments in the kept threads that its interface does not list, for example "
            "removed or private ones."
        ),
    ),
}
_UNSTATED = {
    "sv": (
        "För 1 bevarad tråd uppger plattformen inget antal kommentarer; om alla är med kan inte räknas efter.",
        "För {count} bevarade trådar uppger plattformen inget antal kommentarer; om alla är med kan inte räknas efter.",
    ),
    "en": (
        "For 1 kept thread the platform states no number of comments; whether all are here cannot be counted.",
        "For {count} kept threads the platform states no number of comments; whether all are here cannot be counted.",
    ),
}
_NAMED_ELSEWHERE = {
    "sv": (
        "Reglerna namnger 1 tråd som inte finns i insamlingen: utanför perioden, borttagen eller felskriven.",
        "Reglerna namnger {count} trådar som inte finns i insamlingen: utanför perioden, borttagna eller felskrivna.",
    ),
    "en": (
        "The rules name 1 thread that the capture does not hold: outside the period, removed or mistyped.",
        "The rules name {count} threads that the capture does not hold: outside the period, removed or mistyped.",
    ),
}
_ADDED = {
    "sv": (
        "1 tråd lades till för hand vid granskningen och säger inget om de andra.",
        "{count} trådar lades till för hand vid granskningen och säger inget om de andra.",
    ),
    "en": (
        "1 thread was added by hand in the review and says nothing about the others.",
        "{count} threads were added by hand in the review and say nothing about the others.",
    ),
}
_TAKEN_OUT = {
    "sv": (
        "1 tråd som reglerna valde togs bort för hand vid granskningen; skälet står i manifestet.",
        "{count} trådar som reglerna valde togs bort för hand vid granskningen; skälen står i manifestet.",
    ),
    "en": (
        "1 thread that the rules chose was taken out by hand in the review; the reason is in the manifest.",
        "{count} threads that the rules chose were taken out by hand in the review; the reasons are in the manifest.",
    ),
}
_DROPPED = {
    "sv": (
        "Av 1 tråd som inte finns i detta paket står här bara id, regel och kontrollsumma.",
        "Av {count} trådar som inte finns i detta paket står här bara id, regel och kontrollsumma.",
    ),
    "en": (
        "Of 1 thread that is not in this package, only id, rule and digest are here.",
        "Of {count} threads that are not in this package, only id, rule and digest are here.",
    ),
}
_DRAWN_FROM = {
    "sv": (
        "Bland trådarna som det lottades ur var 1 ur registret över borttaget.",
        "Bland trådarna som det lottades ur var {count} ur registret över borttaget.",
    ),
    "en": (
        "Among the threads that lots were drawn from, 1 was from the register of removed items.",
        "Among the threads that lots were drawn from, {count} were from the register of removed items.",
    ),
}
_GAPS = {
    "sv": ("1 lucka: se data/tables/gaps.jsonl.", "{count} luckor: se data/tables/gaps.jsonl."),
    "en": ("1 gap: see data/tables/gaps.jsonl.", "{count} gaps: see data/tables/gaps.jsonl."),
}


def _removals_drawn_from(request: PackageRequest) -> int:
    """Return how many entries of the register were in the frame of a rule that states chances."""
    if "statistical" not in request.selection.claims.values():
        return 0
    return request.capture.table("frame").column("kind").to_pylist().count(REMOVAL_KIND)


def statements_for(request: PackageRequest, totals: CompletenessTotals, gaps: dict[str, int]) -> list[str]:
    """Return what the package cannot show, one plain sentence each, in the spec's language."""
    language, selection = request.loaded.spec.language, request.selection
    actions = [change.action for change in request.review.changes]
    counted = [
        (_UNEXPLAINED, totals.by_reason.get(CountReason.NOT_LISTED.value, 0)),
        (_UNSTATED, _without_number(request)),
        (_NAMED_ELSEWHERE, len({thread for _, thread in selection.missing})),
        (_ADDED, actions.count("add")),
        (_TAKEN_OUT, actions.count("remove")),
        (_DROPPED, selection.dropped + selection.excluded),
        (_DRAWN_FROM, _removals_drawn_from(request)),
        (_GAPS, sum(gaps.values())),
    ]
    sentences = [*_ALWAYS[language], *_of_seal(request), *_of_review(request)]
    sentences += [texts[language][count > 1].format(count=count) for texts, count in counted if count]
    if request.capture.info.document["method"].get("export") is not None:
        sentences.append(_EXPORT[language])
    if any(item.kind in _PAGE_KINDS for item in request.capture.records(MediaItem)):
        sentences.append(_PAGE_VIEW[language])
    return [*sentences, *environment_statements(request.capture, language)]


def _of_seal(request: PackageRequest) -> list[str]:
    language = request.loaded.spec.language
    if request.seal is None:
        return [_UNSEALED[language]]
    return [_SEALED[language], *([] if request.seal.stamps else [_UNSTAMPED[language]])]


def _of_review(request: PackageRequest) -> list[str]:
    """Return what follows from how the threads were chosen, and by whom."""
    language, selection, review = request.loaded.spec.language, request.selection, request.review
    drawn = any(selection.by_rule.get(rule) for rule, claim in selection.claims.items() if claim == "statistical")
    sentences = []
    if not review.looked_at:
        sentences.append(_UNSEEN[language])
    if request.supplements is not None:
        sentences.append(_SUPPLEMENT[language].format(package=request.supplements.package_id))
    if request.corrects is not None:
        named, reason = request.corrects.package_id, request.corrects.reason.rstrip(".") + "."
        sentences.append(_CORRECTION[language].format(package=named, reason=reason))
    elif not drawn and selection.kept < selection.table.num_rows:
        sentences.append(_NOT_STATISTICAL[language])
    if review.attachments:
        sentences.append(_ATTACHED[language])
    return sentences


def _without_number(request: PackageRequest) -> int:
    """Return how many kept threads lack a number; what the body removed is kept by itself and can have none."""
    frame = request.capture.table("frame").select(["thread_id", "kind"]).to_pylist()
    removed = {row["thread_id"] for row in frame if row["kind"] == REMOVAL_KIND}
    kept = set(request.kept()) - removed
    return sum(row.platform_count is None for row in request.capture.records(Completeness) if row.thread_id in kept)
