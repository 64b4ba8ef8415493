"""Answers by onnxruntime: on a GPU where one starts, on the processor otherwise, by one way of the code; no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from hotfire.models.batch import Batch, FloatArray, collate, columns, posteriors
from hotfire.models.card import SHIPPED, VOCABULARY, WEIGHTS, Card, read_card
from hotfire.models.encoding import encode
from hotfire.models.words import Words
from hotfire.physics.description import Description
from hotfire.physics.errors import HotfireError

__all__ = ["PROVIDERS", "ModelAnswer", "SmallModel", "shipped"]

PROVIDERS = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}
_QUIET = 4
"""Least severity of what onnxruntime prints: fatal. A GPU that does not start is told by `SmallModel.provider`."""


@dataclass(frozen=True, eq=False)
class ModelAnswer:
    """Answer of the model to one case.

    Attributes:
        posterior: Probability of each hypothesis.
        features: Vector that stands for the case.
        energy: Free energy of the logits of its hypotheses: high where none stands out.
    """

    posterior: Mapping[str, float]
    features: np.ndarray[Any, np.dtype[np.float32]]
    energy: float


class SmallModel:
    """A trained model.

    Attributes:
        card: What it is.
        provider: What it runs on: `cuda` or `cpu`.
    """

    def __init__(self, folder: Path = SHIPPED, *, provider: str = "auto", threads: int = 1) -> None:
        """Load a model.

        Args:
            folder: With weights, vocabulary and card.
            provider: `cuda`, `cpu`, or `auto` for a GPU where one starts.
            threads: Of the processor.

        Raises:
            HotfireError: If there is no whole model, or a GPU is asked for by name and does not start.
        """
        self.card: Card = read_card(folder)
        self.words = Words.read(folder / VOCABULARY)
        self._session = _session(folder / WEIGHTS, provider, threads)
        running = self._session.get_providers()[0]
        self.provider = next((n for n, p in PROVIDERS.items() if p == running), running)
        if provider == "cuda" and self.provider != "cuda":
            raise HotfireError(
                "the model does not run on a GPU here",
                where="--provider cuda",
                why="onnxruntime could not start its CUDA provider",
                remedy="install `hotfire[gpu]` and NVIDIA's driver, or use `--provider cpu`",
            )

    def answer(
        self, descriptions: Sequence[Description], hypotheses: Sequence[Sequence[str] | None]
    ) -> list[ModelAnswer]:
        """Answer cases together.

        Args:
            descriptions: Of n cases.
            hypotheses: What may be wrong in each, in words; None for whatever was true in training.
        """
        if not descriptions:
            return []
        modes = self.card.modes
        cases = [
            encode(d, self.card.hypotheses if h is None else h)
            for d, h in zip(descriptions, hypotheses, strict=True)
        ]
        logits, features = self.logits(collate(cases, self.words))
        found = posteriors(logits, cases, modes, self.card.temperature)
        energies = (
            _energy(row[list(own.values())]) for row, own in zip(logits, columns(cases, modes), strict=True)
        )
        return [ModelAnswer(p, f, e) for p, f, e in zip(found, features, energies, strict=True)]

    def logits(self, batch: Batch) -> tuple[FloatArray, FloatArray]:
        """Return logits, shape (n, 1 + H + S M), and features, shape (n, d), of cases as arrays."""
        logits, features = self._session.run(None, batch.feed())
        return logits, features


def _session(path: Path, provider: str, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    onnxruntime.set_default_logger_severity(
        _QUIET
    )  # a provider that does not start is told before any session
    wanted = ("cuda", "cpu") if provider == "auto" else (provider, "cpu")
    available = onnxruntime.get_available_providers()
    chosen = [PROVIDERS[w] for w in dict.fromkeys(wanted) if PROVIDERS[w] in available]
    return onnxruntime.InferenceSession(str(path), options, providers=chosen)


def _energy(logits: np.ndarray) -> float:
    """Free energy (Liu et al., arXiv 2010.03759, equation 4)."""
    top = float(logits.max())
    return -(top + float(np.log(np.exp(logits - top).sum())))


@lru_cache(maxsize=1)
def shipped() -> SmallModel:
    """Return the model that ships, loaded once."""
    return SmallModel()
