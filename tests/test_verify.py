"""The verifier: a whole package passes, and every way of breaking one fails its own code, alone."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, BinaryIO

import pytest
from _sample_package import Sample, copy_of, whole_package
from _sealing import sealed_copy, trust
from _store_context import store_context
from _tampering import Tampering
from _vectors import STORE_VECTORS, VECTORS, Vector

from urval.verify import (
    CODES,
    FolderReader,
    Level,
    Severity,
    Status,
    Verdict,
    verify_package,
)
from urval.verify.findings import CAP
from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from pathlib import Path

STORE = [code for code in CODES if code.startswith(("STO-", "COR-"))]


@pytest.fixture
def sample() -> Sample:
    """Return the sample of a selection."""
    return whole_package()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sample of a selection."""
    return copy_of(whole_package(), tmp_path)


class MemoryPackage:
    """A package in memory: what a store that is no folder would hand to the verifier."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def names(self) -> list[str]:
        """Return all paths."""
        return list(self.files)

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        if name not in self.files:
            raise FileNotFoundError(name)
        return io.BytesIO(self.files[name])

    def size(self, name: str) -> int:
        """Return a size in bytes."""
        return len(self.open(name).read())

    def is_link(self, name: str) -> bool:
        """Tell whether there is no such file."""
        return name not in self.files


@pytest.mark.parametrize("kind", [{}, {"census": True}, {"reviewed": True}])
def test_whole_package_fails_nothing(kind: dict[str, bool]) -> None:
    """A package of the real builder passes every code but those of the store, which nobody looked at."""
    one = whole_package(**kind)
    report = verify_package(FolderReader(one.folder), frame=one.frame)
    assert report.failed() == []
    assert [f.code for f in report.findings if f.status is Status.NOT_CHECKED] == STORE
    assert report.verdict is Verdict.VALID_AS_FAR_AS_CHECKED


def test_package_in_its_store_is_valid(sample: Sample) -> None:
    """With the frame and the store around it, every clause is checked, and the verdict is valid."""
    report = verify_package(FolderReader(sample.folder), frame=sample.frame, store=store_context(sample))
    assert report.verdict is Verdict.VALID
    assert report.counts == {"passed": len(CODES), "failed": 0, "not_checked": 0}


def test_without_capture_selection_is_not_checked(sample: Sample) -> None:
    """Without the capture's frame SEL-6 is not checked, and the package is no more than valid as far as checked."""
    report = verify_package(FolderReader(sample.folder), store=store_context(sample))
    assert [(f.code, f.found) for f in report.findings if f.status is not Status.PASSED] == [("SEL-6", Phrase.NO_FRAME)]
    assert report.verdict is Verdict.VALID_AS_FAR_AS_CHECKED


def test_package_in_memory_is_judged_alike(sample: Sample) -> None:
    """A reader that is no folder gets the same report."""
    from_folder = verify_package(FolderReader(sample.folder), frame=sample.frame)
    assert verify_package(MemoryPackage(sample.folder), frame=sample.frame) == from_folder


def test_levels_check_what_they_promise(sample: Sample) -> None:
    """Each level passes its own codes and those below; all others are not checked."""
    for level in Level:
        report = verify_package(FolderReader(sample.folder), level=level, frame=sample.frame)
        passed = {f.code for f in report.findings if f.status is Status.PASSED}
        assert passed == {c.code for c in CODES.values() if level.includes(c.level) and c.code not in STORE}
        assert report.verdict is Verdict.VALID_AS_FAR_AS_CHECKED
        assert report.level is level


def test_progress_is_told(sample: Sample) -> None:
    """Progress names its steps and ends each at its total."""
    told: dict[str, list[tuple[int, int]]] = {}
    verify_package(
        FolderReader(sample.folder), progress=lambda step, done, total: told.setdefault(step, []).append((done, total))
    )
    assert list(told) == ["digests", "tables", "snapshot"]
    for steps in told.values():
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector_fails_its_code_alone(tmp_path: Path, vector: Vector) -> None:
    """A package broken in one way fails exactly the code of that clause, and every code is reported."""
    one = whole_package(census=vector.census, reviewed=vector.reviewed)
    tampering = Tampering(sealed_copy(tmp_path) if vector.sealed else copy_of(one, tmp_path))
    if vector.sealed:
        tampering.finished()
    vector.alter(tampering)
    report = verify_package(
        FolderReader(tampering.seal()),
        frame=one.frame if vector.frame else None,
        trust=trust() if vector.sealed else None,
    )
    assert report.failed() == [vector.code], report.to_text()
    assert {f.code for f in report.findings} == set(CODES)
    warning = CODES[vector.code].severity is Severity.WARNING
    assert (report.verdict is Verdict.NOT_VALID) is not warning
    assert report.to_text("sv") != report.to_text("en")
    assert json.loads(report.to_json())["verdict"] == report.verdict


def test_every_code_has_a_vector() -> None:
    """No code is without a package, or a store, that fails it."""
    assert {vector.code for vector in VECTORS} | STORE_VECTORS.keys() == CODES.keys()
    assert all(STORE_VECTORS.values())


def test_many_failures_are_listed_and_counted(copy: Path) -> None:
    """Failures of one code are all listed up to the cap, and the rest are counted."""
    for number in range(CAP + 7):
        (copy / f"note-{number:03}.txt").write_text("x")
    findings = [f for f in verify_package(FolderReader(copy)).findings if f.code == "BAG-6"]
    assert len(findings) == CAP + 1
    assert (findings[-1].expected, findings[-1].found) == ("7", Phrase.MORE)
