"""Trimming an engine to readings, where the steady solver leaves more of them than rounding does."""

from __future__ import annotations

import pytest

from hotfire.engine_files.reading import load_engine
from hotfire.physics.compiled import CompiledNetwork
from hotfire.physics.trimming import steady_point, trim


def test_an_engine_of_many_loops_is_trimmed_far_from_its_design() -> None:
    """RL10A-3-3A, test 1: the solver's residual leaves a ten millionth of the thrust, which no step takes away."""
    compiled = CompiledNetwork(load_engine("rl10a-3-3a").network)
    wanted = {"nozzle.thrust": 16603.0 * 4.4482216, "chamber.mixture_ratio": 5.63}
    by = ("bypass.effective_area", "mixture_valve.effective_area")
    point = trim(compiled, wanted, by, start=steady_point(compiled))
    for name, value in wanted.items():
        assert point[name] == pytest.approx(value, rel=1e-6)
