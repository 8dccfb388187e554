"""The PNG files of previews."""

import h5py
import numpy as np

from png import Picture


def check_previews(fixture):
    """previews: a picture of each class and a contact sheet, with one palette, the right metadata and the right pixels"""
    path = fixture.dataset("shard")
    fixture.gpgen("preview --quiet --colormap viridis --out previews", path)
    pictures = {file.name: Picture(file) for file in sorted((fixture.folder / "previews").iterdir())}
    with h5py.File(path, "r") as file:
        names, images, texts = file.attrs["class_name"], file["image"][:], dict(file.attrs)
    expected = [f"class-{index:02}_{name}.png" for index, name in enumerate(names)]
    assert list(pictures) == expected + ["contact-sheet.png"], list(pictures)
    for index, (name, picture) in enumerate(pictures.items()):
        found = picture.texts
        assert found["dataset_hash"] == texts["dataset_hash"] and found["seed"] == str(texts["seed"]), name
        assert found["colormap"] == "viridis" and "tIME" not in picture.kinds, name
        low, high = map(float, found["range"].split(" to "))
        assert low == -high and found["range"] == pictures[expected[0]].texts["range"], name
        assert np.array_equal(picture.palette, pictures[expected[0]].palette), name
        if name == "contact-sheet.png":
            continue
        assert (found["class"], found["class_name"]) == (str(index), names[index]), name
        assert found["length_scales"] == names[index].replace("-", ", ") + " px", name
        values = images[int(found["sample"])]
        assert int(found["sample"]) % 4 == index and picture.pixels.shape == values.shape, name
        ascending = picture.pixels.ravel()[np.argsort(values, axis=None)].astype(int)
        assert (np.diff(ascending) >= 0).all(), f"{name}: brightness does not increase with the value"
    sheet = pictures["contact-sheet.png"]
    assert sheet.texts["classes"] == " ".join(names), sheet.texts
    assert sheet.pixels.shape > (128, 128), sheet.pixels.shape
