"""The clauses of docs/format.md on the proof of one item, a file of its own."""

from __future__ import annotations

from urval.verify.clauses import Level, must, should

_F = Level.FULL

PROOF = (
    must(
        _F,
        "PRF-1",
        "filen är ett urval-proof/1 i kanonisk JSON, utan något därutöver",
        "the file is an urval-proof/1 in canonical JSON, and nothing besides",
    ),
    must(
        _F,
        "PRF-2",
        "varje rad leder till den merkle_root som manifestet anger för tabellen",
        "every row leads to the merkle_root that the manifest states for its table",
    ),
    must(
        _F,
        "PRF-3",
        "manifestet går att läsa och är kanonisk JSON",
        "the manifest parses and is canonical JSON",
    ),
    must(
        _F,
        "PRF-4",
        "manifestet är undertecknat med den nyckel som det anger",
        "the manifest is signed by the key that it names",
    ),
    must(
        _F,
        "PRF-5",
        "nyckeln finns i den lista som kontrollanten litar på",
        "the key is on the list that whoever checks trusts",
    ),
    must(
        _F,
        "PRF-6",
        "tidsstämplarna gäller underskriften och är från den angivna instansen",
        "the time stamps are over the signature, and from the authority stated",
    ),
    must(
        _F,
        "PRF-7",
        "raden som beviset gäller är med; sägs tråden vara hel, är alla dess kommentarer det",
        "the row that the proof is about is in it; of a thread said to be whole, every comment is",
    ),
    should(
        _F,
        "PRF-8",
        "beviset har så många tidsstämplar som manifestet begär",
        "the proof has as many time stamps as the manifest wants",
    ),
)
