"""Holds the preprocessing against Pillow's: PROGRAM reads a list of pictures and writes the bytes that a network would see;
Pillow does the same with `ImageOps.pad`, `ImageOps.fit` and `Image.resize`, each with the filter BILINEAR."""
import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# Of 255: both round to bytes after each axis, and a half may go to either side.
LIMIT = 1

PICTURES = [
    (1, 1), (1, 9), (9, 1), (2, 3), (5, 4), (27, 28), (28, 28), (29, 28), (31, 57), (64, 64), (96, 95), (100, 37),
    (255, 256), (333, 500), (640, 480), (1000, 30), (30, 1000), (1920, 1080), (4000, 3000),
]
INPUTS = [(28, 28), (96, 96), (20, 33), (7, 5), (1, 1), (64, 224)]
MODES = ["L", "RGB", "RGBA", "LA", "I;16"]


def generated(mode, size, random):
    """Noise on a slope with an edge in it: what is smooth hides errors, and what is only noise hides shifts."""
    width, height = size
    channels = {"L": 1, "RGB": 3, "RGBA": 4, "LA": 2, "I;16": 1}[mode]
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    planes = []
    for channel in range(channels):
        plane = 120 * across + 60 * down + 20 * channel
        plane[height // 3:, width // 2:] = 255 - plane[height // 3:, width // 2:]
        planes.append(np.clip(plane + random.normal(0, 40, plane.shape), 0, 255))
    pixels = np.stack(planes, axis=-1)
    if mode == "I;16":
        return Image.fromarray((pixels[..., 0] * 257).astype(np.uint16))
    pixels = pixels.astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)


def opaque(picture, channels):
    """Eight bits without transparency, on white."""
    if picture.mode == "I;16":
        picture = Image.fromarray(((np.asarray(picture).astype(np.uint32) + 128) // 257).astype(np.uint8))
    if picture.mode in ("RGBA", "LA"):
        pixels = np.asarray(picture.convert("RGBA")).astype(np.uint32)
        alpha = pixels[..., 3:]
        # Rounded once; Pillow's own composition rounds in steps.
        picture = Image.fromarray(((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8))
    if channels == 3:
        return picture.convert("RGB")
    if picture.mode == "L":
        return picture
    # The luma of Rec. 709; Pillow's own is that of Rec. 601.
    luma = np.asarray(picture).astype(np.float64) @ [0.2126, 0.7152, 0.0722]
    return Image.fromarray(np.round(luma).astype(np.uint8))


def by_pillow(picture, resize, size):
    if resize == "fit":
        return ImageOps.pad(picture, size, Image.Resampling.BILINEAR, color=0)
    if resize == "fill":
        return ImageOps.fit(picture, size, Image.Resampling.BILINEAR)
    return picture.resize(size, Image.Resampling.BILINEAR)


def fits(picture, size):
    """Pillow has no pictures without rows or columns; Imago makes one pixel of what would be rounded to nothing."""
    width, height = picture.size
    return round(height / width * size[0]) > 0 and round(width / height * size[1]) > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path)
    program = parser.parse_args().program
    random = np.random.default_rng(1)
    differences = {}
    with tempfile.TemporaryDirectory() as folder:
        tasks = []
        for mode in MODES:
            for size in PICTURES:
                if mode != "RGB" and size[0] * size[1] > 1_000_000:
                    continue
                path = Path(folder) / f"{mode.replace(';', '')}-{size[0]}x{size[1]}.png"
                picture = generated(mode, size, random)
                picture.save(path, compress_level=1)
                for channels in (1, 3):
                    seen = opaque(picture, channels)
                    for height, width in INPUTS:
                        for resize in ("fit", "fill", "stretch"):
                            if resize != "fit" or fits(seen, (width, height)):
                                tasks.append((mode, seen, channels, height, width, resize, path))
        lines = [f"{task[2]} {task[3]} {task[4]} {task[5]} {task[6]}\n" for task in tasks]
        found = subprocess.run([program], input="".join(lines).encode(), stdout=subprocess.PIPE, check=True).stdout
    found = np.frombuffer(found, np.uint8)
    position = 0
    for mode, seen, channels, height, width, resize, path in tasks:
        count = channels * height * width
        own = found[position:position + count].reshape(channels, height, width).astype(int)
        position += count
        expected = np.asarray(by_pillow(seen, resize, (width, height))).reshape(height, width, channels)
        apart = np.abs(own - expected.transpose(2, 0, 1).astype(int))
        largest, different, values, worst = differences.get((mode, resize), (0, 0, 0, ""))
        if apart.max() > largest:
            largest, worst = int(apart.max()), f"{path.name} to {channels}x{height}x{width}"
        differences[mode, resize] = (largest, different + int((apart > 0).sum()), values + count, worst)
    assert position == len(found)
    print(f"{'picture':<8}{'resize':<9}{'largest difference':>18}{'values that differ':>20}")
    for (mode, resize), (largest, different, values, worst) in differences.items():
        print(f"{mode:<8}{resize:<9}{largest:>18}{100 * different / values:>18.2f} %  {worst}")
    if max(largest for largest, *_ in differences.values()) > LIMIT:
        raise SystemExit(f"a value differs from Pillow's by more than {LIMIT} of 255")


main()
