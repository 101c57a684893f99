"""Nanoseconds an element of PyTorch's elementwise ops on one thread, as benches/src/bin/kernels.rs measures ours."""

import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
LEN = 16384
OPS = {
    "add": lambda x: x + x,
    "mul": lambda x: x * x,
    "relu": torch.relu,
    "exp": torch.exp,
    "exp2": torch.exp2,
    "exp_m1": torch.expm1,
    "ln": torch.log,
    "log2": torch.log2,
    "ln_1p": torch.log1p,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": F.softplus,
    "erf": torch.erf,
    "erfc": torch.erfc,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "softmax": lambda x: torch.softmax(x, 1),
    "log_softmax": lambda x: torch.log_softmax(x, 1),
    "sum": torch.sum,
    "logsumexp": lambda x: torch.logsumexp(x, 1),
    "standardize": lambda x: F.layer_norm(x, (x.shape[1],)),
    "sum_squares": lambda x: (x * x).sum(),
}


def best(f):
    """The shortest time of a call, in nanoseconds for an element."""
    least, start = float("inf"), time.perf_counter()
    while time.perf_counter() - start < 0.15:
        clock = time.perf_counter()
        for _ in range(4):
            f()
        least = min(least, (time.perf_counter() - clock) / 4)
    return least * 1e9 / LEN


print("ns/element     f32    f64")
for name, op in OPS.items():
    times = []
    for dtype in (torch.float32, torch.float64):
        x = ((torch.arange(LEN) * 7919 % LEN) * (8.0 / LEN) - 4.0).to(dtype).reshape(-1, 128)
        times.append(best(lambda: op(x)))
    print(f"{name:12} {times[0]:6.3f} {times[1]:6.3f}")
