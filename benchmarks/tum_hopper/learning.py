"""The small model at a tenth of the runs: what it is shown, its training, and its answers on the test runs."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from torch.utils.data import DataLoader, Dataset

from tum_hopper.definition import CHANNELS, definition
from tum_hopper.generation import generate, recorded_runs
from tum_hopper.outcome import Outcome
from tum_hopper.places import Places, of_channels, of_residuals, remembered
from tum_hopper.plans import RunPlan
from tum_hopper.plant import Recorded
from tum_hopper.readings import Readings, read
from tum_hopper.residuals import Residuals, Told
from tum_hopper.small_network import SmallNetwork
from tum_hopper.solver import actuators, looked_at, padded, relations, shown
from tum_hopper.windows import Labels, Scaling, measured

__all__ = ["RUNS", "answers", "first_tenth", "train"]

RUNS = 482
"""A tenth of the 4,823 runs."""
_CHUNKS = 2
"""Files that hold so many."""
_HELD_OUT = 6
"""One run of so many chooses the epoch, and is not trained on."""
_SIDE_BY_SIDE, _BLOCK = 240, 100
_PARTS = 17
"""Parts in which a split is answered: a prime, so that each holds all kinds and places, which take turns."""
_ANYWHERE, _NEAR = 200, 200
"""Samples that are taken of a run: anywhere, and within a second of where its label changes."""
_BATCH, _ALIKE = 512, 3
"""Samples in a batch, of which one in so many is drawn with all classes alike, as for the LSTM."""

Run = tuple[RunPlan, Recorded]


def first_tenth() -> list[Run]:
    """Return 482 training runs, evenly out of the first two files, which are made if they are not there."""
    generate(("train",), most=_CHUNKS)
    found = sorted(recorded_runs("train", chunks=_CHUNKS), key=lambda pair: pair[0].index)
    return [found[i] for i in np.linspace(0, len(found) - 1, RUNS).round().astype(int)]


def _examined(
    runs: Sequence[Run], noise: float, scaling: Scaling, way: str
) -> Iterator[tuple[RunPlan, Readings, Places]]:
    """Yield runs with what the network reads of all their samples; those of like length are followed together."""
    flown = sorted((r for r in runs if r[1].knots.shape[0] > 1), key=lambda r: r[1].knots.shape[0])
    for first in range(0, len(flown), _SIDE_BY_SIDE):
        part = flown[first : first + _SIDE_BY_SIDE]
        readings = [read(run, recorded, noise=noise) for run, recorded in part]
        if way == "channels":
            told = (of_channels(reading.values, scaling) for reading in readings)
        else:
            told = iter(_by_physics(readings))
        for (run, _), reading, places in zip(part, readings, told, strict=True):
            yield run, reading, places


def _by_physics(readings: Sequence[Readings]) -> list[Places]:
    """Follow runs side by side, and return what the physics tells of each."""
    names = [channel.name for channel in CHANNELS]
    gauges = [names.index(g.name) for g in relations().gauges]
    commands = [names.index(a.command) for a in actuators()]
    positions = [names.index(a.position) for a in actuators()]
    most = max(r.labels.size for r in readings)
    values = np.stack([padded(r.values, most) for r in readings], axis=1)
    rate = float(definition()["rate"]["value"])
    judge = Residuals(relations(), actuators(), rate=rate, streams=len(readings))
    told: list[Places] = []
    before: Told | None = None
    for block in np.split(values, range(_BLOCK, most, _BLOCK)):
        way = block[:, :, commands] - block[:, :, positions]
        for k, sample in enumerate(judge.follow(block[:, :, gauges], block[:, :, commands])):
            told.append(of_residuals(sample, before, way[k]))
            before = sample
    whole = Places(*(np.stack([getattr(p, f.name) for p in told]) for f in fields(Places)))
    return [whole.taken((slice(r.labels.size), i)) for i, r in enumerate(readings)]


@dataclass(frozen=True, eq=False)
class _Samples:
    """Samples out of many runs, with their memory."""

    places: Places
    labels: Labels

    def batch(self, at: Any) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
        """Return some of them as the network reads them."""
        return _tensors(self.places.taken(at)), torch.from_numpy(self.labels[at])


def _tensors(places: Places) -> tuple[torch.Tensor, ...]:
    own = (getattr(places, f.name) for f in fields(places))
    return tuple(torch.from_numpy(part.astype(np.float32)) for part in own)


class _Batches(Dataset[tuple[tuple[torch.Tensor, ...], torch.Tensor]]):
    """Batches of samples drawn at random; which ones follows from seed, epoch and number alone."""

    def __init__(self, samples: _Samples, count: int, epoch: int) -> None:
        self.samples, self.count, self.epoch = samples, count, epoch
        order = np.argsort(samples.labels, kind="stable")
        self.members = np.split(order, np.flatnonzero(np.diff(samples.labels[order])) + 1)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
        random = np.random.default_rng((int(definition()["seed"]), self.epoch, number))
        alike = _BATCH // _ALIKE
        rare = [random.choice(self.members[i]) for i in random.integers(len(self.members), size=alike)]
        any_ = random.integers(self.samples.labels.size, size=_BATCH - alike)
        return self.samples.batch(np.concatenate([any_, rare]).astype(np.int64))


class _Data(lightning.LightningDataModule):
    """Fresh batches in each epoch; all samples of the runs held out for the validation."""

    def __init__(self, training: _Samples, held_out: _Samples, batches: int) -> None:
        super().__init__()
        self.training, self.held_out, self.batches = training, held_out, batches

    def train_dataloader(self) -> DataLoader[Any]:
        assert self.trainer is not None
        return DataLoader(_Batches(self.training, self.batches, self.trainer.current_epoch), batch_size=None)

    def val_dataloader(self) -> DataLoader[Any]:
        parts = np.array_split(np.arange(self.held_out.labels.size), 8)
        return DataLoader([self.held_out.batch(part) for part in parts], batch_size=None)


def _taken(labels: Labels, random: np.random.Generator) -> Labels:
    """Samples of a run to learn from: some anywhere, some about the changes of its label, rising."""
    anywhere = random.integers(labels.size, size=_ANYWHERE)
    changes = np.flatnonzero(np.diff(labels, prepend=labels[0] if labels[0] == 0 else -1))
    if not changes.size:
        return np.sort(anywhere)
    near = random.choice(changes, size=_NEAR) + random.integers(-100, 100, size=_NEAR)
    return np.sort(np.concatenate([anywhere, near.clip(0, labels.size - 1)]))


def train(folder: Path, way: str, *, epochs: int, batches: int, noise: float) -> dict[str, Any]:
    """Train the network on five in six of the runs, and keep what was best on the others.

    What was trained before is not trained again.

    Args:
        folder: Where networks and scaling are kept.
        way: One of `WAYS`.
        epochs: How often to validate.
        batches: In an epoch.
        noise: As in `tum_hopper.readings.read`.

    Returns:
        Numbers of the runs, the least loss, and processor time in s, columns included.
    """
    done = folder / f"{way}.json"
    if done.exists():
        known: dict[str, Any] = json.loads(done.read_text())
        return known
    torch.set_num_threads(1)
    begin = time.process_time()
    runs = first_tenth()
    held = {run.index for run, _ in runs[::_HELD_OUT]}
    scaling = measured(read(*run, noise=noise).values for run in runs[1::_HELD_OUT])
    folder.mkdir(parents=True, exist_ok=True)
    scaling.save(folder / "scaling.npz")
    parts: tuple[list[Places], list[Places]] = ([], [])
    labels: tuple[list[Labels], list[Labels]] = ([], [])
    random = np.random.default_rng(int(definition()["seed"]))
    for run, reading, places in _examined(runs, noise, scaling, way):
        at, out = _taken(reading.labels, random), run.index in held
        labels[out].append(reading.labels[at])
        parts[out].append(remembered(places, at))
    training, held_out = (
        _Samples(Places.joined(own), np.concatenate(known)) for own, known in zip(parts, labels, strict=True)
    )
    found: dict[str, Any] = {"runs": len(runs) - len(held), "held out": len(held)}
    found["loss"] = _fitted(training, held_out, folder / f"{way}.ckpt", epochs, batches)
    found["seconds"] = time.process_time() - begin
    done.write_text(json.dumps(found))
    return found


def _fitted(training: _Samples, held_out: _Samples, kept: Path, epochs: int, batches: int) -> float:
    """Train one network, keep its best epoch, and return the loss of that on what was held out."""
    lightning.seed_everything(int(definition()["seed"]))
    first, _ = training.batch(slice(1))
    columns = {f.name: part.shape[-1] for f, part in zip(fields(Places), first, strict=True)}
    kept.unlink(missing_ok=True)
    best = ModelCheckpoint(kept.parent, kept.stem, monitor="loss", enable_version_counter=False)
    trainer = lightning.Trainer(
        max_epochs=epochs,
        callbacks=[best],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        reload_dataloaders_every_n_epochs=1,
        deterministic=True,
    )
    network = SmallNetwork(columns, steps=epochs * batches)
    trainer.fit(network, datamodule=_Data(training, held_out, batches))
    assert best.best_model_score is not None
    return float(best.best_model_score)


def answers(
    folder: Path, split: str, way: str, *, stride: int, noise: float, most: int | None = None
) -> list[Outcome]:
    """Label the runs of a split: every so-manieth sample, and a second from the onset wholly.

    Goes on where it was interrupted.

    Args:
        folder: Of the trained network; the answers are kept in it.
        split: Which runs; made if they are not there.
        way: One of `WAYS`.
        stride: Samples from one that is looked at to the next.
        noise: As in `tum_hopper.readings.read`.
        most: Parts of the split after which to stop, of the 17 that hold all kinds each; None for all.
    """
    torch.set_num_threads(1)
    generate((split,))
    runs = sorted(recorded_runs(split), key=lambda pair: pair[0].index)
    found: list[Outcome] = []
    for part in range(_PARTS)[:most]:
        kept = folder / f"{way}-{split}-{part:02d}-of-{_PARTS}-stride-{stride}-noise-{noise:g}.pickle"
        if not kept.exists():
            own = _answered(folder, way, runs[part::_PARTS], stride, noise)
            kept.write_bytes(pickle.dumps(own))
            print(f"{kept.name}: {time.process_time():.0f} s of processor", flush=True)
        found += pickle.loads(kept.read_bytes())
    return found


def _answered(folder: Path, way: str, runs: Sequence[Run], stride: int, noise: float) -> list[Outcome]:
    scaling = Scaling.load(folder / "scaling.npz")
    network = SmallNetwork.load_from_checkpoint(folder / f"{way}.ckpt").eval()
    found = []
    for run, reading, places in _examined(runs, noise, scaling, way):
        at, even, onset = looked_at(reading.labels, stride)
        with torch.inference_mode():
            answer = network(*_tensors(remembered(places, at))).argmax(1).numpy()
        seen = shown(reading, onset)
        found.append(Outcome(run.index, at, even[at], reading.labels[at], answer, onset, seen))
    return found
