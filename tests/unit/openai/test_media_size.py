"""What a file says of its own size, for hand-made headers of each format."""

from base64 import b64encode, encodebytes

import pytest

from proxy_core.openai.media_size import PDF_SLICE, count_pages, data_size, image_size

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\x05\0" + b"\0\0\x02\xd0"
GIF = b"GIF89a" + b"\x00\x05" + b"\xd0\x02"
WEBP = b"RIFF\0\0\0\0WEBP"
LOSSY = WEBP + b"VP8 " + bytes(10) + b"\x00\x45" + b"\xd0\x42"  # upper bits are a scale
LOSSLESS = WEBP + b"VP8L" + bytes(4) + b"\x2f" + (1279 | 719 << 14).to_bytes(4, "little") + bytes(5)
EXTENDED = WEBP + b"VP8X" + bytes(8) + b"\xff\x04\0" + b"\xcf\x02\0"
SIZE = b"\x08\x02\xd0\x05\x00"  # precision, height, width
JPEG = b"\xff\xd8" + b"\xff\xe0\0\x04ab" + b"\xff\xff\xc2\0\x11" + SIZE
RESTARTED = b"\xff\xd8" + b"\xff\xd0" + b"\xff\xc4\0\x02" + b"\xff\xc0\0\x11" + SIZE


def url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{b64encode(data).decode()}"


@pytest.mark.parametrize("data", [PNG, GIF, LOSSY, LOSSLESS, EXTENDED, JPEG, RESTARTED])
def test_width_and_height(data: bytes) -> None:
    assert image_size(url(data)) == (1280, 720)
    assert image_size(url(data + bytes(1_000_000))) == (1280, 720)


def test_a_camera_picture_has_its_size_behind_its_descriptions() -> None:
    description = b"\xff\xe1\xff\xff" + bytes(65_533)
    assert image_size(url(b"\xff\xd8" + 3 * description + JPEG[2:])) == (1280, 720)
    assert image_size(url(b"\xff\xd8" + 5 * description + JPEG[2:])) is None  # beyond what is read


@pytest.mark.parametrize(
    "source",
    [
        "https://example.com/a.png",
        "data:image/png,raw",
        "data:image/png;base64",
        "data:image/png;base64,A",  # broken base64
        "data:image/png;base64,ü",
        url(b""),
        url(b"<svg/>", "image/svg+xml"),
        url(PNG[:20]),
        url(GIF[:8]),
        url(LOSSY[:20]),
        url(WEBP + b"VP9 " + bytes(20)),
        url(JPEG[:12]),
        url(b"\xff\xd8" + bytes(20)),
        url(GIF[:6] + bytes(4)),  # no width, no height
    ],
)
def test_unknown(source: str) -> None:
    assert image_size(source) is None


@pytest.mark.parametrize("size", [0, 1, 2, 3, 120_000])
def test_a_size_is_told_by_the_length(size: int) -> None:
    told = data_size(url(bytes(size)))
    assert told is not None
    assert size <= told <= size + 2  # with its padding
    assert data_size("https://example.com/a.pdf") is None


TREE = b"<</Type /Pages /Count 3>>"
PAGE = b"<</Type /Page>>"


@pytest.mark.parametrize(
    ("data", "pages"),
    [
        (TREE + PAGE + b"<</Type/Page/Parent 1 0 R>><</Type\n/Page\n>>", 3),
        (b"/Type /Page", 1),
        (b"/Type" + b" " * 8 + b"/Page", 1),
        (b"/Type" + b" " * 9 + b"/Page", 0),
        (b"%PDF-1.7 compressed", 0),
        (b"", 0),
        (PAGE * 12, 10),  # no more than asked for
    ],
)
def test_pages_are_counted_and_their_tree_is_not(data: bytes, pages: int) -> None:
    assert count_pages(url(data), 10) == pages


@pytest.mark.parametrize("found", [PAGE, TREE, b"/Type" + b" " * 8 + b"/Page", TREE + PAGE])
def test_it_never_matters_where_a_slice_ends(found: bytes) -> None:
    bytes_per_slice = PDF_SLICE // 4 * 3
    for before in range(len(found) + 2):
        data = bytes(bytes_per_slice - before) + found + b"\n" + bytes(20)
        assert count_pages(url(data), 10) == (PAGE in data or b"/Page" in data.replace(TREE, b""))


def test_base64_may_have_lines_and_may_break_off() -> None:
    encoded = encodebytes(PAGE * 9).decode()
    assert count_pages(f"data:application/pdf;base64,{encoded}", 10) == 9
    assert count_pages(url(PAGE * 2) + "\u00fcAAA", 10) == 0
    broken = (
        "A" * (PDF_SLICE - len(b64encode(PAGE * 4))) + b64encode(PAGE * 4).decode() + "\u00fcAAA"
    )
    assert count_pages(f"data:application/pdf;base64,{broken}", 10) == 4
    assert count_pages("https://example.com/a.pdf", 10) == 0
