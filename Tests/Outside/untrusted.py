"""Untrusted files: every command that reads them ends by itself, quickly, in little memory, with a documented status."""

import json
import os
import random
import shutil
import struct
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import h5py
import numpy as np

from contracts import validator

SECONDS, MEMORY = 5, 1 << 30
MUTATIONS = 10_000


# Commands, and their arguments after the file's name. They may write files next to it.
COMMANDS = {
    "inspect": ["--json"],
    "verify": ["--regenerate", "1", "--json"],
    "certify": ["--json", "--no-write"],
    "stream": ["--batch", "4"],
    "preview": ["--out", "previews", "--force"],
    "train": "--out run --epochs 1 --batch 4 --threads 1 --depth 4 --channels 2 --force".split(),
    "report": ["--out", "report.html", "--force"],
    "repair": [],
}


def check_mutations(fixture):
    """10,000 mutated headers of shards and indices, read by every command: no crash, no hang, under 1 GiB"""
    schemas = {name: validator(f"{name}.schema.json") for name in ("inspect", "verify")} | {
        "certify": validator("certificate.schema.json")
    }
    sources = [fixture.dataset("shard"), fixture.dataset("index")]
    headers = [_header(path) for path in sources]

    def mutate_and_read(lane):
        """Reads every second mutation in a separate folder with each command."""
        folder = fixture.folder / f"mutations-{lane}"
        results = []
        for number in range(lane, MUTATIONS, 2):
            which = number // 2 % 2
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(sources[1].parent, folder)
            path = folder / f"{('shard', 'data')[which]}.h5"
            path.write_bytes(_mutated(sources[which].read_bytes(), headers[which], random.Random(number)))
            for command, words in COMMANDS.items():
                try:
                    result = _read(fixture, [command, path.name, *words], folder, f"mutation {number}")
                    if command in schemas and result.output:
                        schemas[command].validate(json.loads(result.output))
                except Exception as error:
                    result = _Reading(f"FAILED: {error}", "", 0, 0)
                results.append((command, result))
                if result.outcome not in ("read", "refused"):
                    print(f"        mutation {number}, {command}: {result.outcome}", flush=True)
        return results

    start = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        results = [result for results in pool.map(mutate_and_read, range(2)) for result in results]
    each = 1000 * (time.monotonic() - start) / MUTATIONS
    for command in COMMANDS:
        mine = [result for name, result in results if name == command]
        outcomes = Counter("failed" if result.outcome.startswith("FAILED") else result.outcome for result in mine)
        print(
            f"        {command}: {dict(outcomes)}; at most {max(result.seconds for result in mine):.2f} s "
            f"and {max(result.memory for result in mine) >> 20} MiB"
        )
        assert len(mine) == MUTATIONS and not outcomes["failed"], f"{command}: {outcomes['failed']} failed"
        assert outcomes["read"] > 0 and outcomes["refused"] > MUTATIONS / 100, outcomes
    print(f"        {each:.0f} ms per file for all commands")


def check_truncations(fixture):
    """a shard and an index truncated to any length are refused, and complete ones are read"""
    schema = validator("inspect.schema.json")
    for source in (fixture.dataset("shard"), fixture.dataset("index")):
        folder = fixture.folder / f"truncated-{source.parent.name}"
        shutil.copytree(source.parent, folder)
        whole, path, rng = source.read_bytes(), folder / source.name, random.Random(6)
        lengths = {0, 1, len(whole) - 1} | set(range(0, min(len(whole), 16384), 64))
        lengths |= {rng.randrange(len(whole)) for _ in range(100)}
        for length in sorted(lengths):
            path.write_bytes(whole[:length])
            outcome, _, _ = _inspect(fixture, path, schema, f"{length} bytes")
            assert outcome == "refused", f"{length} of {len(whole)} bytes: {outcome}"
        path.write_bytes(whole)
        assert _inspect(fixture, path, schema, "whole")[0] == "read"


def check_foreign_files(fixture):
    """text, random bytes, third-party HDF5 files, pipes, devices, folders and loops of links are refused"""
    folder = fixture.folder / "foreign"
    folder.mkdir()
    (folder / "text.h5").write_text("label,pixels\n" * 1000)
    (folder / "random.h5").write_bytes(random.Random(7).randbytes(100_000))
    (folder / "signature.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + random.Random(8).randbytes(10_000))
    with h5py.File(folder / "other.h5", "w") as file:
        file["image"] = np.zeros((4, 8, 8), "f4")
    with h5py.File(folder / "claims.h5", "w") as file:
        file.attrs["format"] = "gpgen-shard"
    with h5py.File(folder / "huge.h5", "w", libver="latest") as file:
        file.attrs["format"] = "x" * (64 << 20)
    with h5py.File(folder / "many.h5", "w", libver="latest") as file:
        file.attrs["format"] = np.zeros((8 << 20,), "f8")
    os.mkfifo(folder / "pipe.h5")
    (folder / "loop.h5").symlink_to("loop.h5")
    (folder / "device.h5").symlink_to("/dev/zero")
    (folder / "folder.h5").mkdir()
    for path in sorted(folder.iterdir()):
        outcome, _, _ = _inspect(fixture, path, None, path.name)
        assert outcome == "refused", f"{path.name}: {outcome}"


def check_changed_structures(fixture):
    """datasets with another type, rank, size or layout, links, virtual datasets and external storage are refused"""
    source, folder = fixture.dataset("shard"), fixture.folder / "changed"
    shutil.copytree(source.parent, folder)
    path = folder / source.name
    with h5py.File(source, "r") as file:
        shape = file["image"].shape
    layout = h5py.VirtualLayout(shape, "f4")
    layout[...] = h5py.VirtualSource("elsewhere.h5", "image", shape)
    secret = [("/etc/passwd", 0, h5py.h5f.UNLIMITED)]
    changes = {
        "type": lambda f: f.create_dataset("image", shape, "f8"),
        "rank": lambda f: f.create_dataset("image", (shape[0], shape[1] * shape[2]), "f4"),
        "size": lambda f: f.create_dataset("image", (shape[0] + 1, *shape[1:]), "f4"),
        "overflow": lambda f: f.create_dataset("image", (2**31, 2**31, 1), "f4", chunks=(1, 1, 1)),
        "chunked": lambda f: f.create_dataset("image", shape, "f4", chunks=(1, *shape[1:])),
        "filtered": lambda f: f.create_dataset("image", shape, "f4", compression="gzip"),
        "external storage": lambda f: f.create_dataset("image", shape, "f4", external=secret),
        "virtual": lambda f: f.create_virtual_dataset("image", layout),
        "group": lambda f: f.create_group("image"),
        "soft link": lambda f: f.__setitem__("image", h5py.SoftLink("/crc32c")),
        "external link": lambda f: f.__setitem__("image", h5py.ExternalLink("/etc/passwd", "/image")),
        "nothing": lambda f: None,
    }
    for name, change in changes.items():
        for data in ("image", "crc32c", "label"):
            shutil.copy(source, path)
            with h5py.File(path, "r+") as file:
                del file[data]
                change(file) if data == "image" else change(_Renamed(file, data))
            outcome, _, _ = _inspect(fixture, path, None, f"{data}: {name}")
            assert outcome == "refused", f"{data}: {name}: {outcome}"


class _Renamed:
    """A file in which another dataset takes the place of the image."""

    def __init__(self, file, name):
        self.file, self.name = file, name

    def __getattr__(self, method):
        return lambda _, *arguments, **options: getattr(self.file, method)(self.name, *arguments, **options)

    def __setitem__(self, _, value):
        self.file[self.name] = value


def _header(path):
    """The byte ranges of a file's structure: everything except large data."""
    bulk = []
    with h5py.File(path, "r") as file:
        for data in file.values():
            offset = data.id.get_offset()
            if offset is not None and data.nbytes >= 4096:
                bulk.append((offset, offset + data.nbytes))
    regions, start = [], 0
    for first, last in sorted(bulk):
        if first > start:
            regions.append((start, first))
        start = last
    size = path.stat().st_size
    return regions + ([(start, size)] if start < size else [])


def _mutated(whole, regions, rng):
    """A file with one to eight changes in its structure, most of them near nonzero bytes."""
    data = bytearray(whole)

    def place(width=1):
        for _ in range(50):
            first, last = rng.choices(regions, [last - first for first, last in regions])[0]
            at = rng.randrange(first, max(first + 1, last - width))
            # Most of a header is unused zeros.
            if any(data[max(0, at - 8) : at + 8]) or rng.random() < 0.05:
                return at
        return at

    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        kind = rng.randrange(6)
        if kind == 0:
            data[place()] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[place()] = rng.randrange(256)
        elif kind == 2:
            at, length = place(64), rng.choice((1, 4, 8, 16, 64))
            data[at : at + length] = bytes(min(length, len(data) - at))
        elif kind == 3:
            first, second = place(8), place(8)
            one, two = data[first : first + 8], data[second : second + 8]
            if len(one) == len(two) == 8:
                data[first : first + 8], data[second : second + 8] = two, one
        elif kind == 4:
            value = rng.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1, len(data)))
            at = place(8)
            data[at : at + 8] = struct.pack("<Q", value)[: len(data) - at]
        else:
            at = place(8)
            value = struct.unpack_from("<I", data.ljust(at + 4, b"\0"), at)[0]
            struct.pack_into("<I", data, min(at, len(data) - 4), (value + rng.randrange(-16, 17)) % (1 << 32))
    return bytes(data)


class _Reading(NamedTuple):
    """The outcome of a command, its output, CPU time and maximum memory, including child processes."""

    outcome: str
    output: str
    seconds: float
    memory: int


def _read(fixture, words, folder, what):
    """Lets a command read a file, and checks its status, error message, CPU time and memory.

    CPU time does not depend on the load of the machine. A hanging command is killed after a minute.
    """
    run = subprocess.Popen(
        ["timeout", "--signal=KILL", "60", fixture.binary, *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # A few lines of errors fit into the pipe until they are read.
    output, errors = run.stdout.read().decode(), run.stderr.read().decode()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    run.stdout.close(), run.stderr.close()
    seconds, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
    statuses = (0, 1, 2) if words[0] == "certify" else (0, 1)
    assert run.returncode in statuses, f"{what}: status {run.returncode}: {errors}"
    # The child process may use 2 s of CPU time for each file of a dataset.
    assert seconds < 2 * SECONDS, f"{what}: {seconds:.1f} s"
    assert memory < MEMORY, f"{what}: {memory} bytes"
    if run.returncode == 0:
        return _Reading("read", output, seconds, memory)
    if words[0] in ("verify", "certify") and output:
        return _Reading("refused", output, seconds, memory)
    assert errors.startswith("Error: ") and not output, f"{what}: {errors}"
    if errors.rstrip().endswith(": not opened"):
        return _Reading(errors.split(": ", 2)[-1].split("; ")[0], output, seconds, memory)
    return _Reading("refused", output, seconds, memory)


def _inspect(fixture, path, schema, what):
    """Inspects a file; returns the outcome, the CPU time in seconds, and the memory in bytes."""
    result = _read(fixture, ["inspect", "--json", str(path)], path.parent, what)
    if schema and result.outcome == "read":
        schema.validate(json.loads(result.output))
    return result.outcome, result.seconds, result.memory
