"""Expressions of basic events in Open-PSA files, as far as they are plain numbers.

Supported: `float`, `int`, `bool`, `exponential` (rate, time), `GLM` (Generic failure on demand, repair and failure
rate: gamma, lambda, mu, time), `system-mission-time`, and the arithmetic add, sub, mul, div, neg, exp, min, max.
Refused: parameters and distributions (`lognormal-deviate` and its like), whose point value would hide what the file
says, and `Weibull` and `periodic-test`, which depend on an age that a mission of one run does not have.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfire.physics.fault_tree.model import FaultTreeError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Number", "number_of"]

_Refusal = Callable[["Element", str, str, str], FaultTreeError]


@dataclass(frozen=True)
class Number:
    """Probability of a basic event, with the rate and exposure that it came from."""

    probability: float
    rate: float | None = None
    exposure: float | None = None


def number_of(element: Element, mission: float | None, refusal: _Refusal) -> Number:
    """Return the probability that an expression gives.

    Args:
        element: The expression.
        mission: What `system-mission-time` is; None where nobody said.
        refusal: Makes the error for what is wrong at an element: what, why, how to mend it.
    """
    if element.tag == "exponential" and len(element) == 2:
        rate, time = (_value(c, mission, refusal) for c in element)
        if rate < 0.0 or time < 0.0:
            raise refusal(element, "a rate or a time is negative", "", "give numbers that are not")
        return Number(-math.expm1(-rate * time), rate, time)
    probability = _value(element, mission, refusal)
    if not 0.0 <= probability <= 1.0:
        raise refusal(element, f"{probability!r} is no probability", "", "give a number from 0 to 1")
    return Number(probability)


def _value(element: Element, mission: float | None, refusal: _Refusal) -> float:
    if element.tag in ("float", "int", "bool"):
        return _literal(element, refusal)
    if element.tag == "system-mission-time":
        if mission is None:
            raise refusal(
                element, "the mission time is not known", "the file leaves it open", "give it (--mission)"
            )
        return mission
    values = [_value(c, mission, refusal) for c in element] if element.tag in _FUNCTIONS else []
    try:
        value = _FUNCTIONS[element.tag](*values)
    except KeyError:
        raise refusal(
            element,
            f"<{element.tag}> is not supported",
            "only expressions with one plain value are",
            "give a <float>, an <exponential> or a <GLM>",
        ) from None
    except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
        raise refusal(
            element, f"<{element.tag}> has no value", str(error), "correct its arguments"
        ) from error
    if not math.isfinite(value):
        raise refusal(element, f"<{element.tag}> has no finite value", "", "correct its arguments")
    return value


def _literal(element: Element, refusal: _Refusal) -> float:
    text = element.get("value", "")
    if element.tag == "bool" and text in ("true", "false"):
        return float(text == "true")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise refusal(element, f"{text!r} is no finite number", "", 'give value="0.01", for one')
    return value


def _glm(gamma: float, failure: float, repair: float, time: float) -> float:
    """Failure on demand, then failures and repairs at constant rates (Open-PSA MEF 2.0d, 4.3.3)."""
    total = failure + repair
    if total == 0.0:
        return gamma
    return (failure - (failure - gamma * total) * math.exp(-total * time)) / total


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "exponential": lambda rate, time: -math.expm1(-rate * time),
    "GLM": _glm,
    "neg": lambda x: -x,
    "add": lambda x, *more: x + sum(more),
    "sub": lambda x, *more: x - sum(more),
    "mul": lambda *all_: math.prod(all_),
    "div": lambda x, *more: x / math.prod(more),
    "exp": math.exp,
    "min": min,
    "max": max,
}
