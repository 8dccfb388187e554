"""Reads the PNG files that gpgen writes, with a palette and one byte per pixel, following the specification."""

import struct
import zlib

import numpy as np


def _paeth(left, above, corner):
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def _unfiltered(rows):
    """Undoes the filters of rows; the first byte of each row is its filter."""
    pixels = np.zeros((len(rows) + 1, rows.shape[1]), int)  # with a row of zeros above and a column of zeros on the left
    for y, (kind, *row) in enumerate(rows.tolist(), start=1):
        for x, byte in enumerate(row, start=1):
            left, above, corner = int(pixels[y, x - 1]), int(pixels[y - 1, x]), int(pixels[y - 1, x - 1])
            guess = (0, left, above, (left + above) // 2, _paeth(left, above, corner))[kind]
            pixels[y, x] = (byte + guess) % 256
    return pixels[1:, 1:]


class Picture:
    """A picture. texts: by keyword. palette: shape (colours, 3). pixels: palette indices, shape (height, width)."""

    def __init__(self, path):
        data = path.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n", f"{path.name}: no PNG signature"
        self.texts, self.kinds, pixels, position = {}, [], b"", 8
        while position < len(data):
            length, kind = struct.unpack(">I4s", data[position : position + 8])
            body = data[position + 8 : position + 8 + length]
            (crc,) = struct.unpack(">I", data[position + 8 + length : position + 12 + length])
            assert crc == zlib.crc32(kind + body), f"{path.name}: the checksum of {kind} does not match"
            self.kinds.append(kind.decode())
            if kind == b"IHDR":
                width, height, *how = struct.unpack(">IIBBBBB", body)
                assert how == [8, 3, 0, 0, 0], f"{path.name}: depth, colour type and methods are {how}"
            elif kind == b"PLTE":
                self.palette = np.frombuffer(body, np.uint8).reshape(-1, 3)
            elif kind == b"tEXt":
                key, text = body.split(b"\0")
                self.texts[key.decode("latin-1")] = text.decode("latin-1")
            elif kind == b"IDAT":
                pixels += body
            position += 12 + length
        assert self.kinds[0] == "IHDR" and self.kinds[-1] == "IEND", f"{path.name}: chunks are {self.kinds}"
        self.pixels = _unfiltered(np.frombuffer(zlib.decompress(pixels), np.uint8).reshape(height, width + 1))
        assert self.pixels.max() < len(self.palette), f"{path.name}: a pixel is outside the palette"

    def texture(self, width):
        """The pixels of the texture in a figure, `width` of them in a row: those of the panel, which may show each as a square."""
        x, y, columns, rows = map(int, self.texts["panel"].split(", "))
        panel = self.pixels[y : y + rows, x : x + columns]
        scale, rest = divmod(columns, width)
        assert scale > 0 and rest == 0 and rows % scale == 0, f"{width} pixels in a panel of {columns} x {rows}"
        pixels = panel[::scale, ::scale]
        assert np.array_equal(panel, pixels.repeat(scale, 0).repeat(scale, 1)), "a texture pixel is not a square of one colour"
        return pixels
