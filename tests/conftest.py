"""How hard the tests try: `dev` for one's own machine, `ci` longer and the same every time.

Chosen by HYPOTHESIS_PROFILE; where CI is set, `ci` it is.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile("dev", deadline=None, max_examples=30, suppress_health_check=QUIET)
settings.register_profile(
    "ci", deadline=None, max_examples=60, derandomize=True, suppress_health_check=QUIET
)
# For tests/plant.py: that a test fails is enough, how is not asked.
settings.register_profile(
    "plant",
    deadline=None,
    max_examples=100,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=QUIET,
)
settings.register_profile("thorough", deadline=None, max_examples=500, suppress_health_check=QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
