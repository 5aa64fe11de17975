"""Holds networks for photographs with random weights against onnxruntime: FOLDER has NAME.inputs, f32 [count, channels, height,
width], and for each precision NAME-PRECISION.onnx with what tract made of the inputs as NAME-PRECISION.tract, f32 [count,
classes]; all numbers are little-endian. The program `random_exports` writes them."""
import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

# The largest difference of a probability from tract, which computes the same in another order. Where sums are integers, a
# value between two bytes can fall on either side, and does so again in each layer.
LIMITS = {"f32": 1e-5, "f16": 1e-5, "int8_f32": 1e-5, "int8": 3e-2, "int8_calibrated": 3e-2}

# One of everything that these files may hold beside the layers of digits.
EXPECTED = {"residual": {"Add", "AveragePool"}, "depthwise": {"AveragePool", "group"}, "branches": {"MaxPool"}}


def shape_of(value):
    return [side.dim_value for side in value.type.tensor_type.shape.dim][1:]


def run(path, inputs):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"image": inputs[at:at + 1]})[0] for at in range(len(inputs))])


def check(path):
    """A row of the table, and what is wrong."""
    name, precision = path.stem.split("-")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inputs = np.fromfile(path.with_name(f"{name}.inputs"), "<f4").reshape(-1, *shape_of(model.graph.input[0]))
    tract = np.fromfile(path.with_suffix(".tract"), "<f4").reshape(len(inputs), -1)
    found = run(path, inputs)
    apart = float(np.abs(found - tract).max())
    spread = float(found.std(axis=0).max())
    has = {node.op_type for node in model.graph.node}
    has |= {attribute.name for node in model.graph.node for attribute in node.attribute}
    problems = []

    def expect(holds, text):
        if not holds:
            problems.append(f"{path.stem}: {text}")

    # "Not over", so that NaN is refused.
    expect(apart <= LIMITS[precision], f"largest difference from tract: expected at most {LIMITS[precision]}, found {apart}")
    expect(spread > 1e-3, f"answers that differ from input to input: expected, found a deviation of {spread}")
    expect("BatchNormalization" not in has, "batch norms: expected none, found some")
    if precision in ("f32", "f16", "int8_f32"):
        expect(EXPECTED[name] <= has, f"operators: expected {sorted(EXPECTED[name])}, found {sorted(has)}")
    return f"{path.stem:26} {path.stat().st_size:8} {len(model.graph.node):6} {spread:10.3f} {apart:11.1e}", problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    print(f"onnxruntime {onnxruntime.__version__}, onnx.checker {onnx.__version__}, random weights and inputs")
    print(f"{'':26} {'bytes':>8} {'nodes':>6} {'deviation':>10} {'from tract':>11}")
    files = sorted(folder.glob("*-*.onnx"))
    expected = len(EXPECTED) * len(LIMITS)
    problems = [] if len(files) == expected else [f"{folder}: expected {expected} files, found {len(files)}"]
    for path in files:
        row, found = check(path)
        print(row)
        problems += found
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main()
