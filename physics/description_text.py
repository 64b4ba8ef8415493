"""The stable rendering of a description as text: one line, the same for the same description, for people and models.

Numbers are rounded to what they are worth, so that rendering twice or on another machine gives the same words.
"""

from __future__ import annotations

from hotfire.physics.description import Description, Symptom

__all__ = ["rendered"]

_FAINT = 1.5
"""Standard deviations below which a departure is only counted."""


def rendered(description: Description) -> str:
    """Return a description as one line of text.

    Symptoms that stand out come first, strongest first; then what departs faintly; then how many do not depart.
    """
    notable = description.notable
    faint = [s for s in description.symptoms if not s.notable and s.strength >= _FAINT]
    faint.sort(key=lambda s: -s.strength)
    quiet = len(description.symptoms) - len(notable) - len(faint)
    parts = [
        f"{description.cycle or 'unknown cycle'}, {' / '.join(p for p in description.propellants if p)}",
        f"burn {description.burn:.1f} s",
        "hardware " + ", ".join(description.hardware),
        "notable " + (", ".join(_words(s) for s in notable) or "nothing"),
        "faint " + (", ".join(_words(s) for s in faint) or "nothing"),
        f"{quiet} others as expected",
    ]
    if description.text:
        parts.append(f"operator: {description.text}")
    return "; ".join(parts)


def _words(symptom: Symptom) -> str:
    """One symptom, as in `fuel injector inlet pressure rises 4.1 % at 2.3 s (6 sigma)`."""
    what = f"{symptom.location.words} {symptom.quantity} {symptom.direction}"
    when = "" if symptom.onset is None else f" at {symptom.onset:.1f} s"
    if symptom.course not in ("level", "step", "ramp"):
        return what + when
    sigma = f"{_rounded(abs(symptom.sigma))} sigma"
    if abs(symptom.given_others) > 2.0 * abs(symptom.sigma):
        sigma += f", {_rounded(abs(symptom.given_others))} against the others"
    slowly = " slowly" if symptom.course == "ramp" else ""
    return f"{what}{slowly} {_percent(abs(symptom.size))}{when} ({sigma})"


def _percent(share: float) -> str:
    return f"{_rounded(100.0 * share)} %"


def _rounded(value: float) -> str:
    """Two significant digits, without an exponent."""
    return f"{float(f'{value:.2g}'):g}" if value < 1e4 else "over 9999"
