"""Files of rules in gitleaks' form, each field of which does what gitleaks says."""

from __future__ import annotations

import hashlib
import json
import pickle
from importlib.resources import files

import pytest

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")
pytest.importorskip("ahocorasick_rs", reason="tox run -e redact installs ahocorasick-rs")

from wink_debug_bundle import BundleError
from wink_debug_bundle.secret_detection.allowed_matches import shannon_entropy
from wink_debug_bundle.secret_detection.detection_rules.rule_file import built_in_rules
from wink_debug_bundle.secret_detection.detection_settings import DetectionSettings
from wink_debug_bundle.secret_detection.detector import Detector

ENGINES = [
    "re2",
    pytest.param("hyperscan", marks=pytest.mark.skipif("not __import__('importlib.util').util.find_spec('hyperscan')")),
]


@pytest.fixture
def found(tmp_path):
    """Return a function that finds the parts of a text that a file of rules finds."""

    def find(rules: str, text: str, path: str = "", engine: str = "re2") -> list[tuple[str, str]]:
        file = tmp_path / "rules.toml"
        file.write_text(rules, encoding="utf-8")
        detector = Detector(DetectionSettings(rules=file, personal=False, engine=engine))
        return [(part.kind, part.value.decode()) for part in detector.found(text.encode(), path)]

    return find


RULE = "[[rules]]\nid = 'ticket-code'\nregex = '''ZZ-([a-z]+)-([a-z]+)'''\n"


@pytest.mark.parametrize(
    ("more", "text", "expected"),
    [
        ("", "ZZ-abc-xyz", ["abc"]),
        ("secretGroup = 2", "ZZ-abc-xyz", ["xyz"]),
        ("entropy = 1.5", "ZZ-abc-x ZZ-aaab-x", ["abc"]),
        ("keywords = ['Tickets']", "ZZ-abc-x", []),
        ("keywords = ['Tickets']", "TICKETS: ZZ-abc-x", ["abc"]),
        ("[[rules.allowlists]]\nregexes = ['^a']", "ZZ-abc-x ZZ-bc-x", ["bc"]),
        ("[[rules.allowlists]]\nregexTarget = 'match'\nregexes = ['-x$']", "ZZ-abc-x ZZ-bc-y", ["bc"]),
        ("[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['test']", "ZZ-abc-x test\nZZ-bc-y", ["bc"]),
        ("[[rules.allowlists]]\nstopwords = ['BC']", "ZZ-abc-x ZZ-cb-y", ["cb"]),
        ("[[rules.allowlists]]\ncondition = 'AND'\nregexes = ['^a']\nstopwords = ['x']", "ZZ-abc-x ZZ-ax-y", ["abc"]),
    ],
)
def test_each_field_of_a_rule_counts(found, more, text, expected):
    assert found(RULE + more, text) == [("TICKET_CODE", value) for value in expected]


def test_a_rule_for_certain_files_needs_the_path_of_the_text(found):
    rule = RULE + "path = '''\\.env$'''"
    assert found(rule, "ZZ-abc-x", "app/.env") == [("TICKET_CODE", "abc")]
    assert found(rule, "ZZ-abc-x", "app/.envrc") == []
    assert found(rule, "ZZ-abc-x") == []


@pytest.mark.parametrize("allowed", ["[allowlist]", "[[allowlists]]"])
def test_what_a_file_allows_holds_for_all_its_rules(found, allowed):
    rules = f"{allowed}\nregexes = ['^ab']\npaths = ['''\\.lock$''']\n{RULE}"
    assert found(rules, "ZZ-abc-x ZZ-bc-x") == [("TICKET_CODE", "bc")]
    assert found(rules, "ZZ-bc-x", "poetry.lock") == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rule_that_only_re2_understands_is_searched_all_the_same(found, engine):
    rules = "[[rules]]\nid = 'greek'\nkind = 'GREEK'\nregex = '''\\Qz.\\E[0-9]{4}|(?:\\pN|q){3}'''\n"
    assert found(rules, "z.1234 zx1234 qqq", engine=engine) == [("GREEK", "z.1234"), ("GREEK", "123"), ("GREEK", "qqq")]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("[[rules]]\nid = 'x'\n", "needs an id and a regex"),
        ("[[rules]]\nregex = 'x'\n", "needs an id and a regex"),
        ("[[rules]]\nid = 'x'\nregex = '''(?<=a)b'''\n", r"rules\.toml: the rule x"),
        ("[[rules]]\nid = 'x'\nregex = 3\n", "not a text"),
        ("[[rules]]\nid = 'x'\nregex = 'x'\n[[rules.allowlists]]\nregexTarget = 'file'\n", "regexTarget is 'file'"),
        ("[[rules]\n", "no file of rules"),
        ("[[rules]]\nid = 'x'\npath = 'x'\n", "finds no text"),
        (
            "[[rules]]\nid = 'x'\nregex = '(a)'\nsecretGroup = 2\n",
            "the rule x: secretGroup is 2, and its regex has 1 groups",
        ),
        ("[[rules]]\nid = 'x'\nregex = '(a)'\nsecretGroup = -1\n", "secretGroup is -1"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nkeywords = 'key'\n", "keywords is 'key', not a list of texts"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\n[[rules.allowlists]]\nregexes = 'b+'\n", "regexes is 'b.', not a list"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\ncheck = 'nope'\n", "check is 'nope', not one of assigned_secret"),
        ("[[rules]]\nid = 'x'\nregex = 'a'\nplain = 'zip'\n", "plain is 'zip', not one of pem"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(found, rules, message):
    with pytest.raises(BundleError, match=message):
        found(rules, "text")


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("id = 'ticket-code'", "TICKET_CODE"),
        ("id = 'x'\nkind = 'a b]'", "A_B"),
        ("id = '日本'", "SECRET"),
        ("id = '2fa'", "SECRET_2FA"),
    ],
)
def test_a_kind_is_a_word_that_tokens_can_have(found, named, kind):
    assert found(f"[[rules]]\n{named}\nregex = 'z[0-9]+'\n", "z123") == [(kind, "z123")]


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(BundleError, match=r"none\.toml: cannot be read"):
        Detector(DetectionSettings(rules=tmp_path / "none.toml"))


def test_the_vendored_file_is_the_one_that_its_record_names():
    folder = files("wink_debug_bundle.secret_detection.detection_rules").joinpath("vendored")
    recorded = json.loads(folder.joinpath("vendored.json").read_text(encoding="utf-8"))["sha256"]
    assert {name: hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() for name in recorded} == recorded


def test_rules_have_names_of_their_own_and_words_for_tokens():
    rules = built_in_rules(personal=True)
    assert len({rule.name for rule in rules}) == len(rules) > 225
    assert all(rule.kind.replace("_", "").isalnum() and rule.kind == rule.kind.upper() for rule in rules)
    assert {rule.name for rule in rules if rule.personal} == {
        "email",
        "ipv4",
        "ipv6",
        "numbered-user",
        "shell-prompt-user",
        "shell-prompt-host",
        "address-in-host-name",
        "home-folder",
        "home-folder-slug",
    }


def test_settings_travel_to_other_processes():
    settings = DetectionSettings(words=("a",), users=("b",), engine="re2")
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_entropy_is_in_bits_for_each_byte():
    assert (shannon_entropy(b"aaaa"), shannon_entropy(b"abcd"), shannon_entropy(b"aabb")) == (0, 2, 1)
