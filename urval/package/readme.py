"""``data/README.txt``: what a package is and how to check it with ordinary tools, in Swedish and English."""

from __future__ import annotations

_README = """\
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

Kontrollera att inget är ändrat, i paketets mapp:
    sha256sum --check --strict tagmanifest-sha256.txt
    sha256sum --check --strict manifest-sha256.txt
Filen manifest.json ska ha den kontrollsumma som arkivets liggare anger.

ENGLISH
This package is an archived selection from one social media account.
Read it: data/snapshot (HTML, PDF/A). Rows: data/tables (JSON Lines, Parquet).
Raw objects: data/raw (all exchanges as WARC only where everything was kept).
Rules: data/spec. What it is, and what it cannot show: manifest.json.
Check that nothing has changed, in the folder of the package:
    sha256sum --check --strict tagmanifest-sha256.txt
    sha256sum --check --strict manifest-sha256.txt
The digest of manifest.json must be the one in the archive's ledger.
"""


def readme(parts: dict[str, str]) -> str:
    """Return ``data/README.txt``."""
    return _README.format(**parts)
