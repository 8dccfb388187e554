"""references: zarr and xarray read single samples from a web server through the output of `gpgen references`."""

import re
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import h5py
import numpy as np
import xarray as xr
import zarr
from fsspec.implementations.reference import ReferenceFileSystem


class RangeHandler(SimpleHTTPRequestHandler):
    """A web server for a folder that supports byte ranges and records its requests."""

    served = []

    def do_GET(self):
        path = self.translate_path(self.path)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        with open(path, "rb") as file:
            data = file.read()
        first, last = (int(wanted[1]), int(wanted[2])) if wanted else (0, len(data) - 1)
        part = data[first:last + 1]
        self.served.append((path.rsplit("/", 1)[1], len(part)))
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, *_):
        pass


def same(array, dataset, name):
    assert array.dtype == dataset.dtype and array.shape == dataset.shape, name
    np.testing.assert_array_equal(array[...], dataset[...], err_msg=name)


def check_references(fixture):
    """references give every array that h5py reads: of one file, shards, float16 and volumes"""
    for name in ("shard", "index", "half", "odd", "volume"):
        data = fixture.dataset(name)
        out = fixture.folder / f"{name}.json"
        fixture.gpgen("references", data, "--out", out, "--prefix", f"{data.parent}/", "--quiet")
        group = zarr.open(ReferenceFileSystem(str(out)).get_mapper(), mode="r")
        with h5py.File(data) as file:
            assert sorted(group.array_keys()) == sorted(file), name
            for key in file:
                same(group[key], file[key], f"{name}: {key}")
            assert group.attrs["dataset_hash"] == file.attrs["dataset_hash"]
            assert group.attrs["class_name"] == list(file.attrs["class_name"])
            pixels = group[next(key for key in ("series", "image", "volume") if key in file)]
            assert pixels.chunks == (1, *pixels.shape[1:]), name
        again = fixture.folder / f"{name}-again.json"
        fixture.gpgen("references", data.parent, "--out", again, "--prefix", f"{data.parent}/", "--quiet")
        assert again.read_bytes() == out.read_bytes(), name


def check_reading_over_the_web(fixture):
    """xarray reads one sample from a web server, and only its bytes"""
    data = fixture.dataset("index")
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *words: RangeHandler(*words, directory=str(data.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        out = fixture.folder / "web.json"
        prefix = f"http://127.0.0.1:{server.server_port}/"
        fixture.gpgen("references", data, "--out", out, "--prefix", prefix, "--quiet")
        opened = xr.open_dataset(
            "reference://", engine="zarr", chunks=None,
            backend_kwargs={"consolidated": False, "storage_options": {"fo": str(out), "remote_protocol": "http"}})
        RangeHandler.served.clear()
        with h5py.File(data) as file:
            last = len(file["image"]) - 1
            np.testing.assert_array_equal(opened.image.sel(sample=last).values, file["image"][last])
            np.testing.assert_array_equal(opened.label.values, file["label"][...])
            sample_bytes = file["image"][0].nbytes
        shards = [size for name, size in RangeHandler.served if "-of-" in name]
        assert shards == [sample_bytes], RangeHandler.served
    finally:
        server.shutdown()


def check_references_of_a_part(fixture):
    """references to one of several shards are refused, as are existing output files"""
    data = fixture.dataset("index")
    shard = sorted(data.parent.glob("*-of-*"))[1]
    out = fixture.folder / "part.json"
    command = [fixture.binary, "references"]
    failed = subprocess.run([*command, shard, "--out", out], capture_output=True, text=True)
    assert failed.returncode == 1 and "give the dataset's index" in failed.stderr and not out.exists(), failed
    out.write_text("{}")
    failed = subprocess.run([*command, data, "--out", out], capture_output=True, text=True)
    assert failed.returncode == 1 and "exists" in failed.stderr and out.read_text() == "{}", failed
