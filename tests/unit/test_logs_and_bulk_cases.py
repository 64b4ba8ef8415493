"""A log and a bulk case of the same fault say the same to an expert."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

import hotfire
from hotfire.engine_files.reading import load_engine
from hotfire.observing.symptoms import Symptoms
from hotfire.physics.description import Description, Location, Symptom
from hotfire.physics.diagnosis.case import Case
from hotfire.scenarios.effects import Course
from hotfire.scenarios.readings import SensorFault, read
from hotfire.scenarios.rig import Rig
from hotfire.simulate import Plant, SimulatedFault, TestSequence
from hotfire.stand_sensors import with_stand_sensors


@pytest.mark.parametrize(
    ("engine", "fault", "size", "strong"),
    [
        ("uvic-mule1", "injector.blockage", 0.5, 3),
        ("uvic-mule1", "chamber_pressure.scale", 0.3, 1),
        ("uvic-mule1", "feed_line.leak", 0.3, 4),
        ("hydrazine-thruster", "injector.blockage", 0.4, 4),
        ("n2o4-mmh", "oxidizer_injector.blockage", 0.4, 3),
        ("n2o4-mmh", "chamber_pressure.bias", -0.2, 1),
    ],
)
def test_a_log_and_a_bulk_case_say_the_same(engine: str, fault: str, size: float, strong: int) -> None:
    """The same fault by a whole recorded test with drawn hardware, and by windows of the nominal plant."""
    rig = _rig(engine)
    onset = float(rig.edges[0] + 0.45 * np.ptp(rig.edges))
    bulk = _bulk(rig, fault, size, onset)
    sequence = None if rig.engine.sequence else TestSequence(burn=3.6, end=5.0)
    log = Plant(rig.engine).run([SimulatedFault(fault, size, onset)], 3, sequence=sequence)
    logged = hotfire.describe(log, rig.engine)
    there, here = _changes(bulk.symptoms), _changes(logged.symptoms)
    assert here.keys() == there.keys()
    outstanding = 0
    for place, symptom in there.items():
        other = here[place]
        scatter = np.hypot(symptom.size / symptom.sigma, other.size / other.sigma)
        # A step within a window of a log counts as oscillation there.
        assert symptom.quantity == "roughness" or abs(symptom.size - other.size) < 2.5 * scatter, place
        if abs(symptom.given_others) > 5.0:
            assert np.sign(symptom.given_others) == np.sign(other.given_others), place
        if abs(symptom.sigma) > 5.0:
            outstanding += 1
            assert other.direction == symptom.direction
            for told, burn in ((symptom, bulk.burn), (other, logged.burn)):
                assert told.onset == pytest.approx(onset, abs=burn / 12.0), place  # half of a window of six
    assert outstanding >= strong


@cache
def _rig(engine: str) -> Rig:
    return Rig(with_stand_sensors(load_engine(engine)))


def _bulk(rig: Rig, fault: str, size: float, onset: float) -> Description:
    """What bulk cases would say of one fault of the nominal plant."""
    owner, mode = fault.rsplit(".", 1)
    columns = [s.name for s in rig.sensors]
    truth, wrong = rig.sound[None], (SensorFault(0, mode, size, Course(onset)),)
    if owner in columns:
        wrong = (dataclasses.replace(wrong[0], sensor=columns.index(owner)),)
    else:
        (truth, _), wrong = rig.run([Case(None, {fault: size}, onset)]), ()
    readings = read(rig, truth, [wrong], np.random.default_rng(1))
    ambient = rig.engine.network.ambient_pressure
    named = Symptoms(rig.sensors, rig.places, rig.expectation, rig.edges, ambient)
    (symptoms,) = named.of(readings.means, readings.scatter, readings.signals)
    return Description(rig.cycle, ("", ""), rig.hardware, float(np.ptp(rig.edges)), symptoms)


def _changes(symptoms: tuple[Symptom, ...]) -> dict[tuple[Location, str], Symptom]:
    """Changes within the run by place and quantity."""
    return {(s.location, s.quantity): s for s in symptoms if s.course in ("step", "ramp")}
