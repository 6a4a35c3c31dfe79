"""Write `docs/wink-query.md`: the answers of the library's `wink query` and of a bundle to the same questions.

python docs/generate_wink_query.py

It runs both, so it needs `weakincentives[wink]` 0.27.0 and this package; `tox run -e wink-query` installs them and checks
the page.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.question_page import PAGE, ask_both, render_page
from support.questions import QUESTIONS


def main() -> None:
    """Ask both all questions and write the page."""
    with tempfile.TemporaryDirectory() as scratch:
        asked = [ask_both(question, Path(scratch) / question.name) for question in QUESTIONS]
    PAGE.write_text(render_page(asked), encoding="utf-8")


if __name__ == "__main__":
    main()
