"""Finds what looks like a secret in the text of a spec. No message ever holds what was found.

A spec is kept for ever in every package, so a secret in it would be published. The whole text is searched, comments
too; then every value as YAML reads it, as an escape could hide one; then keys that are named like a secret's.
"""

from __future__ import annotations

import base64
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from urval.spec.tree import Problem, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.spec.tree import Path, Tree

REMEDY = "take it out, revoke it at the platform, and name it by reference: 'credential: env:NAME'"

# Every repetition that can fail late is bounded, so that no line makes a search slow.
_MARKS = [
    ("an access token", re.compile(r"\bEA[A-Z][A-Za-z0-9]{16,}")),
    ("an access token", re.compile(r"\bIG(?:QV|AA)[A-Za-z0-9_-]{16,}")),
    ("an API token", re.compile(r"\b(?:gh[pos]|glpat|github_pat|xox.|[spr]k|ya29)[-_.](?=\S{0,60}\d)[\w.-]{16,}")),
    ("an access key", re.compile(r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,})")),
    ("a signed token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{4,}")),
    ("an authorisation header", re.compile(r"\b(?:[Bb]earer|[Bb]asic)\s+[A-Za-z0-9._~+/=-]{12,}")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("a password in an address", re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://[^\s/@:]{0,100}:[^\s/@]{1,100}@")),
    (
        "a secret in an address",
        re.compile(
            r"[?&](?:access_token|token|api_?key|key|sig|signature|client_secret|appsecret_proof|password)=[^&\s'\"]{6,}"
        ),
    ),
    ("an application password", re.compile(r"\b(?=[A-Za-z ]{0,28}[0-9])(?:[A-Za-z0-9]{4} ){5}[A-Za-z0-9]{4}\b")),
]  # fmt: skip
_KEY_NAME = re.compile(
    r"(?:^|[_\W])(?:access_?token|token|password|passwd|passphrase|pwd|secret|client_?secret|app_?secret|api_?key"
    r"|access_?key|private_?key|secret_?key|authorization|cookie|lösenord|losenord)(?:$|[_\W])",
    re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{32,}")
_PUBLIC_RUN = re.compile(r"pfbid[A-Za-z0-9]+")  # Facebook's public post ids
_REFERENCE = re.compile(r"(?:env|block):[A-Za-z0-9_-]+|file:/[A-Za-z0-9._/-]+")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:-]+(?:/[A-Za-z0-9._~/-]*)?")  # without query: where a token is renewed
_PUBLIC_PEM = re.compile(
    r"-----BEGIN (?P<kind>CERTIFICATE|X509 CRL)-----(?P<body>[A-Za-z0-9+/=\s]{1,200000})-----END (?P=kind)-----"
)
_DER_SEQUENCE, _DER_HEAD = 0x30, 4
_BLOT = re.compile(r"\S")
_LONGEST_LINE = 10_000  # searched in pieces no longer, so that no pattern meets a megabyte at once


def _looks_random(run: str) -> bool:
    """Tell whether a long run of characters changes between kinds of characters as often as keys do, and no word."""
    dense = re.sub(r"[+/=_-]", "", run)
    if len(dense) < 32 or not re.search(r"\d", dense) or not re.search(r"[A-Za-z]", dense):  # noqa: PLR2004 - 128 bits in hex
        return False
    kinds = re.sub(r"[A-Z]", "A", re.sub(r"[a-z]", "a", re.sub(r"\d", "0", dense)))
    changes = sum(one != other for one, other in pairwise(kinds))
    return changes >= 0.25 * len(dense)


def find_secret(line: str) -> tuple[int, str] | None:
    """Return the offset and the kind of the first thing in a line that looks like a secret."""
    found = [(match.start(), what) for what, mark in _MARKS if (match := mark.search(line))]
    public = _PUBLIC_RUN.sub(lambda match: " " * len(match[0]), line)
    found += [(run.start(), "a long random key") for run in _RUN.finditer(public) if _looks_random(run[0])]
    return min(found, key=lambda one: one[0], default=None)


def _without_certificates(text: str) -> str:
    """Return the text with each public certificate or revocation list in PEM blotted out, at the same places."""
    return _PUBLIC_PEM.sub(lambda block: _BLOT.sub(" ", block[0]) if _is_der(block["body"]) else block[0], text)


def _is_der(body: str) -> bool:
    """Tell whether Base64 text is one DER sequence, from its first byte to its last."""
    try:
        data = base64.b64decode("".join(body.split()), validate=True)
    except ValueError:
        return False
    octets = max(data[1] - 0x80, 0) if len(data) > _DER_HEAD else 0  # of the length, which is longer than 127 bytes
    told = int.from_bytes(data[2 : 2 + octets], "big")
    return octets in {1, 2} and data[0] == _DER_SEQUENCE and told == len(data) - 2 - octets


def secrets_in_text(text: str) -> Iterator[Problem]:
    """Yield a problem for each line that holds something like a secret."""
    for number, line in enumerate(_without_certificates(text).split("\n"), start=1):
        for offset in range(0, len(line), _LONGEST_LINE):
            found = find_secret(line[offset : offset + _LONGEST_LINE])
            if found:
                yield Problem(number, offset + found[0] + 1, f"this looks like {found[1]}; {REMEDY}")
                break


def _is_public(path: Path, value: str) -> bool:
    """Tell whether the value of a key named like a secret's is a reference, or the address under a ``…_url``."""
    return bool(_REFERENCE.fullmatch(value) or (str(path[-1]).endswith("_url") and _ADDRESS.fullmatch(value)))


def secrets_in_values(tree: Tree) -> Iterator[tuple[Path, Problem]]:
    """Yield the path and a problem for each value that is, or by its key's name must be, a secret."""
    for path, value in scalars(tree.data):
        place = tree.values.get(path, (1, 1))
        named = [part for part in path if isinstance(part, str) and _KEY_NAME.search(part)]
        if isinstance(value, str) and (found := find_secret(_without_certificates(value)[:_LONGEST_LINE])):
            yield path, Problem(*place, f"this looks like {found[1]}; {REMEDY}")
        elif named and value not in (None, "") and not _is_public(path, str(value)):
            yield path, Problem(*place, f"the value of a key named like a secret does not belong in a spec; {REMEDY}")
    for path, place in tree.keys.items():
        if find_secret(str(path[-1])):
            yield path, Problem(*place, f"this key looks like a secret; {REMEDY}")
