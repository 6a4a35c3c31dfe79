"""Secrets of many kinds are found where they lie, each under its rule."""

from __future__ import annotations

import pytest
from support.made_secrets import UPPER_BASE32, random_text

from wink_debug_bundle.secret_detection.detection_settings import DetectionSettings

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")

from wink_debug_bundle.secret_detection.detector import Detector


def shown(detector, text):
    """Return the rules and the parts of the text that a detector finds."""
    data = text.encode()
    return [(found.rule, data[found.start : found.end].decode()) for found in detector.found(data)]


GITHUB = "ghp" + "_" + random_text(36)
ANTHROPIC = "sk-ant" + "-api03-" + random_text(93) + "AA"
AWS = "AKI" + "A" + random_text(16, UPPER_BASE32)


@pytest.mark.parametrize(
    ("rule", "secret"),
    [("github-pat", GITHUB), ("anthropic-api-key", ANTHROPIC), ("aws-access-token", AWS)],
    ids=["github", "anthropic", "aws"],
)
@pytest.mark.parametrize(
    "around", ["{}", "a {} b", "({}).", '{{\\"k\\": \\"{}\\"}}', "a\\n{}\\nb", "?t={}&u=1", "<t>{}</t>", "{},x"]
)
def test_tokens_of_services_are_found_whatever_is_around_them(detector, rule, secret, around):
    assert shown(detector, around.format(secret)) == [(rule, secret)]


@pytest.mark.parametrize(
    ("rule", "text", "secret"),
    [
        ("url-password", "postgres://bob:{}@db.corp:5432/x", random_text(14)),
        ("url-token", "https://{}@git.corp/x.git", random_text(30)),
        ("authorization-header", '{{"Authorization": "Bearer {}"}}', random_text(30)),
        ("authorization-header", '{{\\"authorization\\": \\"token {}\\"}}', random_text(30)),
        ("authorization-header", '["authorization", "Basic {}"]', random_text(30)),
        ("bearer-token", "sent Bearer {} to it", random_text(30)),
        ("email", "from bob.smith+x@{}.io.", random_text(8).lower()),
        ("ipv4", "host 10.1.2.{}", "77"),
    ],
)
def test_own_rules_find_what_names_no_service(detector, rule, text, secret):
    assert [(name, secret in part) for name, part in shown(detector, text.format(secret))] == [(rule, True)]


def test_names_of_users_are_found_in_paths_of_their_home_folders(detector):
    text = r"/home/ann/x /Users/bob.m/ C:\\Users\\carol\\x -home-dora-proj \n/home/erik /home/user/x /usr/home"
    assert [part for _, part in shown(detector, text)] == ["ann", "bob.m", "carol", "dora", "erik"]


def test_known_words_are_found_whole_and_in_any_case():
    detector = Detector(
        DetectionSettings(words=("Project Heron",), users=("mia",), hosts=("buildbox-7",), engine="re2")
    )
    text = "project heron by MIA on buildbox-7.local; not miami or buildbox-77"
    assert shown(detector, text) == [("word", "project heron"), ("user-name", "MIA"), ("host-name", "buildbox-7")]


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1 0.0.0.0 v1.2.3.4 name-1.2.3.4 name==41.2.3.4 Chrome/120.0.99.109 1.2.3.4 256.1.1.1",
        "::1 12:30:45 std::ab 00:11:22:33:44:55:66:77 a::b",
        "git@github.com icon@2x.png noreply@corp.io",
    ],
)
def test_versions_times_and_local_addresses_are_not_found(detector, text):
    assert shown(detector, text) == []
