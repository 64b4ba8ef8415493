"""The section `connections` of an engine file: which port feeds which."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping

from hotfire.engine_files.sections import Sections
from hotfire.physics.declaration import Port
from hotfire.physics.errors import EngineError
from hotfire.physics.network import Network
from hotfire.physics.placing import PlacedComponent, Stream

__all__ = ["read_network"]


def read_network(sections: Sections, components: Mapping[str, PlacedComponent], ambient: float) -> Network:
    """Connect components as the file says.

    Args:
        sections: Of the file.
        components: By name.
        ambient: Pressure in Pa.

    Raises:
        EngineError: If a connection fits no ports, or several, or the network is none that can be solved.
    """
    pairs: list[tuple[tuple[str, str], tuple[str, str], str, bool]] = []
    chains = sections.data.get("connections")
    if not isinstance(chains, list):
        raise sections.fail(
            "`connections` is not a list",
            sections.data,
            "connections",
            remedy="write chains such as `- fuel_tank -> fuel_valve -> chamber.fuel`",
        )
    for chain in chains:
        # `a ~> b` marks the stream from a to b as one that runs back.
        ends = [end.strip() for end in str(chain).replace("~>", "->~").split("->")]
        pairs += [
            (*_link(sections, a.lstrip("~ "), b.lstrip("~ "), components), b.startswith("~"))
            for a, b in itertools.pairwise(ends)
        ]
    streams = [
        Stream(source, target, medium, components[source[0]].port(source[1]).many, returns)
        for source, target, medium, returns in pairs
    ]
    try:
        return Network(components, tuple(streams), ambient)
    except EngineError as error:
        raise sections.fail(
            error.what, sections.data, "connections", why=error.where, remedy=error.remedy
        ) from error


def _link(
    sections: Sections, upstream: str, downstream: str, components: Mapping[str, PlacedComponent]
) -> tuple[tuple[str, str], tuple[str, str], str]:
    """Find the two ports that a connection means; where several would do, those of one medium."""
    sources, targets = (
        _ports(sections, upstream, "out", components),
        _ports(sections, downstream, "in", components),
    )
    fitting = [(a, b) for a in sources for b in targets if _same_medium(a, b)]
    if len(fitting) > 1:
        # A chain follows the propellant; other media are named.
        fitting = [pair for pair in fitting if pair[0].fluid] or fitting
        fitting = [(a, b) for a, b in fitting if not a.optional and not b.optional] or fitting
    if len(fitting) != 1:
        names = [f"{upstream.partition('.')[0]}.{p.name}" for p in sources]
        names += [f"{downstream.partition('.')[0]}.{p.name}" for p in targets]
        raise sections.fail(
            f"`{upstream} -> {downstream}` "
            + ("fits no pair of ports" if not fitting else "fits several ports"),
            sections.data,
            "connections",
            remedy=f"name the ports: {', '.join(names)}",
        )
    source, target = fitting[0]
    return (
        (upstream.partition(".")[0], source.name),
        (downstream.partition(".")[0], target.name),
        source.medium,
    )


def _ports(
    sections: Sections, end: str, direction: str, components: Mapping[str, PlacedComponent]
) -> list[Port]:
    """Ports that an end of a connection can mean."""
    name, _, port = end.partition(".")
    if name not in components:
        near = difflib.get_close_matches(name, components, n=2, cutoff=0.4)
        raise sections.fail(
            f"connection names `{name}`, which is no component",
            sections.data,
            "connections",
            remedy=f"did you mean {' or '.join(near)}?" if near else "",
        )
    ports = [p for p in components[name].kind.ports if p.direction == direction]
    chosen = [p for p in ports if port in ("", p.name)]
    if chosen:
        return chosen
    raise sections.fail(
        f"`{end}` names no {direction}going port of {name}",
        sections.data,
        "connections",
        remedy=f"use {' or '.join(f'{name}.{p.name}' for p in ports) or 'another component'}",
    )


def _same_medium(source: Port, target: Port) -> bool:
    """Whether a stream can join two ports: matter of any phase, or the same medium."""
    return (source.fluid and target.fluid) or source.medium == target.medium
