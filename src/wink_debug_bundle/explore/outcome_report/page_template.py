"""Fill in pages that open from a disk: a template that escapes what is filled in, and the style of stories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from ...terminal_text import visible_lines

STATIC = Path(__file__).parent.parent / "web" / "pages" / "static"
"""The style and the scripts that served pages have, too."""

WITHOUT_SCRIPTS = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of a page that runs and loads nothing."""


def escaping_template(folder: Path, name: str) -> Any:
    """Return a template of that folder, which escapes what is filled in."""
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    return environment.get_template(name)


def page_style() -> Markup:
    """Return the style of a page with stories."""
    return Markup((STATIC / "bundle.css").read_text(encoding="utf-8") + "\n") + story_style()  # noqa: S704 - ours


def story_style() -> Markup:
    """Return the style of stories, for a page that has the usual style already."""
    return Markup(Path(__file__).with_name("stories.css").read_text(encoding="utf-8"))  # noqa: S704 - a file of our own


def _shown(value: Any) -> Any:
    """Return a text with its invisible characters escaped."""
    return visible_lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value
