from local.options import BENCH_PARTS
from tests.bench.speed.__main__ import PARTS


def test_the_help_names_every_part_in_its_order() -> None:
    assert list(BENCH_PARTS) == list(PARTS)
