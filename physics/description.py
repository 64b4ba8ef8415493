"""What a log or a text says about an engine, in words that do not depend on the engine: the description of a case.

A description is all that an expert sees of a case. It names places by what stands there and which side it feeds, so
that one vocabulary serves every engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

__all__ = ["COURSES", "Description", "FaultLabel", "Location", "Symptom"]

COURSES = ("level", "step", "ramp", "frozen", "lost", "noisy", "clipped", "spiky", "open")
"""How a quantity departs: from the start, by a step or a ramp from an onset on; the others say what the signal is."""

_NOTABLE = 3.0
"""Standard deviations from which a departure is worth naming first."""


@dataclass(frozen=True, order=True)
class Location:
    """A place in an engine.

    Attributes:
        kind: What stands there, as its component type says (`injector`, `pump`).
        side: `oxidizer`, `fuel`, or "" where both or neither pass.
        burner: Chamber that it feeds where that is not the main one (`gas generator`); "" otherwise.
        number: 1, 2, ... along the flow where several alike stand on one side; 0 where it is the only one.
        end: `inlet`, `outlet`, or "" for the thing itself.
    """

    kind: str
    side: str = ""
    burner: str = ""
    number: int = 0
    end: str = ""

    @property
    def words(self) -> str:
        """The place in words (`fuel injector inlet`)."""
        number = str(self.number) if self.number else ""
        return " ".join(w for w in (self.burner, self.side, self.kind, number, self.end) if w)


@dataclass(frozen=True, order=True)
class FaultLabel:
    """A fault in words that do not depend on the engine.

    Attributes:
        location: Where.
        mode: As the component or the sensor declares it.
        quantity: What a faulty sensor measures; "" for hardware.
    """

    location: Location
    mode: str
    quantity: str = ""

    @property
    def words(self) -> str:
        """The fault in words (`fuel injector: blockage`)."""
        sensor = f" {self.quantity} sensor" if self.quantity else ""
        return f"{self.location.words}{sensor}: {self.mode.replace('_', ' ')}"


@dataclass(frozen=True)
class Symptom:
    """One departure of a measured quantity from what the physics of the sound engine expects.

    Attributes:
        quantity: Dimension word (`pressure`, `mass flow`).
        location: Where it is measured.
        course: One of `COURSES`.
        size: Departure over what is expected above rest; positive is high. For a ramp, at the end of the stretch.
        sigma: Departure in standard deviations of noise and tolerances together, by itself.
        given_others: In standard deviations of what is left once the other sensors are known: large where a sensor
            disagrees with its neighbours, whatever the tolerances of the engine would excuse.
        onset: Seconds after the start of the burn; None when present from the start.
        phase: Phase of the test.
    """

    quantity: str
    location: Location
    course: str
    size: float
    sigma: float
    given_others: float = 0.0
    onset: float | None = None
    phase: str = "mainstage"

    @property
    def direction(self) -> str:
        """`high` or `low`; for a ramp or a step `rises` or `falls`; for a signal its course."""
        if self.course == "level":
            return "high" if self.size > 0.0 else "low"
        if self.course in ("step", "ramp"):
            return "rises" if self.size > 0.0 else "falls"
        return self.course

    @property
    def strength(self) -> float:
        """Standard deviations by itself or given the others, whichever are more."""
        return max(abs(self.sigma), abs(self.given_others))

    @property
    def notable(self) -> bool:
        """Whether it stands out of noise and tolerances, by itself or among the others."""
        return self.strength >= _NOTABLE or self.course not in ("level", "step", "ramp")


@dataclass(frozen=True)
class Description:
    """A case as experts see it.

    Attributes:
        cycle: Cycle of the engine in words; "" where unknown.
        propellants: Oxidizer and fuel; a monopropellant is the fuel.
        hardware: What is on each side, in the order of the flow (`fuel regulated tank`): which laws hold there.
        burn: Length of the stretch that is described, s.
        symptoms: Departures of all sensors, notable or not.
        text: What an operator said; "" where nobody did.
    """

    cycle: str
    propellants: tuple[str, str]
    hardware: tuple[str, ...]
    burn: float
    symptoms: tuple[Symptom, ...]
    text: str = ""

    @property
    def notable(self) -> tuple[Symptom, ...]:
        """Symptoms that stand out, strongest first."""
        return tuple(sorted((s for s in self.symptoms if s.notable), key=lambda s: -s.strength))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return own | {"symptoms": [_plain(s) for s in self.symptoms]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Description:
        """Return the description that `as_dict` wrote."""
        own = {f.name: values[f.name] for f in fields(cls)}
        symptoms = tuple(Symptom(**{**s, "location": Location(*s["location"])}) for s in own["symptoms"])
        oxidizer, fuel = own["propellants"]
        return cls(
            **{
                **own,
                "symptoms": symptoms,
                "propellants": (oxidizer, fuel),
                "hardware": tuple(own["hardware"]),
            }
        )


def _plain(symptom: Symptom) -> dict[str, Any]:
    """A symptom as plain values; the place as a list in the order of its attributes."""
    place = symptom.location
    return {
        "quantity": symptom.quantity,
        "location": [place.kind, place.side, place.burner, place.number, place.end],
        "course": symptom.course,
        "size": symptom.size,
        "sigma": symptom.sigma,
        "given_others": symptom.given_others,
        "onset": symptom.onset,
        "phase": symptom.phase,
    }
