"""A diagnosis as one HTML file: to open beside the test stand's screen, to mail, to print.

The file holds all it needs: no scripts, nothing from the network, drawings as SVG. Names of channels and files come
from strangers and are escaped.
"""

from __future__ import annotations

import datetime
import math
import shlex
from importlib import resources
from typing import TYPE_CHECKING, Any

from hotfire import figures
from hotfire.answering.effect_words import OWN_FAULT, signed
from hotfire.answering.tree import answer_tree
from hotfire.diagnosis import Diagnosis, Effect, SensorWindows
from hotfire.engine import Engine
from hotfire.log import Log
from hotfire.physics.errors import HotfireError
from hotfire.physics.fault_tree.effects import Statement
from hotfire.report import chart, phrases
from hotfire.report.traces import Trace, traces

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["render", "template"]


def render(
    diagnosis: Diagnosis,
    *,
    log: Log | None = None,
    engine: Engine | None = None,
    made: datetime.date | None = None,
) -> str:
    """Write a diagnosis as one self-contained HTML page.

    Args:
        diagnosis: What to write.
        log: That it is of, for the recorded signals; without it only the means of the windows are drawn.
        engine: That it is of; with it channels are found that only the engine file knows.
        made: Day to name as that of the report; None for no day.

    Returns:
        The page. It shows the same whoever opens it and wherever; intervals are 90 %.

    Raises:
        HotfireError: If jinja2 is not installed.
    """
    top = _top_event(diagnosis, engine)
    page = template().render(
        d=diagnosis,
        charts=[_chart(t, diagnosis) for t in traces(diagnosis, log, engine)],
        style=_style(),
        made=made,
        engine_word=_engine_word(engine),
        top_event=top,
        tree=answer_tree(diagnosis, engine, top) if top is not None and engine is not None else None,
        words=phrases,
        figures=figures,
        bar=_bar,
        spoken=_spoken,
        window_rows=_window_rows,
        step_change=_step_change,
        signed=signed,
        quoted=shlex.quote,
        safe=_safe,
    )
    return page.encode("utf-8", "replace").decode("utf-8")  # a file may have a name that is no text


def template() -> Template:
    """Return the page's template; to call it before a long diagnosis says early what is not installed.

    Raises:
        HotfireError: If jinja2 is not installed.
    """
    try:
        import jinja2
    except ImportError:
        raise HotfireError("an HTML report needs jinja2", remedy="pip install 'hotfire[report]'") from None
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda shown: phrases.glued(shown) if type(shown) is str else shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_resource("page.html"))


def _resource(name: str) -> str:
    return (resources.files("hotfire") / "report" / name).read_text(encoding="utf-8")


def _safe(text: str) -> Any:
    """Mark what this package wrote and escaped itself."""
    from markupsafe import Markup

    return Markup(text)


def _style() -> Any:
    return _safe(_resource("page.css"))


def _spoken(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")


def _engine_word(engine: Engine | None) -> str:
    """Return how an engine is given to a command: the name of a shipped one, or its file."""
    if engine is None or engine.path is None:
        return "ENGINE"
    from hotfire.engine_files.reading import engine_names

    shipped = resources.files("hotfire") / "engines" / engine.path.name
    name = engine.path.stem
    return name if name in engine_names() and str(shipped) == str(engine.path) else engine.path.name


def _top_event(diagnosis: Diagnosis, engine: Engine | None) -> Statement | None:
    """Return the top event of the fault tree of what leads to the answer; None where nothing of the engine moved."""
    if engine is None or not diagnosis.hypotheses:
        return None
    for effect in diagnosis.hypotheses[0].effects:
        last = effect.steps[-1] if effect.steps else None
        if last is not None and last.equation != OWN_FAULT and last.sound and effect.sensor in engine.sensors:
            change = last.faulty / last.sound - 1.0
            share = max(1, round(100.0 * abs(change))) / 100.0
            return Statement(engine.sensors[effect.sensor].measures, -1 if change < 0.0 else 1, share)
    return None


def _bar(probability: float, kind: str) -> Any:
    """Draw a probability as a bar; the figure stands beside it."""
    width = round(100.0 * min(max(probability, 0.0), 1.0), 1)
    return _safe(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="100" height="10" class="track"/><rect width="{width}" height="10" class="level {kind}"/></svg>'
    )


def _chart(trace: Trace, diagnosis: Diagnosis) -> dict[str, Any]:
    """Collect what the page shows of one sensor."""
    onsets = _onsets(trace, diagnosis)
    return {
        "trace": trace,
        "onsets": onsets,
        "whole": _safe(chart.whole_test(trace, diagnosis.phases, onsets)),
        "enlarged": _safe(chart.enlarged(trace, diagnosis.phases, onsets)),
        "caption": "" if trace.windows is None else _caption(trace.windows),
    }


def _onsets(trace: Trace, diagnosis: Diagnosis) -> list[chart.Onset]:
    """Onsets of the first hypothesis, and of what the sensor's own signal shows."""
    first = diagnosis.hypotheses[0].faults if diagnosis.hypotheses else ()
    return [
        chart.Onset(f"{_spoken(f.mode)} {figures.instant_text(f.onset)}", f.onset)
        for f in (*first, *trace.findings)
        if f.onset is not None
    ]


def _caption(windows: SensorWindows) -> str:
    """Say what was measured where the faults show most, and what sound engines may read there."""
    row = _telling_window(windows)
    if row is None:
        return "No window has a reading that could be weighed."
    digits = _decimals(windows)
    unit = f" {windows.unit}" if windows.unit else ""
    start, end = windows.edges[row], windows.edges[row + 1]
    measured = windows.measured[row]
    assert measured is not None
    low, high = (edge[row] for edge in chart.sound_range(windows))
    sound = f"sound engines within tolerances read {low:.{digits}f} to {high:.{digits}f}{unit}"
    text = f"{start:.2f} to {end:.2f} s: measured {measured:.{digits}f}{unit}; "
    if windows.with_faults is not None and windows.without_faults is not None:
        text += (
            f"this engine without the fault {windows.without_faults[row]:.{digits}f}, "
            f"with it {windows.with_faults[row]:.{digits}f}; "
        )
    return f"{text}{sound} (90 %)."


def _telling_window(windows: SensorWindows) -> int | None:
    """Window in which the faults move the sensor most over its scatter; the last one where there are none."""
    rows = [i for i, v in enumerate(windows.measured) if v is not None]
    expected, sound = windows.with_faults, windows.without_faults
    if not rows or expected is None or sound is None:
        return rows[-1] if rows else None
    return max(rows, key=lambda i: abs(expected[i] - sound[i]) / windows.scatter[i])


def _decimals(windows: SensorWindows) -> int:
    """Decimals that show the scatter, and three digits of the readings at least."""
    least, largest = min(windows.scatter), max(map(abs, windows.nominal))
    wanted = [-math.floor(math.log10(least)) if least > 0.0 else 2]
    wanted += [2 - math.floor(math.log10(largest))] if largest > 0.0 else []
    return max(0, min(6, max(wanted)))


def _window_rows(windows: SensorWindows) -> list[tuple[str, ...]]:
    """Return the figures of all windows: time, measured, scatter, without faults, with, nominal, spread."""
    digits = _decimals(windows)

    def column(values: tuple[float | None, ...] | tuple[float, ...] | None) -> list[str]:
        if values is None:
            return ["-"] * len(windows.measured)
        return ["-" if v is None else f"{v:.{digits}f}" for v in values]

    times = [f"{a:.2f} to {b:.2f}" for a, b in zip(windows.edges[:-1], windows.edges[1:], strict=True)]
    columns: list[list[str]] = [
        times,
        *map(
            column,
            (
                windows.measured,
                windows.scatter,
                windows.without_faults,
                windows.with_faults,
                windows.nominal,
                windows.spread,
            ),
        ),
    ]
    return list(zip(*columns, strict=True))


def _step_change(effect: Effect) -> list[dict[str, str]]:
    """Return the steps of a way from a fault to a sensor in words and figures."""
    told = []
    for step in effect.steps:
        if step.unit or step.equation:
            before, after = figures.pair(step.sound, step.faulty)
            values = f"{before} \N{RIGHTWARDS ARROW} {after} {step.unit}".rstrip()
        else:
            values = figures.percent(step.faulty)
        told.append({"quantity": _spoken(step.quantity), "values": values, "equation": step.equation})
    return told
