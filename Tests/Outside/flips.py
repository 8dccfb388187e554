"""One flipped bit anywhere in a dataset is found, named and repaired."""

import json
import random
import shutil
import subprocess

import h5py

FLIPS = 1000


def regions(path):
    """The byte ranges of a file's pixels, labels and checksums, its first sample, and the bytes per sample."""
    found = {}
    with h5py.File(path, "r") as file:
        for name in ("image", "label", "crc32c"):
            offset = file[name].id.get_offset()
            if offset is not None:
                found[name] = range(offset, offset + file[name].nbytes)
        first, size = int(file["sample"][0]), file["image"][0].nbytes
    return found, first, size


def run(fixture, *words):
    return subprocess.run([fixture.binary, *map(str, words)], capture_output=True, text=True, timeout=60)


def check_flips(fixture):
    """1,000 flipped bits in pixels, labels, checksums and elsewhere are found, named, and repaired to the same bytes"""
    source = fixture.dataset("index")
    fresh = {path.name: path.read_bytes() for path in sorted(source.parent.glob("*.h5"))}
    places = {name: regions(source.parent / name) for name in fresh}
    folder = fixture.folder / "flipped"
    shutil.copytree(source.parent, folder)
    index, rng = folder / source.name, random.Random(2018)
    for number in range(FLIPS):
        name = rng.choice(sorted(fresh))
        found, first, size = places[name]
        region = rng.choice([*found, "anywhere"])
        position = rng.choice(found.get(region, range(len(fresh[name]))))
        data = bytearray(fresh[name])
        data[position] ^= 1 << rng.randrange(8)
        (folder / name).write_bytes(data)
        what = f"flip {number}: byte {position} of {name}, {region}"

        verdict = run(fixture, "verify", "--json", index)
        if not verdict.stdout:
            # The HDF5 library crashes on the file; the message names it, and the user removes it.
            assert verdict.returncode == 1 and name in verdict.stderr and "not opened" in verdict.stderr, what
            (folder / name).unlink()
        else:
            report = json.loads(verdict.stdout)
            bad = report["bad_files"] + report["bad_samples"]
            assert verdict.returncode == (1 if bad else 0) and (bad or report["notes"]), f"{what}: not found"
            assert region == "anywhere" or any(name in entry["file"] for entry in bad), f"{what}: {bad}"
            if region == "image":
                sample = first + (position - found["image"].start) // size
                assert [entry["sample"] for entry in report["bad_samples"]] == [sample], f"{what}: {bad}"
        repair = run(fixture, "repair", index)
        assert repair.returncode == 0, f"{what}: {repair.stderr}"
        for path in folder.iterdir():
            assert path.read_bytes() == fresh.get(path.name), f"{what}: {path.name} after repair"
