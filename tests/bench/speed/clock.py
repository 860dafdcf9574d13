"""Takes the units beside a server, on its core: `python -m tests.bench.speed.clock`.

A line begins it, another ends it, and is answered with the looks in between. It needs some percent
of the core; and nothing at all while nobody asks.
"""

import json
import sys
import threading

from tests.bench.speed.units import EVERY, Look, look


def main() -> None:
    while sys.stdin.readline():
        looks: list[Look] = []
        ended = threading.Event()
        looking = threading.Thread(target=_keep_looking, args=(looks, ended))
        looking.start()
        sys.stdin.readline()
        ended.set()
        looking.join()
        print(json.dumps(looks), flush=True)


def _keep_looking(looks: list[Look], ended: threading.Event) -> None:
    looks.append(look())
    while not ended.wait(EVERY):
        looks.append(look())


if __name__ == "__main__":
    main()
