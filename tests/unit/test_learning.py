"""Examples that the small model learns from, made of labelled cases on disk."""

import pytest

from hotfire.learning.examples import examples, told_examples
from hotfire.models.encoding import NOMINAL
from hotfire.scenarios.generation import generate, plan, read_cases
from hotfire.scenarios.protocol import load_protocol


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    own = [s for s in plan(load_protocol(), "train", cases=400) if s.setting.engine == "imperial-dmt"]
    generate(own, folder)
    return list(read_cases(folder))


def test_a_record_becomes_an_example_of_its_fault(records):
    made = list(examples(records))
    assert len(made) == len(records)
    for record, example in zip(records, made, strict=True):
        faults = record["faults"]
        assert example.label == (faults[0]["label"] if faults else NOMINAL)
        assert not example.case.text


def test_texts_tell_of_the_same_faults_and_are_drawn_from_the_seed_alone(records):
    made = told_examples(records, 7)
    assert [e.label for e in made] == [e.label for e in examples(records)]
    assert all(e.case.text for e in made)
    again, other = told_examples(records, 7, workers=2), told_examples(records, 8)
    assert [e.case.text for e in again] == [e.case.text for e in made]
    assert [e.case.text for e in other] != [e.case.text for e in made]
