"""The small model's reading of cases, its answers, and its refusals; none of it needs torch."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.models.batch import collate, columns, posteriors
from hotfire.models.card import CARD, SHIPPED, VOCABULARY, WEIGHTS, read_card
from hotfire.models.encoding import NOMINAL, NUMBERS, encode
from hotfire.models.runtime import SmallModel
from hotfire.models.words import LONGEST, PAD, Words
from hotfire.physics.description import Description, Location, Symptom
from hotfire.physics.errors import HotfireError
from hotfire.scenarios.texts import flip

PRESSURE = Location("injector", "fuel", end="inlet")
HYPOTHESES = (
    NOMINAL,
    "fuel injector: blockage",
    "fuel line: leak",
    "fuel injector inlet pressure sensor: bias",
    "nozzle thrust sensor: bias",
    "nozzle thrust sensor: swapped",
)
MODES = ("bias", "scale")
WORDS = Words([PAD, "[UNK]", "fuel", "injector", "line", "leak", "pressure", "n", "##o", "##z", "thrust"])


def case(size=0.1, sigma=8.0, text=""):
    symptoms = (
        Symptom("pressure", PRESSURE, "level", size, sigma, 2.0 * sigma),
        Symptom("pressure", PRESSURE, "step", -size, -sigma, 0.0, 2.0),
        Symptom("thrust", Location("nozzle"), "level", -0.5 * size, -3.0, 1.0),
        Symptom("thrust", Location("nozzle"), "frozen", 0.0, 0.0, 0.0, 1.0),
    )
    return Description("pressure-fed", ("LOX", "ethanol"), ("fuel regulated tank",), 4.0, symptoms, text)


def test_a_case_is_one_token_a_sensor():
    found = encode(case(), HYPOTHESES)
    assert found.places == ("fuel injector inlet pressure", "nozzle thrust")
    assert found.numbers.shape == (2, NUMBERS)
    assert found.context == ("pressure-fed", "LOX and ethanol", "fuel regulated tank")
    assert found.faults == ("fuel injector: blockage", "fuel line: leak")
    assert ("nozzle thrust sensor: bias", 1, "bias") in found.sensor_faults


def test_sensors_that_nobody_told_of_can_still_be_blamed():
    told = replace(case(), symptoms=case().symptoms[:1])
    found = encode(told, HYPOTHESES)
    assert found.places == ("fuel injector inlet pressure", "nozzle thrust")
    assert found.numbers[0].any() and not found.numbers[1].any()


@given(st.floats(0.001, 0.9), st.floats(0.5, 80.0))
def test_a_flipped_case_is_read_with_every_sign_turned(size, sigma):
    one = replace(case(size, sigma), symptoms=case(size, sigma).symptoms[:3])
    read, turned = encode(one, HYPOTHESES).numbers, encode(flip(one), HYPOTHESES).numbers
    assert np.allclose(turned[:, :18], -read[:, :18], atol=1e-6)
    assert np.array_equal(turned[:, 18:], read[:, 18:])
    assert np.abs(read[:, :18]).max() > 0.0


@given(st.floats(0.01, 0.4), st.floats(1.1, 20.0))
def test_the_pattern_does_not_grow_with_the_fault(size, factor):
    one = case(size)
    grown = replace(one, symptoms=tuple(replace(s, size=s.size * factor) for s in one.symptoms))
    pattern = 6
    assert np.allclose(encode(one, ()).numbers[:, pattern], encode(grown, ()).numbers[:, pattern], atol=1e-5)


@settings(max_examples=50)
@given(st.text(max_size=400))
def test_any_text_falls_into_known_pieces(text):
    pieces = WORDS.text(text)
    assert len(pieces) <= LONGEST
    assert all(0 < p < len(WORDS.pieces) for p in pieces)


def test_a_vocabulary_survives_a_file(tmp_path):
    WORDS.write(tmp_path / "v.txt")
    assert Words.read(tmp_path / "v.txt").pieces == WORDS.pieces


def test_a_batch_refers_to_each_phrase_once():
    cases = [encode(case(), HYPOTHESES), encode(case(), HYPOTHESES[:3])]
    batch = collate(cases, WORDS)
    assert np.array_equal(batch.places[0, :1], batch.places[1, :1])
    assert batch.phrases[0].sum() == 0
    assert len(batch.phrases) == 1 + 3 + 2 + 2
    assert batch.text.shape == (2, 1)


def test_a_posterior_is_over_the_hypotheses_and_nothing_else():
    cases = [encode(case(), HYPOTHESES), encode(case(), HYPOTHESES[:4])]
    width = 1 + 2 + 2 * len(MODES)
    logits = np.random.default_rng(0).normal(size=(2, width)) * 5.0
    first, second = posteriors(logits, cases, MODES, 1.3)
    assert set(first) == set(HYPOTHESES) and set(second) == set(HYPOTHESES[:4])
    for found in (first, second):
        assert sum(found.values()) == pytest.approx(1.0)
    assert first["nozzle thrust sensor: swapped"] == 0.0
    best = max(columns(cases, MODES)[0].items(), key=lambda item: logits[0, item[1]])[0]
    assert max(first, key=first.get) == best


def test_a_folder_without_a_model_says_how_to_train_one(tmp_path):
    with pytest.raises(HotfireError, match="hotfire train"):
        read_card(tmp_path)


def test_weights_that_were_changed_are_refused(tmp_path):
    for name in (CARD, WEIGHTS, VOCABULARY):
        shutil.copy(SHIPPED / name, tmp_path / name)
    assert read_card(tmp_path).modes
    spoilt = bytearray((tmp_path / WEIGHTS).read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    (tmp_path / WEIGHTS).write_bytes(bytes(spoilt))
    with pytest.raises(HotfireError, match=WEIGHTS):
        SmallModel(tmp_path)


def test_what_ships_is_at_most_ten_megabytes():
    assert sum(p.stat().st_size for p in SHIPPED.iterdir()) <= 10e6


def test_together_and_alone_the_answer_is_the_same():
    model = SmallModel(provider="cpu")
    cases = [case(), case(0.02, 3.0), case(text="Pc sagged 5 percent and the feed line hissed")]
    asked = [HYPOTHESES, HYPOTHESES[:4], HYPOTHESES]
    together = model.answer(cases, asked)
    for own, hypotheses, found in zip(cases, asked, together, strict=True):
        (alone,) = model.answer([own], [hypotheses])
        # Eight-bit activations are scaled by the whole batch, so the two agree to that grain only.
        assert max(abs(alone.posterior[h] - found.posterior[h]) for h in hypotheses) < 0.1


def test_a_case_without_an_engine_is_asked_everything_that_was_trained():
    model = SmallModel(provider="cpu")
    (found,) = model.answer([case()], [None])
    assert set(found.posterior) >= set(model.card.hypotheses) | {NOMINAL}


def test_a_gpu_by_name_runs_or_is_refused():
    try:
        model = SmallModel(provider="cuda")
    except HotfireError as error:
        assert "--provider cpu" in str(error)
        assert SmallModel(provider="auto").provider == "cpu"
    else:
        assert model.provider == "cuda"


def test_answers_need_no_torch():
    code = (
        "import sys, json; from hotfire.models.runtime import SmallModel;"
        "from hotfire.physics.description import Description;"
        "m = SmallModel(provider='cpu'); d = Description('', ('', ''), (), 1.0, (), 'chamber pressure fell');"
        "m.answer([d], [None]); print(json.dumps([n for n in ('torch', 'pytorch_lightning') if n in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_a_gpu_that_does_not_start_is_not_shouted_about():
    code = "from hotfire.models.runtime import SmallModel; print(SmallModel().provider)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("cpu", "cuda")
    assert done.stderr == ""
