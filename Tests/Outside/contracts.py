"""Recipes and the output of `inspect`, checked against the JSON Schemas."""

import hashlib
import json
from pathlib import Path

import h5py
import jsonschema
import numpy as np
import yaml

from dataset import recipe_of, texture_of
from fixture import SCHEMAS, SMALL


def validator(name, part=""):
    schemas = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.schema.json")}
    store = {(SCHEMAS / schema).as_uri(): text for schema, text in schemas.items()}
    jsonschema.Draft202012Validator.check_schema(schemas[name])
    resolver = jsonschema.RefResolver((SCHEMAS / name).as_uri(), schemas[name], store)
    return jsonschema.Draft202012Validator({"$ref": (SCHEMAS / name).as_uri() + part}, resolver=resolver)


def refuses(schema, value, **changes):
    return not schema.is_valid({key: v for key, v in {**value, **changes}.items() if v is not ...})


def check_stored_recipes(fixture):
    """stored recipes satisfy the schema, are canonical, and have the dataset hash"""
    whole, stored = validator("recipe.schema.json"), validator("recipe.schema.json", "#/$defs/stored")
    for path in fixture.files():
        with h5py.File(path, "r") as file:
            text, recipe = file.attrs["recipe"], recipe_of(file)
            whole.validate(recipe)
            stored.validate(recipe)
            assert json.dumps(recipe, sort_keys=True, separators=(",", ":")) == text, path.name
            assert hashlib.sha256(text.encode()).hexdigest() == file.attrs["dataset_hash"], path.name
    assert refuses(whole, recipe, shards=1) and refuses(whole, recipe, side=7) and refuses(stored, recipe, seed=...)


def check_printed_recipes(fixture):
    """the YAML of `gpgen recipe` satisfies the schema and gives the same dataset"""
    whole, stored = validator("recipe.schema.json"), validator("recipe.schema.json", "#/$defs/stored")
    for options in (SMALL, "--scales 3", "--preset backdrop-2018"):
        recipe = yaml.safe_load(fixture.gpgen(f"recipe {options}"))
        whole.validate(recipe)
        stored.validate(recipe)
    (fixture.folder / "recipe.yaml").write_text(fixture.gpgen(f"recipe {SMALL}"))
    again = fixture.make("recipe", "--recipe recipe.yaml")
    assert again.read_bytes() == fixture.dataset("shard").read_bytes()


def assert_describes(inspection, path):
    """Checks that an inspection satisfies the schema and describes the file correctly."""
    validator("inspect.schema.json").validate(inspection)
    with h5py.File(path, "r") as file:
        assert inspection["recipe"] == recipe_of(file), path.name
        assert inspection["dataset_hash"] == file.attrs["dataset_hash"], path.name
        assert f"gpgen-{inspection['kind']}" == file.attrs["format"], path.name
        assert inspection["bytes"] == path.stat().st_size, path.name
        samples = inspection["samples"]
        assert (samples["first"], samples["count"]) == (file["sample"][0], len(file["sample"])), path.name
        assert inspection["partial"] == (path.suffix == ".partial"), path.name
        if inspection["kind"] == "shard":
            image = {"offset": texture_of(file).id.get_offset(), "bytes_per_sample": texture_of(file)[0].nbytes}
            assert inspection["image"] == image, path.name
        assert samples["finished"] == np.count_nonzero(file["crc32c"][:]), path.name
        found = [(entry["index"], entry["name"], entry["samples"]) for entry in inspection["classes"]]
        counts = np.bincount(file["label"][:], minlength=len(found))
        assert found == list(zip(range(len(found)), file.attrs["class_name"], counts)), path.name
    ends = [0]
    for shard in inspection["shards"]:
        assert shard["first"] == ends[-1] and Path(shard["file"]).parent == path.parent, path.name
        ends.append(shard["first"] + shard["count"])
    assert ends[-1] == (samples["count"] if inspection["kind"] == "index" else 0), path.name


def check_inspections(fixture):
    """inspect --json of shards and indices satisfies the schema and describes the files correctly"""
    for path in fixture.files():
        inspection = fixture.inspect(path)
        assert_describes(inspection, path)
        assert inspection["samples"]["finished"] == inspection["samples"]["count"], path.name
    schema = validator("inspect.schema.json")
    assert refuses(schema, inspection, extra=1) and refuses(schema, inspection, bytes=...)
    assert refuses(schema, inspection, kind="shard" if inspection["kind"] == "index" else "index")


def check_covariances(fixture):
    """covariances --json satisfies its schema and lists the families and parameters of the recipe's schema"""
    families = json.loads(fixture.gpgen("covariances --json"))
    validator("covariances.schema.json").validate(families)
    recipe = json.loads((SCHEMAS / "recipe.schema.json").read_text())
    candidates = recipe["$defs"]["candidate"]["oneOf"]
    assert [family["name"] for family in families] == [c["properties"]["covariance"]["const"] for c in candidates]
    for family, candidate in zip(families, candidates):
        parameters = {parameter["name"] for parameter in family["parameters"]}
        assert parameters == set(candidate["properties"]) - {"covariance", "table", "file"}, family["name"]
        assert family["has_table"] == ("table" in candidate["properties"]), family["name"]


def check_network_schema(fixture):
    """the schema of networks accepts its examples and refuses unknown keys and layers"""
    schema = validator("network.schema.json")
    for example in json.loads((SCHEMAS / "network.schema.json").read_text())["examples"]:
        schema.validate(example)
    assert refuses(schema, example, depth=8) and refuses(schema, example, layers=...)
    for layer in ("tanh", "convolution", {"relu": {"slope": 1}}, {"linear": {}}, {"relu": {}, "flatten": {}}):
        assert refuses(schema, example, layers=[layer]), layer
