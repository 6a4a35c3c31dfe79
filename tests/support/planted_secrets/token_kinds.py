"""Kinds of tokens that are known by their own form, such as a prefix."""

from __future__ import annotations

import base64
import json

from support.planted_secrets.chance import (
    BASE32,
    BASE62,
    DIGITS,
    HEX,
    LETTERS,
    LOWER_AND_DIGITS,
    URL_SAFE,
    Chance,
)
from support.planted_secrets.planted_secret import SecretKind, Written

_FORMS: dict[str, tuple[str, str, tuple[str | tuple[str, int], ...]]] = {
    "aws-access-key": ("aws-access-token", "AK" + "IA", ((BASE32, 16),)),
    "github-pat": ("github-pat", "gh" + "p_", ((BASE62, 36),)),
    "github-fine-grained-pat": ("github-fine-grained-pat", "github" + "_pat_", ((BASE62, 22), "_", (BASE62, 59))),
    "github-oauth": ("github-oauth", "gh" + "o_", ((BASE62, 36),)),
    "gitlab-pat": ("gitlab-pat", "gl" + "pat-", ((URL_SAFE, 20),)),
    "slack-bot": ("slack-bot-token", "xo" + "xb-", ((DIGITS, 12), "-", (DIGITS, 12), "-", (BASE62, 24))),
    "stripe": ("stripe-access-token", "sk_" + "live_", ((BASE62, 24),)),
    "openai": ("openai-api-key", "sk-" + "proj-", ((URL_SAFE, 74), "T3Blbk" + "FJ", (URL_SAFE, 74))),
    "anthropic": ("anthropic-api-key", "sk-" + "ant-api03-", ((URL_SAFE, 93), "AA")),
    "google-api-key": ("gcp-api-key", "AI" + "za", ((URL_SAFE, 35),)),
    "npm": ("npm-access-token", "npm" + "_", ((BASE62, 36),)),
    "pypi": ("pypi-upload-token", "pypi-" + "AgEIcHlwaS5vcmc", ((URL_SAFE, 110),)),
    "hugging-face": ("huggingface-access-token", "hf" + "_", ((LETTERS, 34),)),
    "twilio": ("twilio-api-key", "S" + "K", ((HEX, 32),)),
    "sendgrid": ("sendgrid-api-token", "S" + "G.", ((URL_SAFE, 22), ".", (URL_SAFE, 43))),
    "digitalocean": ("digitalocean-pat", "dop" + "_v1_", ((HEX, 64),)),
    "shopify": ("shopify-access-token", "shp" + "at_", ((HEX, 32),)),
    "square": ("square-access-token", "sq0" + "atp-", ((URL_SAFE, 22),)),
    "databricks": ("databricks-api-token", "da" + "pi", ((HEX, 32),)),
    "linear": ("linear-api-key", "lin" + "_api_", ((BASE62, 40),)),
    "notion": ("notion-api-token", "nt" + "n_", ((DIGITS, 11), (BASE62, 35))),
    "vault": ("vault-service-token", "hv" + "s.", ((URL_SAFE, 95),)),
    "heroku": ("heroku-api-key-v2", "HR" + "KU-AA", ((BASE62, 58),)),
    "terraform": ("hashicorp-tf-api-token", "", ((LOWER_AND_DIGITS, 14), ".atlas" + "v1.", (BASE62, 65))),
    "sentry": ("sentry-user-token", "sntr" + "yu_", ((HEX, 64),)),
    "grafana": ("grafana-service-account-token", "gl" + "sa_", ((BASE62, 32), "_", (HEX, 8))),
}
"""Of each kind the rule, the prefix, and what follows: text, or so many characters of an alphabet."""


def _from_form(name: str) -> SecretKind:
    rule, prefix, parts = _FORMS[name]

    def make(chance: Chance) -> Written:
        value = prefix + "".join(part if isinstance(part, str) else chance.text(*part) for part in parts)
        return Written(value, value, prefix)

    return SecretKind(name, make, rule, is_name=True)


def _json_part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def _web_token(chance: Chance) -> Written:
    header = _json_part({"alg": "HS256", "typ": "JWT"}) + "."
    payload = _json_part({"jti": chance.text(BASE62, 33)})
    value = f"{header}{payload}.{chance.text(URL_SAFE, 43)}"
    return Written(value, value, header + payload[:10])


TOKEN_KINDS = (*map(_from_form, _FORMS), SecretKind("jwt", _web_token, "jwt", is_name=True))
"""All of them."""
