"""What an engine gives at the point that its file describes: sound, tanks full, valves open."""

from __future__ import annotations

from collections.abc import Mapping

from hotfire.engine import Engine

__all__ = ["design_outputs"]


def design_outputs(engine: Engine) -> Mapping[str, float]:
    """Return the outputs by name, SI; none where the engine does not run as described."""
    from hotfire.compiled_engines import compiled_engine
    from hotfire.physics.design_point import design_batch, design_solution

    compiled = compiled_engine(engine)
    solution = design_solution(compiled)
    if not solution.size:
        return {}
    outputs = compiled.rates(solution, design_batch(compiled))[1][0]
    return dict(zip(compiled.output_names, map(float, outputs), strict=True))
