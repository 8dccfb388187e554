"""A system call that fails, whichever of a run's it is: nothing is lost, the message says why, the next run completes."""

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


def check_run(workshop):
    """a run any of whose system calls fails is resumed to the bytes of an undisturbed one"""
    _inject(workshop, "run", lambda folder: None, _generate(), _completes(_generate("--resume")))


def check_resume(workshop):
    """a resumed run any of whose system calls fails loses no sample, and is resumed again"""

    def check(workshop, folder, expected):
        output = _succeed(workshop, folder, _generate("--resume"))
        assert _kept(output) >= BEGUN, f"samples were lost: {output}"
        _assert_equal(_files(folder), expected)

    _inject(workshop, "resume", functools.partial(_begin, workshop), _generate("--resume"), check)


def check_force(workshop):
    """a replacement any of whose system calls fails leaves the old dataset or the new one complete"""
    old = {}

    def prepare(folder):
        _succeed(workshop, folder, _generate(seed=1))
        old.update(_files(folder))

    def check(workshop, folder, expected):
        found = _files(folder)
        new = {name.removesuffix(".partial"): data for name, data in found.items() if data in expected.values()}
        assert old.items() <= found.items() or set(new) >= set(expected) - {"data.h5"}, "neither dataset is complete"
        _succeed(workshop, folder, READ)
        if found.get("data.h5") == old["data.h5"]:
            assert old.items() <= found.items(), "old labels over new pixels"
        _succeed(workshop, folder, _generate("--force"))
        _assert_equal(_files(folder), expected)

    _inject(workshop, "force", prepare, _generate("--force"), check)


def check_growth(workshop):
    """a growth any of whose system calls fails leaves a complete dataset, and is resumed"""
    grow = _generate("--resume", samples=14)

    def check(workshop, folder, expected):
        _succeed(workshop, folder, READ)
        _succeed(workshop, folder, grow)
        _assert_equal(_files(folder), expected)

    _inject(workshop, "growth", lambda folder: _succeed(workshop, folder, _generate()), grow, check, samples=14)


def check_index(workshop):
    """an index any of whose system calls fails is made by the same command"""

    def prepare(folder):
        for task in range(2):
            _succeed(workshop, folder, _generate("--task-count", "2", "--task-index", str(task)))

    index = ["index", "data.h5"]
    _inject(workshop, "index", prepare, index, _completes(index))


def check_repair(workshop):
    """a repair any of whose system calls fails is completed by another"""

    def prepare(folder):
        _succeed(workshop, folder, _generate())
        _flip(folder / "data-00000-of-00003.h5", -100)
        _flip(folder / "data-00001-of-00003.h5", 3)
        (folder / "data-00002-of-00003.h5").unlink()

    repair = ["repair", "--threads", "1", "data.h5"]
    _inject(workshop, "repair", prepare, repair, _completes(repair))


def check_without_locks(workshop):
    """a file system without locks takes whole runs, resumed ones, growths and indices, and a note says that it has none"""
    _always(workshop, "flock", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS], "on a file system without locks")


def check_without_links(workshop):
    """a file system without hard links takes the same"""
    _always(workshop, "link", [errno.EPERM, errno.EOPNOTSUPP], "")


def _always(workshop, function, errors, note):
    """Every call of a function fails, as on a file system that does not have it."""
    if not shutil.which("cc"):
        print("        skipped: there is no C compiler")
        return
    for error in errors:
        folder = workshop.folder / "faults" / f"without-{function}-{error}"
        folder.mkdir(parents=True)
        tasks = [_generate("--task-count", "2", "--task-index", str(task)) for task in range(2)]
        grow = _generate("--resume", samples=14)
        for command in [*tasks, ["index", "data.h5"], _generate("--resume"), grow, ["index", "data.h5"]]:
            run, calls = _run(workshop, folder, command, function, -1, error)
            assert run.returncode == 0, f"{command}: {run.stderr.strip()}"
            assert note in run.stderr or not (command in tasks or command is grow), run.stderr
            assert calls > 0 or function == "link" or "already complete" in run.stdout, f"{command}: no call was made"
        _assert_equal(_files(folder), _fresh(workshop, 14))
        shutil.rmtree(folder)


# Reads every sample, and exits with 0 only where the dataset is complete.
READ = ["stream", "data.h5", "--threads", "1", "--batch", "4"]
# The samples that a run has finished when its disk is full.
BEGUN = 4


def _begin(workshop, folder):
    """Leaves partial files with the first samples: searches for the write whose failure ends the run there."""

    def interrupt(number):
        shutil.rmtree(folder)
        folder.mkdir()
        return _run(workshop, folder, _generate(), "write", number)[1]

    low, high = 1, interrupt(0)
    while low <= high:
        number = (low + high) // 2
        interrupt(number)
        kept = _kept(_succeed(workshop, folder, _generate("--resume")))
        if kept == BEGUN:
            break
        low, high = (number + 1, high) if kept < BEGUN else (low, number - 1)
    assert kept == BEGUN
    interrupt(number)


def _inject(workshop, name, prepare, command, check, samples=8):
    """Lets each call of each function fail in a run of its own, on files like those that `prepare` makes: in the end
    they are to be those of an undisturbed run of so many samples."""
    if not shutil.which("cc"):
        print("        skipped: there is no C compiler")
        return
    base = workshop.folder / "faults" / name
    pristine = base / "pristine"
    pristine.mkdir(parents=True)
    prepare(pristine)
    expected = _fresh(workshop, samples)

    def trial(function, number):
        folder = base / f"{function}-{number}"
        shutil.copytree(pristine, folder)
        run, calls = _run(workshop, folder, command, function, number)
        try:
            if number > 0:
                assert calls >= number, "the call was not reached"
                _judge(run, function)
            if run.returncode == 1:
                check(workshop, folder, expected)
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
    print("        " + ", ".join(f"{count} of {function}" for function, count in counts.items()))
    assert not failures, f"{len(failures)} of {sum(counts.values())}: " + "\n".join(failures)
    assert sum(counts.values()) > 100


def _judge(run, function):
    """A run with a fault fails with a message that a user can act on, or does without the call."""
    assert run.returncode in (0, 1), "a crash"
    if run.returncode == 1:
        first = run.stderr.splitlines()[0]
        assert first.startswith("Error: "), "no message"
        if function != "mmap":
            assert re.match(r"Error: (data\S*|\.): ", first), "the message names neither a file nor the folder"
            assert os.strerror(FAULTS[function]) in first, "the message gives no reason"


def _run(workshop, folder, command, function, number, error=None):
    """The run of a command whose call of that number fails, and how many calls there were."""
    report = folder.parent / f"{folder.name}.calls"
    environment = os.environ | {
        "LD_PRELOAD": _library(workshop),
        "FAULT_FUNCTION": function,
        "FAULT_NUMBER": str(number),
        "FAULT_ERRNO": str(error or FAULTS[function]),
        "FAULT_FOLDER": str(folder),
        "FAULT_REPORT": str(report),
    }
    run = subprocess.run(
        [workshop.binary, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    calls = int(report.read_text()) if report.exists() else 0
    report.unlink(missing_ok=True)
    return run, calls


def _library(workshop):
    library = workshop.folder / "faultinjection.so"
    if not library.exists():
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
    return str(library)


def _fresh(workshop, samples):
    """The files of an undisturbed run."""
    folder = workshop.folder / "faults" / f"fresh-{samples}"
    if not folder.exists():
        folder.mkdir()
        _succeed(workshop, folder, _generate(samples=samples))
    return _files(folder)


def _generate(*more, samples=8, seed=5):
    return [*OPTIONS.format(samples=samples, seed=seed).split(), "data.h5", *more]


def _completes(command):
    def check(workshop, folder, expected):
        _succeed(workshop, folder, command)
        _assert_equal(_files(folder), expected)

    return check


def _succeed(workshop, folder, command):
    run = subprocess.run([workshop.binary, *command], cwd=folder, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, f"then {' '.join(command)}: status {run.returncode}: {run.stderr.strip()}"
    return run.stdout


def _kept(output):
    """How many samples a resumed run found, as it says."""
    found = re.search(r"\((\d+) kept|already complete, (\d+) samples", output)
    return int(found[1] or found[2]) if found else 0


def _files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _assert_equal(found, expected):
    different = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    assert not different, f"other bytes in {', '.join(different)}"


def _flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
