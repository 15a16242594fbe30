"""A profile in a folder of the test, as the features' tests have it."""

from tests.features.conftest import fresh_profile, home

__all__ = ["fresh_profile", "home"]
