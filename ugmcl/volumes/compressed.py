"""Compressed voxels of NRRD and MetaImage files, tested to their checksum before ITK reads them.

ITK returns whatever it has when the zlib stream of a MetaImage is damaged, and does not compare the checksum
at the end of a NRRD's gzip stream (SimpleITK 2.5).
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from ugmcl.errors import UserError

_CHUNK = 2**20
_HEADER_BYTES = 2**16
_GZIP, _ZLIB = zlib.MAX_WBITS | 16, zlib.MAX_WBITS


def check_stream(files: list[Path]) -> None:
    """Decompress the voxels of a header (and its voxel file) without keeping them.

    Raises:
        zlib.error: the stream is damaged.
        UserError: it breaks off.
    """
    with open(files[0], "rb") as file:
        header = file.read(_HEADER_BYTES)
    found = _stream(header)
    if found is None:
        return
    bits, offset = found
    decompressor = zlib.decompressobj(bits)
    with open(files[-1], "rb") as file:
        file.seek(offset if len(files) == 1 else 0)
        while not decompressor.eof:
            chunk = decompressor.unconsumed_tail or file.read(_CHUNK)
            # At most so much at once; without input it gives what it still holds back.
            if not decompressor.decompress(chunk, 16 * _CHUNK) and not chunk and not decompressor.eof:
                raise UserError("is incomplete: its compressed voxels break off", files[-1], "Copy it again")


def _stream(header: bytes) -> tuple[int, int] | None:
    """Kind of the compressed stream and where it begins; None where nothing is compressed."""
    if header.startswith(b"NRRD"):
        end = re.search(rb"\r?\n\r?\n", header)
        fields = header[: end.start() if end else None]
        skips = re.search(rb"^(line|byte) ?skip:", fields, re.MULTILINE | re.IGNORECASE)
        gzip = re.search(rb"^encoding: *(gzip|gz)\b", fields, re.MULTILINE | re.IGNORECASE)
        return (_GZIP, end.end() if end else len(header)) if gzip and not skips else None
    end = re.search(rb"^ElementDataFile *=[^\n]*\n", header, re.MULTILINE)
    fields = header[: end.start() if end else None]
    if re.search(rb"^CompressedData *= *True", fields, re.MULTILINE | re.IGNORECASE):
        return _ZLIB, end.end() if end else len(header)
    return None
