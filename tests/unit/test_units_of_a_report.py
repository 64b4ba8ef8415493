"""One report, one unit for a channel: the log's; and changes in units that have an offset."""

from __future__ import annotations

from dataclasses import replace

import pytest

import hotfire
from hotfire.diagnosis import Diagnosis, Effect, Hypothesis, Symptom
from hotfire.figures import difference_unit
from hotfire.report import phrases
from hotfire.report.terminal import render
from hotfire.simulate import SimulatedFault, simulate_log

OTHERS = {"bar": "psia", "bara": "psia", "kg/s": "lbm/s", "N": "lbf", "kN": "lbf", "K": "degF", "kg": "lbm"}


@pytest.mark.parametrize("fault", ["fuel_injector.blockage", "fuel_manifold_pressure.bias"])
def test_all_figures_of_a_channel_are_in_the_unit_of_the_log(fault: str) -> None:
    engine = hotfire.load_engine("demo-engine")
    log = simulate_log(engine, [SimulatedFault(fault, 0.5 if "injector" in fault else 0.1, 2.0)], 7)
    written = {n: replace(c, unit=OTHERS.get(c.unit or "", c.unit), role=n) for n, c in log.channels.items()}
    diagnosis = hotfire.diagnose(replace(log, channels=written), engine, expert="symbolic")
    units = {n: c.unit for n, c in written.items()}
    told = [*diagnosis.symptoms, *diagnosis.windows, *(e for h in diagnosis.hypotheses for e in h.effects)]
    assert len(told) > 6
    assert {t.unit == units.get(t.sensor, "") for t in told} == {True}
    text = render(diagnosis)
    assert " bar" not in text
    for symptom in diagnosis.symptoms:
        windows = next(w for w in diagnosis.windows if w.sensor == symptom.sensor)
        read = [m for m in windows.measured if m is not None]
        assert min(read) - 1e-9 <= symptom.measured <= max(read) + 1e-9


@pytest.mark.parametrize(("unit", "off"), [("degC", "+24 K"), ("degF", "+24 degF"), ("K", "+3.2 %")])
def test_what_a_temperature_is_off_by_is_no_share_of_its_degrees(unit: str, off: str) -> None:
    symptom = Symptom("gas", "T", "mainstage", "high", 780.0, 756.0, unit, 3.0, 2.0)
    assert phrases.symptom_row(symptom, with_channel=False)[5] == off


def test_changes_in_degrees_fahrenheit_are_called_differences() -> None:
    effect = Effect("gas", True, 4.0, (), 43.0, "degF", 21.0, "said")
    first = Hypothesis((), 0.9, (), (), 1.0, "x", "x", (effect,))
    assert "degF are differences" in phrases.interval_words(Diagnosis("fault", "x", "E", "run.csv", (first,)))
    kelvins = replace(first, effects=(replace(effect, unit="degC"),))
    assert phrases.interval_words(Diagnosis("fault", "x", "E", "r", (kelvins,))) == "Intervals are 90 %."


@pytest.mark.parametrize(
    ("unit", "change"),
    [("psig", "psi"), ("bara", "bar"), ("°C", "K"), ("degF", "degF"), ("kg/s", "kg/s"), ("", "")],
)
def test_the_unit_of_a_change(unit: str, change: str) -> None:
    assert difference_unit(unit) == change
