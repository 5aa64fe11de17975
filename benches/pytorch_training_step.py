"""Times PyTorch on what `trainer bench` times: steps and forward passes of the seed's teacher and its student.

Prints one JSON object with medians in milliseconds. On a GPU the clock stops after the device has finished.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional


def seed_teacher():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(64 * 12 * 12, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )


def student(widths=(128, 128)):
    layers, inputs = [nn.Flatten()], 28 * 28
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


class Clock:
    def __init__(self, device):
        self.device = device

    def median_ms(self, work, count, warm_up=3):
        times = []
        for repeat in range(warm_up + count):
            begin = time.perf_counter()
            work()
            if self.device.type == "cuda":
                torch.cuda.synchronize()
            if repeat >= warm_up:
                times.append(time.perf_counter() - begin)
        return statistics.median(times) * 1e3


def training_step(network, images, targets):
    """Hard labels are class numbers, soft targets rows of probabilities: cross entropy takes both."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.01)
    network.train()

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(network(images), targets)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def forward(network, images):
    network.eval()

    def answer():
        with torch.inference_mode():
            network(images)

    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--batch-size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=11, help="of the teacher; thirty times as many of the student")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile both networks")
    parser.add_argument("--tf32", action="store_true", help="let a GPU multiply in TF32")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = arguments.tf32
    torch.backends.cudnn.allow_tf32 = arguments.tf32
    device = torch.device(arguments.device)
    clock = Clock(device)
    images = torch.rand(arguments.batch_size, 1, 28, 28, device=device)
    labels = torch.randint(0, 10, (arguments.batch_size,), device=device)
    soft = torch.rand(arguments.batch_size, 10, device=device).softmax(dim=1)

    found = {"torch": torch.__version__, "device": device.type, "threads": arguments.threads}
    for name, network, targets, steps in [
        ("teacher", seed_teacher(), labels, arguments.steps),
        ("student", student(), soft, 30 * arguments.steps),
    ]:
        network = network.to(device)
        if arguments.compile:
            network = torch.compile(network)
        found[f"{name}_step_ms"] = clock.median_ms(training_step(network, images, targets), steps)
        found[f"{name}_forward_ms"] = clock.median_ms(forward(network, images), steps)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
