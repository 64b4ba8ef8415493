"""Training with Lightning: seeded, resumable, on whatever devices Lightning finds."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from hotfire.models.batch import INPUTS
from hotfire.models.examples import Batches, Example, labelled
from hotfire.models.network import Network, Shape
from hotfire.models.orthogonal import Orthogonal
from hotfire.models.pretrained import load_into
from hotfire.models.words import Words

__all__ = ["Precision", "Settings", "Student", "best_temperature", "fit", "quickest_precision"]

Precision = Literal["32-true", "16-mixed", "bf16-mixed"]

_TEMPERATURES = np.geomspace(0.5, 4.0, 61)
_IMPOSSIBLE = -1e9


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Attributes:
        epochs: Times that each example is seen.
        batch: Examples of a step.
        rate: Largest learning rate, after `warm` of all steps; then it falls along a cosine.
        rate_of_text: Share of it for the pretrained layers.
        rate_of_matrices: Times of it for weight matrices, whose steps are rotations.
        decay: Of the weights.
        seed: Of the weights and the order.
        warm: Share of all steps.
        texts: Whether the pretrained layers learn; they cannot where no example has a text.
        precision: In Lightning's words; None for what the machine is quickest at (`quickest_precision`).
    """

    epochs: int = 8
    batch: int = 128
    rate: float = 1e-3
    rate_of_text: float = 0.1
    rate_of_matrices: float = 10.0
    decay: float = 0.05
    seed: int = 0
    warm: float = 0.03
    texts: bool = True
    precision: Precision | None = None


def quickest_precision() -> Precision:
    """Return bfloat16 where the machine multiplies it by itself, single precision elsewhere.

    With such instructions a step takes two thirds of the time (the loss on held-out cases was 0.02 higher after as many
    steps: 24,000 cases, three times). Without them torch emulates, and a step takes ten times as long.
    """
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"
    # torch's own question whether oneDNN multiplies it by itself; False where torch has no oneDNN at all.
    return "bf16-mixed" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "32-true"


class _Examples(Dataset[Example]):
    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Example:
        return self._examples[index]


class Student(lightning.LightningModule):
    """The network with its loss: cross entropy over the hypotheses that a case admits."""

    def __init__(self, shape: Shape, settings: Settings, steps: int) -> None:
        super().__init__()
        self.save_hyperparameters({"shape": shape.as_dict(), "settings": asdict(settings), "steps": steps})
        self.network = Network(shape)
        self.settings, self.steps = settings, steps

    def training_step(self, batch: dict[str, Tensor], _: int) -> Tensor:
        """Return the loss of a batch."""
        loss = _loss(self.network, batch)
        self.log("loss", loss, prog_bar=True, batch_size=batch["truth"].shape[0])
        return loss

    def validation_step(self, batch: dict[str, Tensor], _: int) -> None:
        """Note the loss on examples that are not learnt from."""
        loss = _loss(self.network, batch)
        self.log("validation_loss", loss, prog_bar=True, batch_size=batch["truth"].shape[0])

    def configure_optimizers(self) -> Any:
        """AdamW, with rotations for weight matrices; the pretrained layers move slower."""
        own = self.settings
        slow = [p for p in self.network.text.parameters() if p.requires_grad and own.texts]
        named = self.network.named_parameters()
        fast = [p for n, p in named if p.requires_grad and not n.startswith("text.")]
        matrices = [p for p in fast if _is_matrix(p, self.network.shape.width)]
        others = [p for p in fast if not _is_matrix(p, self.network.shape.width)]
        rates = [own.rate * own.rate_of_text, own.rate, own.rate * own.rate_of_matrices]
        groups = [
            {"params": params, "lr": rate, "matrices": params is matrices}
            for params, rate in zip((slow, others, matrices), rates, strict=True)
        ]
        quick = (own.precision or quickest_precision()) != "32-true"
        optimizer = Orthogonal(groups, decay=own.decay, quick=quick)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, rates, total_steps=self.steps + 1, pct_start=self.settings.warm, cycle_momentum=False
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _is_matrix(weight: Tensor, width: int) -> bool:
    """Whether it turns vectors of the network into such, not numbers into them or them into numbers."""
    return bool(weight.ndim == 2 and min(weight.shape) >= width)


def _loss(network: Network, batch: dict[str, Tensor]) -> Tensor:
    logits, _ = network(*(batch[name] for name in INPUTS))
    return functional.cross_entropy(logits.masked_fill(~batch["allowed"], _IMPOSSIBLE), batch["truth"])


def fit(
    shape: Shape,
    words: Words,
    training: Sequence[Example],
    validation: Sequence[Example],
    settings: Settings,
    folder: Path,
    *,
    resume: bool = False,
) -> Network:
    """Train a network from the pretrained encoder.

    Args:
        shape: Of the network.
        words: Its vocabulary.
        training: To learn from.
        validation: To watch.
        settings: How.
        folder: Where checkpoints go.
        resume: Go on from the last checkpoint in the folder, where there is one.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    lightning.seed_everything(settings.seed, workers=True, verbose=False)

    def collated(examples: list[Example]) -> dict[str, Tensor]:
        made = labelled(examples, words, shape.modes)
        arrays = {**made.inputs.feed(), "allowed": made.allowed, "truth": made.truth}
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

    order = Batches([e.length for e in training], settings.batch, settings.seed)
    learning = DataLoader(_Examples(training), batch_sampler=order, collate_fn=collated)
    watching = Batches([e.length for e in validation], 4 * settings.batch, settings.seed)
    watched = DataLoader(_Examples(validation), batch_sampler=watching, collate_fn=collated)
    student = Student(shape, settings, settings.epochs * len(order))
    load_into(student.network.text, words)
    # What has no slope would only decay.
    student.network.text.requires_grad_(settings.texts)
    student.network.of_text.requires_grad_(settings.texts)
    student.network.text.words.requires_grad_(False)
    keeper = lightning.callbacks.ModelCheckpoint(
        folder, filename="last", save_top_k=1, enable_version_counter=False
    )
    last = folder / "last.ckpt"
    if resume and last.exists():
        order.epoch = int(torch.load(last, map_location="cpu", weights_only=False)["epoch"]) + 1
    trainer = lightning.Trainer(
        max_epochs=settings.epochs,
        precision=settings.precision or quickest_precision(),
        default_root_dir=folder,
        callbacks=[keeper],
        logger=lightning.loggers.CSVLogger(folder, name="", version="log"),
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        log_every_n_steps=50,
    )
    with warnings.catch_warnings():
        # Lightning warns of folders that exist, few batches and its own dependencies; none of it is the reader's.
        warnings.simplefilter("ignore")
        trainer.fit(student, learning, watched, ckpt_path=str(last) if resume and last.exists() else None)
    network: Network = student.network.eval()
    return network


def best_temperature(
    logits: Sequence[np.ndarray], allowed: Sequence[np.ndarray], truth: Sequence[np.ndarray]
) -> float:
    """Return the temperature of the least log loss (Guo et al., arXiv 1706.04599, section 4.2).

    Args:
        logits: Of batches of cases that were not learnt from, each of shape (n, columns).
        allowed: Whether a column is a hypothesis of the case, same shape.
        truth: Column of the truth, shape (n,).
    """

    def loss(temperature: float) -> float:
        total, count = 0.0, 0
        for own, may, right in zip(logits, allowed, truth, strict=True):
            warm = np.where(may, own / temperature, _IMPOSSIBLE)
            top = warm.max(axis=1)
            partition = top + np.log(np.exp(warm - top[:, None]).sum(axis=1))
            total += float((partition - warm[np.arange(right.size), right]).sum())
            count += right.size
        return total / max(count, 1)

    return float(min(_TEMPERATURES, key=loss))
