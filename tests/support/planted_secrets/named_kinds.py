"""Kinds of secrets that are known by the name of the setting, the header or the address that has them."""

from __future__ import annotations

from support.planted_secrets.chance import BASE62, BASE64, DIGITS, HEX, UPPER_AND_DIGITS, URL_SAFE, Chance
from support.planted_secrets.planted_secret import SecretKind, Written

_ASSIGNMENTS = ('{name} = "{value}"', "{name}='{value}'", '"{name}": "{value}"', "{name}={value}")


def _setting(chance: Chance, name: str, value: str, prefix: str = "") -> Written:
    """Return a secret that is the value of a setting."""
    return Written(value, chance.one_of(_ASSIGNMENTS).format(name=name, value=value), prefix, name)


def _aws_secret(chance: Chance) -> Written:
    return _setting(chance, "aws_secret_access_key", chance.text(BASE62, 1) + chance.text(BASE64, 39))


def _azure(chance: Chance) -> Written:
    value = f"{chance.text(BASE62, 3)}{chance.text(DIGITS, 1)}Q~{chance.text(BASE62 + '_~.-', 34)}"
    return _setting(chance, "AZURE_CLIENT_SECRET", value)


def _mailgun(chance: Chance) -> Written:
    return _setting(chance, "mailgun_private_key", f"key-{chance.text(HEX, 32)}", "key-")


def _datadog(chance: Chance) -> Written:
    return _setting(chance, "DATADOG_APP_KEY", chance.text(HEX, 40))


def _telegram(chance: Chance) -> Written:
    return _setting(chance, "telegram_bot_token", f"{chance.text(DIGITS, 10)}:A{chance.text(URL_SAFE, 34)}")


def _discord(chance: Chance) -> Written:
    return _setting(chance, "discord_token", chance.text(HEX, 64))


def _new_relic(chance: Chance) -> Written:
    return _setting(chance, "NEW_RELIC_API_KEY", f"NRAK-{chance.text(UPPER_AND_DIGITS, 27)}", "NRAK-")


def _generic(chance: Chance) -> Written:
    return _setting(chance, chance.one_of(("api_key", "SERVICE_TOKEN", "client_secret")), chance.text(BASE62, 40))


def _slack_webhook(chance: Chance) -> Written:
    prefix = "https://hooks." + "slack.com/services/"
    ids = (chance.text(UPPER_AND_DIGITS, 10) for _ in range(2))
    value = prefix + "T{}/B{}/".format(*ids) + chance.text(BASE62, 24)
    return Written(value, value, prefix)


def _curl_header(chance: Chance) -> Written:
    value = chance.text(BASE62, 44)
    return Written(value, f'curl -H "Authorization: Bearer {value}" https://api.travel-desk.dev/v1/trips')


NAMED_KINDS = (
    SecretKind("aws-secret-key", _aws_secret, "generic-api-key"),
    SecretKind("azure-client-secret", _azure, "azure-ad-client-secret"),
    SecretKind("mailgun", _mailgun, "mailgun-private-api-token"),
    SecretKind("datadog", _datadog, "datadog-access-token"),
    SecretKind("telegram", _telegram, "telegram-bot-api-token"),
    SecretKind("discord", _discord, "discord-api-token"),
    SecretKind("new-relic", _new_relic, "new-relic-user-api-key"),
    SecretKind("generic-api-key", _generic, "generic-api-key"),
    SecretKind("slack-webhook", _slack_webhook, "slack-webhook-url"),
    SecretKind("curl-header", _curl_header, "curl-auth-header"),
)
"""All of them."""
