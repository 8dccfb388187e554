"""What a file of a dataset says of itself, and what follows from its recipe and its name by `schemas/shard.md`."""

import json
import re


def recipe_of(file):
    return json.loads(file.attrs["recipe"])


def is_index(file):
    return file.attrs["format"] == "gpgen-index"


def class_count(recipe):
    count = 1
    for candidates in recipe["length_scales"]:
        count *= len(candidates)
    return count


def choices_of(recipe, sample):
    """The index of each scale's length scale among its candidates: the class as a mixed-radix number."""
    rest, choices = sample % class_count(recipe), []
    for candidates in recipe["length_scales"]:
        rest, choice = divmod(rest, len(candidates))
        choices.append(choice)
    return choices


def length_scales_of(recipe, sample):
    """In pixels, one for each scale."""
    return [candidates[i] for candidates, i in zip(recipe["length_scales"], choices_of(recipe, sample))]


def place_of(path):
    """(shard, shards) by the files' names; (None, shards) for an index."""
    shards = sorted(path.parent.glob("data-*.h5"))
    if not shards:
        return 0, 1
    assert [shard.name for shard in shards] == [f"data-{k:05}-of-{len(shards):05}.h5" for k in range(len(shards))]
    match = re.match(r"data-(\d+)", path.name)
    return (int(match[1]) if match else None), len(shards)


def samples_of(path, total):
    """The indices of a file's samples in the whole dataset, by its name."""
    shard, count = place_of(path)
    return range(total) if shard is None else range(shard * total // count, (shard + 1) * total // count)
