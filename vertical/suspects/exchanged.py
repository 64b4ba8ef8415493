"""Sensors that look exchanged, in words: a hypothesis beside those of the search, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hotfire.diagnosis import FaultEstimate, Hypothesis, Symptom
from hotfire.observing.observe import Observed
from hotfire.physics.diagnosis.exchanges import Exchange

__all__ = ["exchange_key", "exchange_warning", "with_exchange", "with_exchange_weighed"]


def exchange_key(exchange: Exchange) -> str:
    """Name of the hypothesis."""
    return " + ".join(sorted(f"{sensor}.swapped" for sensor in exchange.sensors))


def with_exchange_weighed(ranked: Mapping[str, float], exchange: Exchange | None) -> dict[str, float]:
    """Probability of all hypotheses by name, that of an exchange among them, likeliest first."""
    if exchange is None or not exchange.explains:
        return dict(ranked)
    rest = {name: p * (1.0 - exchange.probability) for name, p in ranked.items()}
    own = rest | {exchange_key(exchange): exchange.probability}
    return dict(sorted(own.items(), key=lambda item: -item[1]))


def with_exchange(
    hypotheses: Sequence[Hypothesis],
    exchange: Exchange | None,
    symptoms: Sequence[Symptom],
    *,
    least: float,
    most: int,
) -> tuple[Hypothesis, ...]:
    """Hypotheses in words, an exchange among them, likeliest first.

    Args:
        hypotheses: Of the search.
        exchange: Beside them; None for none.
        symptoms: Deviations from the sound engine.
        least: Probability from which a hypothesis is told.
        most: Hypotheses that are told.
    """
    if exchange is None or not exchange.explains:
        return tuple(hypotheses)
    rest = [replace(h, probability=h.probability * (1.0 - exchange.probability)) for h in hypotheses]
    told = [*rest, _hypothesis(exchange, symptoms)]
    kept = [h for h in told if h.probability >= least]
    return tuple(sorted(kept, key=lambda h: -h.probability))[:most]


def exchange_warning(exchange: Exchange, observed: Observed) -> str:
    """Say what the exchange is worth, and what to do."""
    channels = [c.name if (c := observed.used.get(s)) is not None else s for s in exchange.sensors]
    before, after = exchange.misfit_before, exchange.misfit
    what = f"{_summary(exchange)}; with that the sound engine's misfit falls from {before:.0f} to {after:.0f}"
    what += f" ({exchange.freedom} features)"
    if not exchange.explains:
        what += ", which leaves something that is wrong besides"
    mend = f"give {' and '.join(channels)} the right roles in a channel map, and diagnose again"
    return f"{what}: look at cables and columns, {mend}"


def _summary(exchange: Exchange) -> str:
    sensors, instead = (
        [s.replace("_", " ") for s in names] for names in (exchange.sensors, exchange.instead)
    )
    if len(sensors) > 1:
        return f"{' and '.join(sensors)} look exchanged"
    return f"{sensors[0]} looks connected in place of {instead[0]}"


def _hypothesis(exchange: Exchange, symptoms: Sequence[Symptom]) -> Hypothesis:
    """Put an exchange into words; it explains all symptoms, since the sound engine explains the log with it."""
    faults = tuple(
        FaultEstimate(
            sensor,
            "swapped",
            "sensor",
            None,
            "no size",
            None,
            f"{sensor.replace('_', ' ')} reads what {other.replace('_', ' ')} should",
            "sensor_fault",
        )
        for sensor, other in zip(exchange.sensors, exchange.instead, strict=True)
    )
    explained = tuple(s.sensor for s in symptoms)
    misfit = exchange.misfit / max(exchange.freedom, 1)
    return Hypothesis(faults, exchange.probability, explained, (), misfit, "sensor_fault", _summary(exchange))
