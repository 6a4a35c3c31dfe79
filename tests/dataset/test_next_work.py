"""What a listing adds to the plans so far."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dataset_files import listed

from wink_debug_bundle.dataset.shard_ids import shard_id_of
from wink_debug_bundle.dataset.shard_planning.next_work import next_work
from wink_debug_bundle.dataset.shard_planning.source_columns import SourceColumns

RUN = "1_20261128_145833.zip"
A, B, C = (listed(f"{folder}/{RUN}") for folder in "abc")


def plan(sources, planned=(), committed=(), least=10):
    """Return what is next for the shards that are planned, of which the ones named are committed."""
    return next_work(SourceColumns.of(sources), planned, {shard.id for shard in committed}, {}, least)


def names(shard):
    """Return the names of a shard's sources."""
    return [source.name for source in shard.sources]


def test_first_plan():
    """At first everything is new."""
    work = plan([A, B])
    assert [names(shard) for shard in work.shards] == [[A.name], [B.name]]
    assert (work.abandons, work.held_back, work.gone) == ((), (), 0)


def test_nothing_new():
    """A listing that all plans know adds nothing, committed or not."""
    first = plan([A, B]).shards
    assert plan([A, B], first).shards == ()
    assert plan([A, B], first, first).shards == ()


def test_new_run():
    """A new run makes a new shard, and the others stay."""
    first = plan([A, B]).shards
    work = plan([A, B, C], first, first)
    assert [names(shard) for shard in work.shards] == [[C.name]]
    assert work.shards[0].replaces == ()


def test_changed_before_it_was_built():
    """A shard that is not built yet is given up if a source of it has changed, and planned anew."""
    first = plan([A, B]).shards
    work = plan([listed(A.name, 11, "2"), B], first)
    assert work.abandons == (first[0].id,)
    assert [names(shard) for shard in work.shards] == [[A.name]]


def test_changed_after_it_was_built():
    """A committed shard whose source has changed is built again, with all its sources, and replaced."""
    first = plan([A, B], least=20).shards
    work = plan([listed(A.name, 11, "2"), B], first, first)
    assert [(names(shard), shard.replaces) for shard in work.shards] == [([A.name, B.name], (first[0].id,))]
    assert work.abandons == ()


def test_new_file_of_a_known_run():
    """A file that belongs to a run of a committed shard is not built apart from it."""
    first = plan([A, B]).shards
    work = plan([A, listed("a/app.log"), B], first, first)
    assert [(names(shard), shard.replaces) for shard in work.shards] == [([A.name, "a/app.log"], (first[0].id,))]


def test_gone():
    """What a committed shard holds stays if its sources are gone."""
    first = plan([A, B]).shards
    work = plan([B], first, first)
    assert (work.shards, work.abandons, work.gone) == ((), (), 1)


def test_held_back():
    """A shard is not built again if that would lose what it holds of sources that are gone."""
    first = plan([A, B], least=20).shards
    work = plan([listed(A.name, 11, "2")], first, first)
    assert (work.shards, work.held_back, work.gone) == ((), (A.name,), 1)


ELSEWHERE = tuple(replace(source, folder="memory:///other/") for source in (A, B))


@pytest.mark.parametrize("committed", [(), (0,), (0, 1)])
def test_another_folder(committed):
    """A listing of one folder says nothing about the shards of another, built or not."""
    first = plan(ELSEWHERE).shards
    work = plan([A, B], first, [first[number] for number in committed])
    assert [names(shard) for shard in work.shards] == [[A.name], [B.name]]
    assert (work.abandons, work.held_back, work.gone, work.elsewhere) == ((), (), 0, 2)


def test_folder_within():
    """A listing of a folder in the one that was planned finds what has changed, and misses nothing that is around it."""
    first = plan([A, B], least=20).shards
    below = replace(listed(RUN, 11, "2"), folder=f"{A.folder}a/")
    work = plan([below], first, first)
    assert (work.shards, work.abandons, work.held_back, work.gone) == ((), (), (RUN,), 0)


def test_folder_around():
    """A listing of the folder around the one that was planned knows what is in both."""
    first = plan([replace(listed(RUN), folder=f"{A.folder}a/")]).shards
    work = plan([A, B], first, first)
    assert [names(shard) for shard in work.shards] == [[B.name]]
    assert (work.abandons, work.gone, work.elsewhere) == ((), 0, 0)


_STATES = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from([RUN, f"2{RUN}", "app.log"])), st.integers(1, 3), max_size=9
)


@given(_STATES, _STATES, st.integers(1, 40), st.data())
def test_exactly_once(before, after, least, data):
    """Whatever changes, each file that is there, and can be planned, is in exactly one shard that counts."""
    old = [listed(f"{folder}/{name}", 10, str(etag)) for (folder, name), etag in before.items()]
    new = [listed(f"{folder}/{name}", 10, str(etag)) for (folder, name), etag in after.items()]
    first = plan(old, least=least).shards
    committed = [shard for shard in first if data.draw(st.booleans())]
    work = plan(new, first, committed, least=least)
    dead = {*work.abandons, *(each for shard in work.shards for each in shard.replaces)}
    counted = [shard for shard in (*first, *work.shards) if shard.id not in dead]
    held = [source for shard in counted for source in shard.sources]
    assert len({source.uri for source in held}) == len(held)
    missing = {source for source in new if source not in held}
    assert {source.name for source in missing} == {*work.held_back}
    assert all(shard.id == shard_id_of(shard.sources) for shard in counted)
