"""How an engine feeds its chamber, read from what it is made of."""

from __future__ import annotations

from collections.abc import Mapping

from hotfire.physics.network import Network

__all__ = ["CYCLES", "cycle_in_words", "cycle_of"]

CYCLES = {
    "PF": "pressure-fed",
    "HY": "hybrid",
    "EP": "electric pumps",
    "GG": "gas generator",
    "TO": "tap-off",
    "EX": "expander",
    "SC": "staged combustion",
}
"""Cycles by their short names, as catalogues of failure modes have them."""
_SHORT = {
    "monopropellant": "PF",
    "pressure-fed": "PF",
    "hybrid": "HY",
    "electric pump": "EP",
    "gas generator": "GG",
    "tap-off": "TO",
    "closed expander": "EX",
    "expander bleed": "EX",
}


def cycle_of(network: Network) -> str:
    """Return the short name of an engine's cycle, one of `CYCLES`."""
    return _SHORT.get(cycle_in_words(network), "SC")


def cycle_in_words(network: Network) -> str:
    """Return the cycle in words, as the components and what they feed tell it."""
    kinds = {name: c.kind.type_name for name, c in network.components.items()}
    turbines = [n for n, kind in kinds.items() if kind == "turbine"]
    if "catalyst_bed" in kinds.values() and "combustor" not in kinds.values():
        return "monopropellant"
    if "hybrid_combustor" in kinds.values():
        return "hybrid"
    if "motor" in kinds.values():
        return "electric pump"
    if not turbines:
        return "pressure-fed"
    return _turbine_cycle(network, kinds, turbines)


def _turbine_cycle(network: Network, kinds: Mapping[str, str], turbines: list[str]) -> str:
    """Tell turbine cycles apart: by what drives the turbines, and by whether its gas is burnt again."""
    burners = [n for n, kind in kinds.items() if kind in ("gas_generator", "catalyst_bed", "steam_generator")]
    again = {network.burnt_at(t)[1] for t in turbines} - {""}
    if burners:
        if not again:
            return "gas generator"
        sides = {"oxidizer": "oxidizer-rich", "fuel": "fuel-rich"}
        return "full-flow staged combustion" if len(again) == 2 else f"{sides[again.pop()]} staged combustion"
    import networkx as nx

    if any(network.burner in nx.ancestors(network.graph, t) for t in turbines):
        return "tap-off"
    return "closed expander" if again else "expander bleed"
