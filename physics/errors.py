"""Errors of hotfire.

Every error derives from `HotfireError`, carries its fields, and says what went wrong, where, why and how
to mend it:

    HotfireError
    ├── UnitError            a unit that is unknown or ambiguous (also ValueError)
    ├── CertificateError     a certificate that cannot be read, or is of another log or engine (also ValueError)
    ├── LogError             a log file that cannot be read as it stands (also ValueError)
    ├── ChannelMapError      a channel map that does not fit (also ValueError)
    ├── EngineError          an engine file that is wrong (also ValueError)
    │   └── NotFollowedError  a component asks for what its propellant's state does not know
    ├── FluidError           a fluid that is not known, or a state outside its range (also ValueError)
    ├── ThermochemistryError a state that has no solution, or an unknown propellant (also ValueError)
    └── SolutionError        the equations did not converge: names the worst equation (also ArithmeticError)
"""

from __future__ import annotations

__all__ = [
    "CertificateError",
    "ChannelMapError",
    "EngineError",
    "FluidError",
    "HotfireError",
    "LogError",
    "NotFollowedError",
    "SolutionError",
    "ThermochemistryError",
    "UnitError",
]


class HotfireError(Exception):
    """Base of all errors.

    Attributes:
        what: What went wrong.
        where: File, line, column, channel or component; empty when there is no place to name.
        why: The cause, as far as it is known.
        remedy: How to mend it.
    """

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        self.what, self.where, self.why, self.remedy = what, where, why, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return one sentence for each field that is known."""
        place = f"{self.where}: " if self.where else ""
        why = f"\n  why: {self.why}" if self.why else ""
        remedy = f"\n  mend: {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{why}{remedy}"


class UnitError(HotfireError, ValueError):
    """A unit that is unknown, ambiguous, or does not fit the quantity."""


class CertificateError(HotfireError, ValueError):
    """A certificate that cannot be read, or that is not of this log or engine."""


class LogError(HotfireError, ValueError):
    """A log file that cannot be read as it stands."""


class ChannelMapError(HotfireError, ValueError):
    """A channel map that does not fit the log or the engine."""


class EngineError(HotfireError, ValueError):
    """An engine file that is wrong."""


class NotFollowedError(EngineError):
    """A component asks for a quantity that is not known of what flows through it.

    Attributes:
        quantity: As in `temperature`.
        component: That asks; empty until it is known.
        handed_on: True for what the component upstream does not hand on at all; False for what a state does not know,
            which is that of a liquid of one density.
    """

    def __init__(self, quantity: str, component: str = "", *, handed_on: bool = False) -> None:
        self.quantity, self.component, self.handed_on = quantity, component, handed_on
        super().__init__(
            f"the {quantity} of what flows here is not known",
            where=component,
            why="the component upstream does not give it"
            if handed_on
            else "a liquid of one density has none",
            remedy="connect another component"
            if handed_on
            else "name the fluid of its tank, with its temperature, in place of the density",
        )

    def at(self, component: str) -> NotFollowedError:
        """Return the same of a component; the first that is named stays."""
        return NotFollowedError(self.quantity, self.component or component, handed_on=self.handed_on)


class FluidError(HotfireError, ValueError):
    """A fluid that is not known, or a state outside the range of its properties."""


class ThermochemistryError(HotfireError, ValueError):
    """A combustion state without solution, or a propellant that is not known."""


class SolutionError(HotfireError, ArithmeticError):
    """The equations of a network did not converge.

    Attributes:
        equation: The equation with the largest scaled residual.
        residual: That residual, dimensionless.
        time: Time in s up to which a run in time was followed; NaN where the state is steady.
    """

    def __init__(
        self,
        what: str,
        *,
        equation: str = "",
        residual: float = float("nan"),
        where: str = "",
        why: str = "",
        remedy: str = "",
        time: float = float("nan"),
    ) -> None:
        self.equation, self.residual, self.time = equation, residual, time
        super().__init__(what, where=where, why=why, remedy=remedy)
