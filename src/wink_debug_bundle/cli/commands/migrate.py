"""The command `migrate`: upgrade a bundle of an older release to this release's schema."""

from __future__ import annotations

from pathlib import Path

import click

from ...terminal_text import visible
from ..shared_options import bundle_argument, verbose_option


@click.command(short_help="Upgrade a bundle of an older release.")
@bundle_argument
@verbose_option
def migrate(bundle: Path) -> None:
    """Upgrade BUNDLE to the schema of this release. A copy is upgraded, and replaces BUNDLE when it is complete."""
    from ...database.schema_files import SCHEMA_VERSION
    from ...pipeline.bundle_migration import migrate_bundle
    from ..output.output_streams import print_lines

    version = migrate_bundle(bundle)
    name = visible(str(bundle))
    if version == SCHEMA_VERSION:
        print_lines([f"{name}: schema v{version} is up to date"])
    else:
        print_lines([f"{name}: migrated from schema v{version} to v{SCHEMA_VERSION}"])
