"""Whether the machine was quiet: a loop that always costs the same, the load, what was stolen."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.speed.arithmetic import median_of, spread
from tests.bench.speed.cores import pin

LOOPS = 5
MOST_SPREAD = 0.15  # between the loop's times; a noisy neighbour shows here
MOST_WAITING = 0.10  # of the loop's time that another had this core
MOST_LOAD = 0.5  # processes that ran or waited for each core, when we begin
MOST_STOLEN = 0.02  # of all time, by the machine below this one


@dataclass(frozen=True, slots=True)
class Moment:
    cpu: float  # seconds that the loop took of the CPU
    wall: float


@dataclass(slots=True)
class Quiet:
    """`look` before, between and after; `noises` tells what was wrong."""

    load: float = field(default_factory=lambda: _load())  # for each core
    moments: list[Moment] = field(default_factory=list)
    _ticks: tuple[int, int] = field(default_factory=lambda: _ticks())

    def look(self, *places: set[int]) -> None:
        """On each of these sets of cores; we stay on the last."""
        for place in places:
            pin(os.getpid(), place)
            loops = [_loop() for _ in range(LOOPS)]
            cpu = median_of(moment.cpu for moment in loops)
            self.moments.append(Moment(cpu, median_of(moment.wall for moment in loops)))

    def noises(self) -> list[str]:
        stolen, passed = (now - then for now, then in zip(_ticks(), self._ticks, strict=True))
        return list(find_noises(self.load, self.moments, stolen / passed if passed else 0.0))

    def line(self) -> str:
        times = ", ".join(f"{moment.cpu * 1e3:.1f}" for moment in self.moments)
        return f"load of a core when we began {self.load:.2f}; the same loop took {times} ms"


def find_noises(load: float, moments: list[Moment], stolen: float) -> list[str]:
    found = []
    if load > MOST_LOAD:
        found.append(f"the load was {load:.2f} for each core when we began")
    apart = spread([moment.cpu for moment in moments])
    if apart > MOST_SPREAD:
        found.append(f"the same loop's times were {apart:.0%} apart")
    waited = max((1 - moment.cpu / moment.wall for moment in moments), default=0.0)
    if waited > MOST_WAITING:
        found.append(f"others had the core for {waited:.0%} of the loop")
    if stolen > MOST_STOLEN:
        found.append(f"{stolen:.0%} of the time was stolen by another machine")
    return found


def _loop() -> Moment:
    wall, cpu = time.perf_counter(), time.thread_time()
    total = 0
    for number in range(200_000):
        total += number & 7
    return Moment(time.thread_time() - cpu, time.perf_counter() - wall)


def _load() -> float:
    return os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 0.0


def _ticks() -> tuple[int, int]:
    """Stolen ones, and all. https://man7.org/linux/man-pages/man5/proc_stat.5.html"""
    try:
        line = Path("/proc/stat").read_text().partition("\n")[0]
    except OSError:
        return 0, 0
    ticks = [int(field) for field in line.split()[1:9]]
    return ticks[7], sum(ticks)
