"""Options that say which expert is asked."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hotfire.experts.asked import DEFAULT_EXPERT, EXPERTS, FAULTS, MOST_FAULTS, PROVIDERS, Asked

if TYPE_CHECKING:
    from hotfire.diagnosis import Cost

__all__ = ["asked", "configure", "priced"]


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
    parser.add_argument(
        "--faults",
        type=int,
        choices=FAULTS,
        default=MOST_FAULTS,
        metavar="N",
        help=f"faults at once that are weighed, 1 to 3 ({MOST_FAULTS}); for others than {MOST_FAULTS} the physics is "
        "searched",
    )
    parser.add_argument(
        "--rate-cpu", type=float, metavar="PRICE", help="of an hour of one core: puts prices on the costs"
    )
    parser.add_argument("--rate-call", type=float, metavar="PRICE", help="of one call of the small model")


def asked(arguments: argparse.Namespace) -> Asked:
    """Return which expert is asked."""
    return Asked(arguments.expert, arguments.model, arguments.provider, arguments.budget, arguments.faults)


def priced(costs: Mapping[str, Cost], arguments: argparse.Namespace) -> Mapping[str, Cost]:
    """Return costs, with prices where a rate is given; what is not given is free."""
    if arguments.rate_cpu is None and arguments.rate_call is None:
        return costs
    from hotfire.experts.costs import priced
    from hotfire.router.ledger import Rates

    return priced(costs, Rates(arguments.rate_cpu or 0.0, arguments.rate_call or 0.0))
