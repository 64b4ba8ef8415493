"""The command line: generate, train, evaluate."""

from __future__ import annotations

import argparse

from tum_hopper.definition import SPLITS
from tum_hopper.generation import cache_folder, generate

__all__ = ["main"]


def main() -> None:
    """Run one of the three steps; each goes on where it was interrupted."""
    parser = argparse.ArgumentParser(description="TUM hopper, rebuild from the description")
    steps = parser.add_subparsers(dest="step", required=True)
    making = steps.add_parser("generate", help="make the runs")
    making.add_argument("--splits", nargs="+", default=list(SPLITS), choices=list(SPLITS))
    making.add_argument("--most", type=int, help="chunks of each split after which to stop")
    arguments = parser.parse_args()
    seconds = generate(tuple(arguments.splits), most=arguments.most)
    print(f"{cache_folder()}: {seconds:.0f} s of processor")
