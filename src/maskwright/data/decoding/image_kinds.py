"""Which files are photos by their names, and which look like photos by name or first bytes."""

from __future__ import annotations

import os
from collections import Counter


def _endings(*listed: str) -> frozenset[str]:
    return frozenset(ending for line in listed for ending in line.split())


PHOTO_ENDINGS = _endings(
    ".jpg .jpeg .jpe .jfif .png .tif .tiff .webp .bmp .gif .ppm .pgm .pbm .jp2 .avif .heic .heif "
    ".mpo"
)
"""Endings of image files, lower case with the dot. The content decides what a file is."""

OTHER_ENDINGS = _endings(
    # Camera raw files.
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .iiq .k25 .kdc .mef .mos .mrw .nef .nrw .orf "
    ".pef .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f "
    # Formats of image programs, of microscopes and scanners, and newer formats.
    ".apng .cin .dcm .dds .dib .dpx .eps .exr .fit .fits .fts .hdr .heics .icns .ico .j2c .j2k "
    ".jif .jfi .jng .jls .jpc .jpf .jpg2 .jpm .jpx .jxl .jxr .kra .lif .mng .nd2 .ndpi .ora .pam "
    ".pcd .pct .pcx .pfm .pic .pict .pjp .pjpeg .pnm .psb .psd .qoi .ras .rgb .sgi .svg .svgz "
    ".svs .tga .wbmp .wdp .wmf .emf .xbm .xcf .xpm "
    # What browsers and programs make of the usual endings.
    ".jpg_large .jpg_orig .jpg_original .jpeg_large .jpg-large .jpg~ .png~ .jpg_ .png_"
)
"""Endings of images that are passed over in folders."""

# Looked at by name alone: a folder may hold one of them for each photo.
_NO_PHOTOS = _endings(
    ".aae .bak .bin .c .cfg .conf .cpp .css .csv .db .dat .doc .docx .flac .gz .h .h5 .hdf5 .htm "
    ".html .ini .ipynb .js .json .jsonl .log .m .mat .md .mov .mp3 .mp4 .avi .mkv .npy .npz .onnx "
    ".pdf .pickle .pkl .prm .pt .pth .py .pyc .rst .rtf .safetensors .sh .sql .sqlite .tar .toml "
    ".tsv .txt .wav .xls .xlsx .xml .xmp .yaml .yml .zip .7z"
)

_STARTS = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",  # TIFF, and most camera raw files
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\0\0\0\x0cjP  ",  # JPEG 2000
    b"\0\0\0\x0cJXL ",
    b"\xff\x4f\xff\x51",
    b"8BPS",
)
_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"crx ")
_ENOUGH = 50  # files of one ending that are no photos, before the others are not opened


class LooksInside:
    """Tells files that look like photos from others; it opens few, and of each a few bytes."""

    def __init__(self) -> None:
        self._others: Counter[str] = Counter()

    def is_photo(self, entry: os.DirEntry[str]) -> bool:
        """Whether a file without a usual image ending looks like a photo."""
        ending = os.path.splitext(entry.name)[1].lower()
        try:
            if ending in _NO_PHOTOS or not entry.is_file():
                return False
            if ending in OTHER_ENDINGS:
                return True
            if self._others[ending] >= _ENOUGH:
                return False
            with open(entry.path, "rb") as file:
                start = file.read(16)
        except OSError:
            return False
        if starts_as_image(start):
            return True
        self._others[ending] += 1
        return False


def starts_as_image(start: bytes) -> bool:
    """Whether the first 16 bytes of a file are those of an image format."""
    return (
        start.startswith(_STARTS)
        or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")
        or (start[:2] == b"BM" and start[6:10] == bytes(4) and len(start) == 16)
        or (start[4:8] == b"ftyp" and start[8:12] in _BRANDS)
    )
