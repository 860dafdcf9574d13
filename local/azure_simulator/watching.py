"""The routes under /simulator: for whoever watches, and says what is to fail."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.azure_simulator.faults import faults, section_of
from local.azure_simulator.simulator import Simulator


def watching_routes(simulator: Simulator) -> list[Route]:
    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "open_requests": simulator.log.open_requests})

    return [
        Route("/simulator/health", health),
        *_request_routes(simulator),
        *_token_routes(simulator),
        *_fault_routes(simulator),
    ]


def _request_routes(simulator: Simulator) -> list[Route]:
    async def list_requests(request: Request) -> Response:
        requests = [record.to_json() for record in simulator.log.records]
        return JSONResponse({"open_requests": simulator.log.open_requests, "requests": requests})

    async def clear_requests(request: Request) -> Response:
        simulator.log.clear()
        return Response(status_code=204)

    return [
        Route("/simulator/requests", list_requests),
        Route("/simulator/requests", clear_requests, methods=["DELETE"]),
    ]


def _token_routes(simulator: Simulator) -> list[Route]:
    async def list_tokens(request: Request) -> Response:
        issued = [asdict(token) for token in simulator.tokens.issued]
        return JSONResponse({"requests": simulator.tokens.requests, "issued": issued})

    async def revoke_tokens(request: Request) -> Response:
        simulator.tokens.revoke()
        return Response(status_code=204)

    return [
        Route("/simulator/tokens", list_tokens),
        Route("/simulator/tokens", revoke_tokens, methods=["DELETE"]),
    ]


def _fault_routes(simulator: Simulator) -> list[Route]:
    async def list_faults(request: Request) -> Response:
        kinds = {name: section_of(fault) for name, fault in faults().items()}
        return JSONResponse({"known": kinds, "waiting": list(simulator.faults.waiting())})

    async def arm_fault(request: Request) -> Response:
        try:
            simulator.faults.arm(**await request.json())
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": {"message": str(error)}}, 400)
        return Response(status_code=204)

    async def clear_faults(request: Request) -> Response:
        simulator.faults.clear()
        return Response(status_code=204)

    return [
        Route("/simulator/faults", list_faults),
        Route("/simulator/faults", arm_fault, methods=["POST"]),
        Route("/simulator/faults", clear_faults, methods=["DELETE"]),
    ]
