"""Interrupted runs can be resumed, and a dataset has the same bytes however it is made."""

import h5py
import numpy as np

from contracts import assert_describes
from crc32c import crc32c
from fixture import SLOW, SMALL


def check_interruption(fixture):
    """Ctrl-C leaves a .partial that inspect can read, whose finished samples are intact, and that --resume completes"""
    path, errors, status = fixture.interrupted()
    partial = path.with_name("data.h5.partial")
    assert status == 130 and "--resume" in errors and not path.exists(), f"status {status}: {errors}"
    inspection = fixture.inspect(partial)
    assert_describes(inspection, partial)
    size = partial.stat().st_size
    assert 2 <= inspection["samples"]["finished"] < inspection["samples"]["count"]
    with h5py.File(partial, "r") as file:
        done = np.flatnonzero(file["crc32c"][:])[:2]
        image = np.stack([file["image"][i] for i in done])
        assert np.array_equal(crc32c(image.view(np.uint8).reshape(len(done), -1)), file["crc32c"][:][done])
    fixture.gpgen(f"{SLOW} --quiet --resume --out", path)
    assert not partial.exists() and path.stat().st_size == size
    assert path.read_bytes() == fixture.make("uninterrupted", SLOW).read_bytes()


def check_threads_and_tasks(fixture):
    """1 thread, 2 threads and two tasks give the same bytes in every file"""
    expected = {path.name: path.read_bytes() for path in fixture.files("index")}
    for threads in (1, 2):
        path = fixture.make(f"threads-{threads}", f"{SMALL} --shards 3 --threads {threads}")
        assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == expected, f"{threads} threads"
    folder = fixture.folder / "tasks"
    folder.mkdir()
    for task in (1, 0):
        fixture.gpgen(f"{SMALL} --shards 3 --quiet --task-count 2 --task-index {task} --out", folder / "data.h5")
    fixture.gpgen("index --quiet", folder / "data.h5")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == expected, "tasks"


def check_shards_and_prefixes(fixture):
    """a sample's image bytes are the same in 1, 3 and 7 shards, and in a larger dataset"""
    expected = h5py.File(fixture.dataset("shard"), "r")["image"][:].tobytes()
    larger = SMALL.replace("--samples 10", "--samples 23")
    for name, options in (("7", f"{SMALL} --shards 7"), ("larger", f"{larger} --shards 2"), ("index", "")):
        path = fixture.make(f"shards-{name}", options) if options else fixture.dataset(name)
        assert h5py.File(path, "r")["image"][:10].tobytes() == expected, name
