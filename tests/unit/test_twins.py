"""Twin classes of the examination."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from twins import TWIN, table, twin_of


@pytest.mark.parametrize(
    ("label", "twin"),
    [
        ("fuel injector: blockage", "fuel injector: erosion"),
        ("oxidizer tank: regulator high", "oxidizer tank: regulator low"),
        ("nozzle: throat erosion", "nozzle: throat blockage"),
        ("fuel line: leak", ""),
        ("chamber pressure sensor: bias", ""),
        ("nominal", ""),
    ],
)
def test_a_twin_differs_in_direction(label: str, twin: str) -> None:
    assert twin_of(label) == twin
    assert not twin or twin_of(twin) == label


def test_shares_are_of_the_cases_of_a_pair() -> None:
    assert all(TWIN[TWIN[mode]] == mode for mode in TWIN)
    text = table([("warm", True, True, True), ("cold", False, True, False), ("erosion", False, False, True)])
    assert "| warm and cold | 2 | 0.500 | 1.000 | 0.500 |" in text
    assert "| blockage and erosion | 1 | 0.000 | 0.000 | 1.000 |" in text
    assert "| all | 3 | 0.333 | 0.667 | 0.667 |" in text
