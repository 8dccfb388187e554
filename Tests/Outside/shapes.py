"""Series, rectangles and volumes: pixels, streams, augmentation along every axis, interruption, repair and pictures.

Their layout and labels, and opening them in other readers, are checked along with squares, in other modules.
"""

import itertools
import shutil
import subprocess

import h5py
import numpy as np

import covariances
from contracts import assert_describes
from dataset import recipe_of, shape_of, texture_of
from png import Picture
from sampling import assert_pixels
from streaming import batches, stream
from verifying import verdict
from fixture import FIELDS

# The expected class names of a series, an open rectangle, a volume and a cube.
CLASS_NAMES = {
    "series": ["3-20", "5-20"],
    "rectangle": ["squared_exponential,l=3", "matern,angle=40,l=3,nu=2.5,ratio=0.5", "spherical,l=8"],
    "volume": ["matern,l=1.5,nu=1.5-2", "power_law,beta=2.5,inner_scale=2.5,outer_scale=10.5-2"],
    "cube": ["1", "2"],
}


def stored(fixture, name):
    with h5py.File(fixture.dataset(name), "r") as file:
        return texture_of(file)[:].astype(np.float32), file["label"][:]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.h5*")}


def check_names(fixture):
    """datasets are named by their shape, and classes by what varies in them"""
    for name, expected in CLASS_NAMES.items():
        with h5py.File(fixture.dataset(name), "r") as file:
            dataset = {"rectangle": "image", "cube": "volume"}.get(name, name)
            assert file[dataset].shape[1:] == tuple(FIELDS[name][0]["shape"]), name
            assert list(file.attrs["class_name"]) == expected, list(file.attrs["class_name"])


def check_documented_fields(fixture):
    """pixels match noise.md to 1e-5: series, rectangles and volumes, with noise, transforms and standardization"""
    for name in FIELDS:
        torus = fixture.embedding(name) if FIELDS[name][0].get("boundary") == "open" else None
        assert_pixels(fixture.dataset(name), range(6), torus)
    for extents in ([8], [9], [31, 8], [8, 31], [9, 8, 8], [8, 9, 8], [8, 8, 9], [11, 13, 9]):
        recipe = {"shape": extents, "length_scales": [[0.5, 1]], "noise": 0.5, "samples": 4}
        assert_pixels(fixture.make_recipe(f"extents-{'-'.join(map(str, extents))}", recipe), range(4))


def check_documented_covariances(fixture):
    """pixels match noise.md with SciPy's eigenvalues to 1e-5: every family, anisotropy, boundary and dimension"""
    kinds = {"periodic": (covariances.PERIODIC, {}), "open": (covariances.OPEN, {"boundary": "open"})}
    kinds["clamped"] = (covariances.CLAMPED, {"boundary": "open", "allow_clamping": 0.1})
    for kind, (shapes, keys) in kinds.items():
        for name, (shape, candidates) in shapes.items():
            recipe = {"shape": shape, "candidates": [candidates], "samples": len(candidates), "seed": 8} | keys
            path = fixture.make_recipe(f"documented-{kind}-{name}", recipe)
            torus = fixture.embedding(path.parent.name) if keys else None
            assert_pixels(path, range(len(candidates)), torus)


def check_pipe_of_fields(fixture):
    """the pipe delivers every texture of every shape with its label, from shards, indices and recipes"""
    for name in FIELDS:
        textures, labels = stored(fixture, name)
        expected = sorted((texture.tobytes(), label) for texture, label in zip(textures, labels))
        for source in (fixture.dataset(name), fixture.folder / f"{name}.yaml"):
            found = []
            for arrays, its_labels in batches(fixture, source, "--batch", "4"):
                assert arrays.dtype == np.float32 and arrays.shape[1:] == (1, *textures.shape[1:]), arrays.shape
                found += [(array.tobytes(), label) for array, label in zip(arrays, its_labels)]
            assert sorted(found) == expected, f"{name} from {source.name}"
            order = [array.tobytes() for arrays, _ in batches(fixture, source, "--sequential") for array in arrays]
            assert order == [texture.tobytes() for texture in textures], f"{name} from {source.name}"


def changes(fixture, path, option):
    """Yields at least 120 streamed textures, each with its original, which is identified by its sorted pixels."""
    with h5py.File(path, "r") as file:
        textures = texture_of(file)[:].astype(np.float32)
    originals = {np.sort(texture, axis=None).tobytes(): texture for texture in textures}
    for arrays, _ in batches(fixture, path, option, "--epochs", "20"):
        for array in arrays[:, 0]:
            yield array, originals[np.sort(array, axis=None).tobytes()]


def isotropic(fixture):
    """Isotropic datasets of every shape, which allow all augmentation, and an open one."""
    for name, shape, keys in (
        ("series", [101], {}),
        ("rectangle", [17, 24], {}),
        ("window", [9, 12], {"boundary": "open"}),
        ("volume", [9, 8, 10], {}),
        ("cube", [8, 8, 8], {}),
    ):
        recipe = {"shape": shape, "length_scales": [[1, 1.5]], "samples": 6} | keys
        yield name, fixture.make_recipe(f"isotropic-{name}", recipe)


def refusal(fixture, path, option):
    """The error message about an option that is refused before anything is streamed."""
    run = subprocess.run(stream(fixture, path, option), capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and not run.stdout, f"{path.parent.name} with {option}: not refused"
    return run.stderr


def check_flips(fixture):
    """flips mirror each axis independently, and change nothing else; they are refused for tilted covariances"""
    for name, path in isotropic(fixture):
        seen = set()
        for found, texture in changes(fixture, path, "--flip"):
            every = [axes for r in range(4) for axes in itertools.combinations(range(texture.ndim), r)]
            [mine] = [axes for axes in every if np.array_equal(np.flip(texture, axes), found)]
            seen.add(mine)
        # One of eight is missed in 120 draws for one of a million seeds.
        assert len(seen) == 2**texture.ndim, f"{name}: {seen}"
    assert "flip" in refusal(fixture, fixture.dataset("rectangle"), "--flip")


def check_rolls(fixture):
    """rolls start at any pixel along every axis, and are refused for textures with edges"""
    for name, path in isotropic(fixture):
        if name == "window":
            assert "open" in refusal(fixture, path, "--roll")
            continue
        seen = []
        for found, texture in changes(fixture, path, "--roll"):
            shift = np.argwhere(found == texture.flat[0])[0]
            assert np.array_equal(np.roll(texture, shift, range(texture.ndim)), found), name
            seen.append(shift)
        # One of ten shifts along an axis is missed in 120 draws for one of 30,000 seeds; the seed is fixed.
        assert all(len(set(places)) >= min(8, extent) for places, extent in zip(zip(*seen), texture.shape)), name


def check_turns(fixture):
    """turns are rotations of cubes by 90 degrees, and are refused for rectangles and anisotropic textures"""
    seen = set()
    for found, texture in changes(fixture, dict(isotropic(fixture))["cube"], "--turn"):
        turned = {
            (axes, signs): texture[tuple(slice(None, None, sign) for sign in signs)].transpose(axes)
            for axes in itertools.permutations(range(3))
            for signs in itertools.product((1, -1), repeat=3)
        }
        [mine] = [turn for turn, result in turned.items() if np.array_equal(result, found)]
        # A rotation without a reflection: the determinant is 1.
        assert np.linalg.det(np.diag(mine[1])[list(mine[0])]) > 0, mine
        seen.add(mine)
    assert len(seen) > 3, seen
    tilted = {"covariance": "exponential", "length_scale": 3, "ratio": 0.5}
    paths = [fixture.make_recipe("tilted", {"shape": [16, 16], "samples": 2, "candidates": [[tilted]]})]
    for path in paths + [fixture.dataset(name) for name in ("series", "rectangle", "volume")]:
        assert "turn" in refusal(fixture, path, "--turn"), path.parent.name


def check_crops(fixture):
    """crops are windows of their textures, at any position along every axis"""
    size = 7
    for name, path in isotropic(fixture):
        with h5py.File(path, "r") as file:
            textures = texture_of(file)[:]
        seen = []
        for arrays, _ in batches(fixture, path, "--crop", str(size), "--epochs", "10"):
            for array in arrays[:, 0]:
                assert array.shape == (size,) * (textures.ndim - 1), array.shape
                [(sample, *starts)] = np.argwhere(textures == array.flat[0])
                window = tuple(slice(start, start + size) for start in starts)
                assert np.array_equal(textures[(sample, *window)], array), name
                seen.append(starts)
        assert all(len(set(starts)) > 1 for starts in zip(*seen)), f"{name}: {seen}"


def check_bytes_of_fields(fixture):
    """fields have the same bytes with 1 thread, 2 threads and tasks; and the same pixels in one shard and as float16"""
    for name, (recipe, options) in FIELDS.items():
        expected = files(fixture.dataset(name).parent)
        for threads in (1, 2):
            path = fixture.make_recipe(f"{name}-threads-{threads}", recipe, f"{options} --threads {threads}")
            assert files(path.parent) == expected, f"{name}, {threads} threads"
        other = {"float16": "float32", "float32": "float16"}[recipe.get("dtype", "float32")]
        path = fixture.make_recipe(f"{name}-{other}", recipe | {"dtype": other}, "--shards 1")
        with h5py.File(fixture.dataset(name), "r") as one, h5py.File(path, "r") as two:
            assert np.array_equal(texture_of(one)[:].astype(np.float16), texture_of(two)[:].astype(np.float16)), name
    folder = fixture.folder / "volume-tasks"
    folder.mkdir()
    for task in (1, 0):
        options = f"--shards 3 --quiet --task-count 2 --task-index {task}"
        fixture.gpgen(f"--recipe volume.yaml {options} --out", folder / "data.h5")
    fixture.gpgen("index --quiet", folder / "data.h5")
    assert files(folder) == files(fixture.dataset("volume").parent)


def check_interrupted_fields(fixture):
    """interrupted runs of series, open rectangles and volumes resume to the bytes of uninterrupted ones"""
    many = " --threads 1 --samples 80" + " --length-scales 0.5" * 8
    for name, options in (
        ("series", "--shape 65537" + many),
        ("rectangle", "--shape 150,211 --boundary open" + many),
        ("volume", "--shape 45,36,50 --noise 0.5" + many),
    ):
        path, errors, status = fixture.interrupted(f"interrupted-{name}", options)
        partial = path.with_name("data.h5.partial")
        assert status == 130 and "--resume" in errors and not path.exists(), f"{name}: status {status}: {errors}"
        inspection = fixture.inspect(partial)
        assert_describes(inspection, partial)
        assert 2 <= inspection["samples"]["finished"] < 80, name
        fixture.gpgen(f"{options} --quiet --resume --out", path)
        assert not partial.exists()
        assert path.read_bytes() == fixture.make(f"uninterrupted-{name}", options).read_bytes(), name


def check_repair_of_fields(fixture):
    """verify names a flipped bit or a missing shard of a field, and repair restores the original bytes"""
    for name in FIELDS:
        source = fixture.dataset(name)
        assert verdict(fixture, source, "--regenerate", "3")["regenerated"]["identical"] == 3, name
        fresh = files(source.parent)
        folder = fixture.folder / f"repaired-{name}"
        shutil.copytree(source.parent, folder)
        index = folder / source.name
        path = sorted(folder.glob("data*.h5"))[0]
        with h5py.File(path, "r") as file:
            offset = texture_of(file).id.get_offset() + texture_of(file)[0].nbytes + 5
            sample = int(file["sample"][1])
        data = bytearray(path.read_bytes())
        data[offset] ^= 16
        path.write_bytes(data)
        assert [bad["sample"] for bad in verdict(fixture, index)["bad_samples"]] == [sample], name
        fixture.gpgen("repair --quiet", index)
        assert files(folder) == fresh and verdict(fixture, index)["ok"], name
        if path != index:
            path.unlink()
            assert verdict(fixture, index)["bad_files"][0]["problem"] == "missing", name
            fixture.gpgen("repair --quiet", index)
            assert files(folder) == fresh and verdict(fixture, index)["ok"], name


def check_previews_of_fields(fixture):
    """previews: a curve of a series, the pixels of a rectangle, three slices of a volume, and a contact sheet"""
    for name in FIELDS:
        folder = fixture.folder / f"previews-{name}"
        fixture.gpgen("preview --quiet --out", folder, fixture.dataset(name))
        pictures = {path.name: Picture(path) for path in sorted(folder.iterdir())}
        names = CLASS_NAMES[name]
        expected = [f"class-{index:02}_{text}.png" for index, text in enumerate(names)] + ["contact-sheet.png"]
        assert list(pictures) == expected, list(pictures)
        with h5py.File(fixture.dataset(name), "r") as file:
            recipe, textures = recipe_of(file), texture_of(file)[:]
        for file_name in expected[:-1]:
            picture, shape = pictures[file_name], shape_of(recipe)
            assert len(np.unique(picture.pixels)) > 1 and picture.texts["dataset_hash"], file_name
            if name == "rectangle":
                pixels = picture.texture(shape[1])
                assert pixels.shape == shape, file_name
                values = textures[int(picture.texts["sample"])]
                ascending = pixels.ravel()[np.argsort(values, axis=None, kind="stable")].astype(int)
                assert (np.diff(ascending) >= 0).all(), f"{file_name}: brightness does not increase with the value"
            elif name == "series":
                assert picture.pixels.shape[1] >= shape[0] or picture.pixels.shape[1] >= 256, picture.pixels.shape
            else:
                # The picture has at least the pixels of three slices.
                slices = sum(np.prod(shape) // extent for extent in shape)
                assert picture.pixels.size >= slices, f"{file_name}: {picture.pixels.shape}"


def check_training_of_fields(fixture):
    """training on series and volumes is refused with a message that names the shape"""
    for name in ("series", "volume"):
        run = subprocess.run(
            [fixture.binary, "train", str(fixture.dataset(name)), "--out", str(fixture.folder / f"run-{name}")],
            capture_output=True, text=True, timeout=60)  # fmt: skip
        assert run.returncode != 0 and name in run.stderr and "image" in run.stderr, run.stderr
        assert not (fixture.folder / f"run-{name}").exists()
