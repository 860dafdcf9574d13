"""JSON as it goes onto a wire, and JSON that a model is going to read."""

import json

# ASCII output costs half the time of ensure_ascii=False, and every parser reads it the same.
to_json = json.JSONEncoder(separators=(",", ":")).encode

# Inside a prompt, \u escapes would cost tokens and clarity.
to_readable_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
