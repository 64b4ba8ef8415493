"""How an engine feeds its chamber, read from what it is made of."""

from __future__ import annotations

from hotfire.physics.network import Network

__all__ = ["CYCLES", "cycle_of"]

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


def cycle_of(network: Network) -> str:
    """Return the short name of an engine's cycle, one of `CYCLES`."""
    kinds = {c.name: c.kind.type_name for c in network.components.values()}
    turbines = [n for n, kind in kinds.items() if kind == "turbine"]
    if not turbines:
        fed = {"motor": "EP", "hybrid_combustor": "HY"}
        return next((cycle for kind, cycle in fed.items() if kind in kinds.values()), "PF")
    if any(stream.source[1] == "tap" for stream in network.streams):
        return "TO"
    if "gas_generator" not in kinds.values():
        return "EX"
    return "SC" if network.burnt_at(turbines[0])[0] == network.burner else "GG"
