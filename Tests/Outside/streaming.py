"""What `gpgen stream` writes into a pipe, read by pipe.py."""

import io
import signal
import subprocess

import h5py
import numpy as np

import pipe


def stream(workshop, data, *options):
    return [workshop.binary, "stream", str(data), "--to", "npy", "--quiet", *options]


def batches(workshop, data, *options):
    errors = workshop.folder / "stream-errors.txt"
    shell = ["sh", "-c", 'exec "$@" 2>"$0"', str(errors)]
    yield from pipe.batches(shell + stream(workshop, data, *options))
    assert errors.read_bytes() == b""


def raises(error, function):
    """The error that a function ends with, which is not to wait forever for more data."""
    signal.alarm(600)
    try:
        function()
    except error as raised:
        return raised
    finally:
        signal.alarm(0)
    raise AssertionError(f"no {error.__name__}")


def check_pipe(workshop):
    """the pipe brings every sample of shards and indices once an epoch, with its label, shuffled otherwise each epoch"""
    for name in ("shard", "index", "half"):
        path = workshop.dataset(name)
        with h5py.File(path) as file:
            stored = {image.astype(np.float32).tobytes(): int(label) for image, label in zip(file["image"][:], file["label"][:])}
            count = len(file["label"])
        epochs = [[], []]
        for images, labels in batches(workshop, path, "--batch", "4", "--epochs", "2"):
            assert images.dtype == np.float32 and images.shape[1:] == (1, 64, 64)
            assert labels.dtype == np.int64 and len(labels) == len(images) <= 4
            epoch = epochs[0] if len(epochs[0]) < count else epochs[1]
            epoch += [image.tobytes() for image in images]
            assert [stored[image.tobytes()] for image in images] == list(labels)
        assert [sorted(epoch) == sorted(stored) for epoch in epochs] == [True, True] and epochs[0] != epochs[1]


def check_recipe_stream(workshop):
    """a recipe alone streams the very bits of its files, in the same order"""
    path = workshop.dataset("shard")
    recipe = workshop.folder / "streamed.yaml"
    recipe.write_text(workshop.gpgen("recipe " + "--size 64 --length-scales 3,4 --length-scales 10,20 --weights 0.75,1.25"
                                     " --seed 7 --samples 10"))
    for (a, x), (b, y) in zip(batches(workshop, path), batches(workshop, recipe), strict=True):
        assert np.array_equal(a.view(np.uint32), b.view(np.uint32)) and np.array_equal(x, y)


def check_parts(workshop):
    """the ranks and parts of a stream divide the samples"""
    path = workshop.dataset("shard")
    everything = sorted(image.tobytes() for images, _ in batches(workshop, path) for image in images)
    for options in (
        [["--rank", str(rank), "--ranks", "3"] for rank in range(3)],
        [["--split", part, "--validation-fraction", "0.3", "--test-fraction", "0.2"] for part in ("train", "validation", "test")],
    ):
        parts = [image.tobytes() for option in options for images, _ in batches(workshop, path, *option) for image in images]
        assert sorted(parts) == everything


def check_closed_pipe(workshop):
    """a reader that leaves ends the stream quietly"""
    command = [workshop.binary, "stream", str(workshop.dataset("shard")), "--to", "npy", "--epochs", "100000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert len(process.stdout.read(100_000)) == 100_000
    process.stdout.close()
    assert process.wait(timeout=60) == 0 and process.stderr.read() == b""


def check_killed(workshop):
    """a gpgen that is killed within an array, between arrays or after all of them is an error of the reader"""
    # An array of 4 MiB is more than a pipe holds, so gpgen is still writing it.
    recipe = workshop.folder / "killed.yaml"
    recipe.write_text(workshop.gpgen("recipe --size 256 --length-scales 3 --samples 32"))
    process = subprocess.Popen(stream(workshop, recipe, "--batch", "16"), stdout=subprocess.PIPE)
    assert process.stdout.peek(1)
    process.kill()
    raises(EOFError, lambda: list(pipe.arrays(process.stdout)))
    process.stdout.close()
    assert process.wait(timeout=60) == -signal.SIGKILL

    whole = subprocess.run(stream(workshop, workshop.dataset("shard"), "--batch", "5"), capture_output=True, check=True).stdout
    images = 128 + 5 * 64 * 64 * 4
    for size, count in ((images, 0), (len(whole) // 2, 1), (len(whole), 2)):
        path = workshop.folder / "beginning.npy"
        path.write_bytes(whole[:size])
        seen = []
        error = raises(
            subprocess.CalledProcessError,
            lambda: seen.extend(pipe.batches(["sh", "-c", 'cat "$0"; kill -KILL $$', str(path)])),
        )
        assert error.returncode == -signal.SIGKILL and len(seen) == count


def check_cut_header(workshop):
    """an array whose header is cut is an error, and no end"""
    whole = subprocess.run(stream(workshop, workshop.dataset("shard")), capture_output=True, check=True).stdout
    for size in (1, 5, 7, 8, 9, 40, 127):
        raises(ValueError, lambda: list(pipe.arrays(io.BufferedReader(io.BytesIO(whole[:size])))))
    raises(EOFError, lambda: list(pipe.arrays(io.BufferedReader(io.BytesIO(whole[:128])))))


def check_failure(workshop):
    """a gpgen that fails at its start is an error of the reader"""
    command = ["sh", "-c", 'exec "$@" 2>/dev/null', "sh", *stream(workshop, workshop.folder / "missing.h5")]
    assert raises(subprocess.CalledProcessError, lambda: list(pipe.batches(command))).returncode == 1
