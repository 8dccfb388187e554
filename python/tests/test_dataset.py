"""Datasets: what h5py reads, through arrays."""

import multiprocessing
import os
import pickle

import gpgen
import h5py
import numpy as np
import pytest
from conftest import RECIPE


def test_images_and_labels_are_the_files(data, sharded):
    with h5py.File(data.path) as file:
        images, labels, scale_labels = file["image"][...], file["label"][...], file["scale_label"][...]
        assert data.hash == file.attrs["dataset_hash"]
        assert data.classes == list(file.attrs["class_name"])
    for dataset in (data, sharded):
        assert np.array_equal(dataset.images, images) and np.array_equal(dataset.labels, labels)
        assert np.array_equal(dataset.scale_labels, scale_labels)
        assert dataset.shape == (40, 32, 32) and len(dataset) == 40
    assert data.recipe["side"] == 32 and data.recipe["seed"] == 3


def test_indexing(data):
    image, label = data[7]
    assert image.shape == (32, 32) and image.dtype == np.float32 and label == data.labels[7] and isinstance(label, int)
    images, labels = data[5:9]
    assert images.shape == (4, 32, 32) and np.array_equal(labels, data.labels[5:9])
    images, labels = data[[3, -1]]
    assert np.array_equal(images[1], data.images[39]) and np.array_equal(labels, data.labels[[3, 39]])
    with pytest.raises(IndexError):
        data[40]
    assert sum(1 for _ in data) == 40


def test_images_are_read_only_and_mapped(sharded):
    assert isinstance(sharded.images, np.ndarray) and sharded.images.base is not None
    with pytest.raises(ValueError):
        sharded.images[0, 0, 0] = 1
    with pytest.raises(ValueError):
        sharded.labels[0] = 1


def test_arrays_outlive_the_dataset(data):
    images = gpgen.open(data.path).images
    assert np.array_equal(images, data.images)


def test_shards_that_fill_no_pages(folder):
    recipe = RECIPE | {"side": 20, "dtype": "float16"}
    dataset = gpgen.generate(folder / "odd" / "odd.h5", recipe=recipe, shards=3)
    with h5py.File(dataset.path) as file:
        expected = file["image"][...]
    images = dataset.images
    assert images.shape == (40, 20, 20) and images.dtype == np.float16 and len(images) == 40
    assert np.array_equal(np.asarray(images), expected) and np.array_equal(list(images), expected)
    for key in (0, -1, 13, slice(10, 30, 3), [39, 0, 13], np.arange(40) % 7 == 0, (slice(12, 15), 3), (5, slice(0, 2), 4)):
        assert np.array_equal(images[key], expected[key]), key
    assert images[[]].shape == (0, 20, 20)
    for key in (40, -41):
        with pytest.raises(IndexError, match="expected -40 to 39"):
            images[key]
    with pytest.raises(IndexError, match="a slice"):
        images[...]


def test_pickles_by_its_path(data):
    again = pickle.loads(pickle.dumps(data))
    assert again.path == data.path and np.array_equal(again.images, data.images)


def sum_in_fork(dataset, pipe):
    pipe.send(float(dataset.images[3].sum()) + dataset[4][1])


@pytest.mark.parametrize("is_read_before", [False, True])
def test_reads_after_a_fork(data, is_read_before):
    expected = float(data.images[3].sum()) + data[4][1]
    dataset = gpgen.open(data.path)
    if is_read_before:
        dataset[0]
    parent, child = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=sum_in_fork, args=(dataset, child))
    process.start()
    assert parent.poll(60), "the forked process hangs"
    assert parent.recv() == expected
    process.join()
    assert process.exitcode == 0
    assert float(dataset.images[3].sum()) + dataset[4][1] == expected


def test_files_that_are_none(folder, tmp_path):
    with pytest.raises(gpgen.FileError, match="No such file"):
        gpgen.open(tmp_path / "none.h5")
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"\x89HDF\r\n\x1a\n" + os.urandom(4000))
    with pytest.raises(gpgen.Error, match="broken.h5") as caught:
        gpgen.open(broken)
    assert isinstance(caught.value, OSError)


def test_a_file_that_crashes_the_hdf5_library_is_an_error(tmp_path, monkeypatch):
    """Whatever ends the process that reads the structure first, this process goes on."""
    crashing = tmp_path / "gpgen"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    file = tmp_path / "file.h5"
    file.write_bytes(b"\x89HDF\r\n\x1a\n")
    monkeypatch.setenv("GPGEN_PROGRAM", str(crashing))
    with pytest.raises(gpgen.FileError, match="crashes the HDF5 library"):
        gpgen.open(file)
