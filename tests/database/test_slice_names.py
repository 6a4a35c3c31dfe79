"""Names of the views of slice classes and of their columns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.database.schema_files import TABLES, VIEWS
from wink_debug_bundle.database.slices.slice_names import LEADING, PAYLOAD, column_names, view_names

TAKEN = (*TABLES, *VIEWS)


class TestViewNames:
    """Names of views."""

    @pytest.mark.parametrize(
        ("slice_type", "name"),
        [
            ("travel.itinerary:Plan", "slice_Plan"),
            ("app:Outer.Inner", "slice_Inner"),
            ("app:make.<locals>.Plan", "slice_Plan"),
            ("app:Box[int]", "slice_Box_int"),
            ("app:Pair[app.Left, app.Right]", "slice_Pair_app_Left_app_Right"),
            ("app:Größe", "slice_Größe"),
            ("Plan", "slice_Plan"),
            ("app.Plan", "slice_Plan"),
            ('app:a"b; DROP TABLE logs', "slice_a_b_DROP_TABLE_logs"),
            ("", "slice_unnamed"),
            ("<>", "slice_unnamed"),
        ],
    )
    def test_name_of_the_class(self, slice_type, name):
        """The name is the class's own, without its module, in characters that need no quotes."""
        assert view_names([slice_type], TAKEN) == {slice_type: name}

    def test_classes_of_one_name_get_longer_names(self):
        """Classes with the same name all get longer names, so that names do not depend on an order."""
        types = ["a.x:Plan", "b.x:Plan", "c.y:Plan", "c.y:Other"]
        assert list(view_names(types, TAKEN).values()) == [
            "slice_a_x_Plan",
            "slice_b_x_Plan",
            "slice_Other",
            "slice_y_Plan",
        ]

    def test_classes_that_differ_in_case(self):
        """SQLite ignores case, so names that differ only in case get a number if their modules are the same."""
        assert view_names(["a:Plan", "b:plan"], TAKEN) == {"a:Plan": "slice_a_Plan", "b:plan": "slice_b_plan"}
        assert view_names(["a:Plan", "a:plan"], TAKEN) == {"a:Plan": "slice_a_Plan", "a:plan": "slice_a_plan_2"}

    def test_a_table_keeps_its_name(self):
        """A class named like a table of the schema gets another view name."""
        assert view_names(["shop.cart:Items"], TAKEN) == {"shop.cart:Items": "slice_cart_Items"}
        assert view_names(["items"], TAKEN) == {"items": "slice_items_2"}

    def test_a_longer_name_may_be_another_class_s(self):
        """A class whose short name equals another's long name gets a longer name itself."""
        names = view_names(["a.b:Plan", "c:Plan", "d:b_Plan"], TAKEN)
        assert names == {"a.b:Plan": "slice_a_b_Plan", "c:Plan": "slice_c_Plan", "d:b_Plan": "slice_d_b_Plan"}

    @given(st.lists(st.text("aA.:_[<>é\"' \0", max_size=8) | st.text(max_size=300), unique=True, max_size=30))
    def test_all_differ(self, slice_types):
        """All view names differ and need no quotes, whatever the classes are called."""
        names = view_names(slice_types, TAKEN)
        assert set(names) == set(slice_types)
        lowered = [name.lower() for name in names.values()]
        assert len({*lowered, *TAKEN}) == len(lowered) + len(TAKEN)
        assert all(re.fullmatch(r"slice_\w+", name) for name in names.values())
        assert view_names(reversed(slice_types), TAKEN) == names


class TestColumnNames:
    """Names of columns."""

    def test_names_are_the_keys(self):
        """A column has the name of its key, even if that needs quotes; columns of type tags come last."""
        keys = ["__type__", "b", "a", "two words", 'a"b', "größe", "x.y", "0"]
        assert list(column_names(keys)) == ["0", "a", 'a"b', "b", "größe", "two words", "x.y", "__type__"]
        assert all(key == name for key, name in column_names(keys).items())

    def test_leading_columns_keep_their_names(self):
        """A key with the name of a leading column gets the prefix payload_."""
        keys = ["id", "ID", "session_id", "payload", "payload_id", ""]
        assert column_names(keys) == {
            "": "payload_",
            "ID": "payload_ID_2",
            "id": "payload_id_3",
            "payload": "payload_payload",
            "payload_id": "payload_id",
            "session_id": "payload_session_id",
        }

    @pytest.mark.parametrize("key", ["", "true", "False"])
    def test_some_keys_cannot_be_names(self, key):
        """Keys that SQLite would rename in a view get the prefix payload_ too."""
        assert column_names([key]) == {key: f"payload_{key}"}

    def test_keys_that_differ_in_case(self):
        """Of keys that differ only in case, the second gets a number that no other key uses."""
        assert column_names(["Name", "name", "name_2"]) == {"Name": "Name", "name": "name_3", "name_2": "name_2"}

    @given(st.sets(st.text('aAiIdD_2" \n', max_size=5) | st.text(max_size=150), max_size=40))
    def test_all_differ(self, keys):
        """All column names differ and are visible, whatever the keys are."""
        names = column_names(keys)
        assert set(names) == keys
        lowered = [name.lower() for name in names.values()]
        assert len({*lowered, *LEADING, PAYLOAD}) == len(lowered) + len(LEADING) + 1
        assert all(name.isprintable() and name for name in names.values())
