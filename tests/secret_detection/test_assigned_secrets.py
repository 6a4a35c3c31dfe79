"""Values behind the names of secrets are found; digests, ids and names of code behind such names are not."""

from __future__ import annotations

import base64
import random
import string

import pytest
from support.made_secrets import HEXADECIMAL, LETTERS_AND_DIGITS, random_text

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")


ASSIGNMENTS = [
    "API_KEY={}",
    '{{"api_key": "{}"}}',
    "my_secret = '{}'",
    "client_secret: {}",
    "password={}",
    '{{\\"auth_token\\": \\"{}\\"}}',
    "export HF_TOKEN={}\nls",
    "https://host/?access_token={}&x=1",
    "run --token={} --fast",
]


def values(length, alphabet):
    """Return 40 random values, each with a digit."""
    return [random_text(length - 1, alphabet, seed) + "7" for seed in range(40)]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize(
    "secrets",
    [values(24, LETTERS_AND_DIGITS), values(32, HEXADECIMAL), values(64, HEXADECIMAL)],
    ids=["letters-and-digits", "hex-32", "hex-64"],
)
def test_nearly_every_random_value_behind_the_name_of_a_secret_is_found(secrets_alone, secrets, assignment):
    texts = [assignment.format(secret).encode() for secret in secrets]
    found = [[part.value.decode() for part in parts] for parts in secrets_alone.found_in_many(texts)]
    assert sum([secret] == parts for secret, parts in zip(secrets, found, strict=True)) >= 39


def test_passwords_with_signs_are_found_between_quotes(secrets_alone):
    password = "aB" + "#7$x&(k,Q" + "!z"
    assert [part.value.decode() for part in secrets_alone.found(f'{{"password": "{password}"}}'.encode())] == [password]


DIGEST = random_text(64, HEXADECIMAL)
COMMIT = random_text(40, HEXADECIMAL)
UUID = "-".join(random_text(length, HEXADECIMAL, seed) for seed, length in enumerate((8, 4, 4, 4, 12)))
NO_SECRETS = [
    f'"cache_key": "{DIGEST}", "key": "{DIGEST}", "idempotency_key": "{UUID}", "token": "{UUID}"',
    f'"filesystem/else/token_28.md": "{DIGEST}", "keys.json": "{COMMIT}"',
    f'"session_id": "{UUID}", "commit": "{COMMIT}", "sha256": "{DIGEST}", key={COMMIT}',
    f'"key": "toolu_{random_text(24)}", "tool_call_key": "call_{random_text(24)}"',
    '"next_page_token": "' + base64.b64encode(random.Random(3).randbytes(30)).decode() + '"',
    '"model_key": "claude-sonnet-4-5-20250929", "input_tokens": 12345678901, "key": "2026-11-29T10:00:00.123456"',
    "password = get_password1(request) or settings.api_key2; secret=kwargs.pop('secret3'); key=key, digest_size=outlen9",
    'api_key=os.environ["KEY_2"] token=$GITHUB_TOKEN2 password="${DB_PASSWORD2}" secret: <your-secret-1> api_key="your-key-12"',
    "data:image/png;base64," + base64.b64encode(random.Random(4).randbytes(3000)).decode(),
    "KEY_ENCRYPTION: TR31_E2_EMV_MKEY_INTEGRITY, key: 'Europe/Dublin', private_key = base64.standard_b64decode(x)",
]


@pytest.mark.parametrize("text", NO_SECRETS)
def test_digests_ids_and_names_of_code_are_not_found(secrets_alone, text):
    assert secrets_alone.found(text.encode()) == []
    assert secrets_alone.found(text.replace('"', '\\"').encode()) == []


@pytest.mark.parametrize("before", ["token provider of a ", "secret nothing-at-all, "])
@pytest.mark.parametrize("name", ["token\n\n\n", "api_key = "])
def test_a_value_that_is_no_secret_hides_none_behind_it(detector, before, name):
    secret = random_text(12, string.ascii_letters, 5) + "7"
    assert [each.value.decode() for each in detector.found((before + name + secret).encode())] == [secret]
