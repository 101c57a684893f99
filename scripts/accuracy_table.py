"""Makes tests/data/accuracy.txt: values and first derivatives of the ops, by mpmath at 60 digits.

    python3 scripts/accuracy_table.py > tests/data/accuracy.txt

A section is `# op`, then a line a point: the arguments, the value, the derivative in each argument, all as the shortest
decimals that give the `f64` back. Most arguments are numbers of `f32` too, so that one table serves both types.
"""

import struct

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 60
GOLDEN = (5**0.5 - 1) / 2


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def even(a, b, n=20):
    """n irregular points between a and b."""
    return [f32(a + (b - a) * ((k + (k * GOLDEN) % 1) / n)) for k in range(n)]


def far(a, b, n=12):
    """n points between 10^a and 10^b, evenly in the exponent."""
    points = [10.0 ** (a + (b - a) * (k + 0.5 * GOLDEN) / n) for k in range(n)]
    return points if a < -40 else list(map(f32, points))


def both(points):
    return [s * x for x in points for s in (1, -1)]


def near(x, sides, bits=(3, 7, 10, 14, 18, 22, 24)):
    """Points next to x; the nearest are numbers of f32, or, beyond 24 bits, of f64 only."""
    return [x + s * 2.0**-b for b in bits for s in sides]


def phi(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def log_ndtr(x):
    return mp.log1p(-ndtr(-x)) if x > 0 else mp.log(ndtr(x))


def newton(f, slope, x):
    for _ in range(200):
        step = f(x) / slope(x)
        x -= step
        if abs(step) <= abs(x) * mpf(10) ** (2 - mp.mp.dps):
            return x
    raise ArithmeticError("no convergence")


def ndtri(p):
    """By Newton's method for the logarithm of the smaller tail."""
    if p > mpf(1) / 2:
        return -ndtri(1 - p)
    if p > mpf(1) / 4:
        return newton(lambda y: ndtr(y) - p, phi, mpf(0))
    start = -mp.sqrt(-2 * mp.log(p)) * mpf("0.9")
    return newton(lambda y: mp.log(ndtr(y)) - mp.log(p), lambda y: phi(y) / ndtr(y), start)


def erfinv(x):
    if x < 0:
        return -erfinv(-x)
    if x < mpf(1) / 2:
        return newton(lambda y: mp.erf(y) - x, lambda y: 2 / mp.sqrt(mp.pi) * mp.exp(-y * y), x)
    c = 1 - x
    slope = lambda y: -2 / mp.sqrt(mp.pi) * mp.exp(-y * y) / mp.erfc(y)
    return newton(lambda y: mp.log(mp.erfc(y)) - mp.log(c), slope, mp.sqrt(-mp.log(c)))


def lgamma(x):
    return mp.log(abs(mp.gamma(x)))


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x))


def elu(x, alpha=1, scale=1):
    return scale * (x if x > 0 else alpha * mp.expm1(x))


SCALE = mpf("1.0507009873554804934193349852946")
ALPHA = mpf("1.6732632423543772848170429916717")


def celu(x):
    return x if x > 0 else mpf("1.5") * mp.expm1(x / mpf("1.5"))


def clip(x, lo, hi):
    return min(max(x, mpf(lo)), mpf(hi))


def gelu_tanh(x):
    return x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3))


def sinc(x):
    return mp.sin(x) / x


def logaddexp(a, b):
    return max(a, b) + mp.log1p(mp.exp(-abs(a - b)))


def logsubexp(a, b):
    return a + mp.log(-mp.expm1(b - a))


def i0e(x):
    return mp.exp(-abs(x)) * mp.besseli(0, x)


def i1e(x):
    return mp.exp(-abs(x)) * mp.besseli(1, x)


def gammainc(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def gammaincc(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def betainc(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


SIGNED = both(far(-30, 30, 22))
SMALL = both(far(-10, 0, 8))
KINKED = even(-9.7, 9.6, 36) + both(far(-10, -1, 3))
UNIT = near(1, (-1,)) + [1 - 2.0**-40, 1 - 2.0**-52]
PROBABILITIES = even(0.02, 0.98, 18) + far(-37, -2, 10) + UNIT + near(0.5, (1, -1), (6, 16))
POSITIVE = far(-30, 30, 26) + near(1, (1, -1)) + [1e300, 1e-300, 1 + 2.0**-40, 1 - 2.0**-50]
WIDE = even(-86, 87, 26) + SMALL + [700.0, -700.0]

ONE = {
    "neg": (lambda x: -x, SIGNED),
    "recip": (lambda x: 1 / x, SIGNED),
    "square": (lambda x: x * x, both(far(-15, 15, 22))),
    "sqrt": (mp.sqrt, POSITIVE),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), POSITIVE),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), SIGNED),
    "exp": (mp.exp, WIDE),
    "exp2": (lambda x: mp.power(2, x), even(-125, 126, 26) + SMALL + [1000.0, -1000.0]),
    "exp_m1": (mp.expm1, WIDE),
    "ln": (mp.log, POSITIVE),
    "log2": (lambda x: mp.log(x) / mp.log(2), POSITIVE),
    "log10": (mp.log10, POSITIVE),
    "ln_1p": (mp.log1p, both(far(-15, 0, 14)) + far(0, 30, 8) + near(-1, (1,)) + [1e300, -1 + 2.0**-50]),
    "sin": (mp.sin, even(-30, 30, 30) + SMALL + far(2, 7, 4)),
    "cos": (mp.cos, even(-30, 30, 30) + SMALL + far(2, 7, 4)),
    "tan": (mp.tan, even(-30, 30, 30) + SMALL + far(2, 7, 4)),
    "asin": (mp.asin, even(-0.99, 0.99, 16) + both(far(-20, -1, 6) + UNIT)),
    "acos": (mp.acos, even(-0.99, 0.99, 16) + both(far(-20, -1, 6) + UNIT)),
    "atan": (mp.atan, SIGNED),
    "sinh": (mp.sinh, WIDE),
    "cosh": (mp.cosh, WIDE),
    "tanh": (mp.tanh, even(-19, 20, 28) + both(far(-20, -1, 8))),
    "asinh": (mp.asinh, SIGNED + [1e200, -1e300]),
    "acosh": (mp.acosh, even(1.01, 9, 16) + near(1, (1,)) + far(1, 30, 16) + [1 + 2.0**-40, 1 + 2.0**-52, 1e300]),
    "atanh": (mp.atanh, even(-0.99, 0.99, 16) + both(far(-20, -1, 6) + UNIT)),
    "sigmoid": (sigmoid, WIDE),
    "log_sigmoid": (lambda x: -softplus(-x), WIDE),
    "logit": (lambda x: mp.log(x / (1 - x)), PROBABILITIES + [1e-300]),
    "softplus": (softplus, WIDE),
    "relu6": (lambda x: clip(x, 0, 6), KINKED),
    "leaky_relu": (lambda x: x if x > 0 else x / 8, KINKED),
    "elu": (lambda x: elu(x, mpf("1.25")), KINKED + even(-40, -10, 6)),
    "selu": (lambda x: elu(x, ALPHA, SCALE), KINKED + even(-40, -10, 6)),
    "celu": (celu, KINKED + even(-12, -9, 6)),
    "gelu": (lambda x: x * ndtr(x), even(-12, 7, 30) + SMALL + even(-36, -13, 8) + [-30.0]),
    "gelu_tanh": (gelu_tanh, even(-9, 7, 30) + SMALL + even(-20, -10, 6)),
    "silu": (lambda x: x * sigmoid(x), WIDE + [-1.2784645]),
    "mish": (lambda x: x * mp.tanh(softplus(x)), WIDE),
    "hard_sigmoid": (lambda x: clip(x + 3, 0, 6) / 6, KINKED),
    "gauss": (lambda x: mp.exp(-x * x / 2), even(-13, 13, 26) + SMALL + even(14, 37, 6)),
    "erf": (mp.erf, even(-5, 5, 26) + both(far(-30, 0, 10))),
    "erfc": (mp.erfc, even(-4, 9, 28) + SMALL + even(10, 26, 8)),
    "erfinv": (erfinv, even(-0.98, 0.98, 20) + both(far(-30, -1, 6) + UNIT)),
    "ndtr": (ndtr, even(-12, 6, 28) + SMALL + even(-37, -13, 8)),
    "ndtri": (ndtri, PROBABILITIES + far(-300, -40, 8)),
    "log_ndtr": (log_ndtr, even(-14, 8, 24) + SMALL + [-x for x in far(1, 10, 10)] + even(9, 37, 6)),
    "lgamma": (lgamma, even(0.05, 4, 14) + even(-9.97, 0, 14) + far(-20, 10, 12) + both(near(2, (1, -1), (12, 24))) + [1e300]),
    "digamma": (mp.digamma, even(0.05, 4, 14) + even(-9.97, 0, 14) + far(-10, 10, 12) + [1.4616321, 1.461632144968362, 1e300]),
    "polygamma(1)": (lambda x: mp.psi(1, x), even(0.05, 14, 18) + even(-9.97, 0, 16) + far(-6, 10, 12)),
    "polygamma(4)": (lambda x: mp.psi(4, x), even(0.05, 14, 18) + even(-9.97, 0, 16) + far(-4, 5, 12)),
    "sinc": (sinc, even(-30, 30, 26) + SMALL + far(2, 6, 4)),
    "xlogx": (lambda x: x * mp.log(x), POSITIVE),
    "entr": (lambda x: -x * mp.log(x), POSITIVE),
    "i0e": (i0e, even(-60, 60, 26) + both(far(-10, 0, 6)) + far(2, 10, 8)),
    "i1e": (i1e, even(-60, 60, 26) + both(far(-10, 0, 6)) + far(2, 10, 8)),
}


def pairs(a, b):
    """Each of the shorter list beside one of the longer, in another order."""
    n = max(len(a), len(b))
    return [(a[k % len(a)], b[(7 * k + 3) % len(b)]) for k in range(n)]


def triples():
    parameters = [0.01, 0.1, 0.5, 1.0, 1.7, 3.3, 9.5, 30.0, 110.0, 800.0]
    points = []
    for i, a in enumerate(parameters):
        for j in range(5):
            b = parameters[(3 * i + 2 * j + j * j) % len(parameters)]
            mode = (a + 0.3) / (a + b + 0.6)
            spread = (mode * (1 - mode) / (a + b + 1)) ** 0.5
            x = mode + (-3, -1, 0.2, 1, 3)[j] * spread
            points.append(tuple(map(f32, (a, b, x if 0 < x < 1 else mode / (j + 2)))))
    return points + [(0.5, 0.5, 2.0**-20), (2.0, 3.0, 1 - 2.0**-20), (0.0625, 900.0, 2.0**-10), (6.0, 2.0**-9, 0.875)]


def gamma_points():
    points = []
    for a in map(f32, (1e-3, 0.01, 0.1, 0.5, 1.0, 1.7, 3.3, 9.5, 30.0, 110.0, 800.0, 5000.0)):
        for z in (-3, -1, 0.2, 1, 3):
            x = a + z * (a + 0.3) ** 0.5
            points.append((a, f32(x if x > 0 else (a + 0.1) / (2 - z))))
    return points + [(0.25, 2.0**-30), (30.0, 2.0), (0.5, 60.0), (2.0**-30, 0.5), (50.0, 200.0)]


TWO = {
    "powf": (mp.power, pairs(far(-1, 1, 22), even(-6, 6, 24)) + pairs(far(-12, 12, 20), [2.0, -1.0, 3.0, 0.5, 1.0])),
    "hypot": (mp.hypot, pairs(both(far(-19, 18, 24)), both(far(-18, 19, 23)))),
    "atan2": (mp.atan2, pairs(both(far(-9, 9, 24)), both(far(-9, 9, 23)))),
    "logaddexp": (logaddexp, pairs(even(-40, 40, 24), even(-40, 40, 23)) + pairs(even(-3, 3, 20), even(-3, 3, 19))),
    "logsubexp": (
        logsubexp,
        [(max(p), min(p)) for p in pairs(even(-40, 40, 24), even(-40, 40, 23)) + pairs(even(-3, 3, 20), even(-3, 3, 19))],
    ),
    "xlogy": (lambda x, y: x * mp.log(y), pairs(SIGNED, POSITIVE)),
    "xlog1py": (lambda x, y: x * mp.log1p(y), pairs(SIGNED, both(far(-10, 0, 10)) + far(0, 20, 21))),
    "gammainc": (gammainc, gamma_points()),
    "gammaincc": (gammaincc, gamma_points()),
    "betainc": (betainc, triples()),
}


def derivative(f, x, k):
    """By a central difference: an error of 1e-70, relative to the third derivative."""
    with mp.workdps(400):
        x = [mpf(x) for x in x]
        h = abs(x[k]) * mpf(10) ** -35
        at = lambda t: f(*[x + (t if i == k else 0) for i, x in enumerate(x)])
        return (at(h) - at(-h)) / (2 * h)


def main():
    print("# made by scripts/accuracy_table.py")
    for name, (f, points) in (ONE | TWO).items():
        print(f"# {name}")
        for point in dict.fromkeys(points):
            point = point if isinstance(point, tuple) else (point,)
            numbers = list(map(float, point))
            numbers.append(float(f(*map(mpf, point))))
            numbers += [float(derivative(f, point, k)) for k in range(len(point))]
            print(*(f"{x:.17g}" if float(f"{x:.16g}") != x else f"{x:.16g}" for x in numbers))


main()
