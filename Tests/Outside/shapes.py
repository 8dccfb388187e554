"""Series, rectangles and volumes: pixels, streams, changes along every axis, interruption, repair and pictures.

Their layout, labels and openings are checked beside those of squares, by the modules for these.
"""

import itertools
import shutil
import subprocess

import h5py
import numpy as np

import covariances
from contracts import hold_against_file
from dataset import recipe_of, shape_of, texture_of
from png import Picture
from sampling import hold_pixels
from streaming import batches, stream
from verifying import verdict
from workshop import FIELDS

# A series, an open rectangle, a volume and a cube with all that a recipe has, and what their classes are called.
CLASS_NAMES = {
    "series": ["3-20", "5-20"],
    "rectangle": ["squared_exponential,l=3", "matern,angle=40,l=3,nu=2.5,ratio=0.5", "spherical,l=8"],
    "volume": ["matern,l=1.5,nu=1.5-2", "power_law,beta=2.5,inner_scale=2.5,outer_scale=10.5-2"],
    "cube": ["1", "2"],
}


def stored(workshop, name):
    with h5py.File(workshop.dataset(name), "r") as file:
        return texture_of(file)[:].astype(np.float32), file["label"][:]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.h5*")}


def check_names(workshop):
    """datasets are named by their shape, and classes by what varies in them"""
    for name, expected in CLASS_NAMES.items():
        with h5py.File(workshop.dataset(name), "r") as file:
            dataset = {"rectangle": "image", "cube": "volume"}.get(name, name)
            assert file[dataset].shape[1:] == tuple(FIELDS[name][0]["shape"]), name
            assert list(file.attrs["class_name"]) == expected, list(file.attrs["class_name"])


def check_documented_fields(workshop):
    """pixels made by noise.md are gpgen's to 1e-5: series, rectangles and volumes, noise, transforms, standardized"""
    for name in FIELDS:
        torus = workshop.embedding(name) if FIELDS[name][0].get("boundary") == "open" else None
        hold_pixels(workshop.dataset(name), range(6), torus)
    for extents in ([8], [9], [31, 8], [8, 31], [9, 8, 8], [8, 9, 8], [8, 8, 9], [11, 13, 9]):
        recipe = {"shape": extents, "length_scales": [[0.5, 1]], "noise": 0.5, "samples": 4}
        hold_pixels(workshop.make_recipe(f"extents-{'-'.join(map(str, extents))}", recipe), range(4))


def check_documented_covariances(workshop):
    """pixels made by noise.md from SciPy's eigenvalues are gpgen's to 1e-5: every family, tilt, boundary and dimension"""
    kinds = {"periodic": (covariances.PERIODIC, {}), "open": (covariances.OPEN, {"boundary": "open"})}
    kinds["clamped"] = (covariances.CLAMPED, {"boundary": "open", "allow_clamping": 0.1})
    for kind, (shapes, keys) in kinds.items():
        for name, (shape, candidates) in shapes.items():
            recipe = {"shape": shape, "candidates": [candidates], "samples": len(candidates), "seed": 8} | keys
            path = workshop.make_recipe(f"documented-{kind}-{name}", recipe)
            torus = workshop.embedding(path.parent.name) if keys else None
            hold_pixels(path, range(len(candidates)), torus)


def check_pipe_of_fields(workshop):
    """the pipe brings every texture of every shape with its label, from shards, indices and recipes alike"""
    for name in FIELDS:
        textures, labels = stored(workshop, name)
        expected = sorted((texture.tobytes(), label) for texture, label in zip(textures, labels))
        for source in (workshop.dataset(name), workshop.folder / f"{name}.yaml"):
            found = []
            for arrays, its_labels in batches(workshop, source, "--batch", "4"):
                assert arrays.dtype == np.float32 and arrays.shape[1:] == (1, *textures.shape[1:]), arrays.shape
                found += [(array.tobytes(), label) for array, label in zip(arrays, its_labels)]
            assert sorted(found) == expected, f"{name} from {source.name}"
            order = [array.tobytes() for arrays, _ in batches(workshop, source, "--sequential") for array in arrays]
            assert order == [texture.tobytes() for texture in textures], f"{name} from {source.name}"


def changes(workshop, path, option):
    """A streamed texture and its original, 120 times or more. Originals are known by their sorted pixels."""
    with h5py.File(path, "r") as file:
        textures = texture_of(file)[:].astype(np.float32)
    originals = {np.sort(texture, axis=None).tobytes(): texture for texture in textures}
    for arrays, _ in batches(workshop, path, option, "--epochs", "20"):
        for array in arrays[:, 0]:
            yield array, originals[np.sort(array, axis=None).tobytes()]


def isotropic(workshop):
    """Datasets of every shape that any change leaves what they are, and one that is open."""
    for name, shape, keys in (
        ("series", [101], {}),
        ("rectangle", [17, 24], {}),
        ("window", [9, 12], {"boundary": "open"}),
        ("volume", [9, 8, 10], {}),
        ("cube", [8, 8, 8], {}),
    ):
        recipe = {"shape": shape, "length_scales": [[1, 1.5]], "samples": 6} | keys
        yield name, workshop.make_recipe(f"isotropic-{name}", recipe)


def refusal(workshop, path, option):
    """What is said of an option that is refused before anything is streamed."""
    run = subprocess.run(stream(workshop, path, option), capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and not run.stdout, f"{path.parent.name} with {option}: not refused"
    return run.stderr


def check_flips(workshop):
    """flips mirror along every axis by itself, and nothing else; they are refused for tilted covariances"""
    for name, path in isotropic(workshop):
        seen = set()
        for found, texture in changes(workshop, path, "--flip"):
            every = [axes for r in range(4) for axes in itertools.combinations(range(texture.ndim), r)]
            [mine] = [axes for axes in every if np.array_equal(np.flip(texture, axes), found)]
            seen.add(mine)
        # In 120 draws one of eight is missed once in a million seeds.
        assert len(seen) == 2**texture.ndim, f"{name}: {seen}"
    assert "flip" in refusal(workshop, workshop.dataset("rectangle"), "--flip")


def check_rolls(workshop):
    """rolls begin at any pixel along every axis, and are refused where textures have edges"""
    for name, path in isotropic(workshop):
        if name == "window":
            assert "open" in refusal(workshop, path, "--roll")
            continue
        seen = []
        for found, texture in changes(workshop, path, "--roll"):
            shift = np.argwhere(found == texture.flat[0])[0]
            assert np.array_equal(np.roll(texture, shift, range(texture.ndim)), found), name
            seen.append(shift)
        # In 120 draws one of ten places along an axis is missed once in 30,000 seeds; the seed is fixed.
        assert all(len(set(places)) >= min(8, extent) for places, extent in zip(zip(*seen), texture.shape)), name


def check_turns(workshop):
    """turns are quarter turns of cubes, and are refused for rectangles and for what is not isotropic"""
    seen = set()
    for found, texture in changes(workshop, dict(isotropic(workshop))["cube"], "--turn"):
        turned = {
            (axes, signs): texture[tuple(slice(None, None, sign) for sign in signs)].transpose(axes)
            for axes in itertools.permutations(range(3))
            for signs in itertools.product((1, -1), repeat=3)
        }
        [mine] = [turn for turn, result in turned.items() if np.array_equal(result, found)]
        # A turn and no mirror: the matrix has the determinant 1.
        assert np.linalg.det(np.diag(mine[1])[list(mine[0])]) > 0, mine
        seen.add(mine)
    assert len(seen) > 3, seen
    tilted = {"covariance": "exponential", "length_scale": 3, "ratio": 0.5}
    paths = [workshop.make_recipe("tilted", {"shape": [16, 16], "samples": 2, "candidates": [[tilted]]})]
    for path in paths + [workshop.dataset(name) for name in ("series", "rectangle", "volume")]:
        assert "turn" in refusal(workshop, path, "--turn"), path.parent.name


def check_crops(workshop):
    """crops are windows of their textures, at any place along every axis"""
    size = 7
    for name, path in isotropic(workshop):
        with h5py.File(path, "r") as file:
            textures = texture_of(file)[:]
        seen = []
        for arrays, _ in batches(workshop, path, "--crop", str(size), "--epochs", "10"):
            for array in arrays[:, 0]:
                assert array.shape == (size,) * (textures.ndim - 1), array.shape
                [(sample, *starts)] = np.argwhere(textures == array.flat[0])
                window = tuple(slice(start, start + size) for start in starts)
                assert np.array_equal(textures[(sample, *window)], array), name
                seen.append(starts)
        assert all(len(set(starts)) > 1 for starts in zip(*seen)), f"{name}: {seen}"


def check_bytes_of_fields(workshop):
    """a field's bytes are the same for 1 and 2 threads, and by tasks; its pixels in one shard, and rounded to float16"""
    for name, (recipe, options) in FIELDS.items():
        expected = files(workshop.dataset(name).parent)
        for threads in (1, 2):
            path = workshop.make_recipe(f"{name}-threads-{threads}", recipe, f"{options} --threads {threads}")
            assert files(path.parent) == expected, f"{name}, {threads} threads"
        other = {"float16": "float32", "float32": "float16"}[recipe.get("dtype", "float32")]
        path = workshop.make_recipe(f"{name}-{other}", recipe | {"dtype": other}, "--shards 1")
        with h5py.File(workshop.dataset(name), "r") as one, h5py.File(path, "r") as two:
            assert np.array_equal(texture_of(one)[:].astype(np.float16), texture_of(two)[:].astype(np.float16)), name
    folder = workshop.folder / "volume-tasks"
    folder.mkdir()
    for task in (1, 0):
        options = f"--shards 3 --quiet --task-count 2 --task-index {task}"
        workshop.gpgen(f"--recipe volume.yaml {options} --out", folder / "data.h5")
    workshop.gpgen("index --quiet", folder / "data.h5")
    assert files(folder) == files(workshop.dataset("volume").parent)


def check_interrupted_fields(workshop):
    """an interrupted run of series, open rectangles or volumes is resumed to the bytes of an undisturbed one"""
    many = " --threads 1 --samples 80" + " --length-scales 0.5" * 8
    for name, options in (
        ("series", "--shape 65537" + many),
        ("rectangle", "--shape 150,211 --boundary open" + many),
        ("volume", "--shape 45,36,50 --noise 0.5" + many),
    ):
        path, errors, status = workshop.interrupted(f"interrupted-{name}", options)
        partial = path.with_name("data.h5.partial")
        assert status == 130 and "--resume" in errors and not path.exists(), f"{name}: status {status}: {errors}"
        inspection = workshop.inspect(partial)
        hold_against_file(inspection, partial)
        assert 2 <= inspection["samples"]["finished"] < 80, name
        workshop.gpgen(f"{options} --quiet --resume --out", path)
        assert not partial.exists()
        assert path.read_bytes() == workshop.make(f"uninterrupted-{name}", options).read_bytes(), name


def check_repair_of_fields(workshop):
    """a flipped bit or a lost shard of a field is named by verify, and repair leaves the fresh bytes"""
    for name in FIELDS:
        source = workshop.dataset(name)
        assert verdict(workshop, source, "--regenerate", "3")["regenerated"]["identical"] == 3, name
        fresh = files(source.parent)
        folder = workshop.folder / f"repaired-{name}"
        shutil.copytree(source.parent, folder)
        index = folder / source.name
        path = sorted(folder.glob("data*.h5"))[0]
        with h5py.File(path, "r") as file:
            offset = texture_of(file).id.get_offset() + texture_of(file)[0].nbytes + 5
            sample = int(file["sample"][1])
        data = bytearray(path.read_bytes())
        data[offset] ^= 16
        path.write_bytes(data)
        assert [bad["sample"] for bad in verdict(workshop, index)["bad_samples"]] == [sample], name
        workshop.gpgen("repair --quiet", index)
        assert files(folder) == fresh and verdict(workshop, index)["ok"], name
        if path != index:
            path.unlink()
            assert verdict(workshop, index)["bad_files"][0]["problem"] == "missing", name
            workshop.gpgen("repair --quiet", index)
            assert files(folder) == fresh and verdict(workshop, index)["ok"], name


def check_previews_of_fields(workshop):
    """previews: a line of each series, a rectangle's pixels, three slices of a volume, and a sheet of all"""
    for name in FIELDS:
        folder = workshop.folder / f"previews-{name}"
        workshop.gpgen("preview --quiet --out", folder, workshop.dataset(name))
        pictures = {path.name: Picture(path) for path in sorted(folder.iterdir())}
        names = CLASS_NAMES[name]
        expected = [f"class-{index:02}_{text}.png" for index, text in enumerate(names)] + ["contact-sheet.png"]
        assert list(pictures) == expected, list(pictures)
        with h5py.File(workshop.dataset(name), "r") as file:
            recipe, textures = recipe_of(file), texture_of(file)[:]
        for file_name in expected[:-1]:
            picture, shape = pictures[file_name], shape_of(recipe)
            assert len(np.unique(picture.pixels)) > 1 and picture.texts["dataset_hash"], file_name
            if name == "rectangle":
                assert picture.pixels.shape == shape, file_name
                values = textures[int(picture.texts["sample"])]
                ascending = picture.pixels.ravel()[np.argsort(values, axis=None, kind="stable")].astype(int)
                assert (np.diff(ascending) >= 0).all(), f"{file_name}: brighter is not greater"
            elif name == "series":
                assert picture.pixels.shape[1] >= shape[0] or picture.pixels.shape[1] >= 256, picture.pixels.shape
            else:
                # Three slices fill at least their own pixels.
                slices = sum(np.prod(shape) // extent for extent in shape)
                assert picture.pixels.size >= slices, f"{file_name}: {picture.pixels.shape}"


def check_training_of_fields(workshop):
    """training on what is no square of two dimensions is refused, and names the shape"""
    for name in ("series", "volume"):
        run = subprocess.run(
            [workshop.binary, "train", str(workshop.dataset(name)), "--out", str(workshop.folder / f"run-{name}")],
            capture_output=True, text=True, timeout=60)  # fmt: skip
        assert run.returncode != 0 and name in run.stderr and "image" in run.stderr, run.stderr
        assert not (workshop.folder / f"run-{name}").exists()
