"""Distances on the globe."""

import math


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance (haversine) of two points of (latitude, longitude) in degrees."""
    phi_a, phi_b = math.radians(a[0]), math.radians(b[0])
    d_phi, d_lambda = phi_b - phi_a, math.radians(b[1] - a[1])
    h = math.sin(d_phi / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(d_lambda / 2) ** 2
    return 12_742 * math.asin(math.sqrt(min(1.0, h)))
