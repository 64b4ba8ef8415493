"""From nothing to weights: cases, two stages of training, temperature, export, card."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hotfire.experts.scores import FAMILIAR, Familiar
from hotfire.learning import examples, told_examples
from hotfire.models.batch import collate
from hotfire.models.card import Card, write_card
from hotfire.models.encoding import NOMINAL
from hotfire.models.examples import Example, labelled
from hotfire.models.export import Agreement, export
from hotfire.models.network import Network, Shape
from hotfire.models.pretrained import vocabulary
from hotfire.models.runtime import SmallModel
from hotfire.models.training import Settings, best_temperature, fit
from hotfire.models.words import Words
from hotfire.scenarios.generation import generate, plan, read_cases
from hotfire.scenarios.protocol import load_protocol

__all__ = ["Recipe", "learn"]

Progress = Callable[[str], None]
_LIKE = 8000


@dataclass(frozen=True)
class Recipe:
    """What a model is trained on, and for how long.

    Attributes:
        cases: Training cases, described from logs.
        epochs: Times that each is seen.
        texts: Training cases of the second stage that operators tell of.
        beside: Cases from logs for each of them, so that the second stage does not unlearn the first.
        text_epochs: Times that each of these is seen.
        validation: Cases that set the temperature.
        width, layers: Of the network.
        seed: Of everything that is drawn.
    """

    cases: int = 150_000
    epochs: int = 10
    texts: int = 32_000
    beside: int = 2
    text_epochs: int = 2
    validation: int = 2_000
    width: int = 128
    layers: int = 3
    seed: int = 0


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
        resume: Go on with what an interrupted run left.
        tell: Told what begins.
    """
    started = _processor_seconds()
    records = {s: _records(folder, s, n, protocol, workers, tell) for s, n in _splits(recipe).items()}
    random = np.random.default_rng(recipe.seed)
    tell("reading cases")
    logs, held_out = list(examples(records["train"])), list(examples(records["validation"]))
    chosen = random.permutation(len(records["train"]))[: recipe.texts].tolist()
    texts = told_examples([records["train"][i] for i in chosen], recipe.seed, workers=workers)
    held_texts = told_examples(records["validation"], recipe.seed + 1, workers=workers) if texts else []
    words = vocabulary(_phrases([*logs, *texts]))
    shape = Shape(len(words.pieces), load_protocol(protocol).sensor_modes, recipe.width, recipe.layers)
    again = random.permutation(len(logs))[: recipe.beside * len(texts)].tolist()
    stages = {"logs": logs, "texts": [*(logs[i] for i in again), *texts]} if texts else {"logs": logs}
    network: Network | None = None
    for stage, own in stages.items():
        tell(f"training on {stage}: {len(own):,} cases")
        settings = _settings(recipe, stage)
        watched = held_out if stage == "logs" else [*held_out, *held_texts]
        network = fit(shape, words, own, watched, settings, folder / stage, start=network, resume=resume)
    assert network is not None
    tell("export")
    known = sorted({e.label for e in logs} | {NOMINAL})
    training = {**recipe.__dict__, "processor_seconds": round(_processor_seconds() - started)}
    made = finish(network, words, held_out, known, training, folder / "model")
    _familiar(stages[stage], folder / "model")
    return made


def finish(
    network: Network,
    words: Words,
    held_out: Sequence[Example],
    known: Sequence[str],
    training: dict[str, Any],
    folder: Path,
) -> tuple[Card, Agreement]:
    """Export a trained network and settle its temperature on the exported weights."""
    agreement = export(network, words, [e.case for e in held_out[:: max(1, len(held_out) // 500)]], folder)
    figures = {
        "torch and ONNX, largest difference of a logit": agreement.logits,
        "torch and eight bits, same first hypothesis": agreement.first,
        "torch and eight bits, mean difference of a probability": agreement.probability,
    }
    card = Card(time.strftime("%Y-%m-%d"), network.shape.modes, tuple(known), 1.0, training, figures)
    write_card(card, folder)
    card = replace(card, temperature=_temperature(SmallModel(folder), held_out))
    write_card(card, folder)
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


def _splits(recipe: Recipe) -> dict[str, int]:
    return {"train": recipe.cases, "validation": recipe.validation}


def _records(
    folder: Path, split: str, count: int, protocol: str | None, workers: int, tell: Progress
) -> list[dict[str, Any]]:
    """Make the cases of a split that are not there, and read all."""
    shards = plan(load_protocol(protocol), split, cases=count)
    tell(f"cases of the split {split}: {count:,}")
    own = folder / f"{split}-{count}"
    generate(shards, own, protocol_path=protocol, workers=workers)
    return list(read_cases(own, f"{split}-*"))


def _settings(recipe: Recipe, stage: str) -> Settings:
    if stage == "logs":
        return Settings(epochs=recipe.epochs, seed=recipe.seed, texts=False)
    return Settings(epochs=recipe.text_epochs, seed=recipe.seed + 1, rate=5e-4)


def _phrases(made: Sequence[Example]) -> set[str]:
    """Everything that is read as words."""
    return {p for e in made for p in (*e.case.places, *e.case.faults, *e.case.context, e.case.text)}
