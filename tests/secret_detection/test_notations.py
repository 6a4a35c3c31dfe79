"""Credentials in the notations of headers, commands, files of settings and shells."""

from __future__ import annotations

import base64
import random

import pytest
from support.detector_checks import assert_found_whole
from support.made_secrets import HEXADECIMAL, random_text

pytest.importorskip("re2", reason="tox run -e redact installs google-re2")

VALUE = random_text(30) + "7"
HEX = random_text(64, HEXADECIMAL)
PASSWORD = "aB3" + "#x9!kQ"
UUID = "-".join(random_text(length, HEXADECIMAL, seed) for seed, length in enumerate((8, 4, 4, 4, 12)))
BASE64 = base64.b64encode(random.Random(5).randbytes(400)).decode()
SLASHED = "/" + random_text(8) + "/" + random_text(29) + "7"

FOUND = [
    ("authorization-value", "Authorization: {}", VALUE),
    ("authorization-value", '{{"authorization": "{}"}}', VALUE),
    ("digest-response", 'Authorization: Digest username="a", uri="/", response="{}"', HEX[:32]),
    ("signed-request", "SignedHeaders=host, Signature={}", HEX),
    ("signed-request", "https://b.s3.amazonaws.com/o?X-Amz-Signature={}&x=1", HEX),
    ("signed-request", "https://a.blob.core.windows.net/c?sv=2020&sig={}%3D&se=1", VALUE + VALUE),
    ("cookie", "Cookie: theme=dark; session={}; a=b", VALUE),
    ("cookie", "Set-Cookie: sid={}; HttpOnly; Path=/", VALUE),
    ("cookie", '{{"Cookie": "sessionid={}"}}', VALUE),
    ("cookie", '{{\\"set-cookie\\": \\"sid={}; Secure\\"}}', VALUE),
    ("command-password", "curl -s -u bob:{} https://a.io", PASSWORD),
    ("command-password", "sshpass -p {} ssh h", PASSWORD),
    ("command-password", "mysql -u root -p{} db", PASSWORD),
    ("element-password", "<server><password>{}</password></server>", PASSWORD),
    ("element-password", '<add key="Db.Password" value="{}"/>', PASSWORD),
    ("npm-config-token", "//registry.npmjs.org/:_authToken={}", UUID),
    ("password-hash", "bob:{}:19000:0:99999:7:::", "$6$" + random_text(8) + "$" + random_text(86)),
    ("password-hash", "bob:{}", "$2b$12$" + random_text(53)),
    ("oracle-password", "jdbc:oracle:thin:scott/{}@h:1521:x", random_text(14)),
    ("service-token", "key {},", "gsk_" + random_text(52)),
    ("service-token", "key {}", "sk-or-v1-" + HEX),
    ("service-token", '\\n{}\\"', "ya29." + random_text(80)),
    ("bot-url-token", "https://api.telegram.org/bot{}/getMe", "1234567890:AA" + random_text(33)),
    ("bot-url-token", "https://discord.com/api/webhooks/123456789012345678/{}", random_text(68)),
    ("assigned-secret", "aws_secret_access_key = {}", SLASHED),
    ("assigned-secret", '{{"SessionToken": "{}"}}', BASE64),
    ("assigned-secret", "AWS_SESSION_TOKEN={}", BASE64),
    ("assigned-secret", "ansible_ssh_pass={}", random_text(11) + "7"),
    ("assigned-secret", "DD_APP_KEY={}", random_text(40, HEXADECIMAL)),
]
NOT_FOUND = [
    "Cookie: theme=dark; lang=en-US; consent=accepted-all-of-them",
    "Authorization: " + "a/path/to-some.documentation_page",
    "authorization: UserAuthorizationServiceImplementation",
    "mysql -u root -p db < dump.sql; curl -u $USER:$PASSWORD https://a.io; curl -u {user}:{password} x",
    "<password>${env.DB_PASSWORD2}</password><token>{{ token1 }}</token>",
    "_authToken=${NPM_TOKEN}",
    "signature=(self, name) response='200'",
    "uid=0(root) gid=0(root) root@3f2a9c1b7d5e:/app# ls; git@github.com:/a/b",
    "password=/etc/secrets/db1/password",
]


@pytest.mark.parametrize(("rule", "text", "secret"), FOUND)
def test_credentials_are_found_whole_in_every_notation(detector, rule, text, secret):
    assert_found_whole(detector, rule, text, secret)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_credentials_is_not_found(detector, text):
    assert [(each.rule, each.value) for each in detector.found(text.encode())] == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("anna@build-box-17:~/src$ ls", ["anna", "build-box-17"]),
        ("\\nanna@desk:/srv# id", ["anna", "desk"]),
        ("uid=1001(anna) gid=1001(staff)", ["anna"]),
        ("C:/Users/anna/x /mnt/c/Users/bert/x /c/Users/cora/x", ["anna", "bert", "cora"]),
        ("peer ip-44-108-4-236.ec2.internal", ["ip-44-108-4-236"]),
    ],
)
def test_names_of_users_and_hosts_are_found_where_shells_print_them(detector, text, names):
    data = text.encode()
    assert [data[each.start : each.end].decode() for each in detector.found(data)] == names
