"""Detectors that several files of tests share, as hyperscan compiles the rules for most of a second."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def detector():
    """Return a detector of secrets and of personal data."""
    pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
    from wink_debug_bundle.secret_detection.detector import Detector

    return Detector()


@pytest.fixture(scope="session")
def secrets_alone():
    """Return a detector of secrets alone, with google-re2 alone, which compiles nothing before it is needed."""
    pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
    pytest.importorskip("ahocorasick_rs", reason="tox run -e redact installs ahocorasick-rs")
    from wink_debug_bundle.secret_detection.detection_settings import DetectionSettings
    from wink_debug_bundle.secret_detection.detector import Detector

    return Detector(DetectionSettings(personal=False, engine="re2"))
