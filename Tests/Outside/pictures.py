"""The PNG files of previews."""

import h5py
import numpy as np

from png import Picture


def check_previews(fixture):
    """previews: a picture of each class and a contact sheet, with one palette, the right metadata and the right pixels; bare ones too"""
    path = fixture.dataset("shard")
    fixture.gpgen("preview --quiet --colormap viridis --out previews", path)
    fixture.gpgen("preview --quiet --colormap viridis --plain --out plain", path)
    pictures, plain = (
        {file.name: Picture(file) for file in sorted((fixture.folder / folder).iterdir())} for folder in ("previews", "plain"))
    with h5py.File(path, "r") as file:
        names, images, texts = file.attrs["class_name"], file["image"][:], dict(file.attrs)
    expected = [f"class-{index:02}_{name}.png" for index, name in enumerate(names)]
    assert list(pictures) == list(plain) == expected + ["contact-sheet.png"], list(pictures)
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
        pixels = plain[name].pixels
        assert int(found["sample"]) % 4 == index and pixels.shape == values.shape, name
        assert np.array_equal(picture.texture(values.shape[1]), pixels), f"{name}: the figure and the bare picture differ"
        assert_scale_bar(picture, values.shape[1], name)
        ascending = pixels.ravel()[np.argsort(values, axis=None)].astype(int)
        assert (np.diff(ascending) >= 0).all(), f"{name}: brightness does not increase with the value"
    sheet = pictures["contact-sheet.png"]
    assert sheet.texts["classes"] == " ".join(names), sheet.texts
    assert sheet.pixels.shape > (128, 128), sheet.pixels.shape
    assert np.array_equal(sheet.pixels, plain["contact-sheet.png"].pixels), "the contact sheet of --plain differs"


def assert_scale_bar(picture, width, name):
    """The scale bar is a line of ink below the panel, as long as its number says."""
    x, y, columns, rows = map(int, picture.texts["panel"].split(", "))
    length, unit = picture.texts["scale_bar"].split()
    assert unit == "px" and length.rstrip("0") in ("1", "2", "5"), f"{name}: {length} {unit}"
    ink = len(picture.palette) - 1
    below = picture.pixels[y + rows + 1 : y + rows + 21, x : x + columns] == ink
    # The longest run of ink from the left edge; a label follows after a gap.
    runs = [row.tolist().index(False) for row in below if not row.all()]
    assert max(runs) == int(length) * columns // width, f"{name}: {max(runs)} of {columns} pixels are {length} px"
