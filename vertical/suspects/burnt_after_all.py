"""A cold flow by the chamber's pressure that thrust or hot gas shows to be a burn: a pressure's unit is doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from hotfire.design_outputs import design_outputs
from hotfire.engine import Engine
from hotfire.log import Channel, Log
from hotfire.phases.finding import Phase, Phases
from hotfire.physics.sensors import Sensor
from hotfire.suspects.unit_suspects import mixed_up

__all__ = ["burnt_after_all"]

_BURNS = 0.5
"""Share of the design's thrust, or of a hot gas's rise, that no cold flow gives, whose gas is four times as slow."""
_NEAR = 0.3
"""Difference of logarithms by which a pressure may miss the design's in another unit, as tanks empty."""


def burnt_after_all(log: Log, engine: Engine, phases: Phases) -> str:
    """Say what contradicts a cold flow, and which pressure's unit would explain it; "" where nothing contradicts it.

    Args:
        log: With the roles of the engine's sensors.
        engine: The engine.
        phases: Of the test, by which the chamber never burnt.
    """
    if phases.burn is None:
        return ""
    design = design_outputs(engine)
    shown = [text for s in engine.sensors.values() if (text := _burn(s, log, engine, phases, design))]
    if not shown:
        return ""
    doubts = tuple(_doubts(log, engine, phases, design))
    doubt = (
        "; ".join(doubts)
        or "check the units of chamber and manifold pressures, and the chamber's sensing line"
    )
    return f"by its chamber pressure this is a cold flow, but {' and '.join(shown)}: {doubt}"


def _burn(sensor: Sensor, log: Log, engine: Engine, phases: Phases, design: Mapping[str, float]) -> str:
    """What thrust, or the temperature of a combustor's gas, shows of a burn; "" where it shows none."""
    channel, wanted = log.role(sensor.name), design.get(sensor.measures, np.nan)
    gas = sensor.kind == "temperature" and _is_combustor(sensor.measures.split(".")[0], engine)
    if channel is None or not channel.unit or not (gas or sensor.kind == "force"):
        return ""
    rest, run = _level(channel, phases.baseline), _level(channel, phases.mainstage or phases.burn)
    rest = (0.0 if sensor.kind == "force" else np.nan) if np.isnan(rest) else rest
    share = abs(run - rest) / (wanted if sensor.kind == "force" else wanted - rest)
    if not share > _BURNS:
        return ""
    if gas:
        return f"{channel.name} reads {run:.0f} K"
    return f"{channel.name} rises by {abs(run - rest) / 1e3:.3g} kN, {share:.0%} of what the burning engine gives"


def _is_combustor(component: str, engine: Engine) -> bool:
    ports = {port.name for port in engine.network.components[component].kind.ports}
    return {"oxidizer", "fuel"} <= ports


def _doubts(log: Log, engine: Engine, phases: Phases, design: Mapping[str, float]) -> Iterator[str]:
    """Pressures of the flow that are off the burning engine's by the ratio of two units."""
    ambient = engine.network.ambient_pressure
    for sensor in engine.sensors.values():
        channel = log.role(sensor.name)
        wanted = design.get(sensor.measures, ambient)
        if sensor.kind != "pressure" or channel is None or not channel.unit or wanted < 3.0 * ambient:
            continue
        rest = ambient if channel.reference == "gauge" else 0.0
        ratio = (_level(channel, phases.mainstage or phases.burn) - rest) / (wanted - rest)
        unit = mixed_up(ratio, sensor.kind, channel.unit, _NEAR) if ratio > 0.0 else ""
        if unit:
            yield (
                f"{channel.name} reads {ratio:.2g} times what the burning engine gives, as figures in {unit} taken for "
                f"{channel.unit} do; mend its unit in the log or in a channel map"
            )


def _level(channel: Channel, phase: Phase | None) -> float:
    """Median of a phase; NaN without readings."""
    if phase is None:
        return float("nan")
    inside = channel.values[(channel.time >= phase.start) & (channel.time <= phase.end)]
    inside = inside[np.isfinite(inside)]
    return float(np.median(inside)) if inside.size else float("nan")
