"""Uses an installed gpgen as a new user would: the command, and the package. Prints a line for each step, and ends with an error
where one fails."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import gpgen
import numpy as np


def command(*arguments):
    """Runs the command that the wheel brings, and returns what it prints."""
    result = subprocess.run(["gpgen", *arguments], capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        sys.exit(f"gpgen {' '.join(arguments)} ended with {result.returncode}:\n{result.stderr}")
    print("gpgen", *arguments)
    return result.stdout


def main():
    for name in ("GPGEN_PROGRAM", "GPGEN_LIBRARY"):
        assert name not in os.environ, f"{name} is set, so that the package would not use its own"
    assert command("--version").split()[-1] == gpgen.__version__

    # Generate.
    command("--scales", "2", "--size", "64", "--samples", "40", "--out", "data.h5", "--previews", "previews")
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in Path("previews").glob("*.png"))
    assert len(list(Path("previews").glob("*.png"))) > 4
    command("verify", "data.h5")
    again = gpgen.generate("again.h5", scales=2, size=64, samples=40)

    # Read.
    data = gpgen.open("data.h5")
    assert len(data) == 40 and data.images.shape == (40, 64, 64) and data.images.dtype == np.float32
    assert data.hash == again.hash and np.array_equal(data.images[7], again.images[7])
    image, label = data[3]
    assert np.array_equal(image, data.images[3]) and label == data.labels[3]
    assert abs(float(np.mean(data.images))) < 0.5 and 0.5 < float(np.std(data.images)) < 2
    made = gpgen.sample(data.recipe, [3, 7])
    assert np.array_equal(made, data.images[[3, 7]])

    # Stream: an epoch has each sample once, and a state goes on where another stream stopped.
    stream = gpgen.Stream(data, batch_size=8, shuffle_seed=1)
    batches = [(images.copy(), labels.copy()) for images, labels in stream]
    assert [len(images) for images, _ in batches] == [8] * 5
    assert sorted(image.tobytes() for images, _ in batches for image in images) == sorted(
        image.tobytes() for image in data.images)
    stream = gpgen.Stream(data, batch_size=8, shuffle_seed=1)
    first = iter(stream)
    for _ in range(2):
        next(first)
    state = pickle.loads(pickle.dumps(stream.state_dict()))
    resumed = gpgen.Stream(data, batch_size=8, shuffle_seed=1)
    resumed.load_state_dict(state)
    for (images, labels), (expected, expected_labels) in zip(resumed, batches[2:], strict=True):
        assert np.array_equal(images, expected) and np.array_equal(labels, expected_labels)

    # Train, and look at what came out.
    command("train", "data.h5", "--out", "run", "--epochs", "1")
    metrics = [json.loads(line) for line in Path("run/metrics.jsonl").read_text().splitlines()]
    assert len(metrics) == 1 and 0 < metrics[0]["train"]["loss"] < 10
    command("report", "data.h5", "run", "--out", "report.html")
    assert "<svg" in Path("report.html").read_text()

    # A file of a stranger is refused, and Python goes on.
    Path("broken.h5").write_bytes(Path("data.h5").read_bytes()[:3000])
    try:
        gpgen.open("broken.h5")
    except gpgen.Error as error:
        assert isinstance(error, OSError) and "broken.h5" in str(error)
    else:
        sys.exit("A file that is cut off was opened.")
    print("all of it works")


if __name__ == "__main__":
    main()
