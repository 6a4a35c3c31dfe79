"""What several tests check of what a detector finds."""

from __future__ import annotations

from wink_debug_bundle.secret_detection.detector import Detector


def assert_found_whole(detector: Detector, rule: str, text: str, secret: str) -> None:
    """Assert that a rule finds something in a text with a secret, and that all of the secret is found."""
    data = text.format(secret).encode()
    found = detector.found(data)
    assert any(secret in data[each.start : each.end].decode() for each in found)
    assert rule in {each.rule for each in found}
