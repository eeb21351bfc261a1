"""What a person reads in ``documentation/``: how to get the sealed package back, and what was agreed on delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.package.delivery.layout import BAG, REPRESENTATIONS, placed
from urval.package.delivery.markup import one_line

if TYPE_CHECKING:
    from urval.package.delivery.described import Description
    from urval.package.delivery.entries import Sealed
    from urval.package.delivery.settings import DeliverySettings

_README = {
    "sv": """\
{title}

Detta är en leverans ({kind}, E-ARK CSIP, FGS Paketstruktur) av det förseglade paketet
{ident}
från {creator}. Leveransen lägger till beskrivningar; ingen fil i paketet har ändrats.

SÅ FÅS PAKETET TILLBAKA, BYTE FÖR BYTE

Stå i denna leverans mapp (den som innehåller METS.xml) och ge:

{commands}

Mappen {ident} är sedan det förseglade paketet. Kontrollera det så:

    cd '{ident}' && sha256sum -c tagmanifest-sha256.txt manifest-sha256.txt

Hur underskrift och tidsstämpel prövas, om paketet har sådana, står i paketets data/README.txt.
manifest.json ska ha SHA-256 {manifest}.

VAR VARJE FIL I PAKETET LIGGER

Bilder som återgivningens sidor visar ligger två gånger, så att sidorna kan läsas som de ligger.
SHA-256, fil i paketet, plats i leveransen (åtskilda av tabulatorer):

""",
    "en": """\
{title}

This is a delivery ({kind}, E-ARK CSIP, FGS Paketstruktur) of the sealed package
{ident}
of {creator}. The delivery adds descriptions; no file of the package was changed.

HOW TO GET THE PACKAGE BACK, BYTE FOR BYTE

In the folder of this delivery (the one that holds METS.xml), give:

{commands}

The folder {ident} then is the sealed package. Check it with:

    cd '{ident}' && sha256sum -c tagmanifest-sha256.txt manifest-sha256.txt

How to check signature and time stamp, where the package has them, is in the package's data/README.txt.
manifest.json shall have the SHA-256 {manifest}.

WHERE EACH FILE OF THE PACKAGE LIES

Pictures that the pages of the rendering show lie twice, so that the pages can be read where they lie.
SHA-256, file of the package, place in the delivery (separated by tabs):

""",
}
_AGREEMENT = {
    "sv": """\
LEVERANSÖVERENSKOMMELSE OCH LEVERANS

Överenskommelse:     {agreement}
Arkivbildare:        {creator}{creator_code}
Levererar:           {submitter}
Kontakt:             {contact}
Innehåll:            {title}
Referenskod:         {reference}
Klassificering:      {classification}
Omfattning:          {extent}
Tid:                 {first} till och med {last}
Leveransen gjord:    {made}, av {maker}
METS-profil:         {profile}

Åtkomst:
{access}

Urval:
{appraisal}

Vad paketet inte kan visa:
{cannot}
""",
    "en": """\
SUBMISSION AGREEMENT AND DELIVERY

Agreement:           {agreement}
Archive creator:     {creator}{creator_code}
Delivered by:        {submitter}
Contact:             {contact}
Content:             {title}
Reference code:      {reference}
Classification:      {classification}
Extent:              {extent}
Time:                {first} to {last}
Delivery made:       {made}, by {maker}
METS profile:        {profile}

Access:
{access}

Selection:
{appraisal}

What the package cannot show:
{cannot}
""",
}
_NONE = {"sv": "ingen angiven", "en": "none stated"}


def readme(sealed: Sealed, settings: DeliverySettings, one: Description) -> bytes:
    """Return ``documentation/README.txt``: how to rebuild the sealed package, and where each of its files lies."""
    target = f"'../{one.ident}.bag/{one.ident}'"
    commands = [f"    mkdir -p {target}/data"]
    present = {place.split("/")[1] for _, place in placed(sealed.files, frozenset()) if not place.startswith(BAG)}
    commands += [
        f"    cp -R representations/{name}/data/. {target}/data/" for name in REPRESENTATIONS if name in present
    ]
    commands += [f"    cp -R {BAG}/. {target}/", f"    cd '../{one.ident}.bag'"]
    text = _README[sealed.language].format(
        title=one_line(one.title), kind=settings.kind.value, ident=one.ident, creator=one_line(one.creator),
        commands="\n".join(commands), manifest=sealed.manifest_sha256,
    )  # fmt: skip
    rows = [f"{entry.sha256}\t{entry.path}\t{place}\n" for entry, place in placed(sealed.files, sealed.pictured)]
    return (text + "".join(rows)).encode()


def agreement(sealed: Sealed, settings: DeliverySettings, one: Description) -> bytes:
    """Return ``documentation/submission-agreement.txt``: what is delivered, by whom, under what agreement."""
    none = _NONE[sealed.language]
    text = _AGREEMENT[sealed.language].format(
        agreement=one_line(settings.agreement or none),
        creator=one_line(one.creator),
        creator_code=f" ({one_line(one.creator_code)})" if one.creator_code else "",
        submitter=one_line(settings.submitter or one.creator),
        contact=one_line(settings.contact or none),
        title=one_line(one.title),
        reference=one_line(one.reference_code or none),
        classification=one_line(one.classification or none),
        extent=one.extent,
        first=one.first_day,
        last=one.last_day,
        made=one.made,
        maker=one.maker,
        profile=one_line(settings.profile_address),
        access=one_line(one.access),
        appraisal=one_line(" ".join(one.appraisal)),
        cannot="\n".join(f"- {one_line(sentence)}" for sentence in sealed.manifest.cannot_show),
    )
    return text.encode()
