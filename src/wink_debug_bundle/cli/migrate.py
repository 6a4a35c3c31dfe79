"""`migrate`: bring a bundle of an older release up to this one's schema."""

from __future__ import annotations

from pathlib import Path

import click

from .options import bundle_argument, verbose_option


@click.command(short_help="Bring a bundle of an older release up to date.")
@bundle_argument
@verbose_option
def migrate(bundle: Path) -> None:
    """Rewrite BUNDLE in this release's schema. The work is done on a copy, which then takes its place."""
    from ..database.schema import SCHEMA_VERSION
    from ..pipeline.migrate import migrate_bundle
    from .streams import print_lines

    version = migrate_bundle(bundle)
    if version == SCHEMA_VERSION:
        print_lines([f"{bundle}: schema v{version} is up to date"])
    else:
        print_lines([f"{bundle}: migrated from schema v{version} to v{SCHEMA_VERSION}"])
