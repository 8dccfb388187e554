"""The layout of shards and indices, checked with h5py against `schemas/shard.md`."""

import h5py
import numpy as np

from crc32c import crc32c
from dataset import axes_of, candidates_of, choices_of, class_count, is_index, length_scales_of, name_of, parameter_of
from dataset import place_of, recipe_of, samples_of, scales_of, shape_of, texture_of, varying_of


def check_layout(fixture):
    """files have exactly the documented datasets, with the documented types and shapes"""
    for path in fixture.files():
        with h5py.File(path, "r") as file:
            recipe = recipe_of(file)
            count, shape = len(samples_of(path, recipe["samples"])), shape_of(recipe)
            scales = len(scales_of(recipe))
            expected = {
                name_of(recipe): ({"float32": "<f4", "float16": "<f2"}[recipe["dtype"]], (count, *shape)),
                "label": ("<i8", (count,)),
                "scale_label": ("<i8", (count, scales)),
                "length_scale": ("<f4", (count, scales)),
                "crc32c": ("<u4", (count,)),
                "sample": ("<i8", (count,)),
                "scale": ("<i8", (scales,)),
            }
            expected |= {name: ("<f4", (count, scales)) for name in varying_of(recipe)}
            expected |= {name: ("<i8", (extent,)) for name, extent in zip(axes_of(recipe), shape)}
            found = {name: (data.dtype.str, data.shape) for name, data in file.items()}
            assert found == expected, f"{path.name}: {found}"
            assert all(data.maxshape == data.shape for data in file.values()), path.name


def check_dimension_scales(fixture):
    """every axis has a named dimension scale with the documented values"""
    for path in fixture.files():
        with h5py.File(path, "r") as file:
            recipe = recipe_of(file)
            axes = {name_of(recipe): ["sample", *axes_of(recipe)], "label": ["sample"], "crc32c": ["sample"]}
            axes |= {name: ["sample", "scale"] for name in ("scale_label", "length_scale", *varying_of(recipe))}
            for name, expected in axes.items():
                found = [[scale.name[1:] for scale in dimension.values()] for dimension in file[name].dims]
                assert found == [[axis] for axis in expected], f"{path.name}: {name}: {found}"
            for name in ("sample", "scale", *axes_of(recipe)):
                attributes = file[name].attrs
                assert (attributes["CLASS"], attributes["NAME"]) == (b"DIMENSION_SCALE", name.encode()), path.name
                assert name == "sample" or np.array_equal(file[name][:], np.arange(len(file[name]))), path.name
            assert np.array_equal(file["sample"][:], samples_of(path, recipe["samples"])), path.name


def check_root_attributes(fixture):
    """files have exactly the documented root attributes, with the documented types and values"""
    for path in fixture.files():
        with h5py.File(path, "r") as file:
            recipe, found = recipe_of(file), dict(file.attrs)
            version = 2 if "shape" in recipe else 1
            names = ["-".join(f"{l:g}" for l in length_scales_of(recipe, i)) for i in range(class_count(recipe))]
            shard, shards = place_of(path)
            expected = {"format": "gpgen-index", "format_version": version, "bytes_version": 1, "seed": recipe["seed"]}
            expected |= {"recipe": found["recipe"], "dataset_hash": found["dataset_hash"]}
            expected |= {"sample_count": recipe["samples"], "shard_count": shards}
            if shard is not None:
                expected |= {"format": "gpgen-shard", "shard_index": shard}
            assert list(found.pop("class_name")) == names or version == 2, path.name
            assert found.pop("weight").tolist() == recipe["weights"], path.name
            if recipe.get("boundary") == "open":
                torus, window = found.pop("embedding"), [len(file[axis]) for axis in axes_of(recipe)]
                assert len(torus) == len(window) and all(torus >= 2 * np.array(window) - 2), f"{path.name}: {torus}"
                assert 0 <= found.pop("embedding_negative_fraction") <= recipe.get("allow_clamping", 1e-12), path.name
                assert 0 <= found.pop("embedding_negative_count") < np.prod(torus), path.name
            assert found == expected, f"{path.name}: {found}"
            kinds = {"seed": "<u8", "weight": "<f8", "embedding_negative_fraction": "<f8"}
            for name in file.attrs:
                kind = file.attrs.get_id(name).dtype
                text = h5py.check_string_dtype(kind)
                if name in ("format", "recipe", "dataset_hash", "class_name"):
                    assert text and text.encoding == "utf-8" and text.length is None, f"{path.name}: {name}"
                else:
                    assert kind.str == kinds.get(name, "<i8"), f"{path.name}: {name}"


def check_dataset_attributes(fixture):
    """datasets have long names and the right units"""
    for path in fixture.files():
        with h5py.File(path, "r") as file:
            units = {name: "pixel" for name in ("length_scale", *axes_of(recipe_of(file)), "outer_scale", "inner_scale")}
            units |= {name: "degree" for name in ("angle", "angle_2", "angle_3")}
            units |= {name: "1" for name in ("nu", "beta", "ratio")}
            for name, data in file.items():
                assert isinstance(data.attrs["long_name"], str) and data.attrs["long_name"], name
                assert data.attrs.get("units") == units.get(name), f"{path.name}: {name}"


def check_placement(fixture):
    """datasets are contiguous, unfiltered and aligned to 4096 bytes, and their offsets are right"""
    for path in fixture.files():
        with h5py.File(path, "r") as file, open(path, "rb") as raw:
            for name, data in file.items():
                properties = data.id.get_create_plist()
                assert properties.get_nfilters() == 0, f"{path.name}: {name} is filtered"
                virtual = is_index(file) and name == name_of(recipe_of(file))
                expected = h5py.h5d.VIRTUAL if virtual else h5py.h5d.CONTIGUOUS
                assert properties.get_layout() == expected, f"{path.name}: {name} has another layout"
                if virtual:
                    continue
                raw.seek(data.id.get_offset())
                assert data.nbytes < 4096 or raw.tell() % 4096 == 0, f"{path.name}: {name} at {raw.tell()}"
                assert raw.read(data.nbytes) == data[...].tobytes(), f"{path.name}: {name}"


def check_no_times(fixture):
    """objects have no timestamps, and their creation order is tracked"""
    order = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED
    for path in fixture.files():
        with h5py.File(path, "r") as file:
            root = file["/"]
            for name, item in [("/", root), *file.items()]:
                assert h5py.h5g.get_objinfo(item.id).mtime == 0, f"{path.name}: {name} has a timestamp"
            for name, data in file.items():
                properties = data.id.get_create_plist()
                assert not properties.get_obj_track_times(), f"{path.name}: {name} tracks times"
                assert properties.get_attr_creation_order() == order, f"{path.name}: {name}"
                assert root.id.links.get_info(name.encode()).corder_valid, f"{path.name}: {name}"


def check_labels(fixture):
    """labels are the sample modulo the number of classes, scale 0 varying fastest; parameters follow from the labels"""
    for path in (*fixture.files(), *fixture.files("ensemble")):
        with h5py.File(path, "r") as file:
            recipe, samples = recipe_of(file), file["sample"][:]
            assert np.array_equal(file["label"][:], samples % class_count(recipe)), path.name
            choices = [choices_of(recipe, sample) for sample in samples]
            assert np.array_equal(file["scale_label"][:], choices), path.name
            for name in ("length_scale", *varying_of(recipe)):
                values = [[parameter_of(c, name) for c in candidates_of(recipe, sample)] for sample in samples]
                assert np.array_equal(file[name][:], np.float32(values), equal_nan=True), f"{path.name}: {name}"


def check_seed_class_names(fixture):
    """the default classes at 1024 pixels have the benchmark's names and order"""
    path = fixture.make("names", "--samples 1")
    with h5py.File(path, "r") as file:
        assert list(file.attrs["class_name"]) == ["9.5-80", "10-80", "9.5-140", "10-140"]


def check_checksums(fixture):
    """every sample's CRC-32C matches its bytes, in shards and through the index"""
    assert crc32c(np.frombuffer(b"123456789", np.uint8)[None])[0] == 0xE3069283
    for path in fixture.files():
        with h5py.File(path, "r") as file:
            image = texture_of(file)[:]
            assert np.array_equal(crc32c(image.view(np.uint8).reshape(len(image), -1)), file["crc32c"][:]), path.name
