"""Streams: the batches of `gpgen stream`, from Python."""

import io
import json
import multiprocessing
import pickle
import signal
import subprocess
import sys

import gpgen
import numpy as np
import pytest
from conftest import RECIPE


def command_batches(source, *options):
    """The batches that the command writes into a pipe."""
    command = [gpgen._program.program(), "stream", str(source), *map(str, options), "--to", "npy", "--quiet"]
    pipe = io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout)
    batches = []
    while pipe.tell() < len(pipe.getvalue()):
        batches.append((np.load(pipe), np.load(pipe)))
    return batches


def same(found, expected):
    return len(found) == len(expected) and all(
        np.array_equal(a, b) and np.array_equal(c, d) for (a, c), (b, d) in zip(found, expected))


@pytest.mark.parametrize(("options", "words"), [
    ({"batch_size": 12}, ["--batch", 12]),
    ({"batch_size": 7, "shuffle_seed": 5, "flip": True, "turn": True, "roll": True},
     ["--batch", 7, "--shuffle-seed", 5, "--flip", "--turn", "--roll"]),
    ({"batch_size": 7, "sequential": True, "crop": 16}, ["--batch", 7, "--sequential", "--crop", 16]),
    ({"batch_size": 4, "split": "validation", "validation_fraction": 0.3, "split_seed": 2},
     ["--batch", 4, "--split", "validation", "--validation-fraction", 0.3, "--split-seed", 2]),
    ({"batch_size": 3, "rank": 1, "world_size": 3, "threads": 1}, ["--batch", 3, "--rank", 1, "--ranks", 3]),
])
def test_batches_are_those_of_the_command(sharded, options, words):
    stream = gpgen.Stream(sharded, **options)
    found = [*stream, *stream]
    expected = command_batches(sharded.path, *words, "--epochs", 2)
    assert same(found, expected)
    assert len(found) == 2 * len(stream)


def test_recipes_are_streamed(data, tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text(json.dumps(RECIPE))
    expected = list(gpgen.Stream(data, 8))
    for source in (RECIPE, file, json.dumps(RECIPE) + "\n", data.path):
        assert same(list(gpgen.Stream(source, 8)), expected)


def test_batches_can_be_kept_and_written_to(data):
    batches = list(gpgen.Stream(data, 2))
    assert len(batches) == 20
    order = np.concatenate([labels for _, labels in batches])
    assert sorted(order) == sorted(data.labels)
    batches[0][0][...] = 7
    assert all((images != 7).any() for images, _ in batches[1:])


def test_a_state_goes_on_after_the_batches_that_were_delivered(data):
    stream = gpgen.Stream(data, 6, shuffle_seed=2, roll=True)
    whole = [*stream, *stream]
    for delivered in (0, 1, 6, 7, 9):
        first = gpgen.Stream(data, 6, shuffle_seed=2, roll=True)
        for _ in range(delivered // 7):
            list(first)
        iterator = iter(first)
        for _ in range(delivered % 7):
            next(iterator)
        state = json.loads(json.dumps(first.state_dict()))
        second = gpgen.Stream(data, 6, shuffle_seed=2, roll=True)
        second.load_state_dict(state)
        rest = list(second)
        if delivered < 7:
            rest += list(second)
        assert same(rest, whole[delivered:]), delivered
        again = pickle.loads(pickle.dumps(first))
        assert same(list(again), rest[: len(whole) // 2 - delivered % 7 if delivered % 7 else 7]), delivered


def test_an_iteration_that_was_left_is_followed_by_the_next_epoch(data):
    stream = gpgen.Stream(data, 6)
    whole = [*stream, *stream]
    other = gpgen.Stream(data, 6)
    left = iter(other)
    next(left)
    assert same(list(other), whole[7:])
    with pytest.raises(gpgen.Error, match="began another epoch"):
        next(left)
    assert other.epoch == 1
    assert same(list(gpgen.Stream(data, 6, epoch=1)), whole[7:])


def test_ranks_that_end_early(data):
    """Of 40 samples and 3 ranks in batches of one, the last step has a sample for one rank alone."""
    whole = []
    for rank in range(3):
        stream = gpgen.Stream(data, 1, rank=rank, world_size=3)
        first, second = list(stream), list(stream)
        assert len(first) == len(second) == len(stream)
        whole += first
    assert len(whole) == 40


def test_options_that_cannot_be(data):
    for options, message in [
        ({"batch_size": 0}, "batch size 0"), ({"split": "rest"}, "`split`: found \"rest\""),
        ({"rank": 2, "world_size": 2}, "rank 2 of 2"), ({"crop": 33}, "crop"), ({"batch_size": "x"}, "`batch_size`"),
        ({"validation_count": 2, "validation_fraction": 0.2, "split": "train"}, "expected one of both"),
    ]:
        with pytest.raises(gpgen.Error, match=message):
            gpgen.Stream(data, **options)
    with pytest.raises(gpgen.Error, match="found int"):
        gpgen.Stream(3)
    stream = gpgen.Stream(data, 6)
    for state in ({"epoch": 0}, stream.state_dict() | {"seed": 9}, stream.state_dict() | {"dataset_hash": "0"}):
        with pytest.raises(gpgen.Error, match="state"):
            stream.load_state_dict(state)
    assert len(list(stream)) == 7


def test_closing(data):
    stream = gpgen.Stream(data, 6)
    iterator = iter(stream)
    images, _ = next(iterator)
    copy = images.copy()
    stream.close()
    assert np.array_equal(images, copy)
    with pytest.raises(gpgen.Error, match="was closed"):
        next(iterator)
    # The next iteration delivers what is left of the epoch.
    rest = [labels for _, labels in stream]
    everything = [labels for _, labels in gpgen.Stream(data, 6)]
    assert len(rest) == 6 and all(map(np.array_equal, rest, everything[1:]))


def test_numpy_numbers_are_options(data):
    stream = gpgen.Stream(data, np.int64(6), shuffle_seed=np.uint32(7), flip=np.bool_(True))
    assert [labels.tolist() for _, labels in stream] == [
        labels.tolist() for _, labels in gpgen.Stream(data, 6, shuffle_seed=7, flip=True)]
    with pytest.raises(gpgen.Error, match="found object as split_seed"):
        gpgen.Stream(data, split="train", split_seed=object())


def next_in_fork(stream, pipe):
    try:
        next(iter(stream))
    except gpgen.Error as error:
        pipe.send(str(error))


def test_a_stream_in_a_forked_process_is_an_error(data):
    parent, child = multiprocessing.Pipe()
    stream = gpgen.Stream(data, 6)
    next(iter(stream))
    process = multiprocessing.get_context("fork").Process(target=next_in_fork, args=(stream, child))
    process.start()
    assert "before a fork" in parent.recv()
    process.join()
    assert len(list(stream)) == 7


def test_streams_of_several_threads(data):
    from concurrent.futures import ThreadPoolExecutor

    expected = list(gpgen.Stream(data, 6))
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: list(gpgen.Stream(data, 6)), range(8)):
            assert same(found, expected)


def test_an_interrupt_ends_an_iteration():
    code = (
        f"import gpgen, itertools\nstream = gpgen.Stream({RECIPE!r}, 4)\n"
        "for _ in itertools.count():\n    for images, labels in stream: print(len(labels), flush=True)\n")
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "4\n"
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode != 0 and "KeyboardInterrupt" in message.splitlines()[-1], message


def open_in_fork(path, pipe):
    try:
        made = [images.sum() for images, _ in gpgen.Stream(RECIPE, 8)]
        read = [images.sum() for images, _ in gpgen.Stream(path, 8)]
        pipe.send((made == read, float(gpgen.sample(RECIPE, 7).sum())))
    except BaseException as error:
        pipe.send(repr(error))
        raise


def test_what_a_forked_process_opens_itself_works(data):
    """Also where the library's threads were at work before the fork."""
    expected = (True, float(gpgen.sample(RECIPE, 7).sum()))
    stream = gpgen.Stream(RECIPE, 4)
    iterator = iter(stream)
    for _ in range(5):
        next(iterator)
        parent, child = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(target=open_in_fork, args=(data.path, child))
        process.start()
        assert parent.poll(60), "the forked process hangs"
        assert parent.recv() == expected
        process.join()
