"""What the review says, in Swedish and English. A test compares the keys and the places for values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from urval.manifest import ReviewChange

Language: TypeAlias = Literal["sv", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "sv": {
        "title": "Förslag till urval: {account}, {occasion}",
        "period": "Period", "period_span": "{start} till {end} (slutet ingår inte)",
        "captured": "Insamlat", "stands": "Läge", "proposal": "Förslagets kontrollsumma", "account": "Konto",
        "state.proposed": "väntar på granskning", "state.approved": "godkänt", "state.returned": "återsänt",
        "state.packaged": "paketerat", "state.sealed": "förseglat", "state.verified": "paketerat och kontrollerat",
        "state.skipped": "hoppas över", "state.captured": "insamlat på nytt",
        "since": "{stands} sedan {time}", "supplement": "Komplettering till", "correction": "Rättelse av",
        "returned": "Återsänt därför att",
        "needs": "{given} av {persons} godkännanden",
        "counts": "Urval", "frame": "trådar insamlade", "kept": "bevaras", "dropped": "väljs bort",
        "excluded": "undantas",
        "rules": "Regler", "rule": "Regel", "rule.review": "granskningen",
        "rule.removal-register": "registret över borttaget",
        "claim": "Får visa", "threads": "Trådar", "no_rules": "Inga regler gäller.",
        "claim.statistical": "statistiskt: slutsatser om alla trådar", "claim.illustrative": "exempel",
        "claim.evidential": "belägg för vad som fanns", "claim.": "–",
        "substitutes": "Ersättare", "substitute": "{rule}: {lost} kunde inte hämtas hel, {taken} tar dess plats",
        "completeness": "Fullständighet", "comments": "{captured} kommentarer i {threads} bevarade trådar",
        "counted": "plattformen räknar {platform}", "why_not": "skillnad",
        "gaps": "Luckor", "no_gaps": "Inga luckor.",
        "missing": "Reglerna namnger {thread}, som insamlingen inte har (regel {rule}).",
        "look": "Sidan sedan förra gången", "look_same": "Sidan ser ut som förra gången.",
        "look_first": "Det finns inget att jämföra med.", "look.avatar": "profilbilden", "look.cover": "omslagsbilden",
        "look.name": "namnet", "look.about": "beskrivningen", "look.links": "länkarna",
        "look_changed": "Ändrat sedan förra insamlingen: {fields}",
        "vanished": "Försvunnet utan anteckning i registret över borttaget", "vanished_none": "Inget har försvunnit.",
        "changes": "Ändringar i granskningen", "attachments": "Bifogade vyer", "approvals": "Godkännanden",
        "none": "Inga.", "added": "Tillagd vid granskningen av {by} {time}: {reason}",
        "removed": "Borttagen vid granskningen av {by} {time}: {reason}",
        "approved_by": "{by} ({role}), {time}", "unseen": "utan att någon tittade",
        "attached": "{caption}: {mime}, {bytes} byte, tagen av {taken_by} {time}, bifogad av {by}",
        "list_kept": "Trådar som bevaras", "list_dropped": "Trådar som väljs bort",
        "list_excluded": "Trådar som undantas",
        "thread_comments": "{count} kommentarer", "thread_comments_one": "1 kommentar", "no_text": "(utan text)",
        "not_whole": "inte hämtad hel", "picture_cover": "Omslagsbild", "picture_avatar": "Profilbild",
        "picture_page_desktop": "Sidan på bred skärm", "picture_page_phone": "Sidan på telefon",
        "page_pictures": "Sidan",
        "how": "Så här gör du", "how_approve": "Godkänn just detta förslag", "how_add": "Lägg till en tråd",
        "how_remove": "Ta bort en tråd", "how_return": "Sänd tillbaka", "reason_here": "skäl",
        "generated": "Sidan är en arbetskopia av förslaget {digest} och hör inte till något paket.",
        "pictures_left": "{count} bilder visas inte här, för att sidan inte ska bli för stor.",
        "id": "Id",
    },
    "en": {
        "title": "Proposed selection: {account}, {occasion}",
        "period": "Period", "period_span": "{start} to {end} (the end is not included)",
        "captured": "Captured", "stands": "State", "proposal": "Digest of the proposal", "account": "Account",
        "state.proposed": "waits for review", "state.approved": "approved", "state.returned": "sent back",
        "state.packaged": "packaged", "state.sealed": "sealed", "state.verified": "packaged and verified",
        "state.skipped": "skipped", "state.captured": "captured anew",
        "since": "{stands} since {time}", "supplement": "Supplement to", "correction": "Correction of",
        "returned": "Sent back because",
        "needs": "{given} of {persons} approvals",
        "counts": "Selection", "frame": "threads captured", "kept": "are kept", "dropped": "are dropped",
        "excluded": "are excluded",
        "rules": "Rules", "rule": "Rule", "rule.review": "the review",
        "rule.removal-register": "the register of removed items",
        "claim": "May show", "threads": "Threads", "no_rules": "No rule applies.",
        "claim.statistical": "statistical: conclusions about all threads", "claim.illustrative": "examples",
        "claim.evidential": "proof of what was there", "claim.": "–",
        "substitutes": "Substitutes", "substitute": "{rule}: {lost} could not be had whole, {taken} takes its place",
        "completeness": "Completeness", "comments": "{captured} comments in {threads} kept threads",
        "counted": "the platform counts {platform}", "why_not": "difference",
        "gaps": "Gaps", "no_gaps": "No gaps.",
        "missing": "The rules name {thread}, which the capture has not (rule {rule}).",
        "look": "The page since last time", "look_same": "The page looks as it did last time.",
        "look_first": "There is nothing to compare with.", "look.avatar": "the profile picture",
        "look.cover": "the cover picture", "look.name": "the name", "look.about": "the description",
        "look.links": "the links", "look_changed": "Changed since the capture before: {fields}",
        "vanished": "Vanished without an entry in the register of removed items", "vanished_none": "Nothing vanished.",
        "changes": "Changes in the review", "attachments": "Attached views", "approvals": "Approvals",
        "none": "None.", "added": "Added in the review by {by}, {time}: {reason}",
        "removed": "Taken out in the review by {by}, {time}: {reason}",
        "approved_by": "{by} ({role}), {time}", "unseen": "without anyone looking",
        "attached": "{caption}: {mime}, {bytes} bytes, taken by {taken_by}, {time}, attached by {by}",
        "list_kept": "Threads that are kept", "list_dropped": "Threads that are dropped",
        "list_excluded": "Threads that are excluded",
        "thread_comments": "{count} comments", "thread_comments_one": "1 comment", "no_text": "(no text)",
        "not_whole": "not captured whole", "picture_cover": "Cover picture", "picture_avatar": "Profile picture",
        "picture_page_desktop": "The page on a wide screen", "picture_page_phone": "The page on a phone",
        "page_pictures": "The page",
        "how": "What to do", "how_approve": "Approve this very proposal", "how_add": "Add a thread",
        "how_remove": "Take a thread out", "how_return": "Send it back", "reason_here": "reason",
        "generated": "This page is a working copy of proposal {digest} and belongs to no package.",
        "pictures_left": "{count} pictures are not shown here, to keep the page small.",
        "id": "Id",
    },
}  # fmt: skip


def told_change(change: ReviewChange, language: Language, zone: ZoneInfo) -> str:
    """Return what a person added or took out in one sentence: who, when and why."""
    text = WORDS[language]["added" if change.action == "add" else "removed"]
    return text.format(by=change.by, time=local_minute(change.at, zone), reason=change.reason)


def local_minute(moment: datetime, zone: ZoneInfo) -> str:
    """Return local day and minute, as in ``2026-11-02 09:15``."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
