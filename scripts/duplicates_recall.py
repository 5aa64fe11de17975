"""Counts the changed copies that TRAINER finds: pictures of FOLDER are the training part of a set, and copies of them, changed
in one way, its test part. A blank picture has nothing to be known by; such pictures are counted and left out."""
import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

MOST = 1000
# The least contrast that is compared, as the trainer has it: the deviation within the channels of a 32x32 thumbnail.
LEAST_CONTRAST = 4.0
LARGE = 96


def re_encoded(picture, path):
    picture.save(path.with_suffix(".jpg"), quality=70)


def halved(picture, path):
    width, height = picture.size
    picture.resize((max(1, width // 2), max(1, height // 2)), Image.BILINEAR).save(path.with_suffix(".png"))


def cropped(picture, path, left=0.5, top=0.5):
    width, height = picture.size
    across, down = round(width * 0.95), round(height * 0.95)
    x, y = round((width - across) * left), round((height - down) * top)
    picture.crop((x, y, x + across, y + down)).save(path.with_suffix(".png"))


def cropped_at_a_corner(picture, path):
    cropped(picture, path, 0, 1)


KINDS = {
    "JPEG 70": re_encoded,
    "half as large": halved,
    "cropped by 5 %": cropped,
    "at a corner": cropped_at_a_corner,
}


def opened(path):
    """The picture on white, or nothing where there is none, or next to nothing on it."""
    try:
        picture = Image.open(path)
        picture.load()
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    if picture.mode in ("RGBA", "LA", "P", "PA"):
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    picture = picture.convert("RGB")
    thumbnail = np.asarray(picture.resize((32, 32), Image.BILINEAR), float)
    return picture if np.sqrt(thumbnail.var(axis=(0, 1)).mean()) >= LEAST_CONTRAST else "blank"


def inspected(trainer, folder):
    command = [trainer, "inspect", str(folder), "--format", "json", "--cache-dir", str(folder.parent / "cache")]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def place(folder, part, number):
    # Two classes, since a set has no fewer.
    path = folder / part / "ab"[number % 2] / f"{number:05}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def measured(trainer, pictures, folder):
    rows = []
    for kind, change in KINDS.items():
        of_kind = folder / kind.replace(" ", "-").replace("%", "")
        for number, picture in enumerate(pictures):
            picture.save(place(of_kind, "train", number).with_suffix(".png"))
            change(picture, place(of_kind, "test", number))
        across = inspected(trainer, of_kind)["duplicates"]["across"]
        found = sum(it["pictures"] for it in across if (it["part"], it["other"]) == ("train", "test"))
        rows.append((kind, found, len(pictures)))
    return rows


def draw(pairs, folder, sheet):
    """The pairs side by side, ten a row."""
    tiles = [[Image.open(folder / path).convert("RGB").resize((64, 64)) for path in pair] for pair in pairs]
    picture = Image.new("RGB", (10 * 136, 68 * ((len(tiles) + 9) // 10)))
    for number, pair in enumerate(tiles):
        for side, tile in enumerate(pair):
            picture.paste(tile, (number % 10 * 136 + side * 64, number // 10 * 68))
    picture.save(sheet)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainer")
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheet", nargs="?", type=Path)
    arguments = parser.parse_args()
    paths = sorted(path for path in arguments.folder.rglob("*") if path.is_file())
    paths = [paths[at * len(paths) // min(MOST, len(paths))] for at in range(min(MOST, len(paths)))]
    pictures = [picture for picture in map(opened, paths) if picture is not None]
    blank = sum(picture == "blank" for picture in pictures)
    pictures = [picture for picture in pictures if picture != "blank"]
    large = [picture for picture in pictures if min(picture.size) >= LARGE]
    small = [picture for picture in pictures if min(picture.size) < LARGE]
    failed = False
    print(f"{len(pictures)} pictures of {arguments.folder}; {blank} with nothing on them left out")
    with tempfile.TemporaryDirectory() as work:
        for name, group, least in ((f"{LARGE}x{LARGE} and larger", large, 0.95), ("smaller", small, 0.8)):
            if len(group) < 8:
                continue
            print(f"\n{name:20} {'found':>14}")
            for kind, found, count in measured(arguments.trainer, group, Path(work) / name.split()[0]):
                print(f"  {kind:18} {found:5} of {count:5} {100 * found / count:6.1f} %")
                failed |= found < least * count
        pairs = own_pairs(arguments.trainer, pictures, Path(work) / "own", arguments.sheet)
        print(f"\n{pairs} pairs among the pictures themselves")
    raise SystemExit(failed)


def own_pairs(trainer, pictures, folder, sheet):
    for number, picture in enumerate(pictures):
        picture.save(place(folder, "", number).with_suffix(".png"))
    pairs = inspected(trainer, folder)["duplicates"]["pairs"]
    if sheet and pairs:
        draw(pairs, folder, sheet)
    return len(pairs)


if __name__ == "__main__":
    main()
