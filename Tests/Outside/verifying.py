"""verify and repair: damage is named in output that satisfies the schema, and repaired to the same bytes."""

import json
import shutil
import subprocess

import h5py

from contracts import refuses, validator


def verdict(fixture, path, *options):
    """The output of `verify --json`, checked against the schema and the exit status."""
    command = [fixture.binary, "verify", "--json", *options, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = json.loads(run.stdout)
    validator("verify.schema.json").validate(found)
    assert found["ok"] == (run.returncode == 0) == (not found["bad_files"] and not found["bad_samples"]), run.stdout
    return found


def check_new_datasets_are_intact(fixture):
    """verify --json finds every new dataset intact, and its output satisfies the schema"""
    for name in ("shard", "index", "half", "odd", "default", "tiny"):
        path = fixture.dataset(name)
        found = verdict(fixture, path, "--regenerate", "2")
        with h5py.File(path, "r") as file:
            assert found["ok"] and found["notes"] == [], name
            assert found["checked"] == found["samples"] == file.attrs["sample_count"], name
            assert found["dataset_hash"] == file.attrs["dataset_hash"], name
            assert found["shard_count"] == file.attrs["shard_count"], name
        assert found["regenerated"]["identical"] == 2, name
    schema = validator("verify.schema.json")
    assert refuses(schema, found, extra=1) and refuses(schema, found, ok=...) and refuses(schema, found, files=0)


def check_damage_through_h5py(fixture):
    """verify names changes made with h5py, and repair restores the original bytes"""
    source = fixture.dataset("index")
    fresh = {path.name: path.read_bytes() for path in source.parent.glob("*.h5")}
    folder = fixture.folder / "damaged"
    shutil.copytree(source.parent, folder)
    index, shards = folder / source.name, sorted(folder.glob("data-*.h5"))

    with h5py.File(shards[0], "r+") as file:
        sample = int(file["sample"][1])
        file["image"][1, 2, 3] += 1
    (bad,) = verdict(fixture, index)["bad_samples"]
    assert (bad["sample"], bad["shard"], bad["problem"]) == (sample, 0, "checksum"), bad
    with h5py.File(shards[1], "r+") as file:
        file["label"][0] += 1
        file.attrs["weight"] = file.attrs["weight"] * 2
    found = {(bad["shard"], bad["problem"], bad["name"]) for bad in verdict(fixture, index)["bad_files"]}
    assert found == {(1, "values", "label"), (1, "attribute", "weight")}, found
    shards[-1].unlink()
    assert {(bad["shard"], bad["problem"]) for bad in verdict(fixture, index)["bad_files"]} >= {
        (len(shards) - 1, "missing")
    }
    fixture.gpgen("repair", index)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == fresh
    assert verdict(fixture, index)["ok"]
