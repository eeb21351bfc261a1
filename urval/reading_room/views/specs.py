"""Archive specs: the rules by which packages were made, each version as a page of a handbook."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from urval.errors import ConfigError, UrvalError
from urval.handbook import Page, Reference, changes, handbook
from urval.reading_room.faults import NotHereError
from urval.reading_room.pages import AskedHere, Pages, View
from urval.reading_room.room import Here
from urval.reading_room.specs_used import UsedSpec, load_used, spec_bytes, used_specs

pages = Pages()
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_LISTED = 200  # packages or changes that are listed


class SpecLine(View):
    """One version. ``first`` is when the first capture by it began; ``given``: the room was told of it.

    ``problem`` (in English) says why a file that was given cannot be read.
    """

    sha256: str
    archive: str
    id: str
    version: str
    authority: str
    reference: str
    decided: str
    first: datetime | None
    packages: int
    given: bool
    problem: str


class SpecsView(View):
    """Every version of an archive spec that is known here, newest first."""

    specs: list[SpecLine]


@pages.page("/specs", name="specs", template="specs.html")
def specs(here: AskedHere) -> SpecsView:
    """List the versions of archive specs that packages were made by, and those the room was given."""
    return SpecsView(specs=[_line(one) for one in used_specs(here.room)])


def _line(one: UsedSpec) -> SpecLine:
    decision = one.decision
    return SpecLine(
        sha256=one.sha256, archive=one.archive, id=one.id, version=one.version,
        authority=decision.authority if decision else "", reference=decision.reference if decision else "",
        decided=decision.date if decision else "", first=one.first, packages=len(one.packages), given=one.given,
        problem=one.problem,
    )  # fmt: skip


class SentenceView(View):
    """One sentence, and the keys of its sources."""

    text: str
    sources: list[str]


class BlockView(View):
    """Sentences that belong together; ``name`` is an id of the spec."""

    heading: str
    name: str
    sentences: list[SentenceView]


class SectionView(View):
    """A part of the handbook page; ``id`` is the same in every language."""

    id: str
    title: str
    blocks: list[BlockView]


class ReferenceView(View):
    """A source: ``before``, ``label`` and ``after`` are its text; ``url`` is an outside address, to be copied."""

    key: str
    number: int | None
    label: str
    before: str
    shown: str
    after: str
    url: str | None
    used: bool


class ChangeView(View):
    """What this version says otherwise than the one before; ``before`` and ``now`` are the handbook's sentences."""

    what: str
    sentence: str
    before: str
    now: str


class UsedBy(View):
    """A package that was made by this version."""

    archive: str
    account: str
    account_name: str
    period: str
    package_id: str


class SpecView(SpecLine):
    """A version in plain words. Where it cannot be read, ``trouble`` says why (in English): then no sections."""

    title: str
    lead: str
    contents: str
    sources_title: str
    unused: str
    sections: list[SectionView]
    references: list[ReferenceView]
    used_by: list[UsedBy]
    before: SpecLine | None
    changes: list[ChangeView]
    more_changes: int
    trouble: str


@pages.page("/specs/{sha256}", name="spec", template="spec.html")
def spec(here: AskedHere, sha256: Digest) -> SpecView:
    """Tell the rules of a version in plain words, each sentence with its sources."""
    one, before = _of(here, sha256)
    page, trouble = None, one.problem
    if not trouble:
        try:
            page = handbook(load_used(here.room, one).spec, here.language, sha256=sha256)
        except UrvalError as error:
            trouble = error.message
    told = _changes(here, before, one) if before and page else []
    return SpecView(
        **_line(one).model_dump(), **_page(page, one), used_by=_used_by(one), before=_line(before) if before else None,
        changes=told[:_LISTED], more_changes=max(0, len(told) - _LISTED), trouble=trouble,
    )  # fmt: skip


def _of(here: Here, sha256: str) -> tuple[UsedSpec, UsedSpec | None]:
    """Return a version, and the one of the same archive that was used before it."""
    known = used_specs(here.room)
    one = next((spec for spec in known if spec.sha256 == sha256), None)
    if one is None:
        raise NotHereError(
            "no package here was made by an archive spec of this digest", next_step="See the list of archive specs."
        )
    later = known[known.index(one) + 1 :]  # the list begins with the newest
    return one, next((spec for spec in later if spec.archive == one.archive and not spec.problem), None)


def _changes(here: Here, before: UsedSpec, now: UsedSpec) -> list[ChangeView]:
    try:
        pair = load_used(here.room, before).spec, load_used(here.room, now).spec
    except UrvalError:  # the page of the version before says why it cannot be read
        return []
    return [
        ChangeView(what=one.what, sentence=one.sentence, before=one.before, now=one.now)
        for one in changes(*pair, here.language)
    ]


def _page(page: Page | None, one: UsedSpec) -> dict[str, object]:
    if page is None:
        return {"title": f"{one.id} {one.version}".strip(), "lead": "", "contents": "", "sources_title": "",
                "unused": "", "sections": [], "references": []}  # fmt: skip
    return {
        "title": page.title, "lead": page.lead, "contents": page.contents, "sources_title": page.sources_title,
        "unused": page.unused, "references": [_reference(ref) for ref in page.references],
        "sections": [
            SectionView(id=part.id, title=part.title, blocks=[
                BlockView(heading=block.heading, name=block.name, sentences=[
                    SentenceView(text=line.text, sources=list(line.sources)) for line in block.sentences
                ]) for block in part.blocks
            ]) for part in page.sections
        ],
    }  # fmt: skip


def _reference(of: Reference) -> ReferenceView:
    before, shown, after = of.split()
    return ReferenceView(
        key=of.key, number=of.number, label=of.label, before=before, shown=shown, after=after, url=of.url, used=of.used
    )


def _used_by(one: UsedSpec) -> list[UsedBy]:
    return [
        UsedBy(
            archive=package.archive, account=package.account, period=package.period, package_id=package.package_id,
            account_name=str(package.manifest.account["name"]) if package.manifest else package.account,
        )
        for package in one.packages[:_LISTED]
    ]  # fmt: skip


@pages.get("/specs/{sha256}/archive-spec.yaml", name="spec_file", response_class=Response)
def spec_file(here: AskedHere, sha256: Digest) -> Response:
    """Return a version as it was used, byte for byte."""
    one, _ = _of(here, sha256)
    if one.problem:
        raise ConfigError(one.problem)
    headers = {"Content-Disposition": f'attachment; filename="archive-spec-{sha256[:12]}.yaml"'}
    return Response(spec_bytes(here.room, one), media_type="application/yaml", headers=headers)
