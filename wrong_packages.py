"""What stands in for the app where its packages were built for another Python: it says so.

Nothing of it is compiled, so these functions are of the kind that does not stream. Whoever asks is
told: the sentence names two platforms, and nothing of the settings (docs/decisions/0036).
"""

import json
import os
from typing import Any

import azure.functions as func

from proxy_core.built_for import WrongPackages
from proxy_core.configuration.deployed import is_deployed
from proxy_core.configuration.reader import EnvironReader
from proxy_core.reply import log_lines


def serve(error: WrongPackages) -> func.FunctionApp:
    if not is_deployed(EnvironReader(os.environ)):
        raise error  # whoever starts it reads why
    sentence = str(error)
    log_lines.write_problem(sentence)
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.route("cursor/{*path}")
    async def cursor(req: func.HttpRequest) -> func.HttpResponse:
        """Cursor shows the words of a 400, and hides every other's."""
        kind = {"type": "invalid_request_error", "param": None, "code": None}
        return _answer(400, {"error": {"message": sentence, **kind}})

    @app.route("{*path}")
    async def other(req: func.HttpRequest) -> func.HttpResponse:
        failure = {"type": "api_error", "message": sentence}
        return _answer(503, {"type": "error", "error": failure})

    return app


def _answer(status: int, body: dict[str, Any]) -> func.HttpResponse:
    return func.HttpResponse(
        json.dumps(body),
        status_code=status,
        headers={"x-should-retry": "false"},  # which Claude's clients obey
        mimetype="application/json",
    )
