"""certify: good files pass and bad ones fail, with output as in the schema; also third-party fields in .npy and HDF5."""

import hashlib
import json
import struct
import subprocess

import h5py
import numpy as np

from contracts import refuses, validator

RECIPE = {"shape": [48, 40], "length_scales": [[2, 2.5], [8]], "weights": [1, 2], "noise": 0.05, "samples": 4, "seed": 99}


def certificate(fixture, path, *options):
    """The output of `certify --json`, checked against the schema and the exit status."""
    command = [fixture.binary, "certify", "--json", str(path), *map(str, options)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=fixture.folder)
    assert run.returncode in (0, 1, 2) and run.stdout, run.stderr
    found = json.loads(run.stdout)
    validator("certificate.schema.json").validate(found)
    assert ["passed", "failed", "untestable"][run.returncode] == found["verdict"], run.stdout
    assert found["failure_count"] >= len(found["failures"]) and found["test_count"] >= len(found["tests"])
    return found


def refusal(fixture, path, *options):
    """The error message of a run that could not test a file."""
    command = [fixture.binary, "certify", str(path), *map(str, options)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=fixture.folder)
    assert run.returncode == 2 and run.stdout == "" and run.stderr, (run.returncode, run.stdout, run.stderr)
    return run.stderr


def check_good_datasets_pass(fixture):
    """certify passes new datasets of every shape, and its certificate refers to their checksums"""
    for name in ("shard", "index", "half", "tiny", "ensemble", "series", "rectangle", "volume"):
        path = fixture.dataset(name)
        found = certificate(fixture, path)
        assert found["verdict"] == "passed", (name, found["p"], found["failures"])
        file = path.parent / f"{path.name}.certificate.json"
        assert json.loads(file.read_text()) == found, name
        with h5py.File(path, "r") as data:
            table = data["crc32c"][:]
            assert found["dataset_hash"] == data.attrs["dataset_hash"], name
        assert hashlib.sha256(struct.pack(f"<{len(table)}I", *table)).hexdigest() == found["checksums_hash"], name
        inspected = fixture.inspect(path)["certificate"]
        assert inspected["matches"] and inspected["verdict"] == "passed", inspected
        validator("inspect.schema.json").validate(fixture.inspect(path))
        file.unlink()
    schema = validator("certificate.schema.json")
    assert refuses(schema, found, p=...) and refuses(schema, found, extra=1) and refuses(schema, found, verdict="untestable")
    assert certificate(fixture, fixture.dataset("standardized"))["verdict"] == "untestable"


def check_third_party_fields(fixture):
    """certify tests third-party .npy and HDF5 files against a recipe, and refuses layouts that it cannot read"""
    folder = fixture.folder / "others"
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
        found = certificate(fixture, path, *options)
        assert found["verdict"] == "passed" and found["samples"] == 40, (dtype, found["failures"])
        np.save(path, fields[:, None].astype(dtype))  # with a channel axis of length 1
        assert certificate(fixture, path, *options)["p"] == found["p"]
        with_nan = fields.copy()
        with_nan[3, 4, 5] = np.nan
        # Too large, of the wrong class, correlated between samples, and with a NaN.
        for fault in (1.03 * fields, np.roll(fields, 1, axis=0), fields + fields[:1], with_nan):
            np.save(path, fault.astype(dtype))
            found = certificate(fixture, path, *options)
            assert found["verdict"] == "failed" and found["failures"], dtype
    assert (folder / "fields.npy.certificate.json").exists()

    path = folder / "plain.h5"
    with h5py.File(path, "w") as file:
        file["fields"] = fields
        file["labels"] = np.arange(40)
        file.create_group("more")
    assert certificate(fixture, path, *options)["verdict"] == "passed"
    with h5py.File(path, "a") as file:
        file["twice"] = fields.astype("<f4")
        file.create_dataset("chunked", data=fields, chunks=(1, 48, 40), compression="gzip")
    assert "--dataset" in refusal(fixture, path, *options)
    assert certificate(fixture, path, *options, "--dataset", "twice")["verdict"] == "passed"
    assert "chunked" in refusal(fixture, path, *options, "--dataset", "chunked")
    assert "labels" in refusal(fixture, path, *options, "--dataset", "labels")
    assert refusal(fixture, path, *options, "--dataset", "none")

    np.save(folder / "big.npy", fields.astype(">f4"))
    assert "<f4" in refusal(fixture, folder / "big.npy", *options)
    np.save(folder / "fortran.npy", np.asfortranarray(fields))
    assert "Fortran" in refusal(fixture, folder / "fortran.npy", *options)
    np.save(folder / "other.npy", fields[:, :, :39])
    assert "expected (samples, 48, 40)" in refusal(fixture, folder / "other.npy", *options)
    whole = (folder / "fields.npy").read_bytes()
    (folder / "cut.npy").write_bytes(whole[:-1])
    assert "truncated" in refusal(fixture, folder / "cut.npy", *options)
    (folder / "text.npy").write_text("no array")
    assert refusal(fixture, folder / "text.npy", *options) and refusal(fixture, folder / "none.npy", *options)
