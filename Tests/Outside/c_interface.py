"""The C interface: a C program that calls it, and the Python package's tests."""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

from contracts import refuses, validator
from fixture import SCHEMAS

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = "libGpgenC.so"
TESTS = ROOT / "python" / "tests"


def check_c_program(fixture):
    """a C program can use every function of gpgen.h; wrong calls are refused, and threads are safe"""
    build = Path(fixture.binary).resolve().parent
    program = fixture.folder / "c_interface"
    subprocess.run(
        ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-pthread", "-I", ROOT / "Sources/CGpgen/include",
         Path(__file__).with_suffix(".c"), "-o", program, "-L", build, "-lGpgenC", f"-Wl,-rpath,{build}"], check=True)
    data = fixture.folder / "c" / "data.h5"
    fixture.gpgen(
        "--size 32 --length-scales 2,3 --length-scales 6,8 --samples 40 --seed 3 --shards 3 --quiet --out", data)
    done = subprocess.run([program, data, fixture.binary], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == "all checks passed\n", done.stderr


def check_source_descriptions(fixture):
    """the JSON of gpgen_describe and gpgen_stream_open satisfies the schemas"""
    library = ctypes.CDLL(str(Path(fixture.binary).resolve().parent / LIBRARY))
    schema = validator("source.schema.json")
    for path in (fixture.dataset("shard"), fixture.dataset("index")):
        source, length, text = ctypes.c_uint64(), ctypes.c_size_t(), ctypes.create_string_buffer(1 << 16)
        assert library.gpgen_open(os.fsencode(path), None, ctypes.byref(source), None) == 0
        assert library.gpgen_describe(source, text, ctypes.c_size_t(len(text)), ctypes.byref(length), None) == 0
        about = json.loads(text.value)
        schema.validate(about)
        inspected = [json.loads(fixture.gpgen("inspect --json", file["file"])) for file in about["files"]]
        assert [file["offset"] for file in about["files"]] == [each["image"]["offset"] for each in inspected]
        assert refuses(schema, about, count=0) and refuses(schema, about, kind="file")
    # The library accepts the options of the schema and no others.
    stream, error = ctypes.c_uint64(), ctypes.create_string_buffer(4096)
    assert library.gpgen_stream_open(source, b'{"?": 0}', None, ctypes.byref(stream), error) != 0
    known = error.raw[4:].split(b"\0")[0].decode().partition("expected ")[2].split(", ")
    schema = json.loads((SCHEMAS / "stream.schema.json").read_text())
    assert known == sorted(schema["properties"]), known
    options = validator("stream.schema.json")
    for text in ({}, {"batch_size": 8, "split": "test", "test_fraction": 0.5}, {"endless": True, "flip": True}):
        options.validate(text)
        assert library.gpgen_stream_open(source, json.dumps(text).encode(), None, ctypes.byref(stream), error) == 0
    for text in ({"batch_size": 0}, {"split": "rest"}, {"flip": 1}, {"rank": -1}):
        assert refuses(options, text)
        assert library.gpgen_stream_open(source, json.dumps(text).encode(), None, ctypes.byref(stream), error) != 0, text


def check_python_package(fixture):
    """the Python package passes its tests, and the snippets of its documentation run"""
    build = Path(fixture.binary).resolve().parent
    environment = os.environ | {
        "GPGEN_LIBRARY": str(build / LIBRARY), "GPGEN_PROGRAM": str(Path(fixture.binary).resolve()),
        "PYTHONPATH": str(ROOT / "python" / "src")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS, "--ignore", TESTS / "pytorch", "--ignore",
         TESTS / "huggingface"],
        capture_output=True, text=True, env=environment, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:]
