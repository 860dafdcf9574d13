"""libFuzzer over one target: `python -m tests.fuzz.run messages FOLDER -max_total_time=60`.

It begins with the material of tests/golden, follows what reaches new code, and keeps in the folder
what it has learned. What breaks a target is written there as well; given such a file instead of
the folder, it runs that alone. Needs atheris.
"""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["proxy_core"]):
    from tests.fuzz.targets import TARGETS

from tests.fuzz import mutation
from tests.fuzz.seeds import seeds

LONGEST = 100_000  # bytes of an input


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """A quarter is left to libFuzzer's own ideas, half keeps its structure."""
    random = Random(seed)
    match random.randint(0, 3):
        case 0:
            mutated: bytes = atheris.Mutate(data, most)
        case 1:
            mutated = mutation.mutate_bytes(data, random)
        case _:
            mutated = mutate_structure(data, random)
    return mutated[:most]


def mutate_structure(data: bytes, random: Random) -> bytes:
    try:
        return mutation.mutate(data, random)
    except (ValueError, RecursionError):
        return mutation.mutate_bytes(data, random)


def main(name: str, place: str, *options: str) -> None:
    if not Path(place).is_file():
        Path(place).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(name)):
            Path(place, f"golden-{number}").write_bytes(seed)
        options = (f"-artifact_prefix={place}/", f"-max_len={LONGEST}", *options)
    atheris.Setup([name, place, *options], TARGETS[name], custom_mutator=mutate)
    atheris.Fuzz()  # never returns


if __name__ == "__main__":
    main(*sys.argv[1:])
