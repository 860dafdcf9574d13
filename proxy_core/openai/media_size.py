"""How large an image or a PDF inside a data: URL is, from its first bytes or its page objects.

No decoder: it reads what the file says of itself, and None is the answer where it says nothing.
No more of a file is taken out of its base64 than the answer needs, and never all of it at once.
"""

import re
from binascii import a2b_base64
from collections.abc import Iterator

Size = tuple[int, int]  # width and height in pixels

# Characters of base64, which writes 3 bytes in 4. Most pictures tell their size at once; those of a
# camera open with descriptions (EXIF, colour profile), and 256 KiB hold all but the most unusual.
HEADS = (4_096, 256 * 1024 // 3 * 4)
PDF_SLICE = 1024 * 1024  # characters of a PDF that are looked through at a time

# JPEG's "start of frame" markers carry the size; C4, C8 and CC in the same range mean other things.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_WITHOUT_LENGTH = frozenset(range(0xD0, 0xD8)) | {0x01}

PDF_PAGE = re.compile(rb"/Type\s{0,8}/Page(?![A-Za-z])")
LONGEST_MATCH = len("/Type" + 8 * " " + "/Page")


def data_size(url: str) -> int | None:
    """Bytes, told by the URL's length; None for https: URLs."""
    start = _data_start(url)
    return None if start is None else (len(url) - start) * 3 // 4


def image_size(url: str) -> Size | None:
    start = _data_start(url)
    if start is None:
        return None
    return next(filter(None, (_read_size(url[start : start + head]) for head in HEADS)), None)


def count_pages(url: str, most: int) -> int:
    """Of a PDF; 0 where the page objects are compressed, and for https: URLs."""
    pages, rest = 0, b""
    for piece in _decode(url):
        data = rest + piece
        # what ends with the data may go on behind it; what ended before the rest did is counted
        ends = (match.end() for match in PDF_PAGE.finditer(data))
        pages += sum(len(rest) <= end < len(data) for end in ends)
        if pages >= most:
            return most
        rest = data[-LONGEST_MATCH:]
    return pages


def _data_start(url: str) -> int | None:
    head, comma, _ = url[:200].partition(",")
    is_data = comma and head.startswith("data:") and head.endswith(";base64")
    return len(head) + 1 if is_data else None


def _decode(url: str) -> Iterator[bytes]:
    """The bytes piece by piece, as far as their base64 is sound; a line break closes them."""
    start, left = _data_start(url), ""
    if start is None:
        return
    for at in range(start, len(url), PDF_SLICE):
        text = left + "".join(url[at : at + PDF_SLICE].split())
        whole = len(text) // 4 * 4
        left = text[whole:]
        try:
            yield a2b_base64(text[:whole])
        except ValueError:
            break
    yield b"\n"


def _read_size(encoded: str) -> Size | None:
    try:
        data = a2b_base64(encoded)
    except ValueError:
        return None
    for read in (_png, _gif, _webp, _jpeg):
        size = read(data)
        if size and all(size):
            return size
    return None


def _png(data: bytes) -> Size | None:
    if not (data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24):
        return None
    return _big(data[16:20]), _big(data[20:24])


def _gif(data: bytes) -> Size | None:
    if not (data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10):
        return None
    return _little(data[6:8]), _little(data[8:10])


def _webp(data: bytes) -> Size | None:
    if not (data.startswith(b"RIFF") and data[8:12] == b"WEBP" and len(data) >= 30):
        return None
    match data[12:16]:
        case b"VP8 ":  # lossy: 14 bits each
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
        case b"VP8L":  # lossless: 14 bits each, less one, packed
            bits = _little(data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":  # extended: 24 bits each, less one
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
        case _:
            return None


def _jpeg(data: bytes) -> Size | None:
    """Steps from marker to marker: FF, its code, the length of what follows."""
    if not data.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in JPEG_FRAMES:
            return _big(data[at + 7 : at + 9]), _big(data[at + 5 : at + 7])
        if marker == 0xFF:  # padding
            at += 1
        elif marker in JPEG_WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + _big(data[at + 2 : at + 4])
    return None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
