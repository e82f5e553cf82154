"""What the tests of this wing may use."""

from tests.helix.toy import walk

__all__ = ["walk"]
