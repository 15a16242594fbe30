"""A workstation in a folder of the test, or two that agree on an incident, as the features' tests have them."""

from tests.features.conftest import fresh_profile, home, pair, station

__all__ = ["fresh_profile", "home", "pair", "station"]
