"""What the tests of this wing may use."""

from tests.helix.toy import one_more, walk

__all__ = ["one_more", "walk"]
