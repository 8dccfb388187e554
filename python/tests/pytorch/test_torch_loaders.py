"""Datasets and batches as tensors, compared with `gpgen.Dataset` and `gpgen.Stream`."""

import pickle

import gpgen
import numpy as np
import pytest
import torch
from conftest import RECIPE
from torch import distributed, multiprocessing
from torch.utils.data import DataLoader

from gpgen.torch import Textures, TextureLoader

# How workers start.
CONTEXTS = ["fork", "spawn", "forkserver"]
OPTIONS = {"batch_size": 6, "shuffle_seed": 7, "roll": True, "flip": True}


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    return gpgen.generate(tmp_path_factory.mktemp("half") / "half.h5", recipe=RECIPE | {"dtype": "float16"}, shards=3)


def copies(batches):
    """Batches as NumPy's bytes: pixels and labels."""
    return [(images.numpy().tobytes(), labels.tolist()) for images, labels in batches]


def expected_epochs(source, count, **options):
    """The same of gpgen's stream, for some epochs, each a list."""
    stream = gpgen.Stream(source, **options)
    return [[(images.tobytes(), labels.tolist()) for images, labels in stream] for _ in range(count)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["data", "sharded", "half"])
def test_item_is_an_image_and_its_class(name, request):
    dataset = request.getfixturevalue(name)
    textures = Textures(dataset.path)
    image, label = textures[3]
    assert (len(textures), image.shape, image.dtype, type(label)) == (40, (1, 32, 32), torch.float32, int)
    assert np.array_equal(image[0].numpy(), dataset.images[3].astype(np.float32)) and label == dataset.labels[3]
    assert torch.equal(textures[-1][0], textures[39][0]) and not torch.equal(image, textures[2][0])
    image.zero_()
    assert textures[3][0].abs().sum() > 0


def test_series_and_volumes(tmp_path):
    for name, shape in (("series", [48]), ("volume", [8, 16, 24])):
        dataset = gpgen.generate(tmp_path / f"{name}.h5", recipe={"shape": shape, "length_scales": [[2, 3]], "samples": 6})
        assert Textures(dataset)[5][0].shape == (1, *shape)
        images, labels = next(iter(TextureLoader(dataset, 4)))
        assert images.shape == (4, 1, *shape) and labels.shape == (4,)


def test_item_beyond_the_last_is_an_error(data):
    textures = Textures(data)
    for index in (40, -41):
        with pytest.raises(IndexError):
            textures[index]
    assert len(list(textures)) == 40


def test_files_that_are_not_there_are_an_error(tmp_path):
    with pytest.raises(gpgen.FileError, match="none.h5"):
        Textures(tmp_path / "none.h5")
    with pytest.raises(gpgen.FileError, match="none.h5"):
        TextureLoader(tmp_path / "none.h5")


@pytest.mark.parametrize("context", [None, *CONTEXTS])
def test_textures_work_in_a_data_loader(sharded, context):
    textures = Textures(sharded)
    workers = {} if context is None else {"num_workers": 2, "multiprocessing_context": context}
    batches = list(DataLoader(textures, batch_size=16, **workers))
    assert [len(images) for images, _ in batches] == [16, 16, 8]
    assert np.array_equal(torch.cat([images for images, _ in batches])[:, 0].numpy(), sharded.images)
    assert np.array_equal(torch.cat([labels for _, labels in batches]).numpy(), sharded.labels)


def test_textures_pickle(data):
    assert torch.equal(pickle.loads(pickle.dumps(Textures(data)))[1][0], Textures(data)[1][0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("source", ["files", "recipe"])
def test_each_iteration_is_an_epoch(sharded, wrapped, source):
    source = sharded if source == "files" else RECIPE
    loader = TextureLoader(source, **OPTIONS)
    batches = DataLoader(loader, batch_size=None) if wrapped else loader
    assert len(batches) == 7
    first = list(batches)
    assert first[0][0].dtype == torch.float32 and first[0][0].shape == (6, 1, 32, 32) and first[6][0].shape[0] == 4
    assert first[0][1].dtype == torch.int64
    epochs = expected_epochs(sharded, 3, **OPTIONS)
    assert [copies(first), copies(batches), copies(batches)] == epochs and epochs[0] != epochs[1]


def test_batches_are_not_copied_and_can_be_kept_and_changed(data, monkeypatch):
    arrays = []
    batches = gpgen.Stream._batches

    def recorded(stream, handle):
        for images, labels in batches(stream, handle):
            arrays.append(images.ctypes.data)
            yield images, labels

    monkeypatch.setattr(gpgen.Stream, "_batches", recorded)
    kept = [images for images, _ in TextureLoader(data, 4)]
    assert [images.data_ptr() for images in kept] == arrays and len(set(arrays)) == 10
    before = copies((images, torch.zeros(0)) for images in kept[1:])
    kept[0].fill_(7)
    assert copies((images, torch.zeros(0)) for images in kept[1:]) == before


@pytest.mark.parametrize("delivered", [0, 1, 6, 7, 8, 13, 14])
def test_state_goes_on_after_the_last_batch(data, delivered):
    whole = sum(expected_epochs(data, 4, **OPTIONS), [])
    loader = TextureLoader(data, **OPTIONS)
    take(loader, delivered)
    other = TextureLoader(data, **OPTIONS)
    other.load_state_dict(pickle.loads(pickle.dumps(loader.state_dict())))
    rest = copies(other) + copies(other)
    assert rest == whole[delivered : delivered + len(rest)] and len(rest) >= 8


def take(loader, count):
    """Takes some batches, with a new iteration for each epoch that they go through."""
    while count > 0:
        before = count
        for _ in loader:
            count -= 1
            if count == 0:
                return
        assert count < before


@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")
@pytest.mark.parametrize("delivered", [0, 1, 6, 7, 8, 13, 14])
def test_state_goes_through_a_stateful_data_loader(data, delivered):
    stateful = pytest.importorskip("torchdata.stateful_dataloader")
    whole = sum(expected_epochs(data, 4, **OPTIONS), [])
    loader = stateful.StatefulDataLoader(TextureLoader(data, **OPTIONS), batch_size=None)
    take(loader, delivered)
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    other = stateful.StatefulDataLoader(TextureLoader(data, **OPTIONS), batch_size=None)
    other.load_state_dict(state)
    rest = copies(other) + copies(other)
    assert rest == whole[delivered : delivered + len(rest)] and len(rest) >= 8


def test_states_of_other_streams_are_refused(data):
    state = TextureLoader(data, shuffle_seed=1).state_dict()
    with pytest.raises(gpgen.Error, match="seed"):
        TextureLoader(data, shuffle_seed=2).load_state_dict(state)


def share_of_a_process(rank, folder, path):
    """Writes a rank's batches of two epochs, with what the loader takes from the process group."""
    distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    try:
        loader = TextureLoader(path, 6, shuffle_seed=7)
        torch.save([list(loader), list(loader)], f"{folder}/{rank}.pt")
    finally:
        distributed.destroy_process_group()


def test_rank_is_that_of_the_process_group(data, tmp_path):
    multiprocessing.spawn(share_of_a_process, (str(tmp_path), data.path), nprocs=2)
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt")
        expected = expected_epochs(data, 2, batch_size=6, shuffle_seed=7, rank=rank, world_size=2)
        assert [copies(epoch) for epoch in found] == expected
    assert expected != expected_epochs(data, 2, batch_size=6, shuffle_seed=7)


def test_a_given_rank_comes_before_the_process_groups(data, tmp_path):
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        found = copies(TextureLoader(data, 6, rank=2, world_size=3))
    finally:
        distributed.destroy_process_group()
    assert found == expected_epochs(data, 1, batch_size=6, rank=2, world_size=3)[0]


def test_rank_without_world_size_is_an_error(data):
    with pytest.raises(ValueError, match="found rank 1 and world_size None"):
        TextureLoader(data, rank=1)


@pytest.mark.parametrize("context", CONTEXTS)
def test_workers_are_refused(data, context):
    loader = TextureLoader(data, **OPTIONS)
    with pytest.raises(RuntimeError, match="pass num_workers=0"):
        list(DataLoader(loader, batch_size=None, num_workers=2, multiprocessing_context=context))
    # The loader itself still works.
    assert copies(loader) == expected_epochs(data, 1, **OPTIONS)[0]
