"""RL10A-3-3A, test 4: is the one point that the model misses out of line with the other tests, or is the model?

    python benchmarks/rl10_test_4.py

No model takes part. Through the published figures of tests 1, 2, 3 and 5 goes a parabola over the mixture ratio; where
it leads at test 4 is set beside what was published there. A reading that is wrong, or an engine whose bypass is shut
and which no longer holds its thrust, leaves the curve of the others.
"""

from __future__ import annotations

import numpy as np
from published.rl10a_3_3a import TESTS

_FOURTH = 3
NAMES = {"thrust": 0, "chamber pressure": 2, "oxidizer pump outlet": 3, "fuel pump outlet": 4}
"""Figures of a test, by their place behind its name."""


def off_the_curve() -> dict[str, tuple[float, float]]:
    """Return, by figure, how far test 4 is from the parabola of the others, and these at most; both as shares."""
    others = np.array([test[1:] for test in TESTS if test is not TESTS[_FOURTH]])
    found = {}
    for name, place in NAMES.items():
        curve = np.polynomial.Polynomial.fit(others[:, 1], others[:, place], 2)
        scatter = float(np.abs(others[:, place] / curve(others[:, 1]) - 1.0).max())
        there = TESTS[_FOURTH][1 + place] / curve(TESTS[_FOURTH][2])
        found[name] = (float(there - 1.0), scatter)
    return found


def main() -> None:
    """Print the table."""
    print(f"{TESTS[_FOURTH][0]}, against the parabola through the four others")
    for name, (off, scatter) in off_the_curve().items():
        print(f"  {name}: {off:+.2%}; the four themselves within {scatter:.2%}")


if __name__ == "__main__":
    main()
