"""The clauses of docs/format.md on the seal (section 12): of a package, and of the run manifests of a store."""

from __future__ import annotations

from urval.verify.clauses import Level, must, should

_S = Level.STRUCTURE

SEAL = (
    must(
        _S,
        "SEA-1",
        "manifest.json är undertecknad om och endast om den säger det, med just den nyckel den anger",
        "manifest.json is signed if and only if it says so, by exactly the key it names",
    ),
    must(
        _S,
        "SEA-2",
        "nyckeln finns i arkivets förteckning över nycklar, för denna identitet och detta ändamål, och gällde då",
        "the key is in the archive's list of keys, for this identity and purpose, and was valid when it signed",
    ),
    must(
        _S,
        "SEA-3",
        "varje tidsstämpel är hel, gäller just denna underskrift, och dess utfärdare var giltig och inte spärrad",
        "every time stamp is whole and over this signature, its authority valid at that time and not revoked",
    ),
    should(
        _S,
        "SEA-4",
        "det finns så många tidsstämplar som manifestet begär",
        "there are as many time stamps as the manifest wants",
    ),
    must(
        _S,
        "SEA-5",
        "förseglingens uppräkningar finns och stämmer, och där ligger inga andra filer",
        "the listings of the seal are there and right, and no other file is",
    ),
    must(
        _S,
        "SEA-6",
        "inget som manifestet säger hände senare än tidsstämpeln",
        "nothing that the manifest states happened later than the time stamp",
    ),
    should(
        _S,
        "SEA-7",
        "tidsstämpeln gjordes inom 7 dagar från det sista godkännandet",
        "the time stamp was made within 7 days of the last approval",
    ),
    must(
        _S,
        "SEA-8",
        "tidsstämplarnas utfärdare är betrodd: angiven utifrån, eller i den undertecknade specen",
        "the authority of each time stamp is trusted: named from outside, or in the spec that is signed",
    ),
)

RUNS = (
    must(
        _S,
        "RUN-1",
        "körningarnas manifest går att läsa och är en obruten kedja",
        "the run manifests can be read and are an unbroken chain",
    ),
    must(
        _S,
        "RUN-2",
        "varje körning är undertecknad om och endast om den säger det, med just den nyckel den anger",
        "each run is signed if and only if it says so, by exactly the key it names",
    ),
    must(
        _S,
        "RUN-3",
        "nyckeln finns i arkivets förteckning över nycklar, för denna identitet och detta ändamål, och gällde då",
        "the key is in the archive's list of keys, for this identity and purpose, and was valid when it signed",
    ),
    must(
        _S,
        "RUN-4",
        "varje tidsstämpel är hel, gäller just denna underskrift, och dess utfärdare var giltig och inte spärrad",
        "every time stamp is whole and over this signature, its authority valid at that time and not revoked",
    ),
    should(
        _S,
        "RUN-5",
        "det finns så många tidsstämplar som körningens manifest begär",
        "there are as many time stamps as the run manifest wants",
    ),
    must(
        _S,
        "RUN-6",
        "förseglingens uppräkningar finns och stämmer, och där ligger inga andra filer",
        "the listings of the seal are there and right, and no other file is",
    ),
    must(
        _S,
        "RUN-7",
        "inget som körningens manifest säger hände senare än tidsstämpeln",
        "nothing that the run manifest states happened later than the time stamp",
    ),
    must(
        _S,
        "RUN-8",
        "tidsstämplarnas utfärdare är betrodd: angiven utifrån",
        "the authority of each time stamp is trusted: named from outside",
    ),
    must(
        _S,
        "RUN-9",
        "varje paket som en körning räknar upp finns, med de kontrollsummor den anger, eller gallrades efter beslut",
        "every package that a run lists is held, with the digests it states, or was disposed of under a decision",
    ),
    must(
        _S,
        "RUN-10",
        "den kontrollsumma som är känd utifrån är en av körningarnas",
        "the digest that is known from outside is that of one of the runs",
    ),
)
