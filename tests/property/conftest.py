"""The same examples in every run, and few; `--hypothesis-profile=explore` looks for new ones."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    max_examples=250,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "explore", parent=settings.get_profile("project"), derandomize=False, max_examples=3_000
)
settings.load_profile("project")
