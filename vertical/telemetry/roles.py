"""Which channel plays which sensor of the engine file: by the words of both names, never where two fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hotfire.log import Channel, Log, Note
from hotfire.telemetry.group_names import last_part
from hotfire.telemetry.headers import split_unit
from hotfire.telemetry.names import kinds_of, words_of
from hotfire.telemetry.table import copies_of, first_of

__all__ = ["COMMON_ROLES", "RoleGuess", "assign_roles", "guess_roles"]

#: Roles that most engines have, for a look at a log without an engine file.
COMMON_ROLES = (
    "chamber_pressure",
    "thrust",
    "oxidizer_tank_pressure",
    "fuel_tank_pressure",
    "oxidizer_manifold_pressure",
    "fuel_manifold_pressure",
    "oxidizer_valve_position",
    "fuel_valve_position",
    "oxidizer_mass_flow",
    "fuel_mass_flow",
    "chamber_wall_temperature",
    "throat_wall_temperature",
    "pressurant_tank_pressure",
)

# Words of channel names by the thing they speak of; a token may be a prefix of a word (`comb`, `inj`).
_THINGS: dict[str, tuple[str, ...]] = {
    "chamber": ("chamber", "comb", "combustion", "chmbr", "cc", "pc", "pcc", "chbr", "brennkammer", "camera"),
    "tank": ("tank", "tk", "bottle", "vessel", "serbatoio"),
    "manifold": ("manifold", "inj", "injector", "mani", "dome"),
    "inlet": ("inlet", "feed", "line", "upstream", "supply"),
    "valve": ("valve", "main", "vlv", "mv", "ball"),
    "wall": ("wall", "skin"),
    "throat": ("throat",),
    "nozzle": ("nozzle",),
    "oxidizer": ("ox", "oxid", "oxidizer", "oxidiser", "lox", "n2o", "nitrous", "gox", "nos", "h2o2", "o2"),
    "fuel": (
        "fuel",
        "fu",
        "rp",
        "rp1",
        "kero",
        "kerosene",
        "ethanol",
        "ipa",
        "methane",
        "ch4",
        "lch4",
        "lh2",
        "alcohol",
    ),
    "pressurant": ("n2", "gn2", "he", "helium", "nitrogen", "pressurant", "press"),
    "thrust": ("thrust", "loadcell", "thr", "force"),
    "run": ("run",),
}
# Abbreviations of which each letter speaks: p f t, pressure of the fuel tank.
_LETTERS = {"o": "oxidizer", "f": "fuel", "t": "tank", "m": "manifold", "c": "chamber", "i": "manifold"}
_KINDS = ("pressure", "temperature", "force", "mass", "mass_flow", "position", "angle", "voltage", "command")
_SURE, _MARGIN = 2.0, 0.5


@dataclass(frozen=True)
class RoleGuess:
    """What a role's channel may be.

    Attributes:
        role: Sensor of the engine file.
        channel: The channel, None when none fits or several fit alike.
        score: Of the best candidate; 2 and more is a fit.
        reasons: Why.
        rivals: Candidates that fit as well, when there are.
        remedy: The line of the channel map that settles it, "" when nothing is open.
    """

    role: str
    channel: str | None
    score: float
    reasons: tuple[str, ...]
    rivals: tuple[str, ...] = ()
    remedy: str = ""


def guess_roles(log: Log, roles: Iterable[str] = COMMON_ROLES) -> tuple[RoleGuess, ...]:
    """Guess which channel plays which role.

    Args:
        log: The log; channels that have a role keep it.
        roles: Names of the sensors of the engine file.

    Returns:
        One guess a role. A channel serves one role only; where two channels fit alike, none is taken.
    """
    wanted = [r for r in roles if log.role(r) is None]
    free = [c for c in log.channels.values() if c.role is None and c.kind not in ("text", "time", "index")]
    broken = {n.channel for n in log.notes if n.severity == "error" and n.code in ("dead", "alias")}
    table = {role: _ranked(role, free) for role in wanted}
    guesses = []
    for role in wanted:
        ranked = [(s, c, why) for s, c, why in table[role] if s >= _SURE]
        if not ranked:
            guesses.append(RoleGuess(role, None, table[role][0][0] if table[role] else 0.0, ()))
            continue
        best, channel, reasons = ranked[0]
        rivals = [c.name for s, c, _ in ranked[1:] if s > best - _MARGIN and c.name not in broken]
        if channel.name in broken and not rivals:
            guesses.append(RoleGuess(role, None, best, (*reasons, "but it is dead"), (channel.name,)))
        elif rivals:
            names = (channel.name, *rivals)
            written = first_of(channel.name) if copies_of(channel.name, log.channels) else channel.name
            remedy = f"channels: {{{written}: {{role: {role}}}}}"
            guesses.append(RoleGuess(role, None, best, reasons, names, remedy))
        elif (other := _wanted_more(channel, role, best, table)) is not None:
            guesses.append(RoleGuess(role, None, best, (f"{channel.name} fits {other} better",)))
        else:
            guesses.append(RoleGuess(role, channel.name, best, reasons))
    return tuple(guesses)


def assign_roles(log: Log, roles: Iterable[str]) -> Log:
    """Return the log with roles where the guess is sure, and notes on what was guessed and what is open.

    Args:
        log: The log.
        roles: Names of the sensors of the engine file.

    Returns:
        A new log.
    """
    guesses = guess_roles(log, roles)
    channels = dict(log.channels)
    notes = list(log.notes)
    for guess in guesses:
        if guess.channel is not None:
            channels[guess.channel] = replace(channels[guess.channel], role=guess.role)
            notes.append(_guessed(guess))
        elif guess.rivals:
            notes.append(_open(guess))
    return replace(log, channels=channels, notes=tuple(notes))


def _guessed(guess: RoleGuess) -> Note:
    return Note(
        "role_guessed",
        "info",
        f"taken as {guess.role}: {', '.join(guess.reasons)}",
        channel=guess.channel,
        evidence={"score": guess.score},
        remedy=f"confirm in the channel map: `{guess.channel}: {{role: {guess.role}}}`",
    )


def _open(guess: RoleGuess) -> Note:
    return Note(
        "role_open",
        "warning",
        f"{guess.role} may be {' or '.join(guess.rivals[:4])}: not assigned",
        evidence={"score": guess.score, "candidates": ", ".join(guess.rivals)},
        remedy=f"say which in the channel map: `{guess.remedy}`" if guess.remedy else "",
    )


def _wanted_more(
    channel: Channel, role: str, score: float, table: dict[str, list[tuple[float, Channel, tuple[str, ...]]]]
) -> str | None:
    """Return another role that this channel fits better or as well, None when this is its best."""
    for other, ranked in table.items():
        if other != role and ranked and ranked[0][1] is channel and ranked[0][0] > score + 1e-9:
            return other
    return None


def _ranked(role: str, channels: Sequence[Channel]) -> list[tuple[float, Channel, tuple[str, ...]]]:
    scored = [(*_score(role, c), c) for c in channels]
    return sorted(((s, c, why) for s, why, c in scored), key=lambda entry: -entry[0])


def _score(role: str, channel: Channel) -> tuple[float, tuple[str, ...]]:
    """Score one channel for one role: kinds must agree, things in common count, foreign things cost."""
    role_words = words_of(role)
    kind = next((k for k in _KINDS if k in role or k.split("_")[-1] in role_words), None)
    if "thrust" in role_words:
        kind = "force"
    kinds = (channel.kind,) if channel.kind else kinds_of(last_part(channel.name))
    if channel.name.strip().lower() == role.lower():
        return 10.0, ("the same name",)
    if kind is not None and kinds and not _kinds_agree(kind, kinds):
        return 0.0, ()
    wanted = {t for t in _THINGS if t in role_words or any(w in _THINGS[t] for w in role_words)}
    if "injector" in role_words:
        wanted.add("manifold")
    found = things_of(channel.name)
    reasons = [f"{kind} by its {'unit' if channel.unit else 'name'}"] if kind is not None and kinds else []
    score = 0.5 if reasons else 0.0
    for thing in wanted:
        if thing in found:
            score += 1.5
            reasons.append(f"{found[thing]!r} says {thing}")
        else:
            score -= 1.0
    score -= 0.75 * len(set(found) - wanted - {"run", "inlet"}) + 0.2 * len(
        {"run", "inlet"} & set(found) - wanted
    )
    if kind == "force" and wanted == {"thrust"} and kinds == ("force",) and not found:
        score += 2.5  # a load cell that speaks of no other thing may well be the thrust's
        reasons.append("a force")
    return score, tuple(reasons)


def _kinds_agree(kind: str, kinds: tuple[str | None, ...]) -> bool:
    alike = {"position": ("position", "angle", "command"), "mass_flow": ("mass_flow", "volume_flow")}
    return any(k in alike.get(kind, (kind,)) for k in kinds)


def things_of(name: str) -> dict[str, str]:
    """Return the things that a channel's name speaks of, with the word that says so."""
    found: dict[str, str] = {}
    words = words_of(split_unit(name)[0])
    for word in words:
        plain = re.sub(r"\d+$", "", word) or word
        for thing, vocabulary in _THINGS.items():
            if word in vocabulary or plain in vocabulary:
                found.setdefault(thing, word)
    if words and words[0] in ("p", "pt", "pressure") and found.get("pressurant") in ("press",):
        found.pop("pressurant")
    if len(words) == 1 and re.fullmatch(r"p[ofci][tmc]?", words[0]) and words[0] not in _THINGS["chamber"]:
        for letter in words[0][1:]:
            found.setdefault(_LETTERS[letter], words[0])
    if words == ("ft",):
        found["thrust"] = "ft"
    return found
