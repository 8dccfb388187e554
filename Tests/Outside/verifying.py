"""verify and repair: what is damaged from outside is named, as the schema has it, and made again to the same bytes."""

import json
import shutil
import subprocess

import h5py

from contracts import refuses, validator


def verdict(workshop, path, *options):
    """What `verify --json` prints, held against the schema and against the exit status."""
    command = [workshop.binary, "verify", "--json", *options, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = json.loads(run.stdout)
    validator("verify.schema.json").validate(found)
    assert found["ok"] == (run.returncode == 0) == (not found["bad_files"] and not found["bad_samples"]), run.stdout
    return found


def check_fresh_datasets_are_well(workshop):
    """verify --json finds every fresh dataset well, and says so as its schema has it"""
    for name in ("shard", "index", "half", "odd", "default", "tiny"):
        path = workshop.dataset(name)
        found = verdict(workshop, path, "--regenerate", "2")
        with h5py.File(path, "r") as file:
            assert found["ok"] and found["notes"] == [], name
            assert found["checked"] == found["samples"] == file.attrs["sample_count"], name
            assert found["dataset_hash"] == file.attrs["dataset_hash"], name
            assert found["shard_count"] == file.attrs["shard_count"], name
        assert found["regenerated"]["identical"] == 2, name
    schema = validator("verify.schema.json")
    assert refuses(schema, found, extra=1) and refuses(schema, found, ok=...) and refuses(schema, found, files=0)


def check_damage_through_h5py(workshop):
    """what h5py writes into a dataset is named by verify, and repair leaves the fresh bytes"""
    source = workshop.dataset("index")
    fresh = {path.name: path.read_bytes() for path in source.parent.glob("*.h5")}
    folder = workshop.folder / "damaged"
    shutil.copytree(source.parent, folder)
    index, shards = folder / source.name, sorted(folder.glob("data-*.h5"))

    with h5py.File(shards[0], "r+") as file:
        sample = int(file["sample"][1])
        file["image"][1, 2, 3] += 1
    (bad,) = verdict(workshop, index)["bad_samples"]
    assert (bad["sample"], bad["shard"], bad["problem"]) == (sample, 0, "checksum"), bad
    with h5py.File(shards[1], "r+") as file:
        file["label"][0] += 1
        file.attrs["weight"] = file.attrs["weight"] * 2
    found = {(bad["shard"], bad["problem"], bad["name"]) for bad in verdict(workshop, index)["bad_files"]}
    assert found == {(1, "values", "label"), (1, "attribute", "weight")}, found
    shards[-1].unlink()
    assert {(bad["shard"], bad["problem"]) for bad in verdict(workshop, index)["bad_files"]} >= {
        (len(shards) - 1, "missing")
    }
    workshop.gpgen("repair", index)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == fresh
    assert verdict(workshop, index)["ok"]
