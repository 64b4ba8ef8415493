"""An optimiser that turns the steps of weight matrices into rotations, and takes all other weights as AdamW does.

A step of a matrix is its momentum with all singular values brought near 1, so that directions of which few cases tell
are learnt as quickly as those of many (Muon: Jordan et al., 2024, "Muon: an optimizer for hidden layers in neural
networks"). torch has the same rule, in 16 bits alone, which processors without such products emulate.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Orthogonal", "orthogonal"]

_MOMENTUM = 0.95
_ROUNDS = 5
_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Of x, x^3 and x^5: their fixed band holds all singular values between 0.7 and 1.2 (Jordan et al.)."""
_TINY = 1e-7


class Orthogonal(torch.optim.AdamW):
    """AdamW, but for groups with `matrices=True`."""

    param_groups: list[dict[str, Any]]

    def __init__(self, groups: Iterable[dict[str, Any]], *, decay: float, quick: bool) -> None:
        """Take groups of weights.

        Args:
            groups: `params`, `lr` and `matrices`; weights of a group of matrices have two dimensions.
            decay: Of the weights, by a step of rate 1.
            quick: Whether to work the rotations out in 16 bits.
        """
        super().__init__(list(groups), weight_decay=decay, betas=(0.9, 0.98))
        self._kind = torch.bfloat16 if quick else torch.float32

    def step(self, closure: Any = None) -> Any:
        """Take one step; return the closure's loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        every = self.param_groups
        self.param_groups = [g for g in every if not g["matrices"]]
        try:
            super().step()
        finally:
            self.param_groups = every
        with torch.no_grad():
            for group in every:
                if group["matrices"]:
                    self._turn(group)
        return loss

    def _turn(self, group: dict[str, Any]) -> None:
        alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
        for weight in group["params"]:
            if weight.grad is not None:
                alike[weight.shape].append(weight)
        for shape, weights in alike.items():
            taller = math.sqrt(max(1.0, shape[0] / shape[1]))
            steps = orthogonal(torch.stack([self._momentum(w) for w in weights]).to(self._kind))
            for weight, step in zip(weights, steps, strict=True):
                weight.mul_(1.0 - group["lr"] * group["weight_decay"])
                weight.add_(step.to(weight.dtype), alpha=-group["lr"] * taller)

    def _momentum(self, weight: Tensor) -> Tensor:
        """Mean of the slopes so far, a step ahead (Nesterov)."""
        slope = weight.grad
        assert slope is not None
        state = self.state[weight]
        if "momentum" not in state:
            # AdamW asks every weight for its steps when a checkpoint is read.
            state["step"], state["momentum"] = torch.zeros(()), torch.zeros_like(weight)
        state["step"] += 1
        mean: Tensor = state["momentum"].lerp_(slope, 1.0 - _MOMENTUM)
        return torch.lerp(slope, mean, _MOMENTUM)


def orthogonal(matrices: Tensor) -> Tensor:
    """Return matrices of the same directions with singular values near 1 (0.7 to 1.2), shape (n, a, b).

    Directions that have less than about a thousandth of all come out shorter.
    """
    a, b, c = _QUINTIC
    wide = matrices.shape[1] <= matrices.shape[2]
    x: Tensor = matrices if wide else matrices.mT.contiguous()
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + _TINY)
    for _ in range(_ROUNDS):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x if wide else x.mT
