"""States of streams, saved here and in Swift.

`Tests/states.json` has batches of streams and the state after each. This test and `StreamStateTests.swift` both hold their
streams against it, and go on from every one of its states: so a state that one of them saves resumes in the other.
UPDATE_STATES=1 writes it again, from Python's streams.
"""

import json
import os
from pathlib import Path

import gpgen
import numpy as np
import pytest

FILE = Path(__file__).resolve().parents[2] / "Tests" / "states.json"
EPOCHS = 2
RECIPE = {"side": 16, "length_scales": [[1, 2], [4]], "weights": [1, 2], "samples": 23, "seed": 9}
STREAMS = [
    {"batch_size": batch_size, "shuffle_seed": seed, "rank": rank, "world_size": world_size}
    for batch_size, seed in ((1, 3), (4, 2**63 + 1), (16, 0))
    for rank, world_size in ((0, 1), (0, 2), (1, 2))]


def epochs(stream, count):
    """The batches of some iterations, with the state after each."""
    return [(images, labels, stream.state_dict()) for _ in range(count) for images, labels in stream]


def documented():
    return json.loads(FILE.read_text())


@pytest.fixture(scope="module")
def textures():
    return gpgen.sample(RECIPE)


def samples_of(images, textures):
    """The textures' places in the dataset; all differ."""
    places = {texture.tobytes(): place for place, texture in enumerate(textures)}
    return [places[image.tobytes()] for image in images]


@pytest.mark.skipif("UPDATE_STATES" not in os.environ, reason="writes Tests/states.json")
def test_write_states(textures):
    streams = []
    for options in STREAMS:
        batches = epochs(gpgen.Stream(RECIPE, **options), EPOCHS)
        streams.append({
            **options, "batches": [{"samples": samples_of(images, textures), "state": state} for images, _, state in batches]})
    text = ",\n".join(json.dumps(stream) for stream in streams)
    FILE.write_text(f'{{"recipe": {json.dumps(RECIPE)}, "streams": [\n{text}\n]}}\n')


def test_the_file_covers_shuffled_streams_of_several_sizes_and_ranks():
    file = documented()
    assert file["recipe"] == RECIPE
    found = [{key: value for key, value in stream.items() if key != "batches"} for stream in file["streams"]]
    assert found == STREAMS
    for stream in file["streams"]:
        assert [batch["state"]["epoch"] for batch in stream["batches"]] == sorted(
            batch["state"]["epoch"] for batch in stream["batches"])
        assert {batch["state"]["seed"] for batch in stream["batches"]} == {stream["shuffle_seed"]}
    # The ranks of one batch size see each sample once an epoch, and not in the samples' own order.
    for first, second in zip(file["streams"][1::3], file["streams"][2::3]):
        seen = [sample for stream in (first, second) for batch in stream["batches"] for sample in batch["samples"]]
        assert sorted(seen) == sorted(EPOCHS * list(range(RECIPE["samples"]))) and seen != sorted(seen)


@pytest.mark.parametrize("index", range(len(STREAMS)))
def test_states_are_those_that_swift_saves(index, textures):
    expected = documented()["streams"][index]["batches"]
    batches = epochs(gpgen.Stream(RECIPE, **STREAMS[index]), EPOCHS)
    assert [state for _, _, state in batches] == [batch["state"] for batch in expected]
    assert [samples_of(images, textures) for images, _, _ in batches] == [batch["samples"] for batch in expected]


@pytest.mark.parametrize("index", range(len(STREAMS)))
def test_states_that_swift_saved_go_on(index, textures):
    expected = documented()["streams"][index]["batches"]
    for delivered, batch in enumerate(expected, 1):
        stream = gpgen.Stream(RECIPE, **STREAMS[index])
        stream.load_state_dict(batch["state"])
        per_epoch = len(stream)
        rest = epochs(stream, EPOCHS - delivered // per_epoch)
        assert len(rest) == len(expected) - delivered
        for (images, labels, state), wanted in zip(rest, expected[delivered:]):
            assert state == wanted["state"]
            assert np.array_equal(images[:, 0], textures[wanted["samples"]])
            assert list(labels) == [sample % 2 for sample in wanted["samples"]]
