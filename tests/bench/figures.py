"""The arithmetic: what becomes of the figures of several rounds."""

from statistics import median

MET, MISSED, NOISY = "met", "missed", "too noisy to tell"

# The spread of the base over the rounds, from which on the machine is said to
# be too noisy.
QUIET = 0.15


def ratios(values, base):
    """Of each round, the value by the base of the same round."""
    return [value / other for value, other in zip(values, base, strict=True)]


def spread(values):
    """How far the rounds are from each other, as a part of their median."""
    return (max(values) - min(values)) / median(values)


def percentile(values, percent):
    """The value that so many percent are not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def verdict(values, bound, at_least=False, noisy=False):
    """Whether the median of the rounds reaches the bound, which it may not be
    above, or with at_least not below. noisy: time is measured, so that
    nothing can be said where some rounds reach it, and some do not."""
    def reaches(value):
        return value >= bound if at_least else value <= bound
    if noisy and len(set(map(reaches, values))) > 1:
        return NOISY
    return MET if reaches(median(values)) else MISSED
