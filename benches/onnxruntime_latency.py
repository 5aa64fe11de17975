"""Prints the median time of one inference of an ONNX classifier in onnxruntime, in microseconds.

One thread and one image, through io-binding, so that nothing is copied but what the network needs.
"""

import statistics
import sys
import time

import numpy
import onnxruntime

RUNS = 20_000

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
(image,) = session.get_inputs()
shape = [side if isinstance(side, int) else 1 for side in image.shape]
binding = session.io_binding()
binding.bind_cpu_input(image.name, numpy.full(shape, 0.5, numpy.float32))
binding.bind_output(session.get_outputs()[0].name)

times = []
for _ in range(RUNS):
    start = time.perf_counter()
    session.run_with_iobinding(binding)
    times.append(time.perf_counter() - start)
print(1e6 * statistics.median(times))
