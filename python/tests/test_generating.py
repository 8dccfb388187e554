"""Generating textures."""

import os
import signal
import subprocess
import sys
import time

import gpgen
import numpy as np
import pytest
from conftest import RECIPE


def test_samples_are_those_of_files(data, folder):
    assert np.array_equal(gpgen.sample(RECIPE), data.images)
    assert np.array_equal(gpgen.sample(RECIPE, [5, 3, 5]), data.images[[5, 3, 5]])
    assert np.array_equal(gpgen.sample(RECIPE, slice(30, None, 4), threads=1), data.images[30::4])
    assert np.array_equal(gpgen.sample(RECIPE, 7), data.images[7])
    file = folder / "recipe.yaml"
    file.write_text("side: 32\nlength_scales: [[2, 3], [6, 8]]\nsamples: 40\nseed: 3\n")
    line = "{side: 32, length_scales: [[2, 3], [6, 8]], samples: 40, seed: 3}"
    for recipe in (file, str(file), file.read_text(), line):
        assert np.array_equal(gpgen.sample(recipe, 7), data.images[7])
        assert gpgen.Stream(recipe).sample_count == 40
        assert gpgen.generate(folder / "same.h5", recipe=recipe, force=True).hash == data.hash
    assert np.array_equal(gpgen.sample(RECIPE | {"side": np.int64(32)}, 7), data.images[7])


def test_shapes():
    assert gpgen.sample({"shape": [48], "length_scales": [[2, 3]], "samples": 3}).shape == (3, 48)
    assert gpgen.sample({"shape": [8, 16, 24], "length_scales": [[1, 2]], "samples": 2}, [1]).shape == (1, 8, 16, 24)
    assert gpgen.sample(RECIPE, []).shape == (0, 32, 32)


def test_recipes_that_cannot_be(tmp_path):
    with pytest.raises(gpgen.Error, match="`side`: found \"2x\""):
        gpgen.sample({"side": "2x"})
    with pytest.raises(gpgen.Error, match=r"samples\[1\]: found 40, expected 0 to 39"):
        gpgen.sample(RECIPE, [0, 40])
    with pytest.raises(gpgen.Error, match="expected whole ones"):
        gpgen.sample(RECIPE, [0.5])
    with pytest.raises(gpgen.FileError, match="none.yaml: cannot read the recipe"):
        gpgen.sample(tmp_path / "none.yaml")
    with pytest.raises(gpgen.Error, match="found 'data.h5'"):
        gpgen.sample("data.h5")
    with pytest.raises(gpgen.Error, match="found list"):
        gpgen.sample([1])
    with pytest.raises(gpgen.Error, match="recipe: found set as weights"):
        gpgen.sample({"weights": {1}})


def test_options_are_those_of_the_command(tmp_path):
    dataset = gpgen.generate(
        tmp_path / "new" / "a.h5", size=32, length_scales=[[2, 3], [6, 8]], weights=[1, 2], samples=6, dtype="float16")
    assert dataset.shape == (6, 32, 32) and dataset.images.dtype == np.float16
    assert dataset.recipe["weights"] == [1, 2] and len(dataset.classes) == 4
    with pytest.raises(gpgen.FileError, match="exists"):
        gpgen.generate(dataset.path, size=64)
    assert gpgen.generate(dataset.path, size=64, samples=4, force=True).shape == (4, 64, 64)
    with pytest.raises(gpgen.Error, match="--sizes") as caught:
        gpgen.generate(tmp_path / "b.h5", sizes=32)
    assert not isinstance(caught.value, OSError)


def test_tasks_make_parts(tmp_path):
    path = tmp_path / "c.h5"
    for task in range(2):
        assert gpgen.generate(path, size=64, samples=8, shards=2, task_index=task, task_count=2) is None
    gpgen._program.run(["index", str(path)])
    assert len(gpgen.open(path)) == 8


def test_an_interrupt_leaves_what_is_finished(tmp_path):
    path = tmp_path / "long.h5"
    code = f"import gpgen; gpgen.generate({str(path)!r}, size=1024, samples=2000)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, env=os.environ)
    partial = tmp_path / "long.h5.partial"
    deadline = time.monotonic() + 60
    while not partial.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=60)
    assert process.returncode != 0 and b"KeyboardInterrupt" in message
    assert partial.exists() and not path.exists()
