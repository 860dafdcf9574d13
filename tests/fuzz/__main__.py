"""Every target for a while: `python3 dev.py run tests.fuzz FOLDER [SECONDS]`, else 600 each.

What a run has learned stays in FOLDER, and the next one goes on from there. Needs atheris.
"""

import subprocess
import sys
from pathlib import Path

from tests.daily import SEED, repeat_it
from tests.fuzz.targets import TARGETS


def main(folder: str, seconds: str = "600") -> int:
    broken = [target for target in TARGETS if run(target, Path(folder, target), int(seconds))]
    print(f"Broken: {', '.join(broken)}. {repeat_it(SEED)}" if broken else "Nothing broke.")
    return len(broken)


def run(target: str, folder: Path, seconds: int) -> int:
    print(f"--- {target}: {seconds} seconds", flush=True)
    options = [
        f"-max_total_time={seconds}",
        f"-seed={SEED}",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    return subprocess.call([sys.executable, "-m", "tests.fuzz.run", target, str(folder), *options])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
