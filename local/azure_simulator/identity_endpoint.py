"""`GET /msi/token`: the endpoint through which App Service gives an app the tokens of its identity.

https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

import hmac
import time
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.azure_simulator.delivery import wait_until_gone
from local.azure_simulator.refusals import Refusal
from local.azure_simulator.simulator import Simulator

API_VERSION = "2019-08-01"
SCOPE_ENDING = "/.default"
SYSTEM_ASSIGNED = "00000000-0000-0000-0000-000000000001"
IDENTITIES = ("client_id", "principal_id", "object_id", "mi_res_id")


def identity_routes(simulator: Simulator) -> list[Route]:
    async def give_token(request: Request) -> Response:
        simulator.tokens.requests += 1
        try:
            _check_request(request.headers, request.query_params, simulator)
            await _strike(request, simulator)
        except Refusal as error:
            return JSONResponse(error.body, error.status)
        return JSONResponse(_write_token(request.query_params, simulator))

    return [Route("/msi/token", give_token)]


def _check_request(
    headers: Mapping[str, str], query: Mapping[str, str], simulator: Simulator
) -> None:
    given = headers.get("x-identity-header", "")
    # The real endpoint's answer to a wrong header is not documented.
    if not hmac.compare_digest(given.encode(), simulator.identity_header.encode()):
        raise _refusal(403, "The X-IDENTITY-HEADER is missing or wrong.")
    if query.get("api-version") != API_VERSION:
        raise _refusal(400, f"The api-version must be {API_VERSION}.")
    if not query.get("resource"):
        raise _refusal(400, "The resource is missing.")
    if query["resource"].endswith(SCOPE_ENDING):
        raise _refusal(500, "An unexpected error occured while fetching the AAD Token.")


async def _strike(request: Request, simulator: Simulator) -> None:
    fault = simulator.faults.take_for_issuer()
    if fault and fault.hangs:
        await wait_until_gone(request.receive)
    if fault:
        raise fault.refusal()


def _write_token(query: Mapping[str, str], simulator: Simulator) -> dict[str, Any]:
    resource = query["resource"]
    identity = next((query[name] for name in IDENTITIES if query.get(name)), None)
    value, token = simulator.tokens.issue(resource, identity, time.time())
    return {
        "access_token": value,
        "client_id": identity or SYSTEM_ASSIGNED,
        "expires_on": str(token.expires_on),
        "not_before": str(token.issued_at),
        "resource": resource,
        "token_type": "Bearer",
    }


def _refusal(status: int, message: str) -> Refusal:
    body = {"statusCode": status, "message": message, "correlationId": str(uuid.uuid4())}
    return Refusal(status, body)
