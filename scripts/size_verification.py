#!/usr/bin/env python3
"""How long the single-pool verification scenarios must run, from theory.

    python3 scripts/size_verification.py

For a birth-death chain (M/M/c with or without waiting room) the long-run variance of a ratio such as refused / requests or
total wait / starts follows exactly from the Poisson equation of the chain: with rewards a[n] for an arrival that finds n
present and r[n] per unit of time, both centred so that their long-run mean is zero, and d[n] = h[n+1] - h[n],

    lambda pi[n] d[n] = - sum over k <= n of pi[k] (r[k] + lambda a[k])
    sigma^2 = sum over n of pi[n] (lambda (a[n] + d[n])^2 + mu[n] d[n-1]^2)

and the variance of the ratio over a time T is sigma^2 / (lambda^2 T). A case needs the half-width of its 95 % interval,
about 2 standard errors, to be at most half the tolerance; the scenarios run at least 1.5 times as long as that.
"""


def chain(lam, mu, c, waiting):
    """Stationary distribution of M/M/c (waiting) or M/M/c/c; a unit of time is that of the rates."""
    p = [1.0]
    for n in range(1, c + 1):
        p.append(p[-1] * lam / (mu * n))
    if waiting:
        while p[-1] > 1e-18 * max(p):
            p.append(p[-1] * lam / (mu * c))
    s = sum(p)
    return [x / s for x in p]


def sigma2(p, lam, mu, c, arrive, rate):
    """Long-run variance rate of the centred reward; in a loss system an arrival in the last state does not move the chain."""
    top = len(p) - 1
    drift = [p[n] * (rate(n) + lam * arrive(n)) for n in range(top + 1)]
    below, total, d = 0.0, sum(drift), []
    above = [0.0] * (top + 2)
    for n in range(top, -1, -1):
        above[n] = above[n + 1] + drift[n]
    for n in range(top):
        below += drift[n]
        up = -below if p[n] > 0 and n < c else above[n + 1]
        d.append(up / (lam * p[n]))
    s = 0.0
    for n in range(top + 1):
        step = d[n] if n < top else 0.0
        s += p[n] * lam * (arrive(n) + step) ** 2
        if n:
            s += p[n] * mu * min(n, c) * d[n - 1] ** 2
    return s


def loss(lam, mu, c):
    p = chain(lam, mu, c, False)
    b = p[-1]
    return b, sigma2(p, lam, mu, c, lambda n: (1.0 if n == c else 0.0) - b, lambda n: 0.0)


def wait(lam, mu, c):
    p = chain(lam, mu, c, True)
    wq = sum(x * max(0, n - c) for n, x in enumerate(p)) / lam
    return wq, sigma2(p, lam, mu, c, lambda n: -wq, lambda n: float(max(0, n - c)))


def delayed(lam, mu, c):
    p = chain(lam, mu, c, True)
    q = sum(p[c:])
    return q, sigma2(p, lam, mu, c, lambda n: (1.0 if n >= c else 0.0) - q, lambda n: 0.0)


def need(value, s2, lam, tolerance):
    """Time (in units of the rates) for a standard error of a quarter of the tolerance."""
    return s2 / (lam * lam) / (tolerance / 4.08) ** 2


CASES = [  # name, metric, lambda, mu, servers, tolerance (absolute, or relative if negative)
    ("a02 8-10", loss, 8, 1, 10, .002), ("a02 20-20", loss, 20, 1, 20, .002),
    ("a02 45-50", loss, 45, 1, 50, .002), ("a02 100-100", loss, 100, 1, 100, .002),
    ("a03 mm1", wait, .8, 1, 1, -.02), ("a03 mm1 P(wait)", delayed, .8, 1, 1, -.02),
    ("a03 mmc-4", wait, 360, 144, 4, -.02), ("a03 mmc-5", wait, 360, 144, 5, -.02), ("a03 mmc-6", wait, 360, 144, 6, -.02),
    ("a03 mmc-7", wait, 360, 144, 7, -.05), ("a03 mmc-8", wait, 360, 144, 8, -.05),
    ("a03 mmc-4 P", delayed, 360, 144, 4, -.02), ("a03 mmc-5 P", delayed, 360, 144, 5, -.02),
    ("a03 mmc-6 P", delayed, 360, 144, 6, -.02), ("a03 mmc-7 P", delayed, 360, 144, 7, -.05),
    ("a03 mmc-8 P", delayed, 360, 144, 8, -.05),
    ("a03 bank-3", wait, 288, 144, 3, -.02), ("a03 bank-4", wait, 288, 144, 4, -.02),
    ("a10 wait 1", wait, 4, 1, 5, -.02), ("a10 wait 2", wait, 8, 1, 10, -.02), ("a10 wait 4", wait, 16, 1, 20, -.02),
    ("a10 P 1", delayed, 4, 1, 5, -.02), ("a10 P 2", delayed, 8, 1, 10, -.02), ("a10 P 4", delayed, 16, 1, 20, -.02),
    ("a10 loss 1", loss, 4, 1, 5, -.02), ("a10 loss 2", loss, 8, 1, 10, -.02), ("a10 loss 4", loss, 16, 1, 20, -.02),
]

if __name__ == "__main__":
    print(f"{'case':18} {'exact':>10} {'days needed':>12} {'customers':>12} {'x 1.5':>12}")
    for name, metric, lam, mu, c, tolerance in CASES:
        value, s2 = metric(lam, mu, c)
        t = need(value, s2, lam, tolerance if tolerance > 0 else -tolerance * value)
        print(f"{name:18} {value:10.6f} {t:12.0f} {t * lam:12.0f} {1.5 * t * lam:12.0f}")
