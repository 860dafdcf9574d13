"""The routes under /simulator: for whoever watches, and says what is to fail."""

import json
from dataclasses import asdict
from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from local.azure_simulator.faults import faults, section_of
from local.azure_simulator.simulator import Simulator
from local.azure_simulator.visitors import ProgramsOnly, refuse

LONGEST_ASK = 10_000  # bytes
KINDS_ASKED: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "times": (int,),
    "after_events": (int, type(None)),
    "seconds": (int, float, type(None)),
}


def watching_routes(simulator: Simulator) -> Mount:
    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "open_requests": simulator.log.open_requests})

    return Mount(
        "/simulator",
        routes=[
            Route("/health", health),
            *_request_routes(simulator),
            *_token_routes(simulator),
            *_fault_routes(simulator),
        ],
        middleware=[Middleware(ProgramsOnly)],
    )


def _request_routes(simulator: Simulator) -> list[Route]:
    async def list_requests(request: Request) -> Response:
        requests = [record.to_json() for record in simulator.log.records]
        return JSONResponse({"open_requests": simulator.log.open_requests, "requests": requests})

    async def clear_requests(request: Request) -> Response:
        simulator.log.clear()
        return Response(status_code=204)

    return [
        Route("/requests", list_requests),
        Route("/requests", clear_requests, methods=["DELETE"]),
    ]


def _token_routes(simulator: Simulator) -> list[Route]:
    async def list_tokens(request: Request) -> Response:
        issued = [asdict(token) for token in simulator.tokens.issued]
        return JSONResponse({"requests": simulator.tokens.requests, "issued": issued})

    async def revoke_tokens(request: Request) -> Response:
        simulator.tokens.revoke()
        return Response(status_code=204)

    return [
        Route("/tokens", list_tokens),
        Route("/tokens", revoke_tokens, methods=["DELETE"]),
    ]


def _fault_routes(simulator: Simulator) -> list[Route]:
    async def list_faults(request: Request) -> Response:
        kinds = {name: section_of(fault) for name, fault in faults().items()}
        return JSONResponse({"known": kinds, "waiting": list(simulator.faults.waiting())})

    async def arm_fault(request: Request) -> Response:
        try:
            simulator.faults.arm(**await _read_ask(request))
        except (TypeError, ValueError, RecursionError) as error:
            return refuse(400, str(error))
        return Response(status_code=204)

    async def clear_faults(request: Request) -> Response:
        simulator.faults.clear()
        return Response(status_code=204)

    return [
        Route("/faults", list_faults),
        Route("/faults", arm_fault, methods=["POST"]),
        Route("/faults", clear_faults, methods=["DELETE"]),
    ]


async def _read_ask(request: Request) -> dict[str, Any]:
    """What `FaultQueue.arm` takes, or ValueError."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LONGEST_ASK:
            raise ValueError(f"A fault is asked for in {LONGEST_ASK} bytes at most.")
    asked: Any = json.loads(content)
    if not isinstance(asked, dict):
        raise ValueError("A fault is asked for with an object.")
    for name, value in asked.items():
        if name in KINDS_ASKED and type(value) not in KINDS_ASKED[name]:
            raise ValueError(f"{name} cannot be {value!r}.")
    return asked
