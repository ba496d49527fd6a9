"""A measure that nobody would doubt."""

from kirpik.values import Motion


def measured(speed_kmh: float, *, reference_ns: int = 5) -> Motion:
    return Motion(
        reference_ns=reference_ns, speed_kmh=speed_kmh, uncertainty_kmh=0.5, acceleration_mps2=0.1, height_m=0.6,
        place_m=(0.0, 30.0), length_m=25.0, chi2_per_dof=1.0, frames=30, fit_kmh=speed_kmh,
        gates_kmh=speed_kmh + 0.3, gates=8, gates_height_m=0.61, gates_spread_kmh=0.4, heading_deg=0.5,
        tilt_deg=0.02, tilt_sigmas=0.1,
    )  # fmt: skip
