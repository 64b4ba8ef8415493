"""From nothing to weights: cases, training, temperature, export, card."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.experts.scores import FAMILIAR, Familiar
from hotfire.learning.examples import examples, told_examples
from hotfire.learning.recipe import Recipe, keep, kept, note_spent, spent_before
from hotfire.models.batch import collate
from hotfire.models.card import Card, write_card
from hotfire.models.checkpoint import last_checkpoint, network_of
from hotfire.models.encoding import NOMINAL
from hotfire.models.examples import Example, labelled
from hotfire.models.export import Agreement, export
from hotfire.models.network import Network, Shape
from hotfire.models.pretrained import vocabulary
from hotfire.models.runtime import SmallModel
from hotfire.models.training import Settings, best_temperature, fit, quickest_precision
from hotfire.models.words import Words
from hotfire.scenarios.generation import generate, plan, read_cases
from hotfire.scenarios.protocol import load_protocol

__all__ = ["Lessons", "export_again", "finish", "learn"]

Progress = Callable[[str], None]
_LIKE, _LIKE_TEXTS = 5500, 2500
"""Cases and texts that are kept for the router, of those that were learnt from."""
_CHECKPOINTS = "network"
"""Folder of a training's checkpoint and log."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a network learns from; the same for the same recipe and cases.

    Attributes:
        logs: Examples from logs.
        texts: What operators tell of some of them.
        held_out: Examples from logs that are not learnt from.
        held_texts: The same as operators tell of them.
        words: The vocabulary.
        known: Every hypothesis that is true in an example from a log, and `nominal`.
    """

    logs: Sequence[Example]
    texts: Sequence[Example]
    held_out: Sequence[Example]
    held_texts: Sequence[Example]
    words: Words
    known: tuple[str, ...]

    @property
    def learnt(self) -> Sequence[Example]:
        """All that is learnt from."""
        return [*self.logs, *self.texts]

    @property
    def watched(self) -> Sequence[Example]:
        """All that is watched meanwhile."""
        return [*self.held_out, *self.held_texts]

    def shape(self, recipe: Recipe, protocol: str | None) -> Shape:
        """Shape of the network."""
        return Shape(
            len(self.words.pieces), load_protocol(protocol).sensor_modes, recipe.width, recipe.layers
        )


def learn(
    recipe: Recipe,
    folder: Path,
    *,
    protocol: str | None = None,
    workers: int = 1,
    resume: bool = False,
    tell: Progress = lambda _: None,
) -> tuple[Card, Agreement]:
    """Train a model and write it to `folder / "model"`.

    Cases, checkpoints and what was tried stay beside it; with `resume` what is there is not made again.

    Args:
        recipe: What to train on.
        folder: Where to.
        protocol: File of the protocol; None for the one that ships.
        workers: Processes that make cases.
        resume: Go on with what an interrupted run left; the card counts what it took only from then on.
        tell: Told what begins.
    """
    started = _processor_seconds()
    keep(recipe, folder)
    before = spent_before(folder) if resume else 0.0
    lessons = _lessons(recipe, folder, protocol, workers, tell)
    learnt = lessons.learnt
    tell(f"training on {len(learnt):,} cases, {len(lessons.texts):,} of them texts")
    network = fit(
        lessons.shape(recipe, protocol),
        lessons.words,
        learnt,
        lessons.watched,
        _settings(recipe),
        folder / _CHECKPOINTS,
        resume=resume,
    )
    spent = before + _processor_seconds() - started
    note_spent(folder, spent)
    tell("export")
    training = {
        **asdict(recipe),
        "precision": quickest_precision(),
        "processor_seconds": round(spent),
    }
    return finish(network, lessons, training, folder / "model")


def export_again(
    folder: Path,
    output: Path,
    *,
    bits: int = 8,
    protocol: str | None = None,
    tell: Progress = lambda _: None,
) -> tuple[Card, Agreement]:
    """Write a model from the checkpoint that a training left; its cases are made again where they are missing.

    Args:
        folder: That `learn` trained in.
        output: Where the model goes.
        bits: Of a weight, 8 or 32.
        protocol: File of the protocol; None for the one that ships.
        tell: Told what begins.

    Raises:
        HotfireError: If there is no training, no checkpoint, or the checkpoint is of other cases.
    """
    recipe, spent = kept(folder)
    path = last_checkpoint(folder / _CHECKPOINTS)
    lessons = _lessons(recipe, folder, protocol, 1, tell)
    tell(f"export of {path}")
    network, epochs = network_of(path, lessons.shape(recipe, protocol), lessons.words)
    training = {**asdict(recipe), **spent, "epochs_done": epochs}
    if epochs < recipe.epochs:
        tell(f"the training was stopped after {epochs} of {recipe.epochs} epochs")
    return finish(network, lessons, training, output, bits=bits)


def finish(
    network: Network,
    lessons: Lessons,
    training: Mapping[str, Any],
    folder: Path,
    *,
    bits: int = 8,
) -> tuple[Card, Agreement]:
    """Export a trained network, settle its temperature on the exported weights, and keep what is familiar to it.

    Args:
        network: Trained.
        lessons: What it learnt from.
        training: For the card.
        folder: Where to.
        bits: Of a weight, 8 or 32.
    """
    held_out = lessons.held_out
    few = [e.case for e in held_out[:: max(1, len(held_out) // 500)]]
    agreement = export(network, lessons.words, few, folder, bits=bits)
    cut = "eight bits" if bits == 8 else f"{bits} bits"
    figures = {
        "torch and ONNX, largest difference of a logit": agreement.logits,
        f"torch and {cut}, same first hypothesis": agreement.first,
        f"torch and {cut}, mean difference of a probability": agreement.probability,
    }
    card = Card(time.strftime("%Y-%m-%d"), network.shape.modes, lessons.known, 1.0, training, figures)
    write_card(card, folder)
    card = replace(card, temperature=_temperature(SmallModel(folder), held_out))
    write_card(card, folder)
    _familiar(lessons, folder)
    return card, agreement


def _temperature(model: SmallModel, held_out: Sequence[Example]) -> float:
    """Temperature of least log loss of the exported weights on cases that were not learnt from."""
    order = sorted(held_out, key=lambda e: e.length)
    made = [labelled(order[i : i + 64], model.words, model.card.modes) for i in range(0, len(order), 64)]
    logits = [model.logits(batch.inputs)[0] for batch in made]
    return best_temperature(logits, [b.allowed for b in made], [b.truth for b in made])


def _familiar(lessons: Lessons, folder: Path) -> None:
    """Keep what the training cases were like, for the router; a seeded few thousand say enough."""
    model = SmallModel(folder)
    random = np.random.default_rng(0)
    few = [*_some(lessons.logs, _LIKE, random), *_some(lessons.texts, _LIKE_TEXTS, random)]
    order = sorted(few, key=lambda e: e.length)
    features = [
        model.logits(collate([e.case for e in order[i : i + 64]], model.words))[1]
        for i in range(0, len(order), 64)
    ]
    phrases = {p for e in lessons.learnt for p in (*e.case.places, *e.case.context)}
    found = Familiar.of(np.concatenate(features), [e.label for e in order], sorted(phrases))
    found.write(folder / FAMILIAR)


def _some(examples: Sequence[Example], count: int, random: np.random.Generator) -> list[Example]:
    return [examples[i] for i in random.permutation(len(examples))[:count]]


def _processor_seconds() -> float:
    """Processor time of this process and of those that it started and that have ended, s."""
    own = os.times()
    return own.user + own.system + own.children_user + own.children_system


def _lessons(recipe: Recipe, folder: Path, protocol: str | None, workers: int, tell: Progress) -> Lessons:
    """Make or read the cases and what is learnt from them."""
    random = np.random.default_rng(recipe.seed)
    chosen = random.permutation(recipe.cases)[: recipe.texts]
    made = {s: _records(folder, s, n, protocol, workers, tell) for s, n in _splits(recipe).items()}
    tell("reading cases")
    told: dict[int, dict[str, Any]] = {}
    logs = list(examples(_noting(made["train"], frozenset(chosen.tolist()), told)))
    held_records = list(made["validation"])
    held_out = list(examples(held_records))
    texts = told_examples([told[i] for i in chosen.tolist() if i in told], recipe.seed, workers=workers)
    held_texts = told_examples(held_records, recipe.seed + 1, workers=workers) if texts else []
    known = tuple(sorted({e.label for e in logs} | {NOMINAL}))
    return Lessons(logs, texts, held_out, held_texts, vocabulary(_phrases([*logs, *texts])), known)


def _splits(recipe: Recipe) -> dict[str, int]:
    return {"train": recipe.cases, "validation": recipe.validation}


def _records(
    folder: Path, split: str, count: int, protocol: str | None, workers: int, tell: Progress
) -> Iterator[dict[str, Any]]:
    """Make the cases of a split that are not there; yield all as they are read, since many do not fit in memory."""
    shards = plan(load_protocol(protocol), split, cases=count)
    tell(f"cases of the split {split}: {count:,}")
    own = folder / f"{split}-{count}"
    generate(shards, own, protocol_path=protocol, workers=workers)
    return read_cases(own, f"{split}-*")


def _noting(
    records: Iterable[dict[str, Any]], wanted: frozenset[int], noted: dict[int, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Pass records on, and note those with the wanted numbers."""
    for number, record in enumerate(records):
        if number in wanted:
            noted[number] = record
        yield record


def _settings(recipe: Recipe) -> Settings:
    return Settings(epochs=recipe.epochs, seed=recipe.seed, texts=recipe.texts > 0)


def _phrases(made: Sequence[Example]) -> set[str]:
    """Everything that is read as words."""
    return {p for e in made for p in (*e.case.places, *e.case.faults, *e.case.context, e.case.text)}
