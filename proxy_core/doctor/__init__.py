"""What works between this proxy and Azure, and what to do about the rest.

One room for the command, the start and the setup page: `Doctor(settings, azure).examine(depth)`
yields findings as they are made. What it asks is what clients would ask, in their own form, and
goes through the proxy's own readers and writers.
"""

from proxy_core.doctor.doctor import Doctor, Plan
from proxy_core.doctor.finding import (
    Depth,
    Finding,
    State,
    Verdict,
    make_finding,
    refused_settings,
)
from proxy_core.doctor.recording import Recording
from proxy_core.doctor.visit import Spent

__all__ = [
    "Depth",
    "Doctor",
    "Finding",
    "Plan",
    "Recording",
    "Spent",
    "State",
    "Verdict",
    "make_finding",
    "refused_settings",
]
