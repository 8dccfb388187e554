"""Runs interrupted at random moments, with fixed seeds: they can be resumed and end with the same bytes."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time

# About 0.3 s with one thread: 24 samples of four scales without a band limit, in three shards and an index.
OPTIONS = "--size 256 --seed 5 --samples 24 --threads 1 --shards 3 --quiet" + " --length-scales 0.5,1" * 4
KILLS = 200
DISKS = 20


def check_kill(fixture):
    """200 of 200 runs killed at random moments resume to the bytes of an uninterrupted one"""
    expected, seconds = _uninterrupted(fixture)
    moments, stopped = random.Random(1), 0
    for number in range(KILLS):
        folder = _folder(fixture, "killed")
        run = _start(fixture, folder)
        time.sleep(moments.uniform(0, seconds))
        run.kill()
        run.communicate()
        stopped += run.returncode == -signal.SIGKILL
        _resume(fixture, folder)
        found = _digests(folder)
        assert found == expected, f"run {number}: different bytes in {_different(found, expected)}"
    print(f"        {stopped} of {KILLS} runs were killed before they ended")
    assert stopped > KILLS / 4


def check_stop(fixture):
    """Ctrl-C and SIGTERM at random moments stop a run at once, and it resumes to the same bytes"""
    expected, seconds = _uninterrupted(fixture)
    moments, stopped = random.Random(2), 0
    for number in range(20):
        folder = _folder(fixture, "stopped")
        run = _start(fixture, folder)
        time.sleep(moments.uniform(0, seconds))
        given = time.monotonic()
        which = (signal.SIGINT, signal.SIGTERM)[number % 2]
        run.send_signal(which)
        _, errors = run.communicate(timeout=20)
        assert run.returncode in (0, 128 + which, -which), f"status {run.returncode}: {errors}"
        assert time.monotonic() - given < 5, "took too long to stop"
        stopped += run.returncode == 128 + which
        assert run.returncode != 128 + which or errors.startswith("Stopped; "), errors
        _resume(fixture, folder)
        assert _digests(folder) == expected, f"run {number} ended with different bytes"
    assert stopped > 1, f"only {stopped} of 20 runs were stopped before they ended"


# Fills the disk during a run, frees it again, and resumes the run.
FILL = """
mount -t tmpfs -o size=16m gpgen disk && cd disk || exit 99
"$@" & run=$!
sleep $MOMENT
head -c 40000000 /dev/zero >filler 2>/dev/null
wait $run; echo status $?
rm filler
"$@" --resume && sha256sum data*.h5
"""


def check_full_disk(fixture):
    """a disk that fills at random moments is reported, and the run resumes to the same bytes"""
    space = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*space, "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True).returncode:
        print("        skipped: no permission to mount a file system")
        return
    expected, seconds = _uninterrupted(fixture)
    moments, full = random.Random(3), 0
    for number in range(DISKS):
        folder = _folder(fixture, "full")
        (folder / "disk").mkdir()
        command = [*space, "sh", "-c", FILL, "sh", fixture.binary, *OPTIONS.split(), "--out", "data.h5"]
        environment = os.environ | {"MOMENT": f"{moments.uniform(0, seconds):.3f}"}
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, f"run {number}: {run.stderr}"
        status, *digests = run.stdout.splitlines()
        if status == "status 1":
            full += 1
            assert "No space left on device" in run.stderr or "is free in" in run.stderr, run.stderr
        else:
            assert status == "status 0", f"{status}: {run.stderr}"
        found = {line.split()[1]: line.split()[0] for line in digests}
        assert found == expected, f"run {number} ended with different bytes"
    print(f"        {full} of {DISKS} runs hit the full disk")
    assert full > DISKS / 4


def check_folder_removed(fixture):
    """a run whose folder is removed ends with an error message"""
    _, seconds = _uninterrupted(fixture)
    moments = random.Random(4)
    for _ in range(20):
        folder = _folder(fixture, "removed")
        run = _start(fixture, folder)
        time.sleep(moments.uniform(0, seconds))
        shutil.rmtree(folder)
        _, errors = run.communicate(timeout=20)
        assert run.returncode in (0, 1), f"status {run.returncode}: {errors}"
        assert run.returncode == 0 or errors.startswith("Error: "), errors


def check_folder_read_only(fixture):
    """a read-only folder is refused"""
    folder = _folder(fixture, "read-only")
    command = [fixture.binary, *OPTIONS.split(), "--out", "data.h5"]
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        if subprocess.run([*command[:4], fixture.binary, "--version"], capture_output=True).returncode:
            print("        skipped: running as root, and the user nobody cannot execute the program")
            return
    folder.chmod(0o555)
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20)
    folder.chmod(0o755)
    assert run.returncode == 1 and "is not writable" in run.stderr, run.stderr
    assert not list(folder.iterdir())


def check_two_writers(fixture):
    """of several runs that write the same output at the same time, one finishes and the others are refused"""
    expected, seconds = _uninterrupted(fixture)
    moments = random.Random(5)
    for number in range(40):
        folder = _folder(fixture, "two")
        policy = ["", " --resume", " --force"][number % 3]
        runs = [_start(fixture, folder)]
        for _ in range(2):
            time.sleep(moments.uniform(0, seconds / 2))
            runs.append(_start(fixture, folder, policy))
        for run in runs:
            _, errors = run.communicate(timeout=60)
            assert run.returncode in (0, 1), f"status {run.returncode}: {errors}"
            assert run.returncode == 0 or "another process is writing it" in errors or "exists" in errors, errors
        assert any(run.returncode == 0 for run in runs), "all runs were refused"
        assert _digests(folder) == expected, f"run {number} ended with different bytes"


def _start(fixture, folder, more=""):
    command = [fixture.binary, *(OPTIONS + more).split(), "--out", "data.h5"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _resume(fixture, folder):
    run = _start(fixture, folder, " --resume")
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 0, f"--resume: status {run.returncode}: {errors}"


def _folder(fixture, name):
    """A new, empty folder."""
    folder = fixture.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _digests(folder):
    """SHA-256 of all files, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def _different(found, expected):
    """The names of the files that differ, are missing, or are unexpected."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def _uninterrupted(fixture):
    """The digests of an uninterrupted run, and the time of the fastest of five, in seconds."""
    if not hasattr(fixture, "uninterrupted"):
        seconds = []
        for _ in range(5):
            folder = _folder(fixture, "uninterrupted")
            start = time.monotonic()
            run = _start(fixture, folder)
            _, errors = run.communicate(timeout=60)
            assert run.returncode == 0, errors
            seconds.append(time.monotonic() - start)
        fixture.uninterrupted = _digests(folder), min(seconds)
    return fixture.uninterrupted
