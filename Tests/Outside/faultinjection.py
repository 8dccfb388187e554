"""Failing system calls: whichever call fails, nothing is lost, the message says why, and the next run completes."""

import concurrent.futures
import errno
import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

OPTIONS = "--size 16 --length-scales 2,3 --samples {samples} --shards 3 --threads 1 --seed {seed} --out"
SOURCE = Path(__file__).with_suffix(".c")
FAULTS = {
    "write": errno.ENOSPC,
    "read": errno.EIO,
    "fsync": errno.EIO,
    "ftruncate": errno.ENOSPC,
    "rename": errno.EACCES,
    "link": errno.EPERM,
    "unlink": errno.EACCES,
    "mmap": errno.ENOMEM,
}


def check_run(fixture):
    """after any failed system call, a run resumes to the bytes of an uninterrupted one"""
    _inject(fixture, "run", lambda folder: None, _generate(), _completes(_generate("--resume")))


def check_resume(fixture):
    """after any failed system call, a resumed run has lost no samples and can be resumed again"""

    def check(fixture, folder, expected):
        output = _succeed(fixture, folder, _generate("--resume"))
        assert _kept(output) >= BEGUN, f"samples were lost: {output}"
        _assert_equal(_files(folder), expected)

    _inject(fixture, "resume", functools.partial(_begin, fixture), _generate("--resume"), check)


def check_force(fixture):
    """after any failed system call, a replacement leaves either the old or the new dataset complete"""
    old = {}

    def prepare(folder):
        _succeed(fixture, folder, _generate(seed=1))
        old.update(_files(folder))

    def check(fixture, folder, expected):
        found = _files(folder)
        new = {name.removesuffix(".partial"): data for name, data in found.items() if data in expected.values()}
        assert old.items() <= found.items() or set(new) >= set(expected) - {"data.h5"}, "neither dataset is complete"
        _succeed(fixture, folder, READ)
        if found.get("data.h5") == old["data.h5"]:
            assert old.items() <= found.items(), "the old index is with new shards"
        _succeed(fixture, folder, _generate("--force"))
        _assert_equal(_files(folder), expected)

    _inject(fixture, "force", prepare, _generate("--force"), check)


def check_growth(fixture):
    """after any failed system call, a growing dataset is complete and can be resumed"""
    grow = _generate("--resume", samples=14)

    def check(fixture, folder, expected):
        _succeed(fixture, folder, READ)
        _succeed(fixture, folder, grow)
        _assert_equal(_files(folder), expected)

    _inject(fixture, "growth", lambda folder: _succeed(fixture, folder, _generate()), grow, check, samples=14)


def check_index(fixture):
    """after any failed system call, the same command creates the index"""

    def prepare(folder):
        for task in range(2):
            _succeed(fixture, folder, _generate("--task-count", "2", "--task-index", str(task)))

    index = ["index", "data.h5"]
    _inject(fixture, "index", prepare, index, _completes(index))


def check_repair(fixture):
    """after any failed system call, another repair completes the first"""

    def prepare(folder):
        _succeed(fixture, folder, _generate())
        _flip(folder / "data-00000-of-00003.h5", -100)
        _flip(folder / "data-00001-of-00003.h5", 3)
        (folder / "data-00002-of-00003.h5").unlink()

    repair = ["repair", "--threads", "1", "data.h5"]
    _inject(fixture, "repair", prepare, repair, _completes(repair))


def check_without_locks(fixture):
    """generating, resuming, growing and indexing work on a file system without locks, with a note about it"""
    _always(fixture, "flock", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS], "on a file system without locks")


def check_without_links(fixture):
    """generating, resuming, growing and indexing work on a file system without hard links"""
    _always(fixture, "link", [errno.EPERM, errno.EOPNOTSUPP], "")


def _always(fixture, function, errors, note):
    """Lets every call of a function fail, as on a file system that does not support it."""
    if not shutil.which("cc"):
        print("        skipped: no C compiler found")
        return
    for error in errors:
        folder = fixture.folder / "faults" / f"without-{function}-{error}"
        folder.mkdir(parents=True)
        tasks = [_generate("--task-count", "2", "--task-index", str(task)) for task in range(2)]
        grow = _generate("--resume", samples=14)
        for command in [*tasks, ["index", "data.h5"], _generate("--resume"), grow, ["index", "data.h5"]]:
            run, calls = _run(fixture, folder, command, function, -1, error)
            assert run.returncode == 0, f"{command}: {run.stderr.strip()}"
            assert note in run.stderr or not (command in tasks or command is grow), run.stderr
            assert calls > 0 or function == "link" or "already complete" in run.stdout, f"{command}: no call was made"
        _assert_equal(_files(folder), _fresh(fixture, 14))
        shutil.rmtree(folder)


# Reads every sample, and exits with 0 only if the dataset is complete.
READ = ["stream", "data.h5", "--threads", "1", "--batch", "4"]
# The number of samples that a run finishes before its disk is full.
BEGUN = 4


def _begin(fixture, folder):
    """Leaves partial files with the first samples, by searching for the write whose failure stops the run there."""

    def interrupt(number):
        shutil.rmtree(folder)
        folder.mkdir()
        return _run(fixture, folder, _generate(), "write", number)[1]

    low, high = 1, interrupt(0)
    while low <= high:
        number = (low + high) // 2
        interrupt(number)
        kept = _kept(_succeed(fixture, folder, _generate("--resume")))
        if kept == BEGUN:
            break
        low, high = (number + 1, high) if kept < BEGUN else (low, number - 1)
    assert kept == BEGUN
    interrupt(number)


def _inject(fixture, name, prepare, command, check, samples=8):
    """Lets each call of each function fail, in separate runs, on copies of the files that `prepare` makes. In the end
    the files must be those of an uninterrupted run with the given number of samples."""
    if not shutil.which("cc"):
        print("        skipped: no C compiler found")
        return
    base = fixture.folder / "faults" / name
    pristine = base / "pristine"
    pristine.mkdir(parents=True)
    prepare(pristine)
    expected = _fresh(fixture, samples)

    def trial(function, number):
        folder = base / f"{function}-{number}"
        shutil.copytree(pristine, folder)
        run, calls = _run(fixture, folder, command, function, number)
        try:
            if number > 0:
                assert calls >= number, "the call was not reached"
                _judge(run, function)
            if run.returncode == 1:
                check(fixture, folder, expected)
            else:
                _assert_equal(_files(folder), expected)
        except AssertionError as error:
            text = f"{function} {number} of {calls}: {error}: status {run.returncode}: {run.stderr.strip()}"
            failures.append(text.replace("\n", " "))
        shutil.rmtree(folder)
        return calls

    failures = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = {function: trial(function, 0) for function in FAULTS}
        list(pool.map(trial, *zip(*((function, 1 + n) for function in counts for n in range(counts[function])))))
    print("        calls: " + ", ".join(f"{function} {count}" for function, count in counts.items()))
    assert not failures, f"{len(failures)} of {sum(counts.values())} faults: " + "\n".join(failures)
    assert sum(counts.values()) > 100


def _judge(run, function):
    """A run with a fault either fails with a useful message or works without the call."""
    assert run.returncode in (0, 1), "crashed"
    if run.returncode == 1:
        first = run.stderr.splitlines()[0]
        assert first.startswith("Error: "), "no error message"
        if function != "mmap":
            assert re.match(r"Error: (data\S*|\.): ", first), "the message names neither a file nor the folder"
            assert os.strerror(FAULTS[function]) in first, "the message gives no reason"


def _run(fixture, folder, command, function, number, error=None):
    """Runs a command whose call of the given number fails; returns the run and the number of calls."""
    report = folder.parent / f"{folder.name}.calls"
    environment = os.environ | {
        "LD_PRELOAD": _library(fixture),
        "FAULT_FUNCTION": function,
        "FAULT_NUMBER": str(number),
        "FAULT_ERRNO": str(error or FAULTS[function]),
        "FAULT_FOLDER": str(folder),
        "FAULT_REPORT": str(report),
    }
    run = subprocess.run(
        [fixture.binary, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    calls = int(report.read_text()) if report.exists() else 0
    report.unlink(missing_ok=True)
    return run, calls


def _library(fixture):
    library = fixture.folder / "faultinjection.so"
    if not library.exists():
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
    return str(library)


def _fresh(fixture, samples):
    """The files of an uninterrupted run."""
    folder = fixture.folder / "faults" / f"fresh-{samples}"
    if not folder.exists():
        folder.mkdir()
        _succeed(fixture, folder, _generate(samples=samples))
    return _files(folder)


def _generate(*more, samples=8, seed=5):
    return [*OPTIONS.format(samples=samples, seed=seed).split(), "data.h5", *more]


def _completes(command):
    def check(fixture, folder, expected):
        _succeed(fixture, folder, command)
        _assert_equal(_files(folder), expected)

    return check


def _succeed(fixture, folder, command):
    run = subprocess.run([fixture.binary, *command], cwd=folder, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, f"afterwards, {' '.join(command)}: status {run.returncode}: {run.stderr.strip()}"
    return run.stdout


def _kept(output):
    """The number of samples that a resumed run reports it found."""
    found = re.search(r"\((\d+) kept|already complete, (\d+) samples", output)
    return int(found[1] or found[2]) if found else 0


def _files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _assert_equal(found, expected):
    different = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    assert not different, f"different bytes in {', '.join(different)}"


def _flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
