"""When nothing that was searched explains a log: what comes nearest is then no finding, and no fault is alleged."""

from __future__ import annotations

__all__ = ["MORE_LIKELY_THAN_NOT", "unexplained"]

MORE_LIKELY_THAN_NOT = 0.5


def unexplained(none_of_these: float) -> bool:
    """Say whether none of the hypotheses, the sound engine among them, is likely to be right.

    Args:
        none_of_these: Probability that no hypothesis on the list is right.
    """
    return none_of_these >= MORE_LIKELY_THAN_NOT
