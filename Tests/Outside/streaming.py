"""What `gpgen stream` writes into a pipe, read as the README reads it."""

import subprocess

import h5py
import numpy as np


def arrays(pipe):
    """Consecutive .npy arrays from a pipe, which numpy.load refuses since it cannot seek there."""
    while True:
        try:
            np.lib.format.read_magic(pipe)
        except ValueError:
            return
        shape, _, dtype = np.lib.format.read_array_header_1_0(pipe)
        array = np.empty(shape, dtype)
        view = memoryview(array.reshape(-1).view(np.uint8))
        while view:
            count = pipe.readinto(view)
            assert count, "the pipe ended within an array"
            view = view[count:]
        yield array


def batches(workshop, data, *options):
    command = [workshop.binary, "stream", str(data), "--to", "npy", "--quiet", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        stream = arrays(process.stdout)
        for images in stream:
            yield images, next(stream)
        assert process.wait(timeout=60) == 0 and process.stderr.read() == b""


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
