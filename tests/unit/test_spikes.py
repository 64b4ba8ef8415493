"""Single wrong samples: taken out of records, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotfire
from hotfire.signals.spikes import spikes, without_spikes
from hotfire.simulate import Plant, SimulatedFault


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    frequency=st.floats(0.0, 0.4),
    strength=st.floats(0.0, 5.0),
    rise=st.floats(-9.0, 9.0),
)
def test_what_a_run_does_is_left_in(seed: int, frequency: float, strength: float, rise: float) -> None:
    random, k = np.random.default_rng(seed), np.arange(600)
    values = random.normal(size=k.size) + strength * np.sin(2.0 * np.pi * frequency * k)
    values += rise * (k > 300) + rise * (k > 450) * (k - 450) / 50.0
    assert spikes(values).sum() <= 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), share=st.floats(0.0, 0.05), size=st.floats(15.0, 1e4))
def test_single_wrong_samples_are_found_whatever_their_size(seed: int, share: float, size: float) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(size=900)
    wrong = np.flatnonzero(random.random(900) < share)
    wrong = wrong[np.diff(wrong, prepend=-9) > 2]
    values[wrong] += size * random.choice([-1.0, 1.0], wrong.size)
    found = np.flatnonzero(spikes(values))
    assert set(found) == set(wrong)


def test_gaps_stay_and_short_records_are_left_alone() -> None:
    values = np.random.default_rng(1).normal(size=200)
    values[50:60], values[100] = np.nan, 40.0
    cleaned = without_spikes(values)
    assert np.isnan(cleaned[50:60]).all()
    assert np.flatnonzero(np.isnan(cleaned)).tolist() == [*range(50, 60), 100]
    assert not spikes(np.array([0.0, 0.0, 9.0, 0.0])).any()


@pytest.mark.parametrize("share", [0.003, 0.2])
def test_a_spiky_chamber_pressure_is_no_unstable_combustion(share: float) -> None:
    engine = hotfire.load_engine("demo-engine")
    log = Plant(engine).run([SimulatedFault("chamber_pressure.spikes", share, None)], seed=11)
    found = hotfire.diagnose(log, engine, expert="symbolic", explain=0)
    assert found.verdict == "sensor_fault" or not found.hypotheses[0].faults
    assert [f.component for f in found.sensor_findings] == ["chamber_pressure"]
