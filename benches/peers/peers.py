"""Time workloads with this crate and with what people use today, side by side.

See README.md beside this file.  Every contestant is a process pinned to as many cores as
it may use threads.  It reads lines `WORKLOAD SECONDS` and answers each with a line: the
least mean microseconds of an evaluation over short runs, and the numbers by which all
are seen to compute the same; or `-` where it has no such workload.  The contestants take
turns, and the table has the minimum over the rounds.
"""

import argparse
import datetime
import importlib.metadata
import importlib.util
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Workload, title, tolerance of the comparison.
WORKLOADS = [
    ("mlp:64-32-10:32:tanh", "MLP step 64-32-10, batch 32, tanh, f32", 1e-3),
    ("mlp:64-128-64-10:64:relu", "MLP step 64-128-64-10, 64, relu, f32", 1e-3),
    ("mlp:784-128-64-10:128:relu", "MLP step 784-128-64-10, 128, relu, f32", 1e-3),
    ("mlp:784-512-512-10:128:relu", "MLP step 784-512-512-10, 128, relu, f32", 1e-3),
    ("mlp:1024-1024-1024-1024:256:tanh", "MLP step 1024 (four times), 256, tanh, f32", 1e-3),
    ("elementwise:1000", "24 elementwise ops, 1000 elements, f32", 1e-3),
    ("elementwise:100000", "24 elementwise ops, 100 000 elements, f32", 1e-3),
    ("reduction:256x256", "rows normalised 8 times, 256 × 256, f32", 1e-3),
    ("gmm", "GMM 1k d10 K25, arrays, f64", 1e-9),
    ("lstm", "LSTM l2 c1024, arrays, f64", 1e-9),
    ("lstm-both", "the same, here with scalars for the recurrence", 1e-9),
    ("gmm-scalar", "GMM 1k d10 K25, scalars, f64", 1e-9),
    ("lax-wendroff", "Lax–Wendroff, scalars, f64", 1e-9),
    ("toon", "Toon, scalars, f64", 0.2),  # it amplifies the rounding of a/b as a·(1/b)
    ("tiny", "gradient of x·y + sin x, f64", 1e-12),
    ("hvp-rosenbrock", "H·v, Rosenbrock, n = 1000, f64", 1e-9),
    ("hvp:784-128-10:128:tanh", "H·v, MLP 784-128-10, 128, tanh, f32", 1e-3),
]
LARGEST = WORKLOADS[4][0]
SCALARS = ["gmm-scalar", "lax-wendroff", "toon", "tiny", "hvp-rosenbrock"]  # a table of their own

MIXTURE = HERE.parent.parent / "tests/data/adbench/gmm_1k_d10_K25.txt.gz"
CXX = os.environ.get("CXX", "g++")

RATE = 0.05  # of training
STEPS = 10  # of training before the second look at the loss
ROUNDS = 8  # of a chain


# Numbers: the same as in src/data.rs.


def uniform(stream, n):
    import numpy as np

    mask = np.uint64(0xFFFFFFFF)
    h = (np.arange(n, dtype=np.uint64) + np.uint64(stream * 0x9E3779B9 & 0xFFFFFFFF)) & mask
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & mask
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & mask
    h ^= h >> np.uint64(16)
    return (h >> np.uint64(8)).astype(np.float64) / 2**24


def symmetric(stream, n):
    import numpy as np

    return (2 * uniform(stream, n) - 1).astype(np.float32)


class Mlp:
    def __init__(self, workload):
        import numpy as np

        _, widths, batch, self.activation = workload.split(":")
        self.widths = [int(width) for width in widths.split("-")]
        batch = int(batch)
        self.x = symmetric(1, batch * self.widths[0]).reshape(batch, -1)
        self.labels = (uniform(2, batch) * self.widths[-1]).astype(np.int64)

    def weights(self, stream):
        import numpy as np

        pairs = enumerate(zip(self.widths, self.widths[1:]))
        return [
            symmetric(stream + i, m * n).reshape(m, n) * (np.float32(1) / np.sqrt(np.float32(m)))
            for i, (m, n) in pairs
        ]


def digest(value, *gradients):
    """The value, ⟨g, cos i⟩ and |g|: what is compared of a gradient."""
    import numpy as np

    g = np.concatenate([np.asarray(part, np.float64).ravel() for part in gradients])
    return [float(value), float(g @ np.cos(np.arange(g.size))), float(np.linalg.norm(g))]


def adbench(name):
    """The words of an input of ADBench as numbers."""
    import gzip
    import numpy as np

    path = HERE.parent.parent / "tests/data/adbench" / f"{name}.txt.gz"
    return np.array(gzip.open(path, "rt").read().split(), dtype=np.float64)


def rosenbrock_point():
    import numpy as np

    i = np.arange(1000.0)
    return 1 + 0.3 * np.sin(i), np.cos(i)


# Workloads, written once for both libraries: `xp` has the few functions whose names differ.


def elementwise(xp, x):
    y = x
    for _ in range(ROUNDS):
        y = xp.tanh(y * x + 0.5)
    return y.sum()


def reduction(xp, x):
    y = x
    for _ in range(ROUNDS):
        centred = y - y.mean(1, keepdims=True)
        variance = (centred * centred).mean(1, keepdims=True)
        y = centred / xp.sqrt(variance + 1e-5) + 0.1 * x
    return (y * x).sum()


def rosenbrock(xp, x):
    a, b = x[1:] - x[:-1] * x[:-1], 1 - x[:-1]
    return (100 * (a * a) + b * b).sum()


def gmm(xp):
    """The log-posterior as examples/adbench/gmm.rs has it for arrays, and where it is asked."""
    import math
    import numpy as np

    words = adbench("gmm_1k_d10_K25")
    d, k, n = (int(word) for word in words[:3])
    size = d * (d + 1) // 2
    *parts, rest = np.split(words[3:], np.cumsum([k, k * d, k * size, n * d]))
    alphas, means, factors = parts[0], parts[1].reshape(k, d), parts[2].reshape(k, size)
    columns = xp.array(np.vstack([parts[3].reshape(n, d).T, np.ones(n)]))
    gamma, m = rest
    freedom = d + m + 1
    lgamma_d = d * (d - 1) / 4 * math.log(math.pi)
    lgamma_d += sum(math.lgamma((freedom - j) / 2) for j in range(d))
    c = freedom * d * (math.log(gamma) - 0.5 * math.log(2)) - lgamma_d
    constant = -n * d / 2 * math.log(2 * math.pi) - k * c
    places = np.full((d, d), size)
    places[np.diag_indices(d)] = np.arange(d)
    at = d
    for j in range(d):
        places[j + 1 :, j] = np.arange(at, at + d - 1 - j)
        at += d - 1 - j
    places = xp.array(places.ravel())
    zero = xp.array(np.zeros((k, 1)))

    def f(alphas, means, factors):
        q, below = factors[:, :d], factors[:, d:]
        diagonal = xp.exp(q)
        q_matrix = xp.cat([diagonal, below, zero], 1)[:, places].reshape(k, d, d)
        offsets = -(q_matrix @ means[:, :, None])
        y = xp.cat([q_matrix, offsets], 2).reshape(k * d, d + 1) @ columns
        distances = (y * y).reshape(k, d, n).sum(1)
        starts = (alphas + q.sum(1)).reshape(k, 1)
        likelihood = xp.logsumexp(starts - 0.5 * distances, 0).sum()
        likelihood = likelihood - n * xp.logsumexp(alphas, 0)
        squares = (diagonal * diagonal).sum() + (below * below).sum()
        return likelihood + 0.5 * gamma**2 * squares - m * q.sum() + constant

    return f, [alphas, means, factors]


def lstm(xp):
    """The loss as examples/adbench/lstm.rs has it for arrays, and where it is asked."""
    import numpy as np

    words = adbench("lstm_l2_c1024")
    layers, c, b = (int(word) for word in words[:3])
    sizes = np.cumsum([8 * layers * b, 3 * b, 2 * layers * b])
    main, extra, state, text = np.split(words[3:], sizes)
    main, extra, state = main.reshape(-1, 4 * b), extra.reshape(3, b), state.reshape(-1, b)
    text, state = xp.array(text.reshape(c, b)), xp.array(state)

    def f(main, extra):
        x = text[:-1] * extra[0]
        for layer in range(layers):
            w, bias = main[2 * layer].reshape(4, b), main[2 * layer + 1].reshape(4, b)
            forget = xp.sigmoid(x * w[0] + bias[0])
            out = xp.sigmoid(x * w[2] + bias[2])

            def step(state, gates, w=w, bias=bias):
                (h, cell), (forget, out) = state, gates
                i = xp.sigmoid(h * w[1] + bias[1])
                g = xp.tanh(h * w[3] + bias[3])
                cell = cell * forget + i * g
                h = out * xp.tanh(cell)
                return (h, cell), h

            x = xp.scan(step, (state[2 * layer], state[2 * layer + 1]), (forget, out))
        y = x * extra[1] + extra[2]
        normaliser = xp.log(2 + xp.exp(y).sum(1, keepdims=True))
        return -(text[1:] * (y - normaliser)).sum() / ((c - 1) * b)

    return f, [main, extra]


def cross_entropy(xp, parameters, x, labels, activation):
    act = {"tanh": xp.tanh, "relu": xp.relu}[activation]
    for w, b in parameters[:-1]:
        x = act(x @ w + b)
    w, b = parameters[-1]
    return xp.cross_entropy(x @ w + b, labels)


def scalar_function(xp, workload):
    """A workload that is a gradient: the function, and the point as arrays."""
    import numpy as np

    name, _, size = workload.partition(":")
    if name == "tiny":
        return (lambda x, y: x * y + xp.sin(x)), [np.float64(0.5), np.float64(1.5)]
    if name in ("gmm", "lstm", "lstm-both"):
        return (gmm if name == "gmm" else lstm)(xp)
    if name in ("elementwise", "reduction"):
        extents = [int(extent) for extent in size.split("x")]
        x = symmetric(3, int(np.prod(extents))).reshape(extents)
        function = {"elementwise": elementwise, "reduction": reduction}[name]
        return (lambda x: function(xp, x)), [x]
    return None


# The two libraries.


def torch_contestant(threads, compiled):
    """`prepare(workload)`: the numbers to compare and one evaluation, or None."""
    import types

    import numpy as np
    import torch
    from torch.nn import functional

    torch.set_num_threads(threads)

    def scan(step, state, gates):
        said = []
        for gate in zip(*(gate.unbind() for gate in gates)):
            state, h = step(state, gate)
            said.append(h)
        return torch.stack(said)

    xp = types.SimpleNamespace(
        tanh=torch.tanh, relu=torch.relu, sqrt=torch.sqrt, exp=torch.exp, log=torch.log, sin=torch.sin,
        sigmoid=torch.sigmoid, logsumexp=torch.logsumexp, cat=torch.cat, scan=scan,
        array=lambda x: torch.from_numpy(np.asarray(x)), cross_entropy=functional.cross_entropy,
    )
    tensors = lambda arrays: [torch.tensor(x).requires_grad_() for x in arrays]

    def prepare(workload):
        if compiled and workload.startswith(("lstm", "hvp")):
            return None  # minutes to compile; no second derivatives
        wrap = torch.compile if compiled else lambda f: f
        if workload.startswith("mlp"):
            mlp = Mlp(workload)
            x, labels = torch.from_numpy(mlp.x), torch.from_numpy(mlp.labels)
            weights = mlp.weights(10)
            parameters = tensors(p for w in weights for p in (w, np.zeros(w.shape[1], np.float32)))
            loss = wrap(
                lambda *p: cross_entropy(xp, list(zip(p[::2], p[1::2])), x, labels, mlp.activation)
            )

            def step():
                value = loss(*parameters)
                value.backward()
                with torch.no_grad():
                    for p in parameters:
                        p.sub_(p.grad, alpha=RATE)
                        p.grad = None
                return value

            losses = [step().item() for _ in range(STEPS + 1)]
            return [losses[0], losses[-1]], step
        if workload.startswith("hvp"):
            if workload == "hvp-rosenbrock":
                x, v = rosenbrock_point()
                point, direction = tensors([x]), [torch.tensor(v)]
                f = lambda x: rosenbrock(xp, x)
            else:
                mlp = Mlp(workload)
                x, labels = torch.from_numpy(mlp.x), torch.from_numpy(mlp.labels)
                pairs = lambda stream: [
                    p for w in mlp.weights(stream) for p in (w, np.zeros(w.shape[1], np.float32))
                ]
                point, direction = tensors(pairs(10)), [torch.from_numpy(v) for v in pairs(20)]
                f = lambda *p: cross_entropy(xp, list(zip(p[::2], p[1::2])), x, labels, mlp.activation)

            def product():
                value = f(*point)
                gradient = torch.autograd.grad(value, point, create_graph=True)
                return value, torch.autograd.grad(gradient, point, direction)

            value, hv = product()
            return digest(value.item(), *(part.numpy() for part in hv)), product
        if not (found := scalar_function(xp, workload)):
            return None
        f, point = found
        f, point = wrap(f), tensors(point)

        def gradient():
            value = f(*point)
            return value, torch.autograd.grad(value, point)

        value, g = gradient()
        return digest(value.item(), *(part.numpy() for part in g)), gradient

    return prepare


def jax_contestant(_threads):
    """Like `torch_contestant`; `Contestant` has seen to the threads, before the import."""
    import types

    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import numpy as np

    def cross(logits, labels):
        log_p = jax.nn.log_softmax(logits)
        return -jnp.take_along_axis(log_p, labels[:, None], axis=1).mean()

    xp = types.SimpleNamespace(
        tanh=jnp.tanh, relu=jax.nn.relu, sqrt=jnp.sqrt, exp=jnp.exp, log=jnp.log, sin=jnp.sin,
        sigmoid=jax.nn.sigmoid, logsumexp=jax.scipy.special.logsumexp, cat=jnp.concatenate,
        array=jnp.asarray, cross_entropy=cross, scan=lambda *args: jax.lax.scan(*args)[1],
    )

    def prepare(workload):
        if workload.startswith(("mlp", "hvp:")):
            mlp = Mlp(workload)
            x, labels = jnp.asarray(mlp.x), jnp.asarray(mlp.labels.astype(np.int32))
            pairs = lambda stream: [
                (jnp.asarray(w), jnp.zeros(w.shape[1], jnp.float32)) for w in mlp.weights(stream)
            ]
            loss = lambda p, x, labels: cross_entropy(xp, p, x, labels, mlp.activation)
        if workload.startswith("mlp"):

            def update(p, x, labels):
                value, grads = jax.value_and_grad(loss)(p, x, labels)
                return jax.tree.map(lambda p, g: p - RATE * g, p, grads), value

            update = jax.jit(update, donate_argnums=0)
            parameters = pairs(10)

            def step():
                nonlocal parameters
                parameters, value = update(parameters, x, labels)
                return jax.block_until_ready(value)

            losses = [float(step()) for _ in range(STEPS + 1)]
            return [losses[0], losses[-1]], step
        if workload.startswith("hvp"):
            if workload == "hvp-rosenbrock":
                point, direction = map(jnp.asarray, rosenbrock_point())
                f = lambda x: rosenbrock(xp, x)
            else:
                point, direction = pairs(10), pairs(20)
                f = lambda p: loss(p, x, labels)
            compiled = jax.jit(lambda p, v: jax.jvp(jax.value_and_grad(f), (p,), (v,)))
            product = lambda: jax.block_until_ready(compiled(point, direction))
            (value, _), (_, hv) = product()
            return digest(value, *jax.tree.leaves(hv)), product
        if not (found := scalar_function(xp, workload)):
            return None
        f, point = found
        point = [jnp.asarray(x) for x in point]
        compiled = jax.jit(jax.value_and_grad(f, argnums=tuple(range(len(point)))))
        gradient = lambda: jax.block_until_ready(compiled(*point))
        value, g = gradient()
        return digest(value, *g), gradient

    return prepare


def measure(run, seconds):
    """The least mean µs of an evaluation over runs of about five milliseconds."""

    def mean(times):
        start = time.perf_counter()
        for _ in range(times):
            run()
        return (time.perf_counter() - start) / times

    end = time.perf_counter() + seconds
    times = max(1, min(100_000, round(0.005 / min(mean(1) for _ in range(2)))))
    best = mean(times)
    while time.perf_counter() < end:
        best = min(best, mean(times))
    return best * 1e6


def child(name, threads):
    """Answers requests on standard input until it ends."""
    if name == "jax":
        prepare = jax_contestant(threads)
    else:
        prepare = torch_contestant(threads, name == "torch-compile")
    known = {}  # so that a later round finds its function compiled
    for line in sys.stdin:
        workload, seconds = line.split()
        if workload not in known:
            known[workload] = prepare(workload)
        if known[workload] is None:
            print("-", flush=True)
            continue
        check, run = known[workload]
        print(measure(run, float(seconds)), *check, flush=True)


# The libraries in C++.


def said(*command):
    """A command that has ended, its output kept; one that is not there has failed."""
    try:
        return subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def libraries():
    """Title, macro, flags that find it, and whether it replays what it recorded."""
    site = Path(sysconfig.get_path("purelib"))  # where pip installs
    lib = site / "httpstan/lib"
    adolc = said("pkg-config", "--modversion", "adolc").stdout.strip()
    return [
        ("CoDiPack", "CODIPACK", [], False),
        ("Stan", "STAN", ["-isystem", site / "httpstan/include", f"-L{lib}", f"-Wl,-rpath,{lib}", "-ltbb"], False),
        ("CppAD", "CPPAD", ["-isystem", site / "cmeel.prefix/include"], True),
        ("ADOL-C", f'ADOLC="{adolc}"', ["-ladolc"], True),
    ]


def tapes(without):
    """The contestants of tapes.cpp whose library the compiler finds, with their commands, and the libraries' versions."""
    source, folder = HERE / "tapes.cpp", HERE / "target"
    folder.mkdir(exist_ok=True)
    commands, found = {}, []
    for title, macro, flags, replays in libraries():
        if title in without:
            continue
        binary = folder / f"tapes-{title}"
        if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
            options = ["-std=c++17", "-O3", "-DNDEBUG", f"-D{macro}"]
            built = said(CXX, *options, source, *flags, "-o", binary)
            if built.returncode:
                print(f"without {title}:", built.stderr.partition("\n")[0], file=sys.stderr)
                continue
        found.append((title, said(binary, "version").stdout.strip()))
        commands[title] = [binary, "record", MIXTURE]
        if replays:
            commands[f"{title} replayed"] = [binary, "replay", MIXTURE]
    return commands, found


# The driver.


class Contestant:
    """A child process, and what it has answered."""

    def __init__(self, title, command, threads):
        cores = sorted(os.sched_getaffinity(0))[-threads:]  # core 0 has the interrupts
        limits = ["OMP_NUM_THREADS", "RAYON_NUM_THREADS", "MKL_NUM_THREADS"]
        env = os.environ | dict.fromkeys(limits, str(threads)) | {"JAX_PLATFORMS": "cpu"}
        if threads == 1:  # not enough for XLA without the pinning
            env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        self.title = title
        self.process = subprocess.Popen(
            command,
            env=env,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        self.best, self.checks = {}, {}

    def ask(self, workload, seconds):
        """One measurement of a workload; the first, of almost no time, is the comparison."""
        print(workload, seconds, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().split()
        if not answer:
            sys.exit(f"no answer from {self.title} to {workload}")
        if answer == ["-"]:
            return
        micros, *check = map(float, answer)
        self.checks.setdefault(workload, check)
        self.best[workload] = min(micros, self.best.get(workload, micros))

    def memory(self, key):
        """A line of its status, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{key}:\s+(\d+) kB", status)[1]) / 1000

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def agree(ours, theirs, tolerance):
    """Whether values, and gradients by their digests, are the same."""
    scale = [abs(x) for x in ours]
    if len(scale) == 3:
        scale[1] = scale[2]
    return len(ours) == len(theirs) and all(
        abs(a - b) <= tolerance * s for a, b, s in zip(ours, theirs, scale)
    )


def compare(contestants, workload, tolerance):
    ours = contestants[0].checks[workload]
    for other in contestants[1:]:
        if workload in other.checks and not agree(ours, other.checks[workload], tolerance):
            sys.exit(f"{workload}: {ours} here, {other.checks[workload]} from {other.title}")


def peak_memory(commands, threads):
    """How much the largest network's training adds to each process, in MB."""
    peaks = {}
    for title in ("ours", "PyTorch", "JAX jit"):
        if title in commands:
            contestant = Contestant(title, commands[title], threads)
            contestant.ask(WORKLOADS[0][0], 0.01)
            before = contestant.memory("VmRSS")
            contestant.ask(LARGEST, 0.5)
            peaks[title] = contestant.memory("VmHWM") - before
            contestant.end()
    return peaks


def versions(in_cpp):
    """Versions of everything that takes part."""
    lock = (HERE / "Cargo.lock").read_text()
    crates = ["burn", "candle-core", "echidna", "reverse", "autograd"]
    found = [(name, re.search(rf'name = "{name}"\nversion = "([^"]+)"', lock)[1]) for name in crates]
    for name in ("jax", "torch"):
        if importlib.util.find_spec(name):
            found.append((name, importlib.metadata.version(name)))
    found += in_cpp
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()
    found += [("rustc", rustc[1] if rustc else "?"), ("Python", platform.python_version())]
    commit = ["git", "-C", HERE, "describe", "--always", "--dirty"]
    found.append(("commit", subprocess.run(commit, capture_output=True, text=True).stdout.strip()))
    return ", ".join(f"{name} {version}" for name, version in found)


def machine():
    with open("/proc/cpuinfo") as info:
        models = [line.partition(": ")[2].strip() for line in info if "model name" in line]
    return f"{models[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}"


def short(x):
    """Two or three digits, never with an exponent."""
    return f"{x:.0f}" if x >= 100 else f"{x:.2g}" if x < 0.1 else f"{x:.3g}" if x >= 10 else f"{x:.2f}"


def table(contestants, workloads, across):
    """Ratios ours/theirs with their microseconds; `across`, a contestant a row, otherwise a column."""
    ours, *others = contestants
    others = [other for other in others if any(w in other.best for w, _, _ in workloads)]
    rows = [["workload", "ours, µs", *(other.title for other in others)]]
    for workload, title, _ in workloads:
        mine, cells = ours.best[workload], []
        for other in others:
            theirs = other.best.get(workload)
            cells.append(f"**{short(mine / theirs)}** ({short(theirs)})" if theirs else "–")
        rows.append([title, short(mine), *cells])
    head, *rows = zip(*rows) if across else rows
    print("|", " | ".join(head), "|")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("|", " | ".join(row), "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=1, choices=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="a measurement")
    parser.add_argument("--workloads", default="", help="regular expression of those to run")
    parser.add_argument("--without", nargs="*", default=[], help="contestants to leave out")
    parser.add_argument("--binary", type=Path, help="of this folder's crate, built before")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(args.child[0], int(args.child[1]))

    binary = args.binary
    if not binary:
        build = ["cargo", "build", "--release", "--locked", "--manifest-path", HERE / "Cargo.toml"]
        subprocess.run(build, check=True)
        binary = HERE / "target/release/wengert-peers"
    names = ["echidna", "reverse", "autograd", "candle", "burn"]
    python = [sys.executable, __file__, "--child"]
    commands = {"ours": [binary, "ours"]}
    if importlib.util.find_spec("jax"):
        commands["JAX jit"] = [*python, "jax", str(args.threads)]
    if importlib.util.find_spec("torch"):
        commands["PyTorch"] = [*python, "torch", str(args.threads)]
        if shutil.which(CXX):
            commands["torch.compile"] = [*python, "torch-compile", str(args.threads)]
    commands |= {name: [binary, name] for name in names}
    from_cpp, in_cpp = tapes(args.without)
    commands |= from_cpp
    commands = {title: command for title, command in commands.items() if title not in args.without}
    workloads = [w for w in WORKLOADS if re.search(args.workloads, w[0])]

    contestants = [Contestant(title, command, args.threads) for title, command in commands.items()]
    for workload, _, tolerance in workloads:
        for contestant in contestants:
            contestant.ask(workload, 0)
        compare(contestants, workload, tolerance)
    print("values and gradients agree", file=sys.stderr)
    for contestant in contestants:
        contestant.best.clear()
    for _ in range(args.rounds):
        for workload, _, _ in workloads:
            for contestant in contestants:
                if workload in contestant.checks:
                    contestant.ask(workload, args.seconds)
    for contestant in contestants:
        contestant.end()

    words = [word for word in sys.argv[1:] if word not in ("--binary", str(args.binary))]
    command = shlex.join(["python", "benches/peers/peers.py", *words])
    where = f"{datetime.date.today()}, {machine()}, {args.threads} thread(s)"
    print(f"{where}; {versions(in_cpp)}; `{command}`")
    for across in (False, True):
        if part := [w for w in workloads if (w[0] in SCALARS) == across]:
            print()
            table(contestants, part, across)
    if LARGEST in [workload for workload, _, _ in workloads]:
        peaks = peak_memory(commands, args.threads)
        print("\nMB that training the largest network adds:", ", ".join(f"{t} {mb:.0f}" for t, mb in peaks.items()))


if __name__ == "__main__":
    main()
