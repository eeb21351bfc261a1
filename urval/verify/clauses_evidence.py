"""The clauses of docs/format.md on what stands behind a package: sections 9 and on."""

from __future__ import annotations

from urval.verify.clauses import Level, must, should

_F = Level.FULL

EVIDENCE = (
    must(
        _F,
        "RAW-1",
        "exchanges.warc.gz finns om och endast om allt insamlat bevarades",
        "exchanges.warc.gz is there if and only if all that was captured was kept",
    ),
    must(
        _F,
        "RAW-2",
        "varje exchange är kontrollsumman för ett svar eller en resurs i WARC-filen",
        "every exchange is the digest of the body of a response, or of a resource, in the WARC",
    ),
    must(
        _F,
        "RAW-3",
        "varje ersättning i WARC-filen är antecknad med antal och originalets kontrollsumma, och antalen ger summan",
        "every replacement in the WARC is noted with its number and the digest of the original, and they sum up",
    ),
    must(
        _F,
        "RAW-4",
        "miljöloggens värdar är vad utbytena i WARC-filen säger",
        "the hosts of the environment log are what the exchanges in the WARC say",
    ),
    must(
        _F,
        "ENV-1",
        "miljöloggen är ordnad och stämmer med insamlingen",
        "the environment log is in order and agrees with the capture",
    ),
    must(_F, "STO-1", "paketets nyckel är den manifestet ger", "the package's key is the one its manifest implies"),
    must(
        _F,
        "STO-2",
        "previous är ett tidigare paket från samma konto, med den kontrollsumman",
        "previous is an earlier package of the same account with that digest",
    ),
    should(
        _F,
        "STO-3",
        "kontots perioder följer på varandra utan hål",
        "the periods of the account follow on each other without holes",
    ),
    must(
        _F,
        "STO-4",
        "insamlingen finns hel i lagringen, eller gallrades efter beslut",
        "the capture is in the store and whole, or was disposed of under a decision",
    ),
    must(
        _F,
        "STO-5",
        "liggaren är en obruten kedja och upptar paketet",
        "the ledger is an unbroken chain and records the package",
    ),
    must(
        _F,
        "STO-6",
        "en körnings manifest upptar paketet, med just detta manifest och denna underskrift",
        "a run manifest lists the package, with exactly this manifest and this signature",
    ),
    must(
        _F,
        "COR-1",
        "corrects anger ett annat paket från samma konto och period, med dess kontrollsumma, och ett skäl",
        "corrects names another package of the same account and period with its digest, and gives a reason",
    ),
    must(
        _F,
        "REV-1",
        "proposal_sha256 är kontrollsumman för det som paketet är gjort av",
        "proposal_sha256 is the digest of what the package is made of",
    ),
    must(
        _F,
        "REV-2",
        "så många olika personer som krävs har godkänt, och ingen innan urvalet föreslogs",
        "as many different people as are demanded have approved, none before it was proposed",
    ),
    must(
        _F,
        "REV-3",
        "urvalstabellen och granskningens ändringar säger detsamma",
        "the selection and the changes of the review say the same",
    ),
    must(
        _F,
        "REV-4",
        "varje bifogad vy finns i data/review/ som manifestet anger, och inget annat ligger där",
        "every attached view lies in data/review/ as the manifest says, and nothing else does",
    ),
)
