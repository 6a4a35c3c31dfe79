"""What a process that compares is told to do, and what it answers: both are JSON between the server and the process."""

from __future__ import annotations

import msgspec

from ...explore.web.sql_processes.served_file import Identity


class OrderedSide(msgspec.Struct, frozen=True):
    """One side of what is to be compared.

    Attributes:
        name: Name of the bundle, as the page has it: folders are private.
        database: The SQLite file.
        identity: What identifies it; no other is read.
        home: Path of the bundle's pages on the server.
        offer: Position of the samples among those that `offered_choices` returns; None for a single run.
        run: The run, as `show` takes it; None for a whole comparison.
    """

    name: str
    database: str
    identity: Identity
    home: str
    offer: int | None = None
    run: str | None = None


class PageOrder(msgspec.Struct, frozen=True):
    """A page to make: a comparison, or, of two runs, both side by side."""

    base: OrderedSide
    new: OrderedSide


class ListedSample(msgspec.Struct, frozen=True):
    """A sample in the list of all: what became of it, and its result and run on both sides; None for a missing side."""

    name: str
    experiment: str | None
    change: str
    base: tuple[str, str | None] | None
    new: tuple[str, str | None] | None


class MadePage(msgspec.Struct, frozen=True):
    """What a process answers.

    Attributes:
        title: Title of the page.
        markup: Its content, escaped.
        samples: The samples of both sides, those that flipped first.
        sample_count: Number of all samples; if they are very many, not all are listed.
        error: Why there is no page; otherwise empty.
        is_replaced: Whether a bundle's file is another one by now.
    """

    title: str = ""
    markup: str = ""
    samples: tuple[ListedSample, ...] = ()
    sample_count: int = 0
    error: str = ""
    is_replaced: bool = False
