#!/usr/bin/env python3
"""Makes tails.txt, in the format of reference.txt: log-densities and their gradients far out and at large parameters, by mpmath
in 60 digits. Run as make.py: venv/bin/python tests/reference/tails.py
"""

import pathlib

import mpmath as mp
import numpy as np

from make import by_mpmath, line

mp.mp.dps = 60
TAU = 2 * mp.pi


def normal(x, m, s):
    return -(((x - m) / s) ** 2) / 2 - mp.log(s) - mp.log(TAU) / 2


def student_t(x, n, m, s):
    z = (x - m) / s
    gammas = mp.loggamma((n + 1) / 2) - mp.loggamma(n / 2) - mp.log(n * mp.pi) / 2
    return gammas - mp.log(s) - (n + 1) / 2 * mp.log1p(z * z / n)


def logistic(x, m, s):
    z = (x - m) / s
    return -z - 2 * mp.log1p(mp.exp(-z)) - mp.log(s)


def gamma(x, a, b):
    return a * mp.log(b) - mp.loggamma(a) + (a - 1) * mp.log(x) - b * x


def beta(x, a, b):
    gammas = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    return (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) + gammas


def binomial(k, n, p):
    ways = mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)
    return ways + k * mp.log(p) + (n - k) * mp.log1p(-p)


# For each density its function and the points, an argument a column.
POINTS = {
    "normal::log_density": (normal, [(40, 0, 1), (-1e10, 3, 2), (1e-10, 0, 1e-8), (1e5, 1e5, 1e-3)]),
    "half_normal::log_density": (
        lambda x, s: normal(x, 0, s) + mp.log(2),
        [(40, 1), (1e10, 2), (1e-5, 3)],
    ),
    "log_normal::log_density": (
        lambda x, m, s: normal(mp.log(x), m, s) - mp.log(x),
        [(1e-300, 0, 1), (1e300, 1, 2), (1.0, 0, 1e-3)],
    ),
    "student_t::log_density": (
        student_t,
        [(1e8, 3, 0, 1), (-1e20, 0.5, 0, 1), (1.5, 20, 0, 1), (1.5, 1e6, 0, 1), (3, 1e-3, 0, 2), (40, 1e4, 1, 1)],
    ),
    "laplace::log_density": (
        lambda x, m, b: -abs(x - m) / b - mp.log(2 * b),
        [(1e10, 0, 1), (-40, 1e-3, 1e-3), (1e-20, 0, 1)],
    ),
    "logistic::log_density": (logistic, [(800, 0, 1), (-800, 0, 1), (-20, 0, 1), (35, 1, 0.5), (1e10, 0, 3)]),
    "exponential::log_density": (lambda x, r: mp.log(r) - r * x, [(1e5, 2), (1e-20, 1e10), (1, 1e-300)]),
    "gamma::log_density": (
        gamma,
        [
            (1000300, 1e6, 1),
            (3, 1e6, 333000),
            (1e-300, 2.5, 1),
            (1e-300, 0.01, 2),
            (800, 3, 1),
            (1, 10, 10),
            (5, 1e-3, 1),
            (1e3, 1e6, 1),
        ],
    ),
    "beta::log_density": (
        beta,
        [
            (0.5003, 1e6, 1e6),
            (1e-300, 0.01, 2),
            (1e-300, 3, 0.5),
            (0.999, 2, 40),
            (1e-3, 1e3, 1e6),
            (0.25, 10, 30),
        ],
    ),
    "poisson::log_probability": (
        lambda k, r: k * mp.log(r) - r - mp.loggamma(k + 1),
        [(1e6, 1000500), (0, 1e-300), (3, 800), (9, 10), (100, 1e-3)],
    ),
    "binomial::log_probability": (
        binomial,
        [(5e5, 1e6, 0.5003), (3, 1e6, 1e-12), (1e6, 1e6, 0.999), (0, 40, 1e-300), (9, 18, 0.5)],
    ),
}


class Points:
    def __init__(self, f, points):
        self.f, self.x = f, [np.array(column, dtype=float) for column in zip(*points)]

    def cotangent(self, shape):
        return np.ones(shape)


def main():
    text = ""
    for name, (f, points) in POINTS.items():
        case = Points(f, points)
        y, g, grads = by_mpmath(case)
        rows = [f"op {name}", "by mpmath", "pointwise", "case", *(line("x", x) for x in case.x), line("y", y)]
        rows += [line("g", g, shaped=False), *(line("d", d, shaped=False) for d in grads), "", ""]
        text += "\n".join(rows)
    pathlib.Path(__file__).with_name("tails.txt").write_text(text.rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
