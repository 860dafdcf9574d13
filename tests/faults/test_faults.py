"""Every fault of the simulator, in every scene, for both clients and both of Azure's APIs."""

from collections import defaultdict
from pathlib import Path

import pytest

from local.azure_simulator.faults import IssuerFault, faults
from tests.faults.injection import KEY, MARKER, find_problem, inject
from tests.faults.table import TABLE, Case, cases

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"

BY_FAULT: dict[str, list[Case]] = defaultdict(list)
for case in cases():
    BY_FAULT[case.row.name].append(case)


def test_the_table_holds_every_fault_of_the_models() -> None:
    """Those of the token issuer are injected by tests/e2e/test_entra_id.py."""
    injectable = {name for name, fault in faults().items() if not isinstance(fault, IssuerFault)}
    assert {row.name for row in TABLE} == injectable


@pytest.mark.parametrize("name", BY_FAULT)
def test_a_fault(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    results = inject(BY_FAULT[name])

    problems = [(problem, result) for result in results if (problem := find_problem(result))]
    assert problems == []
    log = capsys.readouterr().out
    assert log.count('"route"') == len(results), "not one line for each request"
    assert '"defect"' not in log
    assert MARKER not in log
    assert KEY not in log


def test_the_page_tells_how_many_there_are() -> None:
    number = sum(1 for _ in cases())
    assert f"{number:,} faults injected, {number:,} handled, 0 lost" in PAGE.read_text()
