"""The index over shards: one dataset to h5py, wherever its files stand, and what is missing shows."""

import shutil
from pathlib import Path

import h5py
import numpy as np


def check_index_is_the_shards(workshop):
    """every dataset of an index is those of its shards, one after the other"""
    for name in ("index", "half", "tiny"):
        path = workshop.dataset(name)
        shards = [h5py.File(shard, "r") for shard in sorted(path.parent.glob("data-*.h5"))]
        with h5py.File(path, "r") as index:
            assert {source.file_name for source in index["image"].virtual_sources()} == {
                Path(shard.filename).name for shard in shards
            }
            for data in ("image", "label", "scale_label", "length_scale", "crc32c", "sample"):
                assert np.array_equal(index[data][:], np.concatenate([shard[data][:] for shard in shards])), data


def check_index_moves(workshop):
    """a dataset moved to another folder reads as before"""
    source = workshop.dataset("index")
    before = h5py.File(source, "r")["image"][:]
    first, second = workshop.folder / "moving", workshop.folder / "mo%ved"
    shutil.copytree(source.parent, first)
    first.rename(second)
    with h5py.File(second / source.name, "r") as file:
        assert np.array_equal(file["image"][:], before)


def check_missing_shard(workshop):
    """a missing shard reads as NaN through the index, its labels stay, and inspect says so"""
    for name in ("index", "half"):
        source = workshop.dataset(name)
        folder = workshop.folder / f"missing-{name}"
        shutil.copytree(source.parent, folder)
        gone = sorted(folder.glob("data-*.h5"))[1]
        gone.unlink()
        with h5py.File(folder / source.name, "r") as file, h5py.File(source, "r") as whole:
            (missing,) = [entry for entry in workshop.inspect(folder / source.name)["shards"] if entry["state"] == "missing"]
            assert Path(missing["file"]) == gone, missing
            lost = np.isin(file["sample"][:], missing["first"] + np.arange(missing["count"]))
            assert np.isnan(file["image"][:][lost]).all() and 0 < lost.sum() < len(lost)
            assert np.array_equal(file["image"][:][~lost], whole["image"][:][~lost])
            assert np.array_equal(file["label"][:], whole["label"][:])
