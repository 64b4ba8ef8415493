"""Which expert is asked of a case, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hotfire.physics.errors import HotfireError

__all__ = ["DEFAULT_EXPERT", "EXPERTS", "FAULTS", "MOST_FAULTS", "PROVIDERS", "Asked"]

EXPERTS = ("auto", "neural", "symbolic")
DEFAULT_EXPERT = "auto"
PROVIDERS = ("auto", "cuda", "cpu")
FAULTS = (1, 2, 3)
MOST_FAULTS = 2
"""Faults at once that are weighed where nobody asks for more."""


@dataclass(frozen=True)
class Asked:
    """Which expert is asked.

    Attributes:
        expert: `symbolic`, the search over the physics; `neural`, the small model; or `auto`, which trusts the model
            where its claim passes a check and its risk is low, and searches elsewhere.
        model: Folder of another model than the one that ships.
        provider: What the model runs on: `cuda`, `cpu`, or `auto` for a GPU where one starts.
        budget: Processor time in s that `auto` may spend on a search; None for no limit.
        faults: Faults at once that are weighed, one to three. Other than two are searched for by `auto` as well, since
            the model was not asked for them.
    """

    expert: str = DEFAULT_EXPERT
    model: Path | None = None
    provider: str = "auto"
    budget: float | None = None
    faults: int = MOST_FAULTS

    def __post_init__(self) -> None:
        """Refuse what does not go together.

        Raises:
            HotfireError: If it does not.
        """
        for name, chosen, choices in (
            ("expert", self.expert, EXPERTS),
            ("provider", self.provider, PROVIDERS),
        ):
            if chosen not in choices:
                raise HotfireError(
                    f"there is no {name} {chosen!r}", remedy=f"name one of {', '.join(choices)}"
                )
        stray = [
            *(["a model"] if self.model is not None else []),
            *(["a provider"] if self.provider != "auto" else []),
        ]
        if self.expert == "symbolic" and stray:
            raise HotfireError(
                f"{' and '.join(stray)} with the symbolic expert",
                why="it works answers out by the physics and asks no model",
                remedy="leave it out, or ask the expert `auto` or `neural`",
            )
        if self.faults not in FAULTS:
            raise HotfireError(
                f"{self.faults} faults at once are not weighed", remedy="give 1, 2 or 3 (two if left out)"
            )
        if self.expert == "neural" and self.faults != MOST_FAULTS:
            raise HotfireError(
                f"{self.faults} faults at once with the neural expert",
                why="how many faults the small model names was settled by its training",
                remedy="leave it out, or ask the expert `symbolic`",
            )
        if self.budget is not None and self.expert != "auto":
            raise HotfireError(
                f"a budget with the {self.expert} expert",
                why="it limits when the router hands over to the search",
                remedy="leave it out, or ask the expert `auto`",
            )
        if self.budget is not None and not self.budget >= 0.0:
            raise HotfireError(f"{self.budget} is not a budget in s", remedy="give 0 or more")
