"""Every kind of rule as YAML, and the first sentence that the handbook page says of it in Swedish and in English."""

from __future__ import annotations

import re

_CASES = """
yaml: rule: census, applies_to: {classes: [leader, main]}
sv: Av ledares konton och huvudkonton bevaras alla trådar, med alla kommentarer.
en: Of leaders' accounts and main accounts, every thread is kept, with all comments.

yaml: rule: census, applies_to: {accounts: [sida], occasions: [closing]}
sv: Av kontot ”Provstad”, vid det sista uttaget innan ett konto stängs, bevaras alla trådar, med alla kommentarer.
en: Of the account “Provstad”, at the last occasion before an account is closed, every thread is kept, with all
    comments.

yaml: rule: snapshot, depth_posts: 1
sv: Av alla konton sparas en ögonblicksbild: sidhuvudet och den senaste tråden.
en: Of all accounts, a snapshot is saved: the page's head and the newest thread.

yaml: rule: snapshot, views: [profile], locale: sv-SE, viewports: [phone]
sv: Av alla konton sparas en ögonblicksbild av sidhuvudet.
en: Of all accounts, a snapshot of the page's head is saved.

yaml: rule: snapshot, views: [feed], depth_days: 3
sv: Av alla konton sparas en ögonblicksbild av flödet: trådarna från periodens 3 sista dagar.
en: Of all accounts, a snapshot of the feed is saved: the threads of the period's last 3 days.

yaml: rule: window, days: 7, anchor: term_mid
sv: Av alla konton bevaras trådarna från 7 dagar i följd mitt i varje termin.
en: Of all accounts, the threads of 7 days in a row in the middle of each term are kept.

yaml: rule: window, days: 1, anchor: 10-15
sv: Av alla konton bevaras trådarna från en dag kring den 15 oktober varje år.
en: Of all accounts, the threads of one day around 15 October of every year are kept.

yaml: rule: window, days: 3, anchor: 2026-10-15
sv: Av alla konton bevaras trådarna från 3 dagar i följd kring den 15 oktober 2026.
en: Of all accounts, the threads of 3 days in a row around 15 October 2026 are kept.

yaml: rule: window, days: 3, anchor: W07
sv: Av alla konton bevaras trådarna från 3 dagar i följd kring vecka 7.
en: Of all accounts, the threads of 3 days in a row around week 7 are kept.

yaml: rule: window, days: 3, anchor: 10-tue-last, count: 1, timezone: Europe/Helsinki, avoid: [{start: 10-20, end:
    10-30}]
sv: Av alla konton bevaras trådarna från 3 dagar i följd kring sista tisdagen i oktober.
en: Of all accounts, the threads of 3 days in a row around the last Tuesday of October are kept.

yaml: rule: systematic, every_k: 2, start: random
sv: Av alla konton bevaras varannan tråd i tidsordning, med lottad början.
en: Of all accounts, every second thread in the order of time is kept, with a beginning drawn by lot.

yaml: rule: systematic, every_k: 21, start: 3, claim: illustrative
sv: Av alla konton bevaras var 21:a tråd i tidsordning, med början vid nummer 3.
en: Of all accounts, every 21st thread in the order of time is kept, with the beginning at number 3.

yaml: rule: systematic, n: 12
sv: Av alla konton bevaras 12 trådar i jämna steg i tidsordning, med lottad början.
en: Of all accounts, 12 threads at even steps in the order of time are kept, with a beginning drawn by lot.

yaml: rule: simple_random, n: 1200
sv: Av alla konton lottas 1~200 trådar fram, alla med lika stor chans.
en: Of all accounts, 1,200 threads are drawn by lot, all with the same chance.

yaml: rule: simple_random, fraction: 0.125
sv: Av alla konton lottas 12,5 procent av trådarna fram, alla med lika stor chans.
en: Of all accounts, 12.5 per cent of the threads are drawn by lot, all with the same chance.

yaml: rule: stratified, by: [month, kind], n: 20, min_per_stratum: 1, draw: systematic
sv: Av alla konton lottas 20 trådar fram ur grupper efter månad och slag, i proportion till gruppernas storlek.
en: Of all accounts, 20 threads are drawn by lot from groups by month and kind, in proportion to the size of the
    groups.

yaml: rule: stratified, by: [kind], allocation: fixed, sizes: [{stratum: video, n: 2}, {stratum: post, n: 5}]
sv: Av alla konton lottas ett bestämt antal trådar fram ur grupper efter slag: 2 ur video och 5 ur post.
en: Of all accounts, a fixed number of threads is drawn by lot from groups by kind: 2 from video and 5 from post.

yaml: rule: fat, metric: comments, top_k: 10
sv: Av alla konton bevaras de 10 trådar som har flest kommentarer.
en: Of all accounts, the 10 threads with most comments are kept.

yaml: rule: fat, metric: views, quantile: 0.9
sv: Av alla konton bevaras de 10 procent av trådarna som har flest visningar.
en: Of all accounts, the 10 per cent of the threads with most views are kept.

yaml: rule: fat, metric: shares, threshold: 50
sv: Av alla konton bevaras de trådar som har minst 50 delningar.
en: Of all accounts, the threads with at least 50 shares are kept.

yaml: rule: fat, metric: followers, threshold: 10000
sv: Av alla konton bevaras alla trådar när kontot har minst 10~000 följare, annars ingen.
en: Of all accounts, every thread is kept when the account has at least 10,000 followers, else none.

yaml: rule: judgement, threads: [{id: t1, reason: Brand, decided_by: Alva, decided_at: 2026-03-05}]
sv: Av alla konton bevaras en tråd som en person har valt.
en: Of all accounts, one thread that a person chose is kept.

yaml: rule: judgement, threads: []
sv: Av alla konton bevaras de trådar som en person väljer; hittills är ingen vald.
en: Of all accounts, the threads that a person chooses are kept; none has been chosen yet.

yaml: rule: predicate, keywords: [brand, eld], hashtags: [kris], has_media: true, has_link: false, question: true,
    author_roles: [own], languages: [sv], kinds: [video], min_length: 5, max_length: 9
sv: Av alla konton bevaras de trådar vars inlägg innehåller ”brand” eller ”eld”, har hashtaggen ”kris”, har bild,
    film eller fil, saknar länk, har ett frågetecken i texten eller någon kommentar, är skrivna av kontot självt,
    enligt plattformen är på språket sv, är av slaget film, är minst 5 tecken långa och är högst 9 tecken långa.
en: Of all accounts, the threads are kept whose post holds “brand” or “eld”, has the hashtag “kris”, has a picture,
    film or file, has no link, has a question mark in its text or in a comment, was written by the account itself,
    is in sv, as the platform states, is of the kind film, is at least 5 characters long and is at most 9 characters
    long.

yaml: rule: event, name: Valet, start: 2026-09-01, end: 2026-09-20, reason: Allmänt val
sv: Av alla konton bevaras trådarna från och med 1 september 2026 till och med 20 september 2026: Valet. Skälet:
    Allmänt val.
en: Of all accounts, the threads from 1 September 2026 to 20 September 2026 are kept: Valet. The reason: Allmänt
    val.

yaml: rule: change, fields: [avatar, name], newest: 5
sv: Av alla konton bevaras de 5 senaste trådarna när profilbilden eller namnet ser annorlunda ut än vid förra
    uttaget.
en: Of all accounts, the 5 newest threads are kept when the profile picture or the name looks otherwise than at the
    occasion before.

yaml: rule: mandatory, case_linked: [{thread: t1, case: KS 1}], police_reported: [{thread: t2, case: K 2}]
sv: Av alla konton bevaras alltid det som har förts in i registret över borttaget, trådar där något har dolts eller
    tagits bort, fästa inlägg, trådar som hör till ett ärende (t1 i KS 1) och polisanmälda trådar (t2 i K 2).
en: Of all accounts, always kept are what was entered in the register of removed items, threads in which something
    was hidden or removed, pinned posts, threads that belong to a case (t1 in KS 1) and threads reported to the
    police (t2 in K 2).

yaml: rule: hash_bucket, salt: dag, modulus: 31, keep: [5, 15, 25], key: author
sv: Av alla konton bevaras de trådar vars upphovsperson vid en fast uträkning hamnar i 3 av 31 fack: omkring 9,67742
    procent.
en: Of all accounts, the threads are kept whose author, by a fixed calculation, falls into 3 of 31 buckets: about
    9.67742 per cent.

yaml: rule: first_last, first: 1, last: 2, per: month
sv: Av alla konton bevaras den första tråden och de 2 sista trådarna varje månad.
en: Of all accounts, the first thread and the last 2 threads of each month are kept.

yaml: rule: first_last, first: 3
sv: Av alla konton bevaras de 3 första trådarna i perioden.
en: Of all accounts, the first 3 threads of the period are kept.

yaml: rule: pps, size_metric: reactions, n: 15
sv: Av alla konton lottas 15 trådar fram, med större chans ju fler reaktioner en tråd har.
en: Of all accounts, 15 threads are drawn by lot, with a greater chance the more reactions a thread has.

yaml: rule: discovery, confidence: 0.95, tolerable_rate: 0.05
sv: Av alla konton lottas så många trådar fram (59, om de finns) att minst ett fel hittas med 95 procents säkerhet
    om 5 procent av trådarna har fel.
en: Of all accounts, so many threads are drawn by lot (59, if there are so many) that at least one deviation is
    found with 95 per cent certainty if 5 per cent of the threads deviate.

yaml: rule: precision, margin: 0.05
sv: Av alla konton lottas så många trådar fram att en andel kan uppskattas på 5 procentenheter när, med 95 procents
    säkerhet.
en: Of all accounts, so many threads are drawn by lot that a share can be estimated within 5 percentage points, with
    95 per cent certainty.

yaml: rule: exclude, kinds: [message], threads: [{id: t1}], reason: Sekretess
sv: Av alla konton undantas alla trådar av slaget privat meddelande och en tråd som är uppräknad. Skälet:
    Sekretess.
en: Of all accounts, all threads of the kind private message and one thread that is listed are left out. The
    reason: Sekretess.

yaml: rule: combine, how: minus, cap: 4, parts: [{id: p1, rule: census}, {id: p2, rule: window, days: 7, anchor:
    W01}]
sv: Av alla konton bevaras de trådar som den första delen pekar ut, men ingen av de andra.
en: Of all accounts, the threads are kept that the first part names and none of the others.

yaml: rule: reserve, for_rule: lott, n: 3
sv: Av alla konton lottas en ersättare fram för varje tråd som regeln lott valde men som inte kunde sparas hel,
    högst 3.
en: Of all accounts, a substitute is drawn by lot for each thread that the rule lott chose but that could not be
    saved whole, at most 3.
"""


def rule_cases() -> list[tuple[str, str, str]]:
    """Return YAML, Swedish and English of each case; a space that no line breaks is written ``~``."""
    found = []
    for case in _CASES.strip().split("\n\n"):
        text = re.sub(r"\n {4}", " ", case).replace("~", "\N{NO-BREAK SPACE}")
        yaml, swedish, english = (line.partition(": ")[2] for line in text.splitlines())
        found.append((yaml, swedish, english))
    return found
