"""Components of an engine file that ask for what is not known of what flows through them."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx

from hotfire.engine import Engine
from hotfire.engine_files.yaml_lines import LineDict
from hotfire.physics.errors import EngineError, NotFollowedError

__all__ = ["not_followed"]


def not_followed(
    error: NotFollowedError, engine: Engine, section: LineDict, fail: Callable[..., EngineError]
) -> EngineError:
    """Return the error that names the component with its line, and how the engine is described so that it is known.

    Args:
        error: That the equations raised.
        engine: As read.
        section: Of the components.
        fail: Makes an error with file and line.
    """
    network, name = engine.network, error.component
    kind = network.components[name].kind.type_name
    if error.handed_on:
        return _not_handed_on(error, engine, section, fail)
    tanks = [t for t in nx.ancestors(network.graph, name) if _knows_density_alone(engine, t)]
    named = [t for t in sorted(tanks) if "fluid" in network.components[t].kind.options]
    ways = [_described(t, engine, section) for t in named]
    if not named:
        ways = ["let a tank feed it that takes `fluid` and `temperature` (regulated_tank, blowdown_tank)"]
    if kind == "regenerative_jacket":
        ways.append("or take a `cooling_jacket`, which computes no heating")
    of = " and ".join(f"`{t}`" for t in sorted(tanks)) or "its tank"
    return fail(
        f"`{name}` ({kind}) needs the {error.quantity} of what flows through it, which is not followed",
        section,
        name,
        why=f"{of} gives a density alone, and a liquid of one density has no temperature",
        remedy="; ".join(ways),
    )


def _not_handed_on(
    error: NotFollowedError, engine: Engine, section: LineDict, fail: Callable[..., EngineError]
) -> EngineError:
    network, name = engine.network, error.component
    sources = [f"`{n}` ({network.components[n].kind.type_name})" for n in network.graph.predecessors(name)]
    return fail(
        f"`{name}` ({network.components[name].kind.type_name}) cannot be fed by {' and '.join(sources)}",
        section,
        name,
        why=f"it needs `{error.quantity}` of what enters, which that does not hand on",
        remedy="take a component of another type for one of the two: behind gas generators and turbines an `exhaust` "
        "takes the place of a `nozzle`, and liquids come from tanks",
    )


def _knows_density_alone(engine: Engine, name: str) -> bool:
    placed = engine.network.components[name]
    holds = any(p.endswith("propellant_mass") for p in placed.parameters)
    return holds and placed.fluid is None


def _described(tank: str, engine: Engine, section: LineDict) -> str:
    propellant = engine.propellants.get(engine.network.side_of(tank), "LOX")
    line = section[tank].line("density") if isinstance(section[tank], LineDict) else 0
    place = f" (line {line})" if line else ""
    return (
        f"in `{tank}`{place}, write `fluid: {propellant}, temperature: ...` in place of `density`, "
        "and its other numbers as they are"
    )
