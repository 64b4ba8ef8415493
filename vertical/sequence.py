"""What is commanded in a test: how each valve, igniter and starter moves at the start and at the shutdown."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hotfire.log import FloatArray

__all__ = ["CommandSequence", "Corners", "value_at"]

_SETTLING = 1.0
"""Least time in s that an engine is given to settle."""
_FOLLOWED = 1.5
"""Time in s that actuators are given to follow a command, at least."""
_EARLIER = 0.2
"""Time in s by which a run may seem to begin after its start command."""
_LATEST = 0.4
"""Share of a burn after which it counts as settled, whatever is still commanded."""

Corners = tuple[tuple[float, float], ...]
"""Pairs of time in s and value; linear between, held beyond."""


@dataclass(frozen=True)
class CommandSequence:
    """Commands of one engine.

    Attributes:
        burn: From the start command to the shutdown command, s.
        after: Length of the record beyond the shutdown command, s.
        start: Corners of each input after the start command.
        shutdown: Corners of each input after the shutdown command.
    """

    burn: float = 5.0
    after: float = 2.0
    start: Mapping[str, Corners] = field(default_factory=dict)
    shutdown: Mapping[str, Corners] = field(default_factory=dict)

    @property
    def commanded(self) -> float:
        """Time in s at which the commands of the start are done."""
        return float(max((c[-1][0] for c in self.start.values() if c), default=0.0))

    @property
    def settled(self) -> float:
        """Time in s at which the engine has had as long again to settle."""
        return float(min(max(2.0 * self.commanded, _SETTLING), _LATEST * self.burn))

    def settled_with(self, recorded: Collection[str]) -> float:
        """Return `settled` where a log tells the course of some inputs: throttling that it tells need not be over."""
        if len(self.held(recorded)) > 1 or len(self.held()) == 1:
            return self.settled
        return float(min(max(2.0 * self.starting, _SETTLING), self.settled))

    def held(
        self, recorded: Collection[str] = (), follows: Mapping[str, float] | None = None
    ) -> list[tuple[float, float]]:
        """Stretches of the burn in which a throttle programme holds still and has been followed, s after the command.

        Args:
            recorded: Inputs whose course a log tells; they are left out.
            follows: Time in s that an input's actuator needs to follow, where it is known.

        Returns:
            One stretch, or several where the programme moves after the start.
        """
        follows = follows or {}
        moves = sorted(
            (a, b, max(_FOLLOWED, follows.get(name, 0.0)))
            for name, corners in self.start.items()
            if name not in recorded
            for (a, before), (b, after) in itertools.pairwise(corners)
            if before != after
        )
        found, since = [], 0.0
        for begin, end, followed in [*moves, (self.burn, self.burn, 0.0)]:
            if begin - _EARLIER > since:
                found.append((since, begin - _EARLIER))
            since = max(since, end + followed)
        return found

    @property
    def starting(self) -> float:
        """Time in s that the commands of the start take; throttling later in the burn is no start."""
        held = self.held()
        opened = held[0][0] - _FOLLOWED if held and held[0][0] > 0.0 else self.commanded
        return min(opened, self.settled)

    @property
    def shutting(self) -> float:
        """Time in s from the shutdown command until the first valve is shut; by then the chamber is falling."""
        shut = [c[-1][0] for name, c in self.shutdown.items() if c and name.endswith(".position")]
        return float(min(shut, default=0.0))

    def corners(self, name: str, burn: float) -> Corners:
        """Return all corners of one input; its value at the shutdown command is held until the shutdown's first."""
        begin = tuple((t, v) for t, v in self.start.get(name, ()) if t < burn)
        end = tuple((burn + t, v) for t, v in self.shutdown.get(name, ()))
        return begin + end


def value_at(corners: Corners, time: FloatArray | float) -> Any:
    """Return what is commanded at one time or at many, s after the start command."""
    return np.interp(time, [t for t, _ in corners], [v for _, v in corners])
