"""Redact a bundle: the function of the public interface."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import BundleError
from ..pipeline.cpu_count import default_jobs
from ..pipeline.progress import ProgressCallback
from .bundle_redaction import redact_bundle
from .redaction_options import Profile, RedactionOptions, RedactionSummary

_PROFILES = ("share", "strict")
_MOST_WORD_BYTES = 16 << 20


def redact(
    bundle: str | Path,
    output: str | Path | None = None,
    *,
    profile: Profile = "share",
    rules: str | Path | None = None,
    words: Sequence[str] = (),
    token_map: str | Path | None = None,
    force: bool = False,
    jobs: int | None = None,
    progress: ProgressCallback | None = None,
    dry_run: bool = False,
) -> RedactionSummary:
    """Write a new bundle in which tokens stand for what is secret; the old one stays as it is.

    Example::

        summary = redact("bundle.db", "to-share.db", words=["Project Heron"])
        print(summary.count, summary.replaced)

    Args:
        bundle: The bundle, packed or not.
        output: Path of the new bundle, which only its owner can read; one that ends in `.zst` is packed.
        profile: "share" replaces what is found; "strict" drops all free text, too, and keeps structure, names, numbers
            and events.
        rules: A file of more rules, in the form of gitleaks' TOML.
        words: Words that are secret, beside those that rules find.
        token_map: A private file that keeps the key of the tokens and the value of each: bundles that are redacted with the
            same map have the same tokens. By default, the key is random and is not kept.
        force: Whether to replace an output that exists.
        jobs: Number of processes; by default the processors that this process may use, up to 8.
        progress: Called with a `Progress` after each step.
        dry_run: Whether to write no bundle, and only to count.

    Raises:
        BundleError: the extra `redact` is not installed, or rules or a map cannot be read, or something is left that
            should have been replaced; then there is no new bundle.
        InvalidBundleError: the file is not a bundle, or is damaged.
        BundleVersionError: it has the schema of another release.
        BundleExistsError: the output exists and `force` is not set.
        BundleBuildError: the output could not be written.
        ValueError: there is no such `profile`, `jobs` is less than 1, or there is no `output` without `dry_run`.
    """
    if profile not in _PROFILES:
        raise ValueError(f"profile must be one of {', '.join(_PROFILES)}, not {profile!r}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs must be at least 1, not {jobs}")
    if output is None and not dry_run:
        raise ValueError("name an output, or set dry_run")
    options = RedactionOptions(
        profile=profile,
        rules=None if rules is None else Path(rules),
        words=tuple(words),
        token_map=None if token_map is None else Path(token_map),
        force=force,
        jobs=default_jobs() if jobs is None else jobs,
        progress=progress,
        only_counts=dry_run,
    )
    return redact_bundle(Path(bundle), None if output is None else Path(output), options)


def read_words(path: Path) -> list[str]:
    """Return the words of a file, one on each line.

    Raises:
        BundleError: it cannot be read, is too large, is not UTF-8, or has none.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_WORD_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BundleError(f"{path}: is not UTF-8; save it as such") from None
    if len(data) > _MOST_WORD_BYTES:
        raise BundleError(f"{path}: is larger than {_MOST_WORD_BYTES >> 20} MiB; give fewer words")
    words = [word for line in text.splitlines() if (word := line.strip())]
    if not words:
        raise BundleError(f"{path}: has no words; write one on each line")
    return words
