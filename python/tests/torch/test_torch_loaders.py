"""Datasets and batches as tensors, over stand-ins for `gpgen.open` and `gpgen.Stream` that keep their contracts."""

import pickle

import numpy as np
import pytest
import torch
from torch import distributed
from torch.utils.data import DataLoader

import gpgen
from gpgen.torch import Textures, TextureLoader


class FakeDataset:
    """Four textures of 3 x 5 pixels in half precision, read-only."""

    def __init__(self, path):
        self.path = path
        self.images = np.arange(60, dtype=np.float16).reshape(4, 3, 5)
        self.images.flags.writeable = False
        self.labels = np.array([0, 1, 0, 1])
        self.labels.flags.writeable = False

    def __reduce__(self):
        return FakeDataset, (self.path,)

    def __len__(self):
        return 4


class FakeStream:
    """Twelve textures in batches; a pixel is its texture's epoch and index. Every rank takes its own of them."""

    def __init__(self, source, batch_size=16, *, rank=0, world_size=1, shuffle_seed=0):
        self.source, self.batch_size, self.rank, self.world_size, self.seed = source, batch_size, rank, world_size, shuffle_seed
        self.epoch = self.delivered = 0
        self.arrays = []

    def __len__(self):
        return 12 // self.world_size // self.batch_size

    def __iter__(self):
        while self.delivered < len(self):
            start = self.delivered * self.batch_size * self.world_size + self.rank
            samples = np.arange(start, 12, self.world_size)[: self.batch_size]
            pixels = (100 * self.epoch + samples).astype(np.float32)
            images = np.broadcast_to(pixels[:, None, None, None], (len(samples), 1, 2, 2)).copy()
            self.delivered += 1
            self.arrays.append(images)
            yield images, samples % 4
        self.epoch, self.delivered = self.epoch + 1, 0

    def state_dict(self):
        return {"epoch": self.epoch, "delivered": self.delivered}

    def load_state_dict(self, state):
        self.epoch, self.delivered = state["epoch"], state["delivered"]


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    monkeypatch.setattr(gpgen, "open", FakeDataset, raising=False)
    monkeypatch.setattr(gpgen, "Stream", FakeStream, raising=False)


def first_pixels(batches):
    return [images[:, 0, 0, 0].tolist() for images, _ in batches]


@pytest.mark.filterwarnings("error")
def test_item_is_an_image_and_its_class():
    textures = Textures("data.h5")
    image, label = textures[3]
    assert (len(textures), image.shape, image.dtype, label) == (4, (1, 3, 5), torch.float32, 1)
    assert torch.equal(image, torch.arange(45.0, 60).reshape(1, 3, 5))
    image.zero_()
    assert textures[3][0].sum() > 0
    assert type(label) is int
    assert textures[-1][0][0, 0, 0] == 45


def test_item_beyond_the_last_is_an_error():
    with pytest.raises(IndexError):
        Textures("data.h5")[4]
    assert len(list(Textures("data.h5"))) == 4


@pytest.mark.parametrize("workers", [0, 2])
def test_textures_work_in_a_data_loader(workers):
    batches = list(DataLoader(Textures(FakeDataset("data.h5")), batch_size=2, num_workers=workers))
    assert [images.shape for images, _ in batches] == [(2, 1, 3, 5)] * 2
    assert [labels.tolist() for _, labels in batches] == [[0, 1], [0, 1]]
    assert torch.equal(batches[1][0][1, 0], torch.arange(45.0, 60).reshape(3, 5))


def test_textures_pickle():
    assert torch.equal(pickle.loads(pickle.dumps(Textures("data.h5")))[1][0], Textures("data.h5")[1][0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("wrapped", [False, True])
def test_each_iteration_is_an_epoch(wrapped):
    loader = TextureLoader("data.h5", 4, shuffle_seed=7)
    assert loader.stream.seed == 7
    batches = DataLoader(loader, batch_size=None) if wrapped else loader
    assert len(batches) == 3
    first = list(batches)
    assert first[0][0].dtype == torch.float32 and first[0][0].shape == (4, 1, 2, 2)
    assert first[0][1].dtype == torch.int64 and first[0][1].tolist() == [0, 1, 2, 3]
    assert first_pixels(first) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert first_pixels(batches) == [[100, 101, 102, 103], [104, 105, 106, 107], [108, 109, 110, 111]]


def test_batches_are_not_copied():
    loader = TextureLoader("data.h5", 4)
    images = [images for images, _ in loader]
    assert [image.data_ptr() for image in images] == [array.ctypes.data for array in loader.stream.arrays]


def test_state_goes_on_after_the_last_batch():
    loader = TextureLoader("data.h5", 4)
    list(loader)
    batches = iter(loader)
    next(batches)
    state = loader.state_dict()
    other = TextureLoader("data.h5", 4)
    other.load_state_dict(state)
    assert first_pixels(other) == first_pixels(batches) == [[104, 105, 106, 107], [108, 109, 110, 111]]
    assert first_pixels(other)[0] == [200, 201, 202, 203]


def test_state_goes_through_a_stateful_data_loader():
    stateful = pytest.importorskip("torchdata.stateful_dataloader")
    loader = stateful.StatefulDataLoader(TextureLoader("data.h5", 4), batch_size=None)
    list(loader)
    batches = iter(loader)
    next(batches)
    state = pickle.loads(pickle.dumps(loader.state_dict()))
    other = stateful.StatefulDataLoader(TextureLoader("data.h5", 4), batch_size=None)
    other.load_state_dict(state)
    assert first_pixels(other) == first_pixels(batches) == [[104, 105, 106, 107], [108, 109, 110, 111]]
    assert first_pixels(other)[0] == [200, 201, 202, 203]


def test_rank_is_that_of_the_process_group(tmp_path):
    assert (TextureLoader("data.h5").stream.rank, TextureLoader("data.h5").stream.world_size) == (0, 1)
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        # One process can only be rank 0 of 1; a group of more is what these stand for.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(distributed, "get_rank", lambda: 1)
            patch.setattr(distributed, "get_world_size", lambda: 2)
            assert first_pixels(TextureLoader("data.h5", 3)) == [[1, 3, 5], [7, 9, 11]]
            assert first_pixels(TextureLoader("data.h5", 3, rank=0, world_size=3)) == [[0, 3, 6]]
    finally:
        distributed.destroy_process_group()


def test_rank_without_world_size_is_an_error():
    with pytest.raises(ValueError, match="found rank 1 and world_size None"):
        TextureLoader("data.h5", rank=1)


def test_workers_are_refused():
    with pytest.raises(RuntimeError, match="pass num_workers=0"):
        list(DataLoader(TextureLoader("data.h5"), batch_size=None, num_workers=1))
