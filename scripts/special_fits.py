"""The coefficients of src/special/gamma.rs, by mpmath at 60 digits: python3 scripts/special_fits.py"""

import mpmath as mp

mp.mp.dps = 60
N = 22  # (3 + sqrt 8)^-22 = 1e-17, where the pole at x = 0 lies at u = -3


def main():
    root = mp.findroot(mp.digamma, mp.mpf("1.46"))
    high = float(root)
    print(f"ROOT: [{high!r}, {float(root - high)!r}]")
    # digamma(x)/(x - root) for 1 <= x <= 2, interpolated in u = 2x - 3 at Chebyshev's points.
    points = [mp.cos(mp.pi * (k + mp.mpf(1) / 2) / N) for k in range(N)]
    powers = mp.matrix(N, N)
    values = mp.matrix(N, 1)
    for i, u in enumerate(points):
        x = (u + 3) / 2
        values[i] = mp.digamma(x) / (x - root)
        for j in range(N):
            powers[i, j] = u**j
    print("NEAR_ROOT:")
    for c in mp.lu_solve(powers, values):
        print(f"    {float(c)!r},")


main()
