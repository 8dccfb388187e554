"""The output of `gpgen stream`, read from a pipe by pipe.py."""

import io
import signal
import subprocess

import h5py
import numpy as np

import pipe


def stream(fixture, data, *options):
    return [fixture.binary, "stream", str(data), "--to", "npy", "--quiet", *options]


def batches(fixture, data, *options):
    errors = fixture.folder / "stream-errors.txt"
    shell = ["sh", "-c", 'exec "$@" 2>"$0"', str(errors)]
    yield from pipe.batches(shell + stream(fixture, data, *options))
    assert errors.read_bytes() == b""


def raises(error, function):
    """The error that a function raises; an alarm ends it if it waits forever for more data."""
    signal.alarm(600)
    try:
        function()
    except error as raised:
        return raised
    finally:
        signal.alarm(0)
    raise AssertionError(f"no {error.__name__}")


def check_pipe(fixture):
    """the pipe delivers every sample of shards and indices with its label, once per epoch, in a new order each time"""
    for name in ("shard", "index", "half"):
        path = fixture.dataset(name)
        with h5py.File(path) as file:
            stored = {image.astype(np.float32).tobytes(): int(label) for image, label in zip(file["image"][:], file["label"][:])}
            count = len(file["label"])
        epochs = [[], []]
        for images, labels in batches(fixture, path, "--batch", "4", "--epochs", "2"):
            assert images.dtype == np.float32 and images.shape[1:] == (1, 64, 64)
            assert labels.dtype == np.int64 and len(labels) == len(images) <= 4
            epoch = epochs[0] if len(epochs[0]) < count else epochs[1]
            epoch += [image.tobytes() for image in images]
            assert [stored[image.tobytes()] for image in images] == list(labels)
        assert [sorted(epoch) == sorted(stored) for epoch in epochs] == [True, True] and epochs[0] != epochs[1]


def check_recipe_stream(fixture):
    """a recipe streams the same bits as its files, in the same order"""
    path = fixture.dataset("shard")
    recipe = fixture.folder / "streamed.yaml"
    recipe.write_text(fixture.gpgen("recipe " + "--size 64 --length-scales 3,4 --length-scales 10,20 --weights 0.75,1.25"
                                     " --seed 7 --samples 10"))
    for (a, x), (b, y) in zip(batches(fixture, path), batches(fixture, recipe), strict=True):
        assert np.array_equal(a.view(np.uint32), b.view(np.uint32)) and np.array_equal(x, y)


def check_parts(fixture):
    """the ranks and parts of a stream divide the samples"""
    path = fixture.dataset("shard")
    everything = sorted(image.tobytes() for images, _ in batches(fixture, path) for image in images)
    for options in (
        [["--rank", str(rank), "--ranks", "3"] for rank in range(3)],
        [["--split", part, "--validation-fraction", "0.3", "--test-fraction", "0.2"] for part in ("train", "validation", "test")],
    ):
        parts = [image.tobytes() for option in options for images, _ in batches(fixture, path, *option) for image in images]
        assert sorted(parts) == everything


def check_closed_pipe(fixture):
    """a stream ends quietly when its reader closes the pipe"""
    command = [fixture.binary, "stream", str(fixture.dataset("shard")), "--to", "npy", "--epochs", "100000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert len(process.stdout.read(100_000)) == 100_000
    process.stdout.close()
    assert process.wait(timeout=60) == 0 and process.stderr.read() == b""


def check_killed(fixture):
    """the reader raises an error if gpgen is killed within an array, between arrays or after the last one"""
    # An array of 4 MiB does not fit into a pipe, so gpgen is still writing it.
    recipe = fixture.folder / "killed.yaml"
    recipe.write_text(fixture.gpgen("recipe --size 256 --length-scales 3 --samples 32"))
    process = subprocess.Popen(stream(fixture, recipe, "--batch", "16"), stdout=subprocess.PIPE)
    assert process.stdout.peek(1)
    process.kill()
    raises(EOFError, lambda: list(pipe.arrays(process.stdout)))
    process.stdout.close()
    assert process.wait(timeout=60) == -signal.SIGKILL

    whole = subprocess.run(stream(fixture, fixture.dataset("shard"), "--batch", "5"), capture_output=True, check=True).stdout
    images = 128 + 5 * 64 * 64 * 4
    for size, count in ((images, 0), (len(whole) // 2, 1), (len(whole), 2)):
        path = fixture.folder / "beginning.npy"
        path.write_bytes(whole[:size])
        seen = []
        error = raises(
            subprocess.CalledProcessError,
            lambda: seen.extend(pipe.batches(["sh", "-c", 'cat "$0"; kill -KILL $$', str(path)])),
        )
        assert error.returncode == -signal.SIGKILL and len(seen) == count


def check_cut_header(fixture):
    """the reader raises an error for a truncated header"""
    whole = subprocess.run(stream(fixture, fixture.dataset("shard")), capture_output=True, check=True).stdout
    for size in (1, 5, 7, 8, 9, 40, 127):
        raises(ValueError, lambda: list(pipe.arrays(io.BufferedReader(io.BytesIO(whole[:size])))))
    raises(EOFError, lambda: list(pipe.arrays(io.BufferedReader(io.BytesIO(whole[:128])))))


def check_failure(fixture):
    """the reader raises an error if gpgen fails at startup"""
    command = ["sh", "-c", 'exec "$@" 2>/dev/null', "sh", *stream(fixture, fixture.folder / "missing.h5")]
    assert raises(subprocess.CalledProcessError, lambda: list(pipe.batches(command))).returncode == 1
