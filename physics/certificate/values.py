"""The certificate of a diagnosis: what it states, as values and as JSON by the contract `hotfire.certificate/1`.

Every figure of it can be recomputed from the log and the engine file without a solver, since the unknowns and states
of each instant are stated as well. docs/reference/certificate.md has the keys, docs/explanation/certificate.md what
they promise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "SCHEMA",
    "Bound",
    "Certificate",
    "EngineIdentity",
    "Equation",
    "LogIdentity",
    "ModelSettings",
    "RunOutClaim",
    "Solution",
    "StatedFault",
    "StatedHypothesis",
    "Windows",
]

SCHEMA = "hotfire.certificate/1"

Series = tuple[float, ...]
Table = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class EngineIdentity:
    """Which engine: the name in its file, the name of the file, and the SHA-256 of the file."""

    name: str
    file: str
    sha256: str


@dataclass(frozen=True)
class LogIdentity:
    """Which log: the name of its file, and the SHA-256 of the file, or of the samples where it was never a file.

    Attributes:
        name: Name of the file; "" for a log in memory.
        of: `file` or `samples`.
        sha256: Hexadecimal.
    """

    name: str
    of: str
    sha256: str


@dataclass(frozen=True)
class RunOutClaim:
    """A tank that is taken to have run out of liquid, and when, in s of the log's clock; it ends what is weighed."""

    tank: str
    time: float


@dataclass(frozen=True)
class Windows:
    """What was weighed of the log.

    Attributes:
        origin: Time of valve opening in s of the log's clock.
        edges: Edges of the K windows in s after the valves opened.
        sensors: Names of the S sensors, in the order of the columns.
        means: Mean readings in SI, K + 1 rows (the first is the quiet time before the test); null where there is none.
        scatter: Standard deviation of each mean by scatter alone.
        inputs: Recorded commands and positions at the edges of the windows by name, K + 1 figures each.
    """

    origin: float
    edges: Series
    sensors: tuple[str, ...]
    means: Table
    scatter: Table
    inputs: Mapping[str, Series]


@dataclass(frozen=True)
class ModelSettings:
    """What the search settled about the model.

    Attributes:
        instants: Time grid of the solutions, in s after the valves opened.
        spare_load: Liquid beyond the load that is taken to be there, as a share of it, by tank's input.
        discrepancy: Relative error of the model that no tolerance explains.
        widening: Factor on the scatter's variance, by sensor.
        run_out: A propellant that is taken to have run out; null for none.
    """

    instants: Series
    spare_load: Mapping[str, float]
    discrepancy: float
    widening: Mapping[str, float]
    run_out: RunOutClaim | None


@dataclass(frozen=True)
class StatedFault:
    """A fault with its size and course.

    Attributes:
        name: As in `fuel_injector.blockage`.
        size: In the unit of the mode, above 0.
        onset: Seconds after the valves opened; null when it was there before.
        grows: Grows from the onset to the end of the last window instead of stepping.
        sign: Direction of a sensor fault, +1 or -1; +1 for hardware.
        clears_at: Seconds after the valves opened at which it clears; null when it stays.
    """

    name: str
    size: float
    onset: float | None
    grows: bool
    sign: float
    clears_at: float | None


@dataclass(frozen=True)
class Solution:
    """Unknowns and states of the engine at every instant of the grid, SI, by name."""

    unknowns: Mapping[str, Series]
    states: Mapping[str, Series]


@dataclass(frozen=True)
class StatedHypothesis:
    """A hypothesis at its stated best point.

    Attributes:
        name: Name of the fault, of two in alphabetical order with ` + ` between them, or `nominal`.
        faults: None for the sound engine, one, or two; those of components first.
        tolerances: Tolerance variables, in standard deviations, by name.
        solution: Of the engine with its faults.
        without: Of the engine at the same tolerances before each fault of a component, with those before it in
            `faults`: the sound engine first.
        features: Predicted means, shaped as `Windows.means`.
        features_without: The same before each fault, of sensors too, with those before it in `faults`.
        misfit: Chi-square at the point: of the residuals, sensors at their best, and of the tolerances.
        promised: Least chi-square that the linear model about the point has.
        log_evidence: Log of the evidence about the point, prior included.
    """

    name: str
    faults: tuple[StatedFault, ...]
    tolerances: Mapping[str, float]
    solution: Solution
    without: tuple[Solution, ...]
    features: Table
    features_without: tuple[Table, ...]
    misfit: float
    promised: float
    log_evidence: float


@dataclass(frozen=True)
class Equation:
    """A declared balance of the claimed hypothesis with the values of both sides at every instant."""

    component: str
    name: str
    unit: str
    left: Series
    right: Series


@dataclass(frozen=True)
class Bound:
    """An inequality: a figure of the claimed hypothesis, least and most; null where there is no such limit."""

    what: str
    value: float
    least: float | None
    most: float | None


@dataclass(frozen=True)
class Certificate:
    """Checkable evidence of a diagnosis. Global optimality is not claimed.

    Attributes:
        engine: Which engine.
        log: Which log.
        windows: What was weighed.
        model: Settings.
        hypotheses: The claimed one first; the sound engine is always among them.
        not_rejected: Names of stated hypotheses that the diagnosis has in its answer set beside the claimed one.
        freedom: Number of features.
        equations: Of the claimed hypothesis.
        bounds: Of the claimed hypothesis.
    """

    engine: EngineIdentity
    log: LogIdentity
    windows: Windows
    model: ModelSettings
    hypotheses: tuple[StatedHypothesis, ...]
    not_rejected: tuple[str, ...]
    freedom: int
    equations: tuple[Equation, ...]
    bounds: tuple[Bound, ...]

    @property
    def claimed(self) -> StatedHypothesis:
        """The hypothesis that is claimed."""
        return self.hypotheses[0]
