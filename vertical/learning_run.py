"""From nothing to weights: cases, two stages of training, temperature, export, card."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.experts.scores import FAMILIAR, Familiar
from hotfire.learning import examples, told_examples
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
from hotfire.recipe import Recipe, keep, kept, note_spent, spent_before
from hotfire.scenarios.generation import generate, plan, read_cases
from hotfire.scenarios.protocol import load_protocol

__all__ = ["Lessons", "export_again", "finish", "learn"]

Progress = Callable[[str], None]
_LIKE = 8000


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a network learns from; the same for the same recipe and cases.

    Attributes:
        stages: Examples of each stage, in their order.
        held_out: Examples from logs that are not learnt from.
        held_texts: The same as operators tell of them.
        words: The vocabulary.
        known: Every hypothesis that is true in an example from a log, and `nominal`.
    """

    stages: Mapping[str, Sequence[Example]]
    held_out: Sequence[Example]
    held_texts: Sequence[Example]
    words: Words
    known: tuple[str, ...]

    def watched(self, stage: str) -> Sequence[Example]:
        """Examples that are watched in a stage."""
        return self.held_out if stage == "logs" else [*self.held_out, *self.held_texts]

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
        resume: Go on with what an interrupted run left; what it took counts on the card, but for a stage that it did
            not finish.
        tell: Told what begins.
    """
    started = _processor_seconds()
    keep(recipe, folder)
    before = spent_before(folder) if resume else 0.0
    lessons = _lessons(recipe, folder, protocol, workers, tell)
    shape = lessons.shape(recipe, protocol)
    network: Network | None = None
    for stage, own in lessons.stages.items():
        tell(f"training on {stage}: {len(own):,} cases")
        network = fit(
            shape,
            lessons.words,
            own,
            lessons.watched(stage),
            _settings(recipe, stage),
            folder / stage,
            start=network,
            resume=resume,
        )
        note_spent(folder, before + _processor_seconds() - started)
    assert network is not None
    tell("export")
    training = {
        **asdict(recipe),
        "precision": quickest_precision(),
        "processor_seconds": round(before + _processor_seconds() - started),
    }
    return finish(network, lessons, training, folder / "model")


def export_again(
    folder: Path,
    output: Path,
    *,
    bits: int = 8,
    stage: str | None = None,
    protocol: str | None = None,
    tell: Progress = lambda _: None,
) -> tuple[Card, Agreement]:
    """Write a model from the checkpoint that a training left; its cases are made again where they are missing.

    Args:
        folder: That `learn` trained in.
        output: Where the model goes.
        bits: Of a weight, 8 or 32.
        stage: `logs` or `texts`; None for the last that has a checkpoint.
        protocol: File of the protocol; None for the one that ships.
        tell: Told what begins.

    Raises:
        HotfireError: If there is no training, no checkpoint, or the checkpoint is of other cases.
    """
    recipe, spent = kept(folder)
    stage, path = last_checkpoint(folder, stage)
    lessons = _lessons(recipe, folder, protocol, 1, tell)
    tell(f"export of {path}")
    network, epochs = network_of(path, lessons.shape(recipe, protocol), lessons.words)
    wanted = _settings(recipe, stage).epochs
    training = {**asdict(recipe), **spent, "stage": stage, "epochs_of_stage": epochs}
    if epochs < wanted:
        tell(f"the stage {stage} was stopped after {epochs} of {wanted} epochs")
    return finish(network, lessons, training, output, stage=stage, bits=bits)


def finish(
    network: Network,
    lessons: Lessons,
    training: Mapping[str, Any],
    folder: Path,
    *,
    stage: str | None = None,
    bits: int = 8,
) -> tuple[Card, Agreement]:
    """Export a trained network, settle its temperature on the exported weights, and keep what is familiar to it.

    Args:
        network: Trained.
        lessons: What it learnt from.
        training: For the card.
        folder: Where to.
        stage: The last one that it learnt; None for the last there is.
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
    _familiar(lessons.stages[stage or list(lessons.stages)[-1]], folder)
    return card, agreement


def _temperature(model: SmallModel, held_out: Sequence[Example]) -> float:
    """Temperature of least log loss of the exported weights on cases that were not learnt from."""
    order = sorted(held_out, key=lambda e: e.length)
    made = [labelled(order[i : i + 64], model.words, model.card.modes) for i in range(0, len(order), 64)]
    logits = [model.logits(batch.inputs)[0] for batch in made]
    return best_temperature(logits, [b.allowed for b in made], [b.truth for b in made])


def _familiar(learnt: Sequence[Example], folder: Path) -> None:
    """Keep what the training cases were like, for the router; a seeded few thousand say enough."""
    model = SmallModel(folder)
    few = [learnt[i] for i in np.random.default_rng(0).permutation(len(learnt))[:_LIKE]]
    order = sorted(few, key=lambda e: e.length)
    features = [
        model.logits(collate([e.case for e in order[i : i + 64]], model.words))[1]
        for i in range(0, len(order), 64)
    ]
    phrases = {p for e in learnt for p in (*e.case.places, *e.case.context)}
    found = Familiar.of(np.concatenate(features), [e.label for e in order], sorted(phrases))
    found.write(folder / FAMILIAR)


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
    again = random.permutation(len(logs))[: recipe.beside * len(texts)].tolist()
    stages = {"logs": logs, "texts": [*(logs[i] for i in again), *texts]} if texts else {"logs": logs}
    known = tuple(sorted({e.label for e in logs} | {NOMINAL}))
    return Lessons(stages, held_out, held_texts, vocabulary(_phrases([*logs, *texts])), known)


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


def _settings(recipe: Recipe, stage: str) -> Settings:
    if stage == "logs":
        return Settings(epochs=recipe.epochs, seed=recipe.seed, texts=False)
    return Settings(epochs=recipe.text_epochs, seed=recipe.seed + 1, rate=3e-4)


def _phrases(made: Sequence[Example]) -> set[str]:
    """Everything that is read as words."""
    return {p for e in made for p in (*e.case.places, *e.case.faults, *e.case.context, e.case.text)}
