"""`python -m local.azure_simulator`: a local Azure OpenAI until it is interrupted."""

import argparse
import os
from contextlib import suppress
from pathlib import Path

from local.azure_simulator.server import listen, make_server, url_of
from local.azure_simulator.simulator import Simulator
from local.azure_simulator.tokens import AUDIENCES, LIFETIME, TokenIssuer


def main() -> None:
    arguments = _read_arguments()
    simulator = Simulator(
        resource=arguments.resource,
        key=arguments.key,
        deployments=dict(pair.split("=", 1) for pair in arguments.deployment),
        takes_keys=not arguments.no_key,
        audiences=tuple(arguments.audience or AUDIENCES),
        tokens=TokenIssuer(arguments.token_lifetime),
    )
    listener = listen(arguments.host, arguments.port)
    certificate = arguments.certificate
    print(f"Azure simulator: {url_of(listener, certificate)}", flush=True)
    with suppress(KeyboardInterrupt):
        make_server(simulator, certificate).run(sockets=[listener])


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.azure_simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8087, help="0 takes a free one")
    key = os.environ.get("AZURE_SIMULATOR_KEY", "simulated-key")
    parser.add_argument("--key", default=key, help="also AZURE_SIMULATOR_KEY")
    parser.add_argument("--resource", default="simulated-resource")
    parser.add_argument(
        "--deployment",
        action="append",
        default=[],
        metavar="NAME=MODEL",
        help="the model behind a deployment whose name does not tell; may be repeated",
    )
    parser.add_argument("--no-key", action="store_true", help="keys are refused: tokens only")
    parser.add_argument(
        "--audience",
        action="append",
        metavar="URL",
        help=f"whom tokens must be for; may be repeated; else {' and '.join(AUDIENCES)}",
    )
    parser.add_argument(
        "--token-lifetime",
        type=int,
        default=LIFETIME,
        metavar="SECONDS",
        help="how long the tokens last that /msi/token issues",
    )
    parser.add_argument(
        "--certificate", type=Path, metavar="FILE", help="a PEM file with its key: speak TLS"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
