"""Training: seeded, on a processor or a GPU by Lightning's own choice, and going on where it was interrupted."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback, ModelCheckpoint
from torch.utils.data import DataLoader, Dataset

from tum_hopper.definition import definition
from tum_hopper.generation import cache_folder
from tum_hopper.network import WindowClassifier
from tum_hopper.windows import Pool, Scaling, load_pool

__all__ = ["BATCH", "train"]

BATCH = 256
"""Windows in a batch; half of the published, since steps are what a short training lacks."""
_ALIKE = 3
"""One window of so many is drawn with all classes alike, the others with all samples alike, as published."""
_VALIDATED = 16
"""Batches for the validation after each epoch, all samples alike."""
_VALIDATION = 10**6
"""Stands for an epoch's number in the draw of these."""


class _Batches(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Batches of windows drawn at random; which ones follows from seed, epoch and number alone."""

    def __init__(self, pool: Pool, count: int, epoch: int) -> None:
        self.pool, self.count, self.epoch = pool, count, epoch

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        random = np.random.default_rng((int(definition()["seed"]), self.epoch, number))
        alike = BATCH // _ALIKE if self.epoch < _VALIDATION else 0
        ends = self.pool.ends[random.integers(self.pool.ends.size, size=BATCH - alike)]
        members = [self.pool.members[i] for i in random.integers(len(self.pool.members), size=alike)]
        rare = np.array([own[random.integers(own.size)] for own in members], dtype=ends.dtype)
        ends = np.concatenate([ends, rare])
        return torch.from_numpy(self.pool.windows(ends)), torch.from_numpy(self.pool.labels[ends])


class _Data(lightning.LightningDataModule):
    """Fresh windows in each epoch, always the same for the validation."""

    def __init__(self, training: Pool, validation: Pool, batches: int) -> None:
        super().__init__()
        self.training, self.validation, self.batches = training, validation, batches

    def train_dataloader(self) -> DataLoader[Any]:
        assert self.trainer is not None
        return DataLoader(_Batches(self.training, self.batches, self.trainer.current_epoch), batch_size=None)

    def val_dataloader(self) -> DataLoader[Any]:
        return DataLoader(_Batches(self.validation, _VALIDATED, _VALIDATION), batch_size=None)


class _Course(Callback):
    """Prints and keeps what each epoch took and reached."""

    def __init__(self, path: Path) -> None:
        self.path, self.begin = path, time.process_time()

    def on_validation_epoch_end(self, trainer: lightning.Trainer, _: lightning.LightningModule) -> None:
        if trainer.sanity_checking:
            return
        reached = {name: round(float(value), 4) for name, value in trainer.callback_metrics.items()}
        spent, self.begin = time.process_time() - self.begin, time.process_time()
        line = {"epoch": trainer.current_epoch, "seconds": round(spent, 1), **reached}
        print(line, flush=True)
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def train(*, epochs: int, batches: int, width: int, folder: Path | None = None) -> Path:
    """Train, and return the file of the network with the least validation loss.

    Args:
        epochs: How often to validate.
        batches: Batches of `BATCH` windows in an epoch.
        width: Units of a layer.
        folder: Of the runs; the network is kept in a folder of its settings below it.
    """
    torch.set_num_threads(1)
    lightning.seed_everything(int(definition()["seed"]))
    folder = folder or cache_folder()
    kept = folder / f"network-{width}-{epochs}x{batches}"
    kept.mkdir(parents=True, exist_ok=True)
    known = Scaling.load(kept / "scaling.npz") if (kept / "scaling.npz").exists() else None
    training, scaling = load_pool("train", known, folder=folder)
    validation, _ = load_pool("validation", scaling, folder=folder)
    scaling.save(kept / "scaling.npz")
    print(f"{training.runs} faulty runs, {training.labels.size} samples", flush=True)
    best = ModelCheckpoint(kept, "best", monitor="loss", save_last=True, enable_version_counter=False)
    trainer = lightning.Trainer(
        max_epochs=epochs,
        callbacks=[best, _Course(kept / "course.jsonl")],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        deterministic=True,
    )
    last = kept / "last.ckpt"
    network = WindowClassifier(width, steps=epochs * batches)
    trainer.fit(
        network, datamodule=_Data(training, validation, batches), ckpt_path=last if last.exists() else None
    )
    return kept / "best.ckpt"
