"""What Hugging Face's `datasets` reads of gpgen's files, and what it refuses: the claims of docs/python.md."""

from pathlib import Path

import datasets
import gpgen
import numpy as np
import pages
import pytest

ROOT = Path(__file__).resolve().parents[3]
datasets.disable_progress_bars()


def load(files, features, cache, streaming, **options):
    """The rows as NumPy arrays."""
    rows = datasets.load_dataset(
        "hdf5", data_files=files, features=features, split="train", streaming=streaming, cache_dir=str(cache), **options)
    return list(rows.with_format("numpy"))


def features_of(dataset, pixels="image", **others):
    kinds = {1: lambda shape: datasets.List(datasets.Value("float32"), length=shape[0]),
             2: lambda shape: datasets.Array2D(shape, "float32"), 3: lambda shape: datasets.Array3D(shape, "float32")}
    extents = dataset.shape[1:]
    return datasets.Features(
        {pixels: kinds[len(extents)](extents), "label": datasets.ClassLabel(names=dataset.classes), **others})


def same(rows, dataset, pixels="image"):
    assert len(rows) == len(dataset)
    for row, image, label in zip(rows, dataset.images, dataset.labels):
        assert row[pixels].dtype == np.float32 and np.array_equal(row[pixels], image) and row["label"] == label


@pytest.mark.parametrize("streaming", [False, True])
def test_one_file(data, tmp_path, streaming):
    more = {"length_scale": datasets.List(datasets.Value("float32"), length=2), "sample": datasets.Value("int64")}
    rows = load(data.path, features_of(data, **more), tmp_path, streaming)
    same(rows, data)
    assert [int(row["sample"]) for row in rows] == list(range(40))
    assert rows[3]["length_scale"].tolist() == [3, 8]


@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("streaming", [False, True])
def test_shards_in_their_order(sharded, tmp_path, streaming, batch_size):
    files = str(Path(sharded.path).parent / "data-*-of-*.h5")
    same(load(files, features_of(sharded), tmp_path, streaming, batch_size=batch_size), sharded)


@pytest.mark.parametrize(("name", "recipe"), [
    ("image", {"side": 32, "dtype": "float16"}), ("series", {"shape": [48]}), ("volume", {"shape": [8, 16, 24]})])
def test_other_textures(tmp_path, name, recipe):
    dataset = gpgen.generate(tmp_path / "data.h5", recipe=recipe | {"length_scales": [[2, 3]], "samples": 6})
    same(load(dataset.path, features_of(dataset, name), tmp_path / "cache", False), dataset, name)


def error_of(files, features, cache, streaming):
    with pytest.raises(Exception) as caught:
        load(files, features, cache, streaming)
    error = caught.value
    return str(error.__cause__ or error)


@pytest.mark.parametrize("streaming", [False, True])
def test_without_features_it_refuses_the_coordinates(data, tmp_path, streaming):
    assert "Dataset 'scale' has length 2 but expected 40" in error_of(data.path, None, tmp_path, streaming)


@pytest.mark.parametrize("streaming", [False, True])
def test_it_refuses_the_index_of_shards(sharded, tmp_path, streaming):
    assert "unknown storage" in error_of(sharded.path, features_of(sharded), tmp_path, streaming)


def test_snippets_of_the_python_page(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "page").mkdir()
    ran = pages.run(ROOT / "docs" / "python.md", tmp_path / "page", gpgen._program.program(), {"datasets"})
    assert sum("datasets" in each.needs for each in ran) == 2
