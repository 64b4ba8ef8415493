"""What a diagnosis is: ranked hypotheses with sizes, onsets and evidence, and a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotfire.log import Note

if TYPE_CHECKING:
    from hotfire.physics.certificate.values import Certificate

__all__ = [
    "SCHEMA",
    "CausalStep",
    "Cost",
    "Diagnosis",
    "Effect",
    "FaultEstimate",
    "Hypothesis",
    "Interval",
    "PhaseSpan",
    "SensorWindows",
    "Symptom",
    "Verdict",
]

SCHEMA = "hotfire.diagnosis/1"

Verdict = str
"""`nominal`, `fault`, `sensor_fault`, `control_or_limit`, `external`, `model_mismatch`, `unknown` or
`insufficient_data`."""


@dataclass(frozen=True)
class Interval:
    """A figure with its 90 % interval.

    Attributes:
        value: Best estimate.
        low: 5 % quantile.
        high: 95 % quantile.
        unit: Unit of the three; "" when dimensionless.
    """

    value: float
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True)
class FaultEstimate:
    """One fault inside a hypothesis.

    Attributes:
        component: Component or sensor that is at fault (`fuel_injector`, `chamber_pressure`).
        mode: Mode (`blockage`, `bias`).
        kind: `hardware` or `sensor`.
        size: Estimated size.
        size_text: What the size means.
        onset: Time in s of the log's clock; None when present from the first usable sample on.
        description: One sentence in an engineer's words.
        category: Label of the failure taxonomy.
        at_edge: Whether the size lies at an end of the range that was searched: it may be beyond, and its interval says
            nothing.
    """

    component: str
    mode: str
    kind: str
    size: Interval | None
    size_text: str
    onset: Interval | None
    description: str
    category: str
    at_edge: bool = False

    @property
    def name(self) -> str:
        """Name as in `fuel_injector.blockage`."""
        return f"{self.component}.{self.mode}"


@dataclass(frozen=True)
class Symptom:
    """A measured quantity against what the sound engine should give.

    Attributes:
        sensor: Name of the sensor.
        channel: Channel of the log.
        phase: Phase in which it shows.
        direction: `high` or `low`.
        measured: Mean value in the sensor's unit.
        expected: What the sound engine within its tolerances gives, same unit.
        unit: Unit of the two.
        deviations: Deviation in standard deviations of the expectation.
        onset: Time in s of the log's clock from which it shows; None when from the start.
    """

    sensor: str
    channel: str
    phase: str
    direction: str
    measured: float
    expected: float
    unit: str
    deviations: float
    onset: float | None = None


@dataclass(frozen=True)
class CausalStep:
    """One quantity on the way from a fault to a sensor, in the engine with the fault and in the same one without.

    Attributes:
        quantity: `fuel_injector.blockage` for the fault itself, `fuel_injector.inlet.pressure` for what it moves.
        sound: Value without the faults of the hypothesis, tolerances those of its fit.
        faulty: Value with them, at the same instant.
        unit: Of the two; "" when dimensionless.
        equation: By which the step before moves it, as in `fuel_injector: flow through the injector`; "" of a fault.
        share: Part of all that moves it this way which is by the step before, 0 to 1.
    """

    quantity: str
    sound: float
    faulty: float
    unit: str
    equation: str
    share: float


@dataclass(frozen=True)
class Effect:
    """What a hypothesis does to one sensor, and by which way.

    Attributes:
        sensor: Name of the sensor.
        symptom: Whether it departs from the sound engine by itself.
        instant: s of the log's clock, at which the two engines are compared.
        steps: From the fault to what the sensor reads; empty where it is not explained, or hardly moved.
        measured_change: Reading in the window that ends there less that of the engine without the faults, sensor
            tolerances of the fit taken off; None without a reading.
        unit: Of that.
        deviations: That change in standard deviations of the window mean's scatter; tolerances do not widen it.
        sentence: All that in words.
    """

    sensor: str
    symptom: bool
    instant: float
    steps: tuple[CausalStep, ...]
    measured_change: float | None
    unit: str
    deviations: float | None
    sentence: str


@dataclass(frozen=True)
class Hypothesis:
    """A set of faults that would explain the log.

    Attributes:
        faults: Empty for the nominal hypothesis.
        probability: Posterior probability.
        explained: Sensors whose symptoms it explains.
        unexplained: Sensors whose symptoms it leaves.
        misfit: Chi-square per degree of freedom at its best point.
        category: Label of the failure taxonomy (`nominal_no_fault` for the nominal one).
        summary: One sentence in an engineer's words.
        effects: What its faults do to the sensors, step by step: symptoms first, strongest first, unexplained last;
            empty where that was not asked for.
    """

    faults: tuple[FaultEstimate, ...]
    probability: float
    explained: tuple[str, ...]
    unexplained: tuple[str, ...]
    misfit: float
    category: str
    summary: str
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class SensorWindows:
    """What one sensor read in each of the K windows that were weighed, against what was to be expected there.

    Readings are means over a window, in `unit`; the zero offset is taken off. The sequences have length K.

    Attributes:
        sensor: Name of the sensor.
        channel: Channel of the log; `computed` where it is worked out of another one.
        unit: In which the log gives it.
        edges: Edges of the windows, s of the log's clock, length K + 1; the sensor's lag is allowed for.
        measured: Reading; None where there is none.
        scatter: Standard deviation of that by scatter and by what the equations neglect.
        nominal: What the sound engine gives with every tolerance at nominal.
        spread: Standard deviation over sound engines within tolerances, scatter included.
        without_faults: What the engine gives with the tolerances that the first hypothesis was fitted with, and without
            its faults; None where that was not computed.
        with_faults: The same engine with its faults; None where it has none, or as above.
        zero_offset: Taken off all readings; 0 within the sensor's tolerance.
    """

    sensor: str
    channel: str
    unit: str
    edges: tuple[float, ...]
    measured: tuple[float | None, ...]
    scatter: tuple[float, ...]
    nominal: tuple[float, ...]
    spread: tuple[float, ...]
    without_faults: tuple[float, ...] | None = None
    with_faults: tuple[float, ...] | None = None
    zero_offset: float = 0.0


@dataclass(frozen=True)
class PhaseSpan:
    """A phase of the test: name, start and end in s of the log's clock."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class Cost:
    """What the answer cost.

    Attributes:
        wall: Elapsed time in s.
        cpu: Processor time in s.
        peak_memory: Bytes.
        model_calls: Calls of a learned model.
        physics_solves: Solutions of the engine's equations at one instant.
        price: At the rates that were given; None where none were.
    """

    wall: float
    cpu: float
    peak_memory: int
    model_calls: int
    physics_solves: int
    price: float | None = None


@dataclass(frozen=True)
class Diagnosis:
    """The answer for one log.

    Attributes:
        verdict: See `Verdict`.
        headline: One or two sentences that an engineer would say first.
        engine: Name of the engine.
        source: Name of the log file.
        hypotheses: Ranked by probability; the first is the answer.
        ambiguity_group: Names of hypotheses that the sensors of this log cannot tell from the first.
        splitting_channel: Sensor that would split the group best; None when there is nothing to split.
        answer_set: Smallest set of hypotheses whose probabilities sum to at least 0.9.
        sensor_findings: Sensor faults established from the signal alone (frozen, lost, open circuit ...).
        symptoms: Deviations from the sound engine, strongest first.
        windows: Readings that were weighed, by sensor, with what was to be expected; empty where there was no answer.
        phases: Phases of the test.
        depletion: Side (`oxidizer`, `fuel`) and time of liquid run-out, s of the log's clock.
        detectable: For each fault mode, the smallest size that this log could have shown; None when none could.
        none_of_these: Probability that no hypothesis on the list is right.
        goodness_of_fit: p value of the best hypothesis.
        at_once: Faults at once that were weighed, at most.
        left_out: Prior probability of what was not searched, which is more faults than that at once.
        notes: Findings on data quality and on reading.
        warnings: What the reader must know before trusting the answer.
        expert: Who answered: `symbolic` or `neural`.
        route: How the router came to it: `trusted`, `checked_out`, `strange`, `unaffordable`, or `no_model` where there
            was none to ask; "" where an expert was asked by name.
        route_reason: Why, in a sentence; "" where an expert was asked by name.
        risk: Probability that the small model errs, as the router judged it; None where it did not.
        cost: By `shared`, `expert` and `total`; where the small model was asked, by `neural` and `router` as well.
        certificate: Evidence that `hotfire verify` can check; None where it was not asked for or could not be issued.
        certificate_reason: Why there is none; "" where there is one.
    """

    verdict: Verdict
    headline: str
    engine: str
    source: str
    hypotheses: tuple[Hypothesis, ...]
    ambiguity_group: tuple[str, ...] = ()
    splitting_channel: str | None = None
    answer_set: tuple[str, ...] = ()
    sensor_findings: tuple[FaultEstimate, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    windows: tuple[SensorWindows, ...] = ()
    phases: tuple[PhaseSpan, ...] = ()
    depletion: Mapping[str, float] = field(default_factory=dict)
    detectable: Mapping[str, float | None] = field(default_factory=dict)
    none_of_these: float = 0.0
    goodness_of_fit: float = float("nan")
    at_once: int = 1
    left_out: float = 0.0
    notes: tuple[Note, ...] = ()
    warnings: tuple[str, ...] = ()
    expert: str = "symbolic"
    route: str = ""
    route_reason: str = ""
    risk: float | None = None
    cost: Mapping[str, Cost] = field(default_factory=dict)
    certificate: Certificate | None = None
    certificate_reason: str = "not asked for"
