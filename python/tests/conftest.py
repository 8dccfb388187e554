"""What the tests share: a small dataset in one file, and in shards."""

import gpgen
import pytest

RECIPE = {"side": 32, "length_scales": [[2, 3], [6, 8]], "samples": 40, "seed": 3}


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("gpgen")


@pytest.fixture(scope="session")
def data(folder):
    return gpgen.generate(folder / "data.h5", recipe=RECIPE)


@pytest.fixture(scope="session")
def sharded(folder):
    return gpgen.generate(folder / "shards" / "data.h5", recipe=RECIPE, shards=3)
