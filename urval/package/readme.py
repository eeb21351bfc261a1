"""``data/README.txt``: what a package is and how to check it with ordinary tools, in Swedish and English."""

from __future__ import annotations

_HEAD_SV = """\
{package_id}

SVENSKA
Detta paket är ett arkiverat urval från ett konto i sociala medier.
Arkivbildare: {archive}   Konto: {account}   Plattform: {platform}
Period: {start} till {end} (slutet ingår inte)   Insamlat: {captured}

Läs med ögonen:   data/snapshot/index.html (webbläsare), data/snapshot/*.pdf (PDF/A)
Läs som data:     data/tables/*.jsonl (ett JSON-objekt per rad, UTF-8), samma rader i *.parquet
Råa objekt:       data/raw/objects.jsonl.gz (som plattformen lämnade dem, hemligheter borttagna);
                  exchanges.warc.gz bredvid, bara där allt som samlades in bevarades
Regler:           data/spec/archive-spec.yaml
Vad det är:       manifest.json, som också säger vad paketet inte kan visa

Kontrollera att inget är ändrat, i paketets mapp (en Unix-dator, eller Git Bash under Windows):

"""
_HEAD_EN = """\

ENGLISH
This package is an archived selection from one social media account.
Read it: data/snapshot (HTML, PDF/A). Rows: data/tables (JSON Lines, Parquet).
Raw objects: data/raw (all exchanges as WARC only where everything was kept).
Rules: data/spec. What it is, and what it cannot show: manifest.json.

Check that nothing has changed, in the folder of the package, with the same lines as above.
"""
_BAG = """\
    set -e
    sha256sum --check --strict --quiet tagmanifest-sha256.txt
    sha256sum --check --strict --quiet manifest-sha256.txt
    test "$(find data ! -type d | wc -l)" -eq "$(wc -l < manifest-sha256.txt)"
"""
_SEAL = """\
    sha256sum --check --strict --quiet seal/*.sha256
    ssh-keygen -Y verify -f "${{KEYS:-seal/allowed_signers}}" -I {identity} -n urval-manifest \\
        -s manifest.json.sig < manifest.json
    test -e manifest.json.sig.tsr || {{ echo "no time stamp / ingen tidsstämpel"; exit 0; }}
    openssl ts -verify -data manifest.json.sig -in manifest.json.sig.tsr -CAfile "${{CA:-seal/tsa.pem}}" -no_check_time
    openssl ts -reply -in manifest.json.sig.tsr -text | grep "Time stamp:"
"""
_SEALED_SV = """
Varje rad ska gå igenom; den sista säger när underskriften senast fanns. KEYS är arkivets
förteckning över nycklar och CA tidsstämpelns rotcertifikat: hämta dem från arkivet och utfärdaren
själva (KEYS=fil CA=fil). Utan dem prövas paketet bara mot det som ligger i det. Nyckeln ska vara
    {key}
Fler tidsstämplar heter manifest.json.sig.2.tsr med seal/tsa.2.pem, och så vidare.
Detsamma och mer, med Python, openssl och ssh-keygen:   python3 data/verify.py [KEYS [CA]]
"""
_SEALED_EN = """\
Each line must succeed; the last says when the signature existed at the latest. KEYS is the
archive's list of keys and CA the root certificate of the time stamp: get them from the archive and
the authority themselves (KEYS=file CA=file). Without them the package is checked only against what
lies in it. The key must be
    {key}
Further time stamps are manifest.json.sig.2.tsr with seal/tsa.2.pem, and so on.
The same and more, with Python, openssl and ssh-keygen:   python3 data/verify.py [KEYS [CA]]
"""
_UNSEALED_SV = """
Paketet är inte undertecknat: filen manifest.json ska ha den kontrollsumma som arkivets liggare anger.
Detsamma och mer, med Python, openssl och ssh-keygen:   python3 data/verify.py
"""
_UNSEALED_EN = """\
The package is not signed: the digest of manifest.json must be the one in the archive's ledger.
The same and more, with Python, openssl and ssh-keygen:   python3 data/verify.py
"""


def readme(parts: dict[str, str]) -> str:
    """Return ``data/README.txt``; ``identity`` and ``key`` are those of the seal, empty where nobody signs."""
    if parts["key"]:
        text = _HEAD_SV + _BAG + _SEAL + _SEALED_SV + _HEAD_EN + _SEALED_EN
    else:
        text = _HEAD_SV + _BAG + _UNSEALED_SV + _HEAD_EN + _UNSEALED_EN
    return text.format(**parts)
