"""The recurrent network: an LSTM whose last and mean states name the label. Needs torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["Network", "answer", "train"]

_BATCH = 128
_CLIP = 1.0


class Network(nn.Module):
    """An LSTM with a linear layer on its last state and the mean of all."""

    def __init__(self, channels: int, labels: int, settings: Mapping[str, Any]) -> None:
        """Take the number of channels and labels, and `hidden`, `layers`, `dropout`."""
        super().__init__()
        hidden, layers = settings["hidden"], settings["layers"]
        self.memory = nn.LSTM(2 * channels, hidden, layers, batch_first=True)
        self.dropout = nn.Dropout(settings["dropout"])
        self.name = nn.Linear(2 * hidden, labels)

    def forward(self, series: Tensor) -> Tensor:
        """Return the logits of labels, shape (n, L), for series of shape (n, windows, channels) with NaN for gaps."""
        there = torch.isfinite(series)
        filled = torch.where(there, series, torch.zeros_like(series)).clamp(-10.0, 10.0)
        states, _ = self.memory(torch.cat([filled, there.to(series.dtype)], dim=2))
        return self.name(self.dropout(torch.cat([states[:, -1], states.mean(dim=1)], dim=1)))


def train(
    series: np.ndarray, targets: np.ndarray, labels: int, settings: Mapping[str, Any], seed: int
) -> Network:
    """Train a network, seeded, on series of shape (n, windows, channels)."""
    torch.manual_seed(seed)
    data, wanted = torch.as_tensor(series, dtype=torch.float32), torch.as_tensor(targets)
    network = Network(series.shape[2], labels, settings)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings["rate"], weight_decay=1e-4)
    steps = settings["epochs"] * ((len(data) + _BATCH - 1) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings["rate"], total_steps=steps)
    for _ in range(settings["epochs"]):
        for own in torch.randperm(len(data)).split(_BATCH):
            loss = nn.functional.cross_entropy(network(data[own]), wanted[own])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
            optimiser.step()
            schedule.step()
    return network.eval()


def answer(network: Network, series: np.ndarray) -> np.ndarray:
    """Return the probabilities of labels, shape (n, L)."""
    with torch.no_grad():
        parts = torch.as_tensor(series, dtype=torch.float32).split(512)
        return torch.cat([network(p).softmax(dim=1) for p in parts]).double().numpy()
