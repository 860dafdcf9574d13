"""What the generator is asked, and what it answers, as JSON lines. Pure."""

import json
from dataclasses import asdict, dataclass, field

from tests.bench.figures import percentile
from tests.bench.speed import bodies
from tests.bench.speed.arithmetic import median_of


@dataclass(frozen=True, slots=True)
class Order:
    """`connections` clients, each with a conversation of its own.

    `turns`: requests of each, once; with `seconds`, over and over for so long, measured after
    `warm_up`. `kind`: growing, fresh, one (the same each time), long, plain,
    letters (one of them, over and over).
    """

    port: int
    path: str = bodies.ANTHROPIC.path
    dialect: str = "anthropic"
    kind: str = "growing"
    seed: str = "bench"
    world: bool = False
    size: int = 0  # of the kinds long, plain and letters
    connections: int = 1
    turns: int = 1
    rounds: int = 1  # how often the turns are repeated
    seconds: float = 0.0
    warm_up: float = 0.0
    ramp: float = 0.0  # seconds in which the connections begin, one after the other
    measured: int = 0  # a process, whose CPU time is taken

    def line(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> "Order":
        return cls(**json.loads(line))

    def bodies_of(self, connection: int) -> list[bytes]:
        return self._turns_of(connection) * self.rounds

    def _turns_of(self, connection: int) -> list[bytes]:
        seed, dialect = f"{self.seed} {connection}", bodies.DIALECTS[self.dialect]
        turns = range(self.turns)
        match self.kind:
            case "growing":
                return bodies.growing(dialect, seed, self.turns, world=self.world)
            case "fresh":
                return [bodies.fresh(dialect, f"{seed} {n}", world=self.world) for n in turns]
            case "one":
                return [bodies.growing(dialect, self.seed, 1, world=self.world)[0]] * self.turns
            case "long":
                return [bodies.long_conversation(f"{seed} {n}", self.size) for n in turns]
            case "plain":
                texts = [bodies.words(f"{seed} {n}").take(self.size) for n in turns]
                return [bodies.plain(text, dialect) for text in texts]
            case "letters":
                return [bodies.plain(chr(ord("a") + n) * self.size, dialect) for n in turns]
            case other:
                raise ValueError(f"no bodies of the kind {other}")


@dataclass(slots=True)
class Answer:
    """Times are seconds. `waits`: how long each event that says so was under way."""

    streams: int = 0
    failures: list[str] = field(default_factory=list)
    began: float = 0.0  # by the machine's monotonic clock
    elapsed: float = 0.0
    cpu: float = 0.0
    firsts: list[float] = field(default_factory=list)  # until the first event with text
    totals: list[float] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)  # when it came, and its wait

    @classmethod
    def read(cls, line: str) -> "Answer":
        return cls(**json.loads(line))

    def line(self) -> str:
        return json.dumps(asdict(self))

    @property
    def rate(self) -> float:
        return self.streams / self.elapsed if self.elapsed else 0.0

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.streams if self.streams else 0.0

    @property
    def first(self) -> float:
        return median_of(self.firsts)

    def wait(self, percent: int) -> float:
        return percentile((wait for _, wait in self.waits), percent)

    @property
    def longest_wait(self) -> float:
        return max((wait for _, wait in self.waits), default=0.0)
