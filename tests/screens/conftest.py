"""A workstation in a folder of the test, as the features' tests have it."""

from tests.features.conftest import fresh_profile, home, station

__all__ = ["fresh_profile", "home", "station"]
