"""Options that say which expert is asked."""

from __future__ import annotations

import argparse
from pathlib import Path

from hotfire.asked import DEFAULT_EXPERT, EXPERTS, PROVIDERS, Asked

__all__ = ["asked", "configure"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--expert",
        choices=EXPERTS,
        default=DEFAULT_EXPERT,
        metavar="WHO",
        help="`symbolic` searches the physics, `neural` asks the small model, `auto` trusts the model where its claim "
        f"passes a check and its risk is low, and searches elsewhere ({DEFAULT_EXPERT})",
    )
    parser.add_argument("--model", type=Path, metavar="FOLDER", help="another model than the one that ships")
    parser.add_argument(
        "--provider",
        choices=PROVIDERS,
        default="auto",
        metavar="WHAT",
        help="what the model runs on: `cuda`, `cpu`, or `auto`, a GPU where one starts (auto)",
    )
    parser.add_argument(
        "--budget",
        type=float,
        metavar="SECONDS",
        help="processor time that `auto` may spend on a search; where one usually takes longer, the model's "
        "answer stands",
    )


def asked(arguments: argparse.Namespace) -> Asked:
    """Return which expert is asked."""
    return Asked(arguments.expert, arguments.model, arguments.provider, arguments.budget)
