"""What an analysis says, as values; the JSON `hotfire.analysis/1` has the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotfire.analysis.adding import Gain

__all__ = ["SCHEMA", "Analysis", "Distances", "FaultReach", "InCourse", "Strength"]

SCHEMA = "hotfire.analysis/1"


@dataclass(frozen=True)
class InCourse:
    """What can be said of a fault that takes one course.

    Attributes:
        smallest: Smallest detectable size; None where no size is that the model could run.
        size: Size at which it is compared with others; the largest where none is detectable.
        alike: Faults that cannot be told from it at that size, nearest first, whatever size they have.
        distance: Of the nearest other fault, in standard deviations.
    """

    smallest: float | None
    size: float
    alike: tuple[str, ...]
    distance: float


@dataclass(frozen=True)
class Strength:
    """What a fault does to the change of one sensor's mean, in standard deviations of noise and tolerances.

    Attributes:
        alone: Of the sensor by itself; its sign is that of the change.
        given_others: Beyond what the other sensors foretell, over what is then left of the scatter.
    """

    alone: float
    given_others: float


@dataclass(frozen=True)
class FaultReach:
    """What the sensors can say of one fault.

    Attributes:
        name: As `fuel_injector.blockage` or `thrust.bias`.
        kind: `hardware` or `sensor`.
        description: What happened, in an engineer's words.
        size_text: What the size means.
        least: Smallest size that has a name.
        largest: Largest size that was looked at.
        from_start: When it is there before the valves open.
        sets_in: When it sets in half-way through the mainstage.
        signs: What it does to each sensor as it sets in, at `sets_in.size`: the D-matrix, by sensor.
        structural: Whether the equations alone make it detectable; None where that was not asked.
    """

    name: str
    kind: str
    description: str
    size_text: str
    least: float
    largest: float
    from_start: InCourse
    sets_in: InCourse
    signs: Mapping[str, Strength]
    structural: bool | None = None


@dataclass(frozen=True)
class Distances:
    """Distances between faults in standard deviations, the rows at their size, the columns at their nearest.

    Attributes:
        faults: Names of rows and columns.
        from_start: Rows of distances of faults that are there from the start.
        sets_in: The same of faults that set in half-way.
    """

    faults: tuple[str, ...]
    from_start: tuple[tuple[float, ...], ...]
    sets_in: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Analysis:
    """What the sensors of an engine can detect and tell apart, before any test.

    Attributes:
        engine: Its name.
        suite: `stand` or `file`.
        sensors: Output that each sensor measures, by name.
        windows: Edges of the windows in s after the valves opened.
        onset: Time in s at which faults set in half-way.
        size: Size at which faults are compared, as it was asked for.
        faults: All faults, hardware first.
        groups: Sets of faults that set in half-way and cannot be told apart, largest first; none is part of another.
        pairs_alike: Pairs of detectable faults that cannot be told apart, from the start and setting in.
        structural_only: Faults that the equations alone make detectable and no size does.
        structural_pairs: Pairs of faults that set in, which the equations alone tell apart and their sizes do not.
        splits_most: Candidate that tells most pairs apart; None where none brings anything.
        detects_most: Candidate that makes most faults detectable, or else lets the smallest sizes fall most.
        gains: Of every candidate, best first.
        added: Sensors added one by one, each the best after those before it.
        left_out: Faults that are not weighed, with the reason.
        distances: Between all faults.
        cost: Seconds of processor time by step.
    """

    engine: str
    suite: str
    sensors: Mapping[str, str]
    windows: tuple[float, ...]
    onset: float
    size: str
    faults: tuple[FaultReach, ...]
    groups: tuple[tuple[str, ...], ...]
    pairs_alike: tuple[int, int]
    structural_only: tuple[str, ...]
    structural_pairs: tuple[tuple[str, str], ...]
    splits_most: Gain | None
    detects_most: Gain | None
    gains: tuple[Gain, ...]
    added: tuple[Gain, ...]
    left_out: Mapping[str, str]
    distances: Distances
    cost: Mapping[str, float] = field(default_factory=dict)
