"""Time one MLP training step: ours, PyTorch eager and JAX jit, side by side.

A step is the forward pass, the cross-entropy of integer labels averaged over the
batch, the backward pass and a plain SGD update of weights and biases, all in f32 on
a fixed batch.  The last layer has no activation.  A figure is the least mean over
short runs of steps, after warm-up; the systems take turns, and the table has the
minimum over the rounds.

Set up, outside the checkout (this torch wants its CUDA packages even on a CPU):

    python3 -m venv /opt/peers-venv
    /opt/peers-venv/bin/pip install numpy torch jax

Run, from the root of the checkout, with `mlp_step` built in release mode:

    /opt/peers-venv/bin/python benches/peers/mlp_step.py

Every system is a child process pinned to as many cores as it may use threads.  It
reads lines `LAYERS BATCH ACTIVATION SECONDS` (`64-32-10 32 tanh 0.5`) and answers
each with a line that starts with its microseconds per step.  The Python children add
the loss before and after the first steps: it has to fall, and all of them start from
the same numbers, so they have to agree on it.
"""

import argparse
import datetime
import functools
import importlib.metadata
import math
import os
import platform
import subprocess
import sys
import time

import numpy as np

CONFIGS = [
    ("64-32-10", 32, "tanh"),
    ("64-128-64-10", 64, "relu"),
    ("784-128-64-10", 128, "relu"),
    ("784-512-512-10", 128, "relu"),
    ("1024-1024-1024-1024", 256, "tanh"),
]
PEERS = [
    ("PyTorch 1 thr", "torch", 1),
    ("JAX jit 1 thr", "jax", 1),
    ("PyTorch 2 thr", "torch", 2),
]
RATE = 0.05
WARM_UP = 10  # steps before the clock starts; the loss is checked around them
RUN_SECONDS = 0.005  # about how long a timed run of steps is


def make_data(layers, batch):
    """Inputs, labels and initial (weight [in, out], bias) pairs: the same for all."""
    rng = np.random.default_rng(42)
    x = rng.standard_normal((batch, layers[0]), dtype=np.float32)
    labels = rng.integers(layers[-1], size=batch)
    params = []
    for rows, columns in zip(layers, layers[1:]):
        bound = 1 / math.sqrt(rows)
        weight = rng.uniform(-bound, bound, (rows, columns)).astype(np.float32)
        params.append((weight, np.zeros(columns, np.float32)))
    return x, labels, params


def torch_system(threads):
    """Makes (run, loss): `run(n)` does n steps, `loss()` is the loss they have reached."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(threads)

    def prepare(layers, batch, activation):
        x, labels, params = make_data(layers, batch)
        x, labels = torch.from_numpy(x), torch.from_numpy(labels)
        weights = [torch.from_numpy(w.T.copy()).requires_grad_() for w, _ in params]
        biases = [torch.from_numpy(b).requires_grad_() for _, b in params]
        act = {"tanh": torch.tanh, "relu": torch.relu}[activation]

        def forward():
            h = x
            for weight, bias in zip(weights[:-1], biases[:-1]):
                h = act(functional.linear(h, weight, bias))
            logits = functional.linear(h, weights[-1], biases[-1])
            return functional.cross_entropy(logits, labels)

        def run(steps):
            for _ in range(steps):
                forward().backward()
                with torch.no_grad():
                    for p in weights + biases:
                        p.sub_(p.grad, alpha=RATE)
                        p.grad = None

        def loss():
            with torch.no_grad():
                return forward().item()

        return run, loss

    return prepare


def jax_system(_threads):
    """Like `torch_system`; `System` has seen to the threads, before the import."""
    import jax
    import jax.numpy as jnp

    @functools.cache  # so that a later round finds its step compiled
    def compiled(activation):
        act = {"tanh": jnp.tanh, "relu": jax.nn.relu}[activation]

        def forward(params, x, labels):
            *hidden, (weight, bias) = params
            h = x
            for w, b in hidden:
                h = act(h @ w + b)
            log_p = jax.nn.log_softmax(h @ weight + bias)
            return -jnp.take_along_axis(log_p, labels[:, None], axis=1).mean()

        def step(params, x, labels):
            grads = jax.grad(forward)(params, x, labels)
            return jax.tree.map(lambda p, g: p - RATE * g, params, grads)

        return jax.jit(step, donate_argnums=0), jax.jit(forward)

    def prepare(layers, batch, activation):
        x, labels, params = jax.tree.map(jnp.array, make_data(layers, batch))
        step, forward = compiled(activation)

        def run(steps):
            nonlocal params
            for _ in range(steps):
                params = step(params, x, labels)
            jax.block_until_ready(params)

        return run, lambda: float(forward(params, x, labels))

    return prepare


def measure(run, seconds):
    """The least mean µs per step over short runs, for about `seconds`."""

    def mean(steps):
        start = time.perf_counter()
        run(steps)
        return (time.perf_counter() - start) / steps

    end = time.perf_counter() + seconds
    steps = max(1, round(RUN_SECONDS / min(mean(1) for _ in range(3))))
    best = mean(steps)
    while time.perf_counter() < end:
        best = min(best, mean(steps))
    return best * 1e6


def child(system, threads):
    """Answers requests on standard input until it ends."""
    prepare = {"torch": torch_system, "jax": jax_system}[system](threads)
    for line in sys.stdin:
        layers, batch, activation, seconds = line.split()
        layers = [int(width) for width in layers.split("-")]
        run, loss = prepare(layers, int(batch), activation)
        before = loss()
        run(WARM_UP)
        early = loss()
        micros = measure(run, float(seconds))
        late = loss()
        if not late < early < before:
            sys.exit(f"{system} does not learn {line}: {before}, {early}, {late}")
        print(micros, before, early, flush=True)


class System:
    """A child process, what it has answered and the time it took."""

    def __init__(self, command, threads):
        cores = sorted(os.sched_getaffinity(0))[-threads:]  # core 0 has the interrupts
        env = os.environ | {"OMP_NUM_THREADS": str(threads), "JAX_PLATFORMS": "cpu"}
        if threads == 1:  # not enough for XLA without the pinning
            env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        self.process = subprocess.Popen(
            command,
            env=env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        self.best = [math.inf] * len(CONFIGS)
        self.losses = [None] * len(CONFIGS)
        self.cpu = self.wall = 0.0
        self.ask(0, 0.01)  # nobody is timed while another one still loads
        self.cpu = self.wall = 0.0

    def cpu_seconds(self):
        """CPU time of all its threads so far."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, index, seconds):
        """One measurement of one configuration."""
        cpu, wall = self.cpu_seconds(), time.perf_counter()
        print(*CONFIGS[index], seconds, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit(f"no answer from {self.process.args}")
        self.wall += time.perf_counter() - wall
        self.cpu += self.cpu_seconds() - cpu
        micros, *losses = map(float, answer)
        self.best[index] = min(self.best[index], micros)
        self.losses[index] = losses or None


def heading():
    """What was measured where: one line."""
    with open("/proc/cpuinfo") as info:
        models = [line.partition(": ")[2] for line in info if "model name" in line]
    version = importlib.metadata.version
    return (
        f"{models[0].strip()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}, "
        f"{datetime.date.today()}, torch {version('torch')}, jax {version('jax')}, "
        f"Python {platform.python_version()}, `python {' '.join(sys.argv)}`"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ours", default="target/release/mlp_step", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="a measurement")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args.child[0], int(args.child[1]))

    print(heading(), flush=True)
    systems = {}
    if os.path.isfile(args.ours):
        systems["ours"] = System([os.path.abspath(args.ours)], 1)
    else:
        print(f"no {args.ours}: its columns are left out", file=sys.stderr)
    for title, name, threads in PEERS:
        command = [sys.executable, __file__, "--child", name, str(threads)]
        systems[title] = System(command, threads)

    for _ in range(args.rounds):
        for index in range(len(CONFIGS)):
            for system in systems.values():
                system.ask(index, args.seconds)
            losses = [s.losses[index] for s in systems.values() if s.losses[index]]
            if not np.allclose(losses, losses[0], rtol=1e-3):
                sys.exit(f"the losses differ on {CONFIGS[index]}: {losses}")

    columns = {name: [f"{t:.1f}" for t in s.best] for name, s in systems.items()}
    if "ours" in systems:
        for head, title in [("PyTorch1", "PyTorch 1 thr"), ("JAX", "JAX jit 1 thr")]:
            pairs = zip(systems["ours"].best, systems[title].best)
            columns[f"ours/{head}"] = [f"{ours / peer:.2f}" for ours, peer in pairs]
    heads = ["config", *(n if "/" in n else f"{n} µs" for n in columns)]
    use = ", ".join(f"{name} {s.cpu / s.wall:.2f}" for name, s in systems.items())
    print(f"CPU time / wall time: {use}\n")
    print("|", " | ".join(heads), "|")
    print("|---" + "|---:" * len(columns) + "|")
    for (layers, batch, activation), *cells in zip(CONFIGS, *columns.values()):
        print("|", " | ".join([f"{layers}, {batch}, {activation}", *cells]), "|")


if __name__ == "__main__":
    main()
