"""certify: good files pass, faulty ones fail, as the schema has it; fields of others in .npy and HDF5."""

import hashlib
import json
import struct
import subprocess

import h5py
import numpy as np

from contracts import refuses, validator

RECIPE = {"shape": [48, 40], "length_scales": [[2, 2.5], [8]], "weights": [1, 2], "noise": 0.05, "samples": 4, "seed": 99}


def certificate(workshop, path, *options):
    """What `certify --json` prints, checked against the schema and against the exit status."""
    command = [workshop.binary, "certify", "--json", str(path), *map(str, options)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=workshop.folder)
    assert run.returncode in (0, 1, 2) and run.stdout, run.stderr
    found = json.loads(run.stdout)
    validator("certificate.schema.json").validate(found)
    assert ["passed", "failed", "untestable"][run.returncode] == found["verdict"], run.stdout
    assert found["failure_count"] >= len(found["failures"]) and found["test_count"] >= len(found["tests"])
    return found


def refusal(workshop, path, *options):
    """The message of a run that could not test."""
    command = [workshop.binary, "certify", str(path), *map(str, options)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=workshop.folder)
    assert run.returncode == 2 and run.stdout == "" and run.stderr, (run.returncode, run.stdout, run.stderr)
    return run.stderr


def check_good_datasets_pass(workshop):
    """certify passes fresh datasets of every shape, and its certificate is of their checksums"""
    for name in ("shard", "index", "half", "tiny", "ensemble", "series", "rectangle", "volume"):
        path = workshop.dataset(name)
        found = certificate(workshop, path)
        assert found["verdict"] == "passed", (name, found["p"], found["failures"])
        file = path.parent / f"{path.name}.certificate.json"
        assert json.loads(file.read_text()) == found, name
        with h5py.File(path, "r") as data:
            table = data["crc32c"][:]
            assert found["dataset_hash"] == data.attrs["dataset_hash"], name
        assert hashlib.sha256(struct.pack(f"<{len(table)}I", *table)).hexdigest() == found["checksums_hash"], name
        inspected = workshop.inspect(path)["certificate"]
        assert inspected["matches"] and inspected["verdict"] == "passed", inspected
        validator("inspect.schema.json").validate(workshop.inspect(path))
        file.unlink()
    schema = validator("certificate.schema.json")
    assert refuses(schema, found, p=...) and refuses(schema, found, extra=1) and refuses(schema, found, verdict="untestable")
    assert certificate(workshop, workshop.dataset("standardized"))["verdict"] == "untestable"


def check_fields_of_others(workshop):
    """certify tests .npy and HDF5 files of others against a recipe, and refuses what it cannot read as they are"""
    folder = workshop.folder / "others"
    folder.mkdir()
    recipe = folder / "recipe.yaml"
    recipe.write_text(json.dumps(RECIPE))
    options = ("--recipe", recipe)

    def spectrum(length_scale):
        axes = []
        for side in RECIPE["shape"]:
            x = np.arange(side) + np.arange(-8, 9)[:, None] * side
            axes.append(np.fft.fft(np.exp(-(x**2) / (2 * length_scale**2)).sum(axis=0)).real.clip(0))
        return np.outer(*axes)

    random = np.random.default_rng(5)
    fields = []
    for sample in range(40):
        total = RECIPE["noise"] * random.standard_normal(RECIPE["shape"])
        for weight, length_scale in ((1, [2, 2.5][sample % 2]), (2, 8)):
            noise = np.fft.fft2(random.standard_normal(RECIPE["shape"]))
            total = total + weight * np.fft.ifft2(noise * np.sqrt(spectrum(length_scale))).real
        fields.append(total)
    fields = np.array(fields)
    for dtype in ("<f8", "<f4", "<f2"):
        path = folder / "fields.npy"
        np.save(path, fields.astype(dtype))
        found = certificate(workshop, path, *options)
        assert found["verdict"] == "passed" and found["samples"] == 40, (dtype, found["failures"])
        np.save(path, fields[:, None].astype(dtype))  # with an axis of one channel
        assert certificate(workshop, path, *options)["p"] == found["p"]
        no_number = fields.copy()
        no_number[3, 4, 5] = np.nan
        # Too large, of the other class, with a part in common, and not all numbers.
        for fault in (1.03 * fields, np.roll(fields, 1, axis=0), fields + fields[:1], no_number):
            np.save(path, fault.astype(dtype))
            found = certificate(workshop, path, *options)
            assert found["verdict"] == "failed" and found["failures"], dtype
    assert (folder / "fields.npy.certificate.json").exists()

    path = folder / "plain.h5"
    with h5py.File(path, "w") as file:
        file["fields"] = fields
        file["labels"] = np.arange(40)
        file.create_group("more")
    assert certificate(workshop, path, *options)["verdict"] == "passed"
    with h5py.File(path, "a") as file:
        file["twice"] = fields.astype("<f4")
        file.create_dataset("chunked", data=fields, chunks=(1, 48, 40), compression="gzip")
    assert "--dataset" in refusal(workshop, path, *options)
    assert certificate(workshop, path, *options, "--dataset", "twice")["verdict"] == "passed"
    assert "chunked" in refusal(workshop, path, *options, "--dataset", "chunked")
    assert "labels" in refusal(workshop, path, *options, "--dataset", "labels")
    assert refusal(workshop, path, *options, "--dataset", "none")

    np.save(folder / "big.npy", fields.astype(">f4"))
    assert "<f4" in refusal(workshop, folder / "big.npy", *options)
    np.save(folder / "fortran.npy", np.asfortranarray(fields))
    assert "Fortran" in refusal(workshop, folder / "fortran.npy", *options)
    np.save(folder / "other.npy", fields[:, :, :39])
    assert "expected (samples, 48, 40)" in refusal(workshop, folder / "other.npy", *options)
    whole = (folder / "fields.npy").read_bytes()
    (folder / "cut.npy").write_bytes(whole[:-1])
    assert "truncated" in refusal(workshop, folder / "cut.npy", *options)
    (folder / "text.npy").write_text("no array")
    assert refusal(workshop, folder / "text.npy", *options) and refusal(workshop, folder / "none.npy", *options)
