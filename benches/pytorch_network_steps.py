"""Times a training step of Imago's presets in PyTorch on the CPU, with AdamW and hard labels, in both memory formats.

Prints one JSON object: for each network the median milliseconds of the faster format, and the parameters.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional


def unit(inputs, outputs, side=3, stride=1, groups=1):
    """A convolution with batch norm and ReLU."""
    window = nn.Conv2d(inputs, outputs, side, stride=stride, padding=side // 2, groups=groups, bias=False)
    return nn.Sequential(window, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Sum(nn.Module):
    """What a body makes of its input, plus what a shortcut makes of it."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut or nn.Identity()

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def block(inputs, outputs, stride):
    body = [unit(inputs, outputs, stride=stride), nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs)]
    shortcut = None if stride == 1 else nn.Conv2d(inputs, outputs, 1, stride=stride)
    return [Sum(nn.Sequential(*body), shortcut), nn.ReLU(inplace=True)]


def deep():
    channels = [1, 32, 32, 64, 64, 128, 128]
    units = [unit(channels[at], channels[at + 1], stride=1 + at % 2) for at in range(6)]
    return nn.Sequential(*units, nn.Flatten(), nn.Dropout(0.4), nn.Linear(128 * 16, 10))


def resnet8():
    blocks = block(16, 16, 1) + block(16, 32, 2) + block(32, 64, 2)
    return nn.Sequential(unit(3, 16), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def mobilenet():
    channels = [8, 16, 32, 32, 64, 64, *[128] * 6, 256, 256]
    strided = {2, 4, 6, 12}
    layers = [unit(3, 8, stride=2)]
    for number in range(1, len(channels)):
        before, after = channels[number - 1], channels[number]
        layers += [unit(before, before, stride=1 + (number in strided), groups=before), unit(before, after, side=1)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 2))


def resnet9():
    def halved(inputs, outputs):
        return [unit(inputs, outputs), nn.MaxPool2d(2)]

    def skip(channels):
        return [Sum(nn.Sequential(unit(channels, channels), unit(channels, channels)))]

    layers = [unit(3, 64), *halved(64, 128), *skip(128), *halved(128, 256), *halved(256, 512), *skip(512)]
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(512, 10))


NETWORKS = {
    "deep": (deep, (1, 28, 28)),
    "resnet8": (resnet8, (3, 32, 32)),
    "mobilenet:0.25": (mobilenet, (3, 96, 96)),
    "resnet9": (resnet9, (3, 32, 32)),
}


def milliseconds(make, shape, batch_size, steps, memory_format):
    torch.manual_seed(1)
    network = make().to(memory_format=memory_format).train()
    images = torch.rand(batch_size, *shape).to(memory_format=memory_format)
    labels = torch.arange(batch_size) % 2
    optimizer = torch.optim.AdamW(network.parameters())
    times = []
    for step in range(steps + 2):
        begun = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
        if step > 1:
            times.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    found = {"torch": torch.__version__}
    for name, (make, shape) in NETWORKS.items():
        formats = (torch.contiguous_format, torch.channels_last)
        found[name] = min(milliseconds(make, shape, arguments.batch_size, arguments.steps, it) for it in formats)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
