"""The command line: generate, train, evaluate, solve, learn, endure."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from tum_hopper.definition import SPLITS
from tum_hopper.generation import cache_folder, generate

__all__ = ["main"]


def main() -> None:
    """Run one of the steps; generation, the LSTM's training and the hours go on where they were interrupted."""
    parser = argparse.ArgumentParser(description="TUM hopper, rebuild from the description")
    steps = parser.add_subparsers(dest="step", required=True)
    making = steps.add_parser("generate", help="make the runs")
    making.add_argument("--splits", nargs="+", default=list(SPLITS), choices=list(SPLITS))
    making.add_argument("--most", type=int, help="chunks of each split after which to stop")
    making.set_defaults(run=_generate)
    for name, run in (("train", _train), ("evaluate", _evaluate)):
        step = steps.add_parser(name, help=f"{name} the network")
        step.add_argument("--epochs", type=int, default=16)
        step.add_argument("--batches", type=int, default=200, help="batches of 256 windows in an epoch")
        step.add_argument("--width", type=int, default=128, help="units of a layer (published: 256)")
        step.set_defaults(run=run)
        if name == "evaluate":
            step.add_argument("--stride", type=int, default=8, help="look at every so-manieth sample")
            step.add_argument("--noise", type=float, default=0.0, help="of the sensors, over their span")
    solving = steps.add_parser("solve", help="label the test runs by the solver, which is not trained")
    solving.add_argument("--stride", type=int, default=8, help="count every so-manieth sample")
    solving.add_argument("--noise", type=float, default=0.0, help="of the sensors, over their span")
    solving.add_argument("--split", default="test", choices=list(SPLITS), help="`train` to develop on")
    solving.add_argument("--most", type=int, help="runs of each split after which to stop")
    solving.set_defaults(run=_solve)
    learning = steps.add_parser("learn", help="train the small network on a tenth of the runs, and judge it")
    ways = ("residuals", "channels")
    learning.add_argument("--ways", nargs="+", default=ways, choices=ways, help="what the network reads")
    learning.add_argument("--epochs", type=int, default=10)
    learning.add_argument("--batches", type=int, default=100, help="batches of 512 samples in an epoch")
    learning.add_argument("--stride", type=int, default=8, help="count every so-manieth sample")
    learning.add_argument("--noise", type=float, default=0.0, help="of the sensors, over their span")
    learning.add_argument("--most", type=int, help="parts (of 17) of each judged split after which to stop")
    learning.set_defaults(run=_learn)
    enduring = steps.add_parser("endure", help="hours of sound flights by the solver: how often it alarms")
    enduring.add_argument("--flights", type=int, default=1300)
    enduring.add_argument("--noise", type=float, nargs="+", default=[0.0, 0.0008], help="over the span")
    enduring.set_defaults(run=_endure)
    arguments = parser.parse_args()
    arguments.run(arguments)


def _generate(arguments: argparse.Namespace) -> None:
    seconds = generate(tuple(arguments.splits), most=arguments.most)
    print(f"{cache_folder()}: {seconds:.0f} s of processor")


def _train(arguments: argparse.Namespace) -> None:
    from tum_hopper.training import train

    print(train(epochs=arguments.epochs, batches=arguments.batches, width=arguments.width))


def _evaluate(arguments: argparse.Namespace) -> None:
    from tum_hopper.evaluation import figures
    from tum_hopper.labelling import outcomes
    from tum_hopper.report import table

    begin = time.process_time()
    network = (
        cache_folder() / f"network-{arguments.width}-{arguments.epochs}x{arguments.batches}" / "best.ckpt"
    )
    faulty, sound = (
        list(outcomes(network, split, stride=arguments.stride, noise=arguments.noise, folder=None))
        for split in ("test", "sound")
    )
    found = figures(faulty, sound)
    course = [json.loads(line) for line in (network.parent / "course.jsonl").read_text().splitlines()]
    epochs = {line["epoch"] for line in course}  # one that was interrupted stands there twice
    found["training"] = {
        "epochs": len(epochs),
        "windows": len(epochs) * arguments.batches * 256,
        "seconds": sum(line["seconds"] for line in course),
    }
    found["evaluation seconds"] = time.process_time() - begin
    kept: Path = network.parent / f"figures-noise-{arguments.noise:g}.json"
    kept.write_text(json.dumps(found, indent=1))
    print(table(found))


def _solve(arguments: argparse.Namespace) -> None:
    from tum_hopper.evaluation import figures
    from tum_hopper.report import table
    from tum_hopper.solver import solved

    begin = time.process_time()
    faulty, sound = (
        list(solved(split, stride=arguments.stride, noise=arguments.noise, folder=None, most=arguments.most))
        for split in (arguments.split, "sound")
    )
    found = figures(faulty, sound) | {"evaluation seconds": time.process_time() - begin}
    kept = cache_folder() / f"solver-{arguments.split}-noise-{arguments.noise:g}.json"
    kept.write_text(json.dumps(found, indent=1))
    print(table(found, who="solver"))


def _learn(arguments: argparse.Namespace) -> None:
    from tum_hopper.evaluation import figures
    from tum_hopper.learning import answers, train
    from tum_hopper.report import side_by_side

    noise = arguments.noise
    folder = cache_folder() / f"small-{arguments.epochs}x{arguments.batches}-noise-{noise:g}"
    found: dict[str, Any] = {}
    for way in arguments.ways:
        training = train(folder, way, epochs=arguments.epochs, batches=arguments.batches, noise=noise)
        faulty, sound = (
            answers(folder, split, way, stride=arguments.stride, noise=noise, most=arguments.most)
            for split in ("test", "sound")
        )
        found[way] = figures(faulty, sound) | {"training": training}
    (folder / "figures.json").write_text(json.dumps(found, indent=1))
    print(side_by_side(found))


def _endure(arguments: argparse.Namespace) -> None:
    from tum_hopper.endurance import endure, told

    for noise, found in endure(arguments.flights, arguments.noise).items():
        print(told(found, noise))
