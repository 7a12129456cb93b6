"""Examines the way to a vendor and, if asked to, what its operations return: `trunkline doctor`."""

from trunkline.doctor.examine import MOST_REQUESTS, examine
from trunkline.doctor.findings import Asked, Check, Diagnosis, Difference, toml_of

__all__ = ["MOST_REQUESTS", "Asked", "Check", "Diagnosis", "Difference", "examine", "toml_of"]
