"""Zip files that cannot be read as they should."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

ENCRYPTED = 1  # a bit of the flags
HEADERS = {b"PK\x03\x04": 6, b"PK\x01\x02": 8}  # how the headers of a member begin → where its flags are


def write_zip(path: Path, **texts: str) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(f"{name}.py", text)
    return path


def encrypt(path: Path) -> Path:
    """Only says that its members are encrypted."""
    content = bytearray(path.read_bytes())
    for signature, offset in HEADERS.items():
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            content[at + offset] |= ENCRYPTED
    path.write_bytes(content)
    return path


def corrupt(path: Path) -> Path:
    """Changes the compressed data of the first member."""
    content = bytearray(path.read_bytes())
    with ZipFile(path) as archive:
        start = 30 + len(archive.infolist()[0].filename)  # after its header
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    return path
