"""What users and tools may send, block by block, and how it is read."""

from typing import Any

from proxy_core.conversation import Content, File, Image, Text

Block = dict[str, Any]

PNG = {"type": "base64", "media_type": "image/png", "data": "iVBO"}
PNG_URL = "data:image/png;base64,iVBO"
PDF = {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}
PDF_URL = "data:application/pdf;base64,JVBE"
PLAIN = {"type": "text", "media_type": "text/plain", "data": "Once."}
HTTPS = "https://example.com/a"

# Anthropic's
BLOCKS: list[tuple[Block, list[Content]]] = [
    ({"type": "image", "source": PNG}, [Image(PNG_URL)]),
    (
        {"type": "image", "source": {"type": "url", "url": "https://x/a.png"}},
        [Image("https://x/a.png")],
    ),
    ({"type": "document", "source": PDF}, [File("document.pdf", PDF_URL)]),
    ({"type": "document", "source": PDF, "title": "Deed"}, [File("Deed.pdf", PDF_URL)]),
    ({"type": "document", "source": PDF, "title": "a.PDF"}, [File("a.PDF", PDF_URL)]),
    (
        {"type": "document", "source": PDF, "context": "Signed.", "citations": {"enabled": True}},
        [Text("Signed."), File("document.pdf", PDF_URL)],
    ),
    (
        {"type": "document", "source": {"type": "url", "url": "https://x/y/deed.pdf?v=/1"}},
        [File("deed.pdf", "https://x/y/deed.pdf?v=/1")],
    ),
    (
        {"type": "document", "source": {"type": "url", "url": "https://x/1"}, "title": "Deed"},
        [File("Deed.pdf", "https://x/1")],
    ),
    ({"type": "document", "source": PLAIN}, [Text("<document>\nOnce.\n</document>")]),
    (
        {"type": "document", "source": PLAIN, "title": 'A "tale"', "context": "Old."},
        [Text('<document title="A \\"tale\\"" context="Old.">\nOnce.\n</document>')],
    ),
    (
        {"type": "document", "source": {"type": "content", "content": "Once."}, "title": "Tale"},
        [Text('<document title="Tale">'), Text("Once."), Text("</document>")],
    ),
    (
        {
            "type": "document",
            "source": {
                "type": "content",
                "content": [{"type": "text", "text": "See:"}, {"type": "image", "source": PNG}],
            },
        },
        [
            Text("<document>"),
            Text("See:"),
            Image(PNG_URL),
            Text("</document>"),
        ],
    ),
    (
        {
            "type": "search_result",
            "source": "https://x",
            "title": "Tïtle",
            "content": [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}],
        },
        [Text('<search_result source="https://x" title="Tïtle">\nOne.\nTwo.\n</search_result>')],
    ),
    ({"type": "search_result"}, [Text("<search_result>\n\n</search_result>")]),
    ({"type": "tool_reference", "tool_name": "grep"}, [Text("Tool loaded: grep")]),
]

# those of both OpenAI formats
PARTS: list[tuple[Block, list[Content]]] = [
    ({"type": "text", "text": "A."}, [Text("A.")]),
    ({"type": "text", "text": "A.", "cache_control": {"type": "ephemeral"}}, [Text("A.")]),
    ({"type": "text", "text": ""}, []),
    ({"type": "input_text", "text": "A."}, [Text("A.")]),
    ({"type": "output_text", "text": "A.", "annotations": []}, [Text("A.")]),
    ({"type": "output_text", "text": ""}, []),
    ({"type": "refusal", "refusal": "No."}, [Text("No.")]),
    ({"type": "refusal", "refusal": ""}, []),
    ({"type": "image_url", "image_url": {"url": PNG_URL, "detail": "high"}}, [Image(PNG_URL)]),
    ({"type": "image_url", "image_url": HTTPS}, [Image(HTTPS)]),
    ({"type": "input_image", "image_url": PNG_URL, "detail": "auto"}, [Image(PNG_URL)]),
    ({"type": "input_image", "image_url": {"url": HTTPS}}, [Image(HTTPS)]),
    (
        {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF_URL}},
        [File("a.pdf", PDF_URL)],
    ),
    ({"type": "file", "file": {"file_data": PDF_URL}}, [File("document.pdf", PDF_URL)]),
    ({"type": "file", "file": {"file_data": "JVBE"}}, [File("document.pdf", PDF_URL)]),
    ({"type": "file", "file": {"file_url": HTTPS}}, [File("document.pdf", HTTPS)]),
    (
        {"type": "input_file", "filename": "a.pdf", "file_data": PDF_URL},
        [File("a.pdf", PDF_URL)],
    ),
    (
        {"type": "input_file", "filename": None, "file_data": PDF_URL},
        [File("document.pdf", PDF_URL)],
    ),
    ({"type": "input_file", "file_data": "JVBE"}, [File("document.pdf", PDF_URL)]),
    ({"type": "input_file", "file_data": "", "file_url": HTTPS}, [File("document.pdf", HTTPS)]),
    ({"type": "input_file", "filename": "a.pdf", "file_url": HTTPS}, [File("a.pdf", HTTPS)]),
]
