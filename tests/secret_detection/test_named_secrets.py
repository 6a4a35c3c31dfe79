"""Secrets that stand beside their names in code, in lists, in tables, in sentences, in commands and in files of keys."""

from __future__ import annotations

import base64
import json

import pytest
from support.detector_checks import assert_found_whole
from support.made_secrets import HEXADECIMAL, random_text

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")

VALUE = random_text(20) + "7"
LONG = random_text(43) + "7"
AWS = random_text(39) + "7"
HEX = random_text(64, HEXADECIMAL)
UUID = "-".join(random_text(length, HEXADECIMAL, seed) for seed, length in enumerate((8, 4, 4, 4, 12)))
B64 = base64.b64encode(VALUE.encode()).decode()
RED, PLAIN = "\x1b[01;31m\x1b[K", "\x1b[m\x1b[K"

FOUND = [
    ("secret-in-code", 'os.environ["DB_PASSWORD"] = "{}"', VALUE),
    ("secret-in-code", "api_key: str = '{}'", VALUE),
    ("secret-in-code", "password: str | None = '{}'", VALUE),
    ("secret-in-code", "SECRET_KEY = b'{}'", VALUE),
    ("secret-in-code", "(b'X-Auth-Token', b'{}')", VALUE),
    ("secret-in-code", '{{\\"headers\\": (b\\"x-api-key\\", b\\"{}\\")}}', VALUE),
    ("secret-in-code", 'api_key: Some("{}")', VALUE),
    ("secret-in-code", "token=SecretStr('{}')", VALUE),
    ("secret-in-code", 'config.setPassword("{}");', VALUE),
    ("secret-in-code", f"{RED}DB_PASSWORD{PLAIN}={{}}", VALUE),
    ("secret-in-code", "\\u001b[32mAPI_TOKEN\\u001b[0m=\\u001b[1m{}\\u001b[0m", VALUE),
    ("secret-in-code", "password: >-\n  {}\n", VALUE),
    ("secret-in-code", "| **password** | `{}` |", VALUE),
    ("named-value", "- name: DB_PASSWORD\n  value: {}\n", VALUE),
    ("named-value", '{{"name": "API_TOKEN", "value": "{}"}}', VALUE),
    ("named-value", '{{\n  "Name": "API_TOKEN",\n  "Value": "{}"\n}}', VALUE),
    ("named-value", '{{\\"name\\": \\"X-Api-Key\\", \\"value\\": \\"{}\\"}}', VALUE),
    ("cookie", '{{"name": "Cookie", "value": "theme=dark; sid={}"}}', VALUE),
    ("cookie", '{{"name": "Set-Cookie",\n "value": "sid={}; Path=/"}}', VALUE),
    ("told-secret", "The password is {}.", VALUE),
    ("told-secret", "My API key is `{}`, and", VALUE),
    ("told-secret", "Passwort: {}", VALUE),
    ("told-secret", "Kennwort: \N{DOUBLE LOW-9 QUOTATION MARK}{}\N{LEFT DOUBLE QUOTATION MARK}", VALUE),
    ("told-secret", "mot de passe : {}", VALUE),
    ("told-secret", "contraseña = {}", VALUE),
    ("service-token", "401 for sk-ant-api03-{}...", random_text(30)),
    ("command-secret", "openssl rsa -in k.pem -passin pass:{}", VALUE),
    ("command-secret", "kubectl create secret generic db --from-literal=pgpass={}", VALUE),
    ("command-secret", "htpasswd -bc users bob {}", VALUE),
    ("command-secret", "smbclient -U 'bob%{}' //h/s", VALUE),
    ("command-secret", "az login --service-principal -u app -p {} --tenant t", VALUE),
    ("command-secret", "http -a bob:{} https://a.io", VALUE),
    ("command-secret", "poetry config http-basic.corp bob {}", VALUE),
    ("command-secret", "gh secret set NAME --body {}", VALUE),
    ("command-secret", "echo {} | docker login -u bob --password-stdin", VALUE),
    ("command-secret", "CREATE USER bob IDENTIFIED BY '{}';", VALUE),
    ("command-secret", "requests.get(url, auth=('bob', '{}'))", VALUE),
    ("element-password", '<input type="password" name="pw" value="{}">', VALUE),
    ("element-password", '<meta name="csrf-token" content="{}">', VALUE),
    ("element-password", "<key>apiKey</key>\n<string>{}</string>", VALUE),
    ("key-of-key-file", "Private-Lines: 1\n{}\nPrivate-MAC: x", LONG + "+/8="),
    ("key-of-key-file", '{{"kty": "EC", "crv": "P-256", "d": "{}"}}', LONG),
    ("key-of-key-file", "Unseal Key 1: {}", "yt3RdAYNgpusH3HlVrVPpfhAm+z6ORI4AZ" + "+SQvNOS4pA"),
    ("secret-beside-its-id", "Access key ID,Secret access key\nAKIAQ7RZ2MXN5KLW3TYD,{}\n", AWS),
    ("secret-beside-its-id", "db.corp.example:5432:orders:app:{}", VALUE),
    ("secret-beside-its-id", "*:*:*:postgres:{}\n", VALUE),
    ("secret-beside-its-id", "example.com\tFALSE\t/\tTRUE\t1900000000\tuser_session\t{}\n", VALUE),
    ("secret-beside-its-id", "requests.get(url, cookies={{'sessionid': '{}'}})", VALUE),
    ("kubernetes-secret", "kind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  pgpass: {}\n", B64),
    ("kubernetes-secret", "apiVersion: v1\ndata:\n  a: YWJjZGVmZ2hpag==\n  pgpass: {}\nkind: Secret\n", B64),
    ("kubernetes-secret", '{{"apiVersion": "v1", "data": {{"pgpass": "{}"}}, "kind": "Secret"}}', B64),
    ("authorization-header", "Authorization: SSWS {}", VALUE),
    ("authorization-header", "Authorization: Splunk {}", UUID),
]
BEGINNINGS = [
    "sk-proj-" + random_text(48),
    "sk-ant-oat01-" + random_text(93) + "AA",
    "sk-lf-" + UUID,
    "tvly-dev-" + random_text(32),
    "nvapi-" + random_text(64),
    "figd_" + random_text(40),
    "phx_" + random_text(43),
    "hvs." + random_text(24),
    "SWMTKN-1-" + random_text(50).lower() + "-" + random_text(25).lower(),
    "sk.eyJ" + random_text(60) + "." + random_text(22),
    "1//0" + random_text(60),
    "e2b_" + HEX[:40],
    "fc-" + HEX[:32],
    "jina_" + HEX[:32] + random_text(28),
    "tgp_v1_" + random_text(43),
    "csk-" + random_text(48).lower(),
    "napi_" + random_text(64).lower(),
    "re_" + random_text(8) + "_" + random_text(24),
    "apify_api_" + random_text(36),
    "fw_" + random_text(24),
    "sk_" + HEX[:48],
    "sb_secret_" + random_text(31),
]
NOT_FOUND = [
    "os.environ['API_KEY'] = api_key1; config['password'] = hash_password2(x); row['token'] = 'abc'",
    "password: str = Field(...); api_key: str | None = None; password: str = 'changeme'",
    "setPassword(newPassword1); user.setPassword(''); getToken('user-token-1')",
    "| password | description1 |\n| token | the bearer token2 used |\n| api_key | string (32 chars) |",
    "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db-secret-1\n      key: password1",
    "- name: API_TOKEN\n  value: $(TOKEN_FROM_FILE1)\n- name: LOG_LEVEL\n  value: debug12345",
    '{"name": "token_count", "value": "12345678"} {"name": "max_tokens", "value": 128000}',
    '{"name": "password", "type": "string", "description": "value 12345678"}',
    "The password is required. The token is invalid at 12345678. The password was changed on 2026-11-22T10:00:00Z.",
    "Passwort: vergessen, contraseña: olvidada. \u043f\u0430\u0440\u043e\u043b\u044c: 密码\N{FULLWIDTH COLON}必填",
    "The token is base64-encoded. The secret is v2-compatible. The access token is valid for 3600s.",
    "openssl req -passin pass:$PASS1 -passout env:PASS; az vm list -o table -p x; http -v GET https://x.io",
    "echo hello1234 | docker login; docker login ghcr.io -u $USER --password-stdin",
    "CREATE USER app IDENTIFIED BY '${PW1}'; auth=('user', 'pass'); auth=(USER, TOKEN1)",
    '{"d": "M10 10 L20 20 C 1 2", "k": 5, "x": "' + LONG + '"}',
    "src/app.py:5432:10:error:missing-name1 a.py:12:foo:bar:baz12345 localhost:5432:db1",
    ".example.com\tTRUE\t/\tFALSE\t0\ttheme\tdark",
    "kind: ConfigMap\ndata:\n  mode: production1\n  checksum: " + B64 + "\n",
    "kind: Secret\ntype: Opaque\nstringData: {}\n---\nkind: ConfigMap\ndata:\n  checksum: " + B64 + "\n",
    "sk-learn-contrib re_compile_pattern1 fw_version_12345678901 figd_ured fc-list e2b_sandbox_template",
    '<input type="password" name="password" value=""> <key>CFBundleVersion</key>\n<string>1.0.12345678</string>',
]


@pytest.mark.parametrize(("rule", "text", "secret"), FOUND)
def test_secrets_beside_their_names_are_found_whole(detector, rule, text, secret):
    assert_found_whole(detector, rule, text, secret)


@pytest.mark.parametrize("secret", BEGINNINGS)
@pytest.mark.parametrize("text", ["using {} now", '"\\n{}\\""', "({})"])
def test_tokens_are_known_by_their_beginnings(detector, secret, text):
    data = text.format(secret).encode()
    assert secret in [data[each.start : each.end].decode() for each in detector.found(data)]


@pytest.mark.parametrize("text", NOT_FOUND)
@pytest.mark.parametrize("depth", [0, 1])
def test_what_only_stands_beside_such_names_is_not_found(detector, text, depth):
    data = (json.dumps(text) if depth else text).encode()
    assert [(each.rule, each.value) for each in detector.found(data)] == []


def test_a_range_of_addresses_is_found_whole(detector):
    data = b"allow 93.184.16.34-93.184.16.99, version 1.2.3.4-rc.1"
    assert [data[each.start : each.end] for each in detector.found(data)] == [b"93.184.16.34-93.184.16.99"]
