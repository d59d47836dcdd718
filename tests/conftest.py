"""How hard the tests try: `dev` other examples each time, `ci` the same ones every time.

Chosen by HYPOTHESIS_PROFILE; where CI is set, `ci` it is.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

collect_ignore = ["plant.py", "reached.py"]  # commands, which need what tests do not

QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile("dev", deadline=None, max_examples=30, suppress_health_check=QUIET)
# A change is judged by what it changes, not by what is drawn that day.
settings.register_profile(
    "ci", deadline=None, max_examples=30, derandomize=True, suppress_health_check=QUIET
)
# For tests/plant.py: that a test fails is enough, how is not asked; the same examples every time,
# and the first few of them for tests/reached.py, which collects what they execute.
for name, examples in (("plant", 30), ("reached", 4)):
    settings.register_profile(
        name,
        deadline=None,
        max_examples=examples,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=QUIET,
    )
settings.register_profile("thorough", deadline=None, max_examples=500, suppress_health_check=QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
