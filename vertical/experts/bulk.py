"""Cases that are made in bulk, as experts get them: readings of a rig in place of a log."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hotfire.experts.case import ExpertCase, Shown, without_spoilt_windows
from hotfire.observing.observe import told_at_rest
from hotfire.observing.symptoms import MODES
from hotfire.physics.description import Description
from hotfire.physics.diagnosis.observation import Observation
from hotfire.scenarios.readings import Readings
from hotfire.scenarios.rig import Rig

__all__ = ["cases_of_readings"]


def cases_of_readings(
    rig: Rig, readings: Readings, descriptions: Sequence[Description], hypotheses: Sequence[tuple[str, ...]]
) -> list[ExpertCase]:
    """Make cases of n runs.

    Args:
        rig: On which they were made.
        readings: Of the n runs.
        descriptions: Of each run.
        hypotheses: Admissible answers of each run.
    """
    known = [told_at_rest(s, rig.engine) for s in rig.sensors]
    rest = np.where(known, readings.rest, np.nan)
    means = np.concatenate([rest[:, None], readings.means], axis=1)
    noise = np.concatenate([readings.rest_scatter[:, None], readings.scatter], axis=1)
    cases = []
    for i, description in enumerate(descriptions):
        shown = tuple(Shown(rig.sensors[c].name, MODES[s], t) for c, s, t in readings.signals[i])
        kept = without_spoilt_windows(means[i], rig.edges, _spoilt(rig, shown))
        observation = Observation(rig.sensors, rig.edges, kept, noise[i], {})
        cases.append(ExpertCase(rig.engine, description, observation, shown, hypotheses[i]))
    return cases


def _spoilt(rig: Rig, shown: Sequence[Shown]) -> list[tuple[int, float | None]]:
    """Columns that are spoilt, and from when; with the chamber pressure its roughness is lost as well."""
    columns = {s.name: i for i, s in enumerate(rig.sensors)}
    return [(c, s.onset) for s in shown if s.spoils for c in rig.spoilt_with(columns[s.sensor])]
