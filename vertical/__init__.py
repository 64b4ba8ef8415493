"""hotfire: rocket-engine diagnostics from test logs.

    >>> import hotfire
    >>> log = hotfire.read_log("run.csv")
    >>> engine = hotfire.load_engine("engine.yaml")
    >>> hotfire.diagnose(log, engine).headline

Names are imported on first use, so that `import hotfire` costs next to nothing.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotfire.describe import describe
    from hotfire.diagnose import diagnose
    from hotfire.diagnosis import Diagnosis, FaultEstimate, Hypothesis, Symptom
    from hotfire.engine import Engine
    from hotfire.engine_files.reading import load_engine
    from hotfire.log import Channel, Log, Note
    from hotfire.physics.description import Description
    from hotfire.physics.errors import (
        ChannelMapError,
        EngineError,
        HotfireError,
        LogError,
        SolutionError,
        ThermochemistryError,
        UnitError,
    )
    from hotfire.recording.writing import write_log
    from hotfire.telemetry import read_log

    __version__: str

__all__ = [
    "Channel",
    "ChannelMapError",
    "Description",
    "Diagnosis",
    "Engine",
    "EngineError",
    "FaultEstimate",
    "HotfireError",
    "Hypothesis",
    "Log",
    "LogError",
    "Note",
    "SolutionError",
    "Symptom",
    "ThermochemistryError",
    "UnitError",
    "__version__",
    "describe",
    "diagnose",
    "load_engine",
    "read_log",
    "write_log",
]

_HOMES = {
    "Channel": "hotfire.log",
    "ChannelMapError": "hotfire.physics.errors",
    "Description": "hotfire.physics.description",
    "Diagnosis": "hotfire.diagnosis",
    "Engine": "hotfire.engine",
    "EngineError": "hotfire.physics.errors",
    "FaultEstimate": "hotfire.diagnosis",
    "HotfireError": "hotfire.physics.errors",
    "Hypothesis": "hotfire.diagnosis",
    "Log": "hotfire.log",
    "LogError": "hotfire.physics.errors",
    "Note": "hotfire.log",
    "SolutionError": "hotfire.physics.errors",
    "Symptom": "hotfire.diagnosis",
    "ThermochemistryError": "hotfire.physics.errors",
    "UnitError": "hotfire.physics.errors",
    "describe": "hotfire.describe",
    "diagnose": "hotfire.diagnose",
    "load_engine": "hotfire.engine_files.reading",
    "read_log": "hotfire.telemetry",
    "write_log": "hotfire.recording.writing",
}
"""Module in which each public name lives."""


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("hotfire")
    elif name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps the import of the module `hotfire.diagnose` from hiding the function of that name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
