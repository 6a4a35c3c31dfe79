"""Write `docs/wink-query.md`: the same questions put to the library's `wink query` and to a bundle.

python docs/generate_wink_query.py

Asks both, so that it needs `weakincentives[wink]` 0.27.0 beside this package; `tox run -e wink-query` has that, and
checks the page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.question_page import PAGE, ask_both, render_page
from support.questions import QUESTIONS


def main() -> None:
    """Ask both, and write the page."""
    with tempfile.TemporaryDirectory() as scratch:
        asked = [ask_both(question, Path(scratch) / question.name) for question in QUESTIONS]
    PAGE.write_text(render_page(asked), encoding="utf-8")


if __name__ == "__main__":
    main()
