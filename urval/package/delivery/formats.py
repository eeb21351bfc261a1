"""Which format a file is of, by its ending: media type (IANA's list), a name, and PRONOM's key where it is certain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A media type of IANA's list, the format's name, and PRONOM's key."""

    mime: str
    name: str
    puid: str | None = None


_UNKNOWN = FileFormat("application/octet-stream", "not identified")
_TEXT = FileFormat("text/plain", "Plain text", "x-fmt/111")
_GZIP = FileFormat("application/gzip", "GZIP", "x-fmt/266")
_OFFICE = "application/vnd.openxmlformats-officedocument"
# The longest ending that fits counts. A media type must stand in the list of IANA's types that each validator carries.
# What IANA has none for (WebM, WAV, AVI, WARC), and what those lists are too old for (Parquet, WebP, YAML, FLAC), is
# stated as octet-stream or as what it also is, and the format's name beside it says the rest.
_BY_ENDING = {
    ".txt": _TEXT,
    ".py": FileFormat("text/plain", "Python source"),
    ".yaml": FileFormat("text/plain", "YAML", "fmt/818"),
    ".json": FileFormat("application/json", "JSON", "fmt/817"),
    ".jsonl": FileFormat("text/plain", "JSON Lines"),
    ".jsonl.gz": FileFormat("application/gzip", "JSON Lines in GZIP", "x-fmt/266"),
    ".warc.gz": FileFormat("application/gzip", "WARC in GZIP", "x-fmt/266"),
    ".gz": _GZIP,
    ".parquet": FileFormat("application/octet-stream", "Apache Parquet"),
    ".html": FileFormat("text/html", "HTML", "fmt/471"),
    ".css": FileFormat("text/css", "CSS", "x-fmt/224"),
    ".xml": FileFormat("application/xml", "XML", "fmt/101"),
    ".xsd": FileFormat("application/xml", "XML Schema", "x-fmt/280"),
    ".pdf": FileFormat("application/pdf", "PDF"),
    ".sig": FileFormat("text/plain", "SSH signature (SSHSIG)"),
    ".tsr": FileFormat("application/timestamp-reply", "RFC 3161 time-stamp response"),
    ".pem": FileFormat("application/pem-certificate-chain", "PEM certificates"),
    ".crl.pem": FileFormat("text/plain", "PEM revocation list"),
    ".sha256": FileFormat("text/plain", "sha256sum listing"),
    "allowed_signers": FileFormat("text/plain", "SSH allowed signers"),
    ".png": FileFormat("image/png", "PNG"),
    ".jpg": FileFormat("image/jpeg", "JPEG"),
    ".gif": FileFormat("image/gif", "GIF"),
    ".bmp": FileFormat("image/bmp", "BMP"),
    ".tif": FileFormat("image/tiff", "TIFF"),
    ".webp": FileFormat("application/octet-stream", "WebP"),
    ".avif": FileFormat("image/avif", "AVIF"),
    ".heic": FileFormat("image/heic", "HEIC"),
    ".svg": FileFormat("image/svg+xml", "SVG"),
    ".mp4": FileFormat("video/mp4", "MP4"),
    ".mov": FileFormat("video/quicktime", "QuickTime"),
    ".mpg": FileFormat("video/mpeg", "MPEG"),
    ".mp3": FileFormat("audio/mpeg", "MP3"),
    ".ogg": FileFormat("audio/ogg", "Ogg"),
    ".m4a": FileFormat("audio/mp4", "MPEG-4 audio"),
    ".vtt": FileFormat("text/vtt", "WebVTT"),
    ".csv": FileFormat("text/csv", "CSV"),
    ".zip": FileFormat("application/zip", "ZIP"),
    ".doc": FileFormat("application/msword", "Word"),
    ".docx": FileFormat(f"{_OFFICE}.wordprocessingml.document", "Word (OOXML)"),
    ".xlsx": FileFormat(f"{_OFFICE}.spreadsheetml.sheet", "Excel (OOXML)"),
    ".pptx": FileFormat(f"{_OFFICE}.presentationml.presentation", "PowerPoint (OOXML)"),
    ".odt": FileFormat("application/vnd.oasis.opendocument.text", "OpenDocument text"),
    ".webm": FileFormat("application/octet-stream", "WebM"),
    ".avi": FileFormat("application/octet-stream", "AVI"),
    ".wav": FileFormat("application/octet-stream", "WAVE"),
    ".flac": FileFormat("application/octet-stream", "FLAC"),
}
_LONGEST_FIRST = sorted(_BY_ENDING, key=len, reverse=True)


def format_of(path: str) -> FileFormat:
    """Return the format of a file by the ending of its name."""
    return next((_BY_ENDING[ending] for ending in _LONGEST_FIRST if path.endswith(ending)), _UNKNOWN)


def known_formats() -> list[FileFormat]:
    """Return every format that may be stated."""
    return [*_BY_ENDING.values(), _UNKNOWN]
