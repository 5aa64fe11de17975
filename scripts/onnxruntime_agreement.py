"""Holds exported ONNX files against onnxruntime, image by image: FOLDER has NAME.onnx, what tract made of each as NAME.tract
and the trainer's own probabilities as `trainer`, little-endian f32 [images, 10]; SET has MNIST's test files."""
import argparse
import gzip
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

CLASSES = 10

# What an encoding may cost against the trainer: right answers lost, labels changed, of 10,000 images; and how far
# onnxruntime may be from tract, which computes the same in another order. Where sums are integers a value between two
# bytes can fall on either side.
LIMITS = {
    "f32": (0, 0, 1e-5),
    "f16": (1, 3, 1e-5),
    "int8": (5, 25, 1e-2),
}

# Bytes, for the student of 118,282 parameters.
PARAMETERS = 118_282
MOST_BYTES = {"f32": 485_000, "f16": 249_000, "int8": 134_000}


def read_idx(folder, name, header):
    for path in [folder / name, folder / f"{name}.gz"]:
        if path.is_file():
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            return np.frombuffer(data, np.uint8, offset=header)
    raise SystemExit(f"{folder}: expected {name} or {name}.gz, found neither")


def read_probabilities(path):
    return np.fromfile(path, "<f4").reshape(-1, CLASSES)


def run(path, images, batch):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    parts = range(0, len(images), batch)
    return np.concatenate([session.run(None, {"image": images[at:at + batch]})[0] for at in parts])


def check(path, images, labels, trainer):
    """A row of the table, and what is wrong."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    tract = read_probabilities(path.with_suffix(".tract"))
    found = run(path, images, 1)
    precision = path.stem.split("-")[0]
    most_lost, most_changed, close = LIMITS[precision]
    wrong = int((found.argmax(1) != labels).sum())
    lost = wrong - int((trainer.argmax(1) != labels).sum())
    changed = int((found.argmax(1) != trainer.argmax(1)).sum())
    between = int((found.argmax(1) != tract.argmax(1)).sum())
    apart = float(np.abs(found - tract).max())
    size = path.stat().st_size
    problems = []

    def expect(holds, text):
        if not holds:
            problems.append(f"{path.stem}: {text}")

    expect(lost <= most_lost, f"right answers lost: expected at most {most_lost}, found {lost}")
    expect(changed <= most_changed, f"labels changed: expected at most {most_changed}, found {changed}")
    expect(between == 0, f"labels unlike tract's: expected 0, found {between}")
    expect(apart <= close, f"largest difference from tract: expected at most {close}, found {apart}")
    values = sum(int(np.prod(t.dims)) for t in model.graph.initializer if t.name.endswith((".weight", ".bias")))
    if values == PARAMETERS:
        expect(size <= MOST_BYTES[precision], f"bytes: expected at most {MOST_BYTES[precision]}, found {size}")
    # Dynamic scales are those of the whole batch: there one image is not independent of the others.
    if path.stem != "int8":
        in_batches = float(np.abs(run(path, images, 100) - found).max())
        expect(in_batches <= close, f"in batches of 100: expected within {close}, found {in_batches}")
    from_trainer = float(np.abs(found - trainer).max())
    row = f"{path.stem:16} {size:8} {wrong:6} {changed:8} {from_trainer:11.1e} {between:13} {apart:11.1e}"
    return row, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("set", type=Path)
    arguments = parser.parse_args()
    pixels = read_idx(arguments.set, "t10k-images-idx3-ubyte", 16)
    images = pixels.reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)
    labels = read_idx(arguments.set, "t10k-labels-idx1-ubyte", 8)
    trainer = read_probabilities(arguments.folder / "trainer")
    print(f"onnxruntime {onnxruntime.__version__}, onnx.checker {onnx.__version__}, {len(images)} test images")
    print(f"{'':33}{'against the trainer':^20}{'against tract':^26}")
    print(f"{'':16} {'bytes':>8} {'wrong':>6} {'changed':>8} {'difference':>11} {'changed':>13} {'difference':>11}")
    problems = []
    for path in sorted(arguments.folder.glob("*.onnx")):
        row, found = check(path, images, labels, trainer)
        print(row)
        problems += found
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main()
