"""The recipe of a dataset's file, and what `schemas/shard.md` derives from it and from the file's name."""

import json
import math
import re


def recipe_of(file):
    return json.loads(file.attrs["recipe"])


def is_index(file):
    return file.attrs["format"] == "gpgen-index"


def shape_of(recipe):
    """The extents of a texture, x last."""
    return tuple(recipe.get("shape") or [recipe["side"]] * 2)


def name_of(recipe):
    """The name of the textures' dataset."""
    return ("series", "image", "volume")[len(shape_of(recipe)) - 1]


def axes_of(recipe):
    """The names of a texture's axes."""
    return ["z", "y", "x"][-len(shape_of(recipe)) :]


def texture_of(file):
    """The dataset of the textures, whatever their shape."""
    return file[name_of(recipe_of(file))]


def scales_of(recipe):
    """The candidates of each scale, as dictionaries."""
    if "candidates" in recipe:
        return recipe["candidates"]
    return [[{"covariance": recipe["covariance"], "length_scale": l} for l in scale] for scale in recipe["length_scales"]]


def class_count(recipe):
    return math.prod(len(candidates) for candidates in scales_of(recipe))


def choices_of(recipe, sample):
    """The index of each scale's candidate: the digits of the class as a mixed-radix number."""
    rest, choices = sample % class_count(recipe), []
    for candidates in scales_of(recipe):
        rest, choice = divmod(rest, len(candidates))
        choices.append(choice)
    return choices


def candidates_of(recipe, sample):
    """The sample's candidate for each scale."""
    return [candidates[i] for candidates, i in zip(scales_of(recipe), choices_of(recipe, sample))]


def length_scales_of(recipe, sample):
    """The length scale of each scale in pixels; NaN for families without one."""
    return [candidate.get("length_scale", math.nan) for candidate in candidates_of(recipe, sample)]


def parameter_of(candidate, name):
    """A parameter's value; NaN if the family has no such parameter."""
    return candidate.get(name, {"ratio": 1, "ratio_2": 1, "angle": 0, "angle_2": 0, "angle_3": 0}.get(name, math.nan))


def varying_of(recipe):
    """The parameters other than the length scale that vary among the candidates of a scale."""
    names = {name for scale in scales_of(recipe) for candidate in scale for name in candidate}
    names -= {"covariance", "length_scale", "table"}
    return sorted(
        name for name in names if any(len({str(parameter_of(c, name)) for c in scale}) > 1 for scale in scales_of(recipe)))


def place_of(path):
    """(shard, shards) from the names of the files; (None, shards) for an index."""
    shards = sorted(path.parent.glob("data-*.h5"))
    if not shards:
        return 0, 1
    assert [shard.name for shard in shards] == [f"data-{k:05}-of-{len(shards):05}.h5" for k in range(len(shards))]
    match = re.match(r"data-(\d+)", path.name)
    return (int(match[1]) if match else None), len(shards)


def samples_of(path, total):
    """The indices of a file's samples in the whole dataset, from its name."""
    shard, count = place_of(path)
    return range(total) if shard is None else range(shard * total // count, (shard + 1) * total // count)
