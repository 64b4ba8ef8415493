"""Slow actuators: how far a position goes towards its command in one sample.

A sound one with time constant tau covers 1 - exp(-dt / tau) of the way that is left. An actuator whose command asks
for no way tells nothing: then neither sound nor slow is favoured, and what was known stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.physics.arrays import FloatArray
from hotfire.physics.monitoring.gauges import Actuator

__all__ = ["SLOWNESS", "Pace"]

SLOWNESS = ("insufficient_data", "sound", "slow")
"""What can be said of an actuator's pace: nothing before its command has asked it to move."""

_TOLERANCE = 0.1
"""Relative standard deviation of a sound time constant."""
_COARSE = 0.35
"""Relative standard deviation of each of these, so that together they leave no gap."""
_SLOWER = np.array([3.0, 6.0, 12.0])
"""Time constants of slow actuators that are weighed, over that of a sound one."""


class Pace:
    """Judges the pace of several actuators of n streams."""

    def __init__(self, actuators: Sequence[Actuator], rate: float) -> None:
        """Take the actuators, and samples per second."""
        constants = np.array([a.time_constant for a in actuators])
        self.share = 1.0 - np.exp(-1.0 / (rate * constants))
        self._slow = 1.0 - np.exp(-1.0 / (rate * constants[:, None] * _SLOWER))

    def judge(
        self, position: FloatArray, commands: FloatArray, scatter: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Weigh one sample.

        Args:
            position: At the sample before and at this one, shape (2, n, actuators).
            commands: At two samples before, the sample before, and this one, shape (3, n, actuators).
            scatter: Of the positions, shape (n, actuators).

        Returns:
            What a sound actuator leaves unexplained over its standard deviation, shape (n, actuators), and that
            standard deviation.
        """
        way = commands[1] - position[0]
        left = position[1] - position[0] - self.share * way
        moved = np.abs(np.diff(commands, axis=0)).sum(axis=0)
        deviation = np.sqrt(2.0 * scatter**2 + self.share**2 * (moved**2 + (_TOLERANCE * way) ** 2))
        return left / deviation, deviation

    def asked(self, position: FloatArray, commands: FloatArray, scatter: FloatArray) -> FloatArray:
        """Return what a sample can tell between sound and three times slower, in nats, shape (n, actuators).

        Half the square of the distance between both expected steps; arguments as above.
        """
        _, deviation = self.judge(position, commands, scatter)
        apart = (self.share - self._slow[:, 0]) * (commands[1] - position[0]) / deviation
        told: FloatArray = 0.5 * apart**2
        return told

    def gains(self, position: FloatArray, commands: FloatArray, scatter: FloatArray) -> FloatArray:
        """Return log-likelihood ratios of slow against sound actuators, shape (n, actuators); arguments as above."""
        sound, deviation = self.judge(position, commands, scatter)
        way = commands[1] - position[0]
        step = (position[1] - position[0])[..., None]
        moved = np.abs(np.diff(commands, axis=0)).sum(axis=0)[..., None]
        expected = self._slow * way[..., None]
        spread = np.sqrt(
            2.0 * scatter[..., None] ** 2 + (self._slow * moved) ** 2 + (_COARSE * expected) ** 2
        )
        weighed = np.log(deviation[..., None] / spread) - 0.5 * ((step - expected) / spread) ** 2
        found: FloatArray = np.logaddexp.reduce(weighed, axis=-1) - np.log(_SLOWER.size) + 0.5 * sound**2
        return found
