"""An LSTM of the published kind: two layers over a window of eleven samples, which label its last sample."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn

from tum_hopper.classes import CLASSES
from tum_hopper.windows import USED

__all__ = ["WindowClassifier", "focal_loss"]

_FOCUS = 1.13
"""Exponent of the focal loss (thesis, table 6.5)."""
_DROPPED = 0.24
_DECAY = 2e-4
_FAULT_WEIGHT = 2.0
"""Weight of a faulty sample over that of a sound one (repository, weights.py)."""


def focal_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean focal loss (Lin et al., 2017), faulty samples counting double.

    Args:
        logits: Shape (n, 63).
        labels: Numbers of the classes, shape (n,).
    """
    loss = nn.functional.cross_entropy(logits, labels, reduction="none")
    weights = torch.where(labels > 0, _FAULT_WEIGHT, 1.0)
    return (weights * (1.0 - torch.exp(-loss)) ** _FOCUS * loss).mean()


class WindowClassifier(lightning.LightningModule):
    """Two LSTM layers, dropout, layer norm, and two linear layers on the last sample (repository, LSTM_main.py)."""

    def __init__(self, width: int = 128, rate: float = 2e-3, steps: int = 1000) -> None:
        """Make a network.

        Args:
            width: Units of a layer; 256 in the published network.
            rate: Highest learning rate.
            steps: Steps over which the rate rises and falls again.
        """
        super().__init__()
        self.save_hyperparameters()
        self.rate, self.steps = rate, steps
        self.layers = nn.LSTM(len(USED), width, num_layers=2, batch_first=True, dropout=_DROPPED)
        self.head = nn.Sequential(
            nn.Dropout(_DROPPED),
            nn.LayerNorm(width),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(width, len(CLASSES)),
        )

    def forward(self, windows: Tensor) -> Tensor:
        """Return logits (n, 63) of windows (n, 11, 37)."""
        states, _ = self.layers(windows)
        found: Tensor = self.head(states[:, -1])
        return found

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        """Return the loss of a batch."""
        windows, labels = batch
        return focal_loss(self(windows), labels)

    def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
        """Log loss, and the share of faulty samples that are named."""
        windows, labels = batch
        logits = self(windows)
        faulty = labels > 0
        named = (logits.argmax(1) == labels)[faulty].float().mean()
        self.log_dict({"loss": focal_loss(logits, labels), "named": named}, batch_size=labels.numel())

    def configure_optimizers(self) -> Any:
        """Return Adam with the published decay, and one cycle of the rate."""
        optimizer = torch.optim.Adam(self.parameters(), self.rate, weight_decay=_DECAY)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
