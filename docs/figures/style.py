"""The style of the pictures: fonts, colours, and sheets that show textures pixel for pixel."""

import io

import matplotlib

matplotlib.use("agg")

import numpy as np
from matplotlib import colors, patheffects, pyplot
from PIL import Image

DPI = 150
COLOURMAP = matplotlib.colormaps["inferno"].resampled(128)
# The colours of Okabe and Ito, which colour-blind readers can distinguish; grey replaces their yellow, too pale for a line.
COLOURS = ["#000000", "#d55e00", "#0072b2", "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#999999"]
MARKERS = "osD^vP*X"

pyplot.rcParams.update({"font.size": 13, "axes.spines.top": False, "axes.spines.right": False})
# All colours of a picture: those of the map, greys, and those of lines, with their blends with white.
TINTS = [
    tuple(1 - part * (1 - np.array(colors.to_rgb(colour))))
    for colour, parts in [("black", 32), *((colour, 8) for colour in COLOURS[1:])] for part in np.linspace(0, 1, parts)
]
PALETTE = [COLOURMAP(index)[:3] for index in range(128)] + TINTS


OUTLINE = [patheffects.withStroke(linewidth=3, foreground="black")]


class Sheet:
    """Textures in rows and columns, each `side` pixels wide, with a scale bar in each and two lines of text below it.

    Each row ends with a colour bar, for which `right` leaves room, in pixels. With `own_bars` every texture has one.
    """

    def __init__(self, columns, rows, side, below=62, gap=16, margin=10, right=72, own_bars=False):
        self.own_bars = own_bars
        self.columns, self.side, self.below, self.gap, self.margin = columns, side, below, gap, margin
        self.width = columns * side + (columns - 1) * gap + 2 * margin + right
        self.height = rows * (side + below) + margin
        self.figure = pyplot.figure(figsize=(self.width / DPI, self.height / DPI), dpi=DPI)

    def texture(self, index, image, title, detail="", spread=3, centre=0, bar=50):
        """Draws an image, row 0 on top; its colours range from `centre - spread` to `centre + spread`.

        `bar` is the length of the scale bar, in pixels of the texture.
        """
        left, bottom = self.corner(index)
        axes = self.figure.add_axes(
            (left / self.width, bottom / self.height, self.side / self.width, self.side / self.height))
        axes.imshow(image, cmap=COLOURMAP, vmin=centre - spread, vmax=centre + spread, interpolation="nearest")
        axes.axis("off")
        height, width = image.shape
        x, y = 0.04 * width, 0.96 * height
        axes.plot(
            [x, x + bar], [y, y], color="white", linewidth=2, solid_capstyle="butt", path_effects=OUTLINE, scalex=False,
            scaley=False)
        axes.text(x, y - 0.025 * height, f"{bar} px", color="white", fontsize=8, path_effects=OUTLINE)
        self.label(index, title, detail)
        ticks = (centre - spread, centre, centre + spread)
        if self.own_bars:
            self.colour_bar(index, axes, ticks, "")
        elif index % self.columns == self.columns - 1:
            self.colour_bar(index, axes, ticks, "standard deviations")
        return axes

    def colour_bar(self, index, axes, ticks, label):
        """Draws the scale of a texture's colours on its right."""
        left, bottom = self.corner(index)
        place = self.figure.add_axes(
            ((left + self.side + 8) / self.width, bottom / self.height, 10 / self.width, self.side / self.height))
        bar = self.figure.colorbar(axes.images[0], cax=place, ticks=ticks)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=8, length=2, pad=2)
        bar.set_label(label, fontsize=8, labelpad=1)

    def label(self, index, title, detail):
        """Draws two lines of text below a place."""
        left, bottom = self.corner(index)
        for text, below, size, colour in ((title, 6, 10, "black"), (detail, 32, 9, "#555555")):
            self.figure.text(
                left / self.width, (bottom - below) / self.height, text, fontsize=size, color=colour, va="top")

    def corner(self, index):
        """The lower left corner of a place, in pixels from that of the picture."""
        row, column = divmod(index, self.columns)
        left = self.margin + column * (self.side + self.gap)
        return left, self.height - self.margin - row * (self.side + self.below) - self.side


def decorate(axes, title, below):
    """Sets a plot's title, the label of its horizontal axis, and a grid."""
    axes.set_title(title, fontsize=14, loc="left")
    axes.set_xlabel(below)
    axes.grid(color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)


def save(figure, path):
    """Writes a PNG with the colours of the palette."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    pyplot.close(figure)
    palette = Image.new("P", (1, 1))
    palette.putpalette([round(255 * part) for colour in PALETTE for part in colour])
    picture = Image.open(drawn).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)
