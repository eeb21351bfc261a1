"""XML as bytes: elements with namespaces, texts that cannot break it, the same bytes every time."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PREMIS = "http://www.loc.gov/premis/v3"
DC = "http://purl.org/dc/elements/1.1/"
EAD = "http://ead3.archivists.org/schema/"

# ElementTree keeps prefixes for the whole process; these are the customary ones, so nobody else is surprised.
_PREFIXES = {"mets": METS, "xlink": XLINK, "csip": CSIP, "sip": SIP, "xsi": XSI, "premis": PREMIS, "dc": DC, "ead": EAD}
for _prefix, _address in _PREFIXES.items():
    ET.register_namespace(_prefix, _address)

# What XML 1.0 cannot hold, and the control characters it can hold but nobody can see.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return text that XML can hold: a control character, half a character or a non-character as ``[U+XXXX]``.

    ``&``, ``<``, ``>`` and ``]]>`` need nothing: the writer escapes them. Line feeds and tabs stay.
    """
    return _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def one_line(text: str) -> str:
    """Return :func:`clean` text on one line: for names, titles and attributes."""
    return clean(" ".join(re.split("[\t\n ]+", text)).strip())


def element(namespace: str, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Return an element of a namespace; attributes are without one."""
    made = ET.Element(f"{{{namespace}}}{tag}", {name: one_line(value) for name, value in attributes.items()})
    if text is not None:
        made.text = clean(text)
    return made


def below(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Append an element of the parent's namespace, and return it."""
    made = element(parent.tag[1:].partition("}")[0], tag, text, **attributes)
    parent.append(made)
    return made


def put(target: ET.Element, namespace: str, name: str, value: str) -> None:
    """Set an attribute of a namespace."""
    target.set(f"{{{namespace}}}{name}", one_line(value))


def to_bytes(root: ET.Element) -> bytes:
    """Return the document: UTF-8, indented, ended by a line feed."""
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
