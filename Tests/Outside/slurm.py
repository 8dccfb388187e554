#!/usr/bin/env python3
"""Generation with a real Slurm and a real mpirun: `/usr/bin/python3 Tests/Outside/slurm.py path/to/gpgen [name ...]`.

Starts munge, slurmctld and one slurmd with two processors on the loopback interface, in a temporary folder, and stops
them at the end. Needs root, and Debian's packages: apt-get install -y slurmctld slurmd slurm-client munge openmpi-bin.
Takes a few minutes. Names select checks.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "mpirun"]
CONTROLLER, DAEMON = 16817, 16818
CONFIGURATION = """\
ClusterName=gpgen
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
# A requeued job starts again once its credential has expired: after two minutes by default.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=2
SchedulerParameters=sched_interval=2,bf_interval=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=loopback Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""
# A name that always needs quoting.
AWKWARD = "it's $HOME; #1 50%j \"x\""
RECIPE = "side: 64\nlength_scales: [[3, 4], [10, 20]]\nweights: [0.75, 1.25]\nsamples: 40\nseed: 3\n"
# Ten milliseconds per texture, so that a task can be killed before it ends.
SLOW = "side: 512\ncovariance: exponential\nboundary: open\nlength_scales: [[20, 40]]\nsamples: 240\n"
EXPERIMENT = """\
recipe: {side: 16, length_scales: [[2, 3]], weights: [1]}
training_samples: 16
test_samples: 16
methods: {none: , masks: {coarse_mask: 0.5}}
seeds: 2
steps: 4
"""


class Cluster:
    """A Slurm cluster of one node, as a context manager."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = []
        # If the checks themselves run under Slurm, its variables must not reach this cluster.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH"))}
        self.environment["SLURM_CONF"] = str(folder / "slurm.conf")

    def __enter__(self):
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                host=socket.gethostname().split(".")[0], controller=CONTROLLER, daemon=DAEMON, folder=self.folder
            )
        )
        names = ("pid-file", "log-file", "seed-file")
        files = [f"--{name}={self.folder}/munge.{name.split('-')[0]}" for name in names]
        try:
            self.start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket", *files)
            wait("munge answers", 20, (self.folder / "munge.socket").exists)
            self.start("slurmctld", "-D")
            wait("slurmctld answers", 60, lambda: self.call("scontrol", "ping").returncode == 0)
            self.start("slurmd", "-D")
            wait("the node is idle", 60, lambda: "idle" in self.call("sinfo", "--noheader", "--format=%t").stdout)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for daemon in reversed(self.daemons):
            daemon.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(30)
            daemon.kill()
            daemon.wait()

    def start(self, *words):
        log = (self.folder / f"{words[0]}.output").open("w")
        self.daemons.append(subprocess.Popen(words, env=self.environment, stdout=log, stderr=log))

    def call(self, *words, **options):
        return subprocess.run([str(word) for word in words], env=self.environment, capture_output=True, text=True, **options)

    def succeed(self, *words, **options):
        done = self.call(*words, **options)
        assert done.returncode == 0, f"{shlex.join(map(str, words))}: status {done.returncode}: {done.stderr.strip()}"
        return done.stdout

    def states(self):
        """The states of unfinished jobs, with array tasks listed separately."""
        return self.succeed("squeue", "--noheader", "--array", "--format=%A %a %T").split("\n")[:-1]

    def wait_for_jobs(self, seconds=600):
        wait("all jobs end", seconds, lambda: not self.states())


def wait(what, seconds, condition):
    """Waits until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"timed out after {seconds} s waiting until {what}"
        time.sleep(0.2)


def hashes(path):
    """The hashes of a dataset's files, including the index, by the part of their names after the dataset's."""
    stem = path.stem
    files = [file for file in path.parent.iterdir() if file.name.startswith(stem) and file.is_file()]
    return {file.name[len(stem):]: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


class Checks:
    def __init__(self, gpgen, folder, cluster):
        self.gpgen, self.folder, self.cluster = gpgen, folder, cluster

    def single(self, name, recipe, shards, file="data.h5"):
        """The hashes of the files of a single run. The file's name matters, since an index contains its shards' names."""
        path = self.folder / f"single-{name}" / file
        path.parent.mkdir()
        self.cluster.succeed(
            self.gpgen, "--recipe", self.recipe(name, recipe), "--shards", shards, "--out", path, "--quiet"
        )
        return hashes(path)

    def recipe(self, name, text):
        path = self.folder / f"{name}.yaml"
        path.write_text(text)
        return path

    def logs(self, path):
        return "".join(f"{log.name}: {log.read_text()}" for log in sorted(Path(f"{path}.slurm").glob("*.log")))

    def check_submission(self):
        """an array and its index job, with a name that needs quoting, give the hashes of a single run"""
        expected = self.single("array", RECIPE, 7, f"{AWKWARD}.h5")
        path = self.folder / AWKWARD / f"{AWKWARD}.h5"
        words = ["submit", "slurm", self.folder / "array.yaml", "--shards", 7, "--tasks", 3, "--out", path, "--cpus", 1]
        output = self.cluster.succeed(self.gpgen, *words, "--time", "00:10:00", "--sbatch=--comment=two words # and more")
        print("        " + output.splitlines()[0])
        self.cluster.wait_for_jobs()
        found = hashes(path)
        assert found == expected, f"unexpected or missing files: {found.keys() ^ expected.keys()}: {self.logs(path)}"
        logs = self.logs(path)
        for task in range(3):
            assert f"This is task {task} of 3, from the Slurm array (SLURM_ARRAY_TASK_ID={task})" in logs, logs
        assert "40 samples in 7 shards" in logs, logs

    def check_requeue(self):
        """a task that is killed and requeued keeps its finished samples, and ends with the same hashes"""
        expected = self.single("requeue", SLOW, 2)
        path = self.folder / "requeued" / "data.h5"
        words = ["submit", "slurm", self.folder / "requeue.yaml", "--shards", 2, "--tasks", 2, "--out", path, "--cpus", 1]
        job = re.match(r"job (\d+)", self.cluster.succeed(self.gpgen, *words))[1]
        partial = path.with_name("data-00001-of-00002.h5.partial")

        def is_midway():
            if not partial.exists():
                assert not path.with_name("data-00001-of-00002.h5").exists(), "the task was too fast to be killed"
                return False
            return self.finished(partial) >= 5

        wait("the task is midway", 300, is_midway)
        self.cluster.succeed("scontrol", "requeue", f"{job}_1")
        self.cluster.wait_for_jobs()
        logs = self.logs(path)
        kept = re.search(r"\((\d+) kept\)", logs)
        assert kept, f"the task kept no samples: {logs}"
        print(f"        {kept[1]} of 120 samples were finished when the task restarted")
        assert hashes(path) == expected, logs

    def finished(self, partial):
        """The number of finished samples of a partial shard."""
        done = self.cluster.call(self.gpgen, "inspect", partial, "--json")
        return json.loads(done.stdout)["samples"]["finished"] if done.returncode == 0 else 0

    def check_missing_shards(self):
        """the index names the tasks with missing shards, and only these are submitted again"""
        expected = self.single("missing", RECIPE, 5)
        path = self.folder / "missing" / "data.h5"
        self.cluster.succeed(
            self.gpgen, "submit", "slurm", self.folder / "missing.yaml", "--shards", 5, "--tasks", 4, "--out", path
        )
        self.cluster.wait_for_jobs()
        for name in ("data.h5", "data-00003-of-00005.h5"):
            path.with_name(name).unlink()
        kept = path.with_name("data-00004-of-00005.h5").stat()
        done = self.cluster.call(self.gpgen, "index", path, "--task-count", 4)
        array = re.search(r"Task 3 of 4 makes them: run it again with --resume, as in sbatch (--array=\S+)\n", done.stderr)
        assert done.returncode == 1 and array, done.stderr
        scripts = Path(f"{path}.slurm")
        job = self.cluster.succeed("sbatch", "--parsable", array[1], scripts / "array.sh").strip()
        self.cluster.succeed("sbatch", f"--dependency=afterok:{job}", "--kill-on-invalid-dep=yes", scripts / "last.sh")
        self.cluster.wait_for_jobs()
        assert hashes(path) == expected, self.logs(path)
        now = path.with_name("data-00004-of-00005.h5").stat()
        assert (now.st_ino, now.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns), "a finished shard was regenerated"

    def check_failed_task(self):
        """if a task fails, the following job is removed from the queue"""
        path = self.folder / "failed" / "data.h5"
        path.parent.mkdir()
        program = path.with_name("fails")
        program.write_text(f'#!/bin/sh\n[ "$SLURM_ARRAY_TASK_ID" != 1 ] || exit 3\nexec "{self.gpgen}" "$@"\n')
        program.chmod(0o755)
        self.cluster.succeed(
            self.gpgen, "submit", "slurm", self.recipe("failed", RECIPE), "--tasks", 2, "--out", path, "--program", program
        )
        self.cluster.wait_for_jobs()
        assert path.with_name("data-00000-of-00002.h5").exists(), self.logs(path)
        assert not path.exists(), "the index was created"
        assert not list(Path(f"{path}.slurm").glob("last-*.log")), "the following job ran"

    def check_other_dataset(self):
        """a dataset of another recipe is refused before anything is submitted"""
        self.single("other", RECIPE, 2)
        path = self.folder / "other" / "data.h5"
        self.cluster.succeed(
            self.gpgen, "--recipe", self.folder / "other.yaml", "--seed", 99, "--shards", 2, "--out", path, "--quiet")
        done = self.cluster.call(
            self.gpgen, "submit", "slurm", self.folder / "other.yaml", "--tasks", 2, "--out", path)
        assert done.returncode == 1 and "belongs to another finished dataset" in done.stderr, done.stderr
        assert not Path(f"{path}.slurm").exists()

    def check_arrays_of_other_numbers(self):
        """an array that is not numbered from 0 needs --task-count, and works with it"""
        recipe, path = self.recipe("numbers", RECIPE), self.folder / "numbers" / "data.h5"
        path.parent.mkdir()
        words = [self.gpgen, "--recipe", recipe, "--array", "--shards", 4, "--out", path]
        for array, message in [
            ("1-2", "SLURM_ARRAY_TASK_MIN is 1, expected 0"),
            ("0-2:2", "SLURM_ARRAY_TASK_STEP is 2, expected 1"),
            ("0,1,3", "SLURM_ARRAY_TASK_"),
        ]:
            log = path.with_name("log")
            log.unlink(missing_ok=True)
            self.array(array, words, log)
            text = log.read_text()
            assert message in text and text.rstrip().endswith("more information."), text
            assert "--task-count" in text, text
            assert not list(path.parent.glob("*.h5")), "shards were created"
        self.array("1,3", [*words, "--task-count", 4], path.with_name("log"))
        assert [file.name[5:10] for file in sorted(path.parent.glob("*.h5"))] == ["00001", "00003"]

    def array(self, numbers, words, log):
        script = f"{shlex.join(map(str, words))}"
        self.cluster.succeed("sbatch", f"--array={numbers}", f"--output={log}", "--open-mode=append", "--wrap", script)
        self.cluster.wait_for_jobs()

    def check_srun(self):
        """tasks of srun share the shards"""
        expected = self.single("srun", RECIPE, 4)
        path = self.folder / "srun" / "data.h5"
        words = [self.gpgen, "--recipe", self.folder / "srun.yaml", "--shards", 4, "--array", "--out", path]
        done = self.cluster.call("srun", "--ntasks=2", *words)
        assert done.returncode == 0, done.stderr
        for task in range(2):
            assert f"This is task {task} of 2, from srun (SLURM_PROCID={task})" in done.stderr, done.stderr
        self.cluster.succeed(self.gpgen, "index", path, "--task-count", 2)
        assert hashes(path) == expected
        # A batch script without srun would generate only the first part.
        log = path.with_name("log")
        self.cluster.succeed("sbatch", "--ntasks=2", f"--output={log}", "--wrap", shlex.join(map(str, words)))
        self.cluster.wait_for_jobs()
        assert "the batch script runs gpgen only once; put srun before gpgen" in log.read_text(), log.read_text()

    def check_mpirun(self):
        """processes of Open MPI's mpirun share the shards"""
        expected = self.single("mpirun", RECIPE, 5)
        path = self.folder / "mpirun" / "data.h5"
        words = [self.gpgen, "--recipe", self.folder / "mpirun.yaml", "--shards", 5, "--array", "--out", path]
        done = self.cluster.call("mpirun", "--allow-run-as-root", "--oversubscribe", "-n", 3, *words)
        assert done.returncode == 0, done.stderr
        for task in range(3):
            assert f"This is task {task} of 3, from Open MPI (OMPI_COMM_WORLD_RANK={task})" in done.stderr, done.stderr
        self.cluster.succeed(self.gpgen, "index", path, "--task-count", 3)
        assert hashes(path) == expected

    def check_experiment(self):
        """an experiment trained as an array gives the tables of a single run"""
        experiment = self.recipe("experiment", EXPERIMENT)
        self.cluster.succeed(self.gpgen, "experiment", experiment, "--out", self.folder / "results-single", "--quiet")
        results = self.folder / "results"
        words = ["submit", "slurm", experiment, "--tasks", 2, "--out", f"{results}/", "--cpus", 1]
        self.cluster.succeed(self.gpgen, *words)
        self.cluster.wait_for_jobs()
        for name in ("summary.csv", "summary.md"):
            found = results / name
            logs = "".join(log.read_text() for log in (results / "slurm").glob("*.log"))
            assert found.exists() and found.read_bytes() == (self.folder / "results-single" / name).read_bytes(), logs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gpgen", type=Path)
    parser.add_argument("checks", nargs="*", metavar="name")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folder")
    options = parser.parse_args()
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        parser.error(f"{', '.join(missing)}: not found; apt-get install -y slurmctld slurmd slurm-client munge openmpi-bin")
    if os.geteuid() != 0:
        parser.error("must run as root, to start Slurm's daemons")
    names = options.checks or [name.removeprefix("check_") for name in vars(Checks) if name.startswith("check_")]
    failures = 0
    # A short path: that of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="gpgen-slurm-"))
    try:
        (folder / "cluster").mkdir()
        with Cluster(folder / "cluster") as cluster:
            checks = Checks(options.gpgen.resolve(), folder, cluster)
            for name in names:
                check = getattr(checks, f"check_{name}")
                start = time.monotonic()
                try:
                    check()
                    result = "ok"
                except AssertionError as error:
                    failures += 1
                    result = f"FAILED: {error}"
                print(f"{name:28} {time.monotonic() - start:5.1f} s  {check.__doc__}: {result}", flush=True)
    finally:
        if options.keep:
            print(folder)
        else:
            shutil.rmtree(folder)
    print(f"{len(names) - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
