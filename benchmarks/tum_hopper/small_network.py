"""A small causal network: one reader for all places of a kind, and one for the whole engine."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn

from tum_hopper.classes import CLASSES, PIPES
from tum_hopper.definition import SENSORS

__all__ = ["KINDS", "SmallNetwork"]

KINDS = ("pipes", "valves", "sensors")
_PLACES = {"pipes": (len(PIPES), 3), "valves": (2, 1), "sensors": (len(SENSORS), 3)}
"""Places of a kind, and classes of each, in the order of the classes."""
_DROPPED = 0.1
_DECAY = 1e-2


class SmallNetwork(lightning.LightningModule):
    """Scores each class by what its place shows and by what the whole engine shows, and adds them."""

    def __init__(
        self, columns: dict[str, int], *, width: int = 48, rate: float = 3e-3, steps: int = 1000
    ) -> None:
        """Make a network.

        Args:
            columns: Of a place of each kind, and of the `whole`.
            width: Units of a layer; of the whole, twice as many.
            rate: Highest learning rate.
            steps: Over which the rate rises and falls again.
        """
        super().__init__()
        self.save_hyperparameters()
        self.rate, self.steps = rate, steps
        self.first = nn.ModuleDict({kind: nn.Linear(columns[kind], width) for kind in KINDS})
        self.own = nn.ParameterDict({kind: torch.zeros(_PLACES[kind][0], width) for kind in KINDS})
        self.second = nn.ModuleDict(
            {
                kind: nn.Sequential(
                    nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, _PLACES[kind][1])
                )
                for kind in KINDS
            }
        )
        self.whole = nn.Sequential(
            nn.Linear(columns["whole"], 2 * width),
            nn.ReLU(),
            nn.Dropout(_DROPPED),
            nn.Linear(2 * width, len(CLASSES)),
        )

    def forward(self, pipes: Tensor, valves: Tensor, sensors: Tensor, whole: Tensor) -> Tensor:
        """Return logits (n, 63) of the columns of n samples with their memory."""
        read = dict(zip(KINDS, (pipes, valves, sensors), strict=True))
        own = [self.second[k](self.first[k](v) + self.own[k]).flatten(1) for k, v in read.items()]
        found: Tensor = self.whole(whole) + torch.cat([torch.zeros_like(own[0][:, :1]), *own], dim=1)
        return found

    def training_step(self, batch: tuple[tuple[Tensor, ...], Tensor], _: int) -> Tensor:
        """Return the loss of a batch."""
        columns, labels = batch
        return nn.functional.cross_entropy(self(*columns), labels)

    def validation_step(self, batch: tuple[tuple[Tensor, ...], Tensor], _: int) -> None:
        """Log loss, and the share of samples that are labelled right."""
        columns, labels = batch
        logits = self(*columns)
        right = (logits.argmax(1) == labels).float().mean()
        loss = nn.functional.cross_entropy(logits, labels)
        self.log_dict({"loss": loss, "right": right}, batch_size=labels.numel())

    def configure_optimizers(self) -> Any:
        """Return Adam with decoupled decay, and one cycle of the rate."""
        optimizer = torch.optim.AdamW(self.parameters(), self.rate, weight_decay=_DECAY)
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
