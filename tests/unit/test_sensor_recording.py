"""How simulated sensors are recorded: own rates, noise, resolution, and mains hum."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import hotfire
from hotfire.engine import Engine
from hotfire.physics.errors import HotfireError
from hotfire.simulate import TestSequence, simulate_log

SEQUENCE = TestSequence(start=-2.0, burn=2.0, end=3.0, rate=500.0)


def recorded(engine: Engine, **how: float) -> Engine:
    sensor = replace(engine.sensors["chamber_pressure"], **how)
    return replace(engine, sensors={**engine.sensors, "chamber_pressure": sensor})


def test_a_slow_channel_has_a_clock_of_its_own() -> None:
    engine = recorded(hotfire.load_engine("demo-engine"), rate=50.0)
    log = simulate_log(engine, seed=3, sequence=SEQUENCE)
    slow, fast = log.channels["chamber_pressure"], log.channels["thrust"]
    assert np.allclose(np.diff(slow.time), 0.02)
    assert np.allclose(np.diff(fast.time), 0.002)


def test_noise_and_resolution_are_those_of_the_file() -> None:
    engine = recorded(hotfire.load_engine("demo-engine"), noise=3e3, resolution=1e3)
    values = simulate_log(engine, seed=3, sequence=SEQUENCE).channels["chamber_pressure"].values
    before = values[:900]
    assert np.std(np.diff(before)) / np.sqrt(2.0) == pytest.approx(3e3, rel=0.1)
    assert np.allclose(values / 1e3, np.round(values / 1e3))


def test_hum_stands_in_the_spectrum_at_the_frequency_of_the_mains() -> None:
    engine = recorded(hotfire.load_engine("demo-engine"), noise=1e2)
    hummed = replace(SEQUENCE, hum=0.002, hum_frequency=60.0)
    channel = simulate_log(engine, seed=3, sequence=hummed).channels["chamber_pressure"]
    before = channel.values[:500] - channel.values[:500].mean()
    amplitude = 2.0 * np.abs(np.fft.rfft(before)) / before.size
    assert np.argmax(amplitude) == 60
    assert amplitude[60] == pytest.approx(0.002 * engine.sensors["chamber_pressure"].span, rel=0.05)


def test_the_engine_file_says_how_a_sensor_is_recorded(tmp_path: Path) -> None:
    shipped = Path(hotfire.__file__).parent / "engines" / "demo-engine.yaml"
    text = shipped.read_text(encoding="utf-8")
    line = next(x for x in text.splitlines() if x.strip().startswith("thrust: {measures"))
    path = tmp_path / "engine.yaml"
    path.write_text(text.replace(line, line.replace("}", ", rate: 50 Hz, noise: 2 N}", 1)), encoding="utf-8")
    sensor = hotfire.load_engine(path).sensors["thrust"]
    assert (sensor.rate, sensor.noise, sensor.resolution) == (50.0, 2.0, None)
    path.write_text(text.replace(line, line.replace("}", ", rate: 0 Hz}", 1)), encoding="utf-8")
    with pytest.raises(HotfireError, match="`rate` is 0"):
        hotfire.load_engine(path)


def test_simulate_takes_burn_rate_and_hum(tmp_path: Path) -> None:
    out = tmp_path / "run.csv"
    command = [sys.executable, "-m", "hotfire", "simulate", "demo-engine", "-o", str(out), "--json"]
    options = ["--burn", "1.5", "--after", "0.5", "--rate", "200", "--hum", "0.1%@60Hz"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["engine"]
    time = next(iter(hotfire.read_log(out).channels.values())).time
    assert time[-1] - time[0] == pytest.approx(2.0 + 1.5 + 0.5, abs=0.01)
    assert np.median(np.diff(time)) == pytest.approx(0.005)
    wrong = subprocess.run(
        [*command, "--hum", "loud"], capture_output=True, text=True, timeout=60, check=False
    )
    assert wrong.returncode == 2
    assert "0.1%@60Hz" in wrong.stderr


def test_simulate_refuses_an_unknown_ending_by_the_name_that_was_given(tmp_path: Path) -> None:
    out = tmp_path / "run.xyz"
    command = [sys.executable, "-m", "hotfire", "simulate", "demo-engine", "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"hotfire: {out}: logs are not written as .xyz")
