"""The index over shards: h5py sees one dataset, in any folder, and missing shards are visible."""

import shutil
from pathlib import Path

import h5py
import numpy as np


def check_index_is_the_shards(fixture):
    """every dataset of an index is the concatenation of those of its shards"""
    for name in ("index", "half", "tiny"):
        path = fixture.dataset(name)
        shards = [h5py.File(shard, "r") for shard in sorted(path.parent.glob("data-*.h5"))]
        with h5py.File(path, "r") as index:
            assert {source.file_name for source in index["image"].virtual_sources()} == {
                Path(shard.filename).name for shard in shards
            }
            for data in ("image", "label", "scale_label", "length_scale", "crc32c", "sample"):
                assert np.array_equal(index[data][:], np.concatenate([shard[data][:] for shard in shards])), data


def check_index_moves(fixture):
    """a dataset can be moved to another folder"""
    source = fixture.dataset("index")
    before = h5py.File(source, "r")["image"][:]
    first, second = fixture.folder / "moving", fixture.folder / "mo%ved"
    shutil.copytree(source.parent, first)
    first.rename(second)
    with h5py.File(second / source.name, "r") as file:
        assert np.array_equal(file["image"][:], before)


def check_missing_shard(fixture):
    """a missing shard reads as NaN through the index, its labels are kept, and inspect reports it"""
    for name in ("index", "half"):
        source = fixture.dataset(name)
        folder = fixture.folder / f"missing-{name}"
        shutil.copytree(source.parent, folder)
        gone = sorted(folder.glob("data-*.h5"))[1]
        gone.unlink()
        with h5py.File(folder / source.name, "r") as file, h5py.File(source, "r") as whole:
            (missing,) = [entry for entry in fixture.inspect(folder / source.name)["shards"] if entry["state"] == "missing"]
            assert Path(missing["file"]) == gone, missing
            lost = np.isin(file["sample"][:], missing["first"] + np.arange(missing["count"]))
            assert np.isnan(file["image"][:][lost]).all() and 0 < lost.sum() < len(lost)
            assert np.array_equal(file["image"][:][~lost], whole["image"][:][~lost])
            assert np.array_equal(file["label"][:], whole["label"][:])
