"""Blobs of text in UTF-16 are searched like other text, and stay what they were."""

from __future__ import annotations

import io
import json
import re
import uuid
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import lines, log_record, write_files

from wink_debug_bundle import DebugBundle, redact
from wink_debug_bundle.redaction.cell_texts.wide_text import wide_encoding
from wink_debug_bundle.redaction.passes.blob_reading import read_blob

TOKEN = r"\[[A-Z_]+:[A-Z2-7]{8}\]"
SECRET = "ghp_" + "x7Kq2Wm9Lb4Tz8Rn5Vc1Yd6Hf3Jg0PsAeUiO"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["\ufeffa text", "a text without a mark", "\ufeff\u4e2d\u6587\U0001f600"])
def test_utf_16_is_seen(text: str, encoding: str) -> None:
    """With a mark of its order of bytes, or if most of it is ASCII."""
    assert wide_encoding(text.encode(encoding)) == encoding
    blob = read_blob(lambda: io.BytesIO(text.encode(encoding)), 40)
    assert [opened().read() for opened in blob.searched] == [text.encode(encoding), text.encode()]


@given(st.one_of(st.text().map(str.encode), st.binary(), st.binary().map(lambda data: b"\xff\xfe" + data)))
def test_other_bytes_are_read_as_they_are(data: bytes) -> None:
    """What is no text in UTF-16 is searched as it is."""
    blob = read_blob(lambda: io.BytesIO(data), len(data))
    read, *decoded = (opened().read() for opened in blob.searched)
    assert read == data
    assert all(each.decode().encode(blob.encoding) == data for each in decoded)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_secret_in_utf_16_is_replaced(tmp_path: Path, encoding: str) -> None:
    """The file is text in the same encoding afterwards."""
    pytest.importorskip("re2", reason="the extra redact installs google-re2")
    (tmp_path / "debug").mkdir()
    with zipfile.ZipFile(tmp_path / "debug" / f"{uuid.uuid4()}.zip", "w") as archive:
        archive.writestr("notes.txt", f"\ufeffusing {SECRET} now".encode(encoding))
    DebugBundle.from_directory(tmp_path / "debug", output=tmp_path / "b.db").close()
    redact(tmp_path / "b.db", tmp_path / "new.db", jobs=1)
    with DebugBundle.open(tmp_path / "new.db") as bundle:
        text = bundle.read_file("notes.txt").read().decode(encoding)
        assert bundle.verify().is_sound
    assert text.startswith("\ufeffusing [GITHUB_PAT:")
    assert text.endswith("] now")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("greeting", ["using", "\u0416\u0437 using"])
def test_a_secret_in_utf_16_without_a_mark_is_replaced(tmp_path: Path, encoding: str, greeting: str) -> None:
    """Its zeros are valid UTF-8, so that the file is a text of the bundle; words and known values are found, too."""
    pytest.importorskip("re2", reason="the extra redact installs google-re2")
    (tmp_path / "debug").mkdir()
    text = f"a script with some words in it: {greeting} {SECRET}, Heron & co, known/7kQ2 value"
    with zipfile.ZipFile(tmp_path / "debug" / f"{uuid.uuid4()}.zip", "w") as archive:
        archive.writestr("notes.ps1", text.encode(encoding))
    DebugBundle.from_directory(tmp_path / "debug", output=tmp_path / "b.db").close()
    redact(tmp_path / "b.db", tmp_path / "new.db", words=["Heron", "known/7kQ2 value"], jobs=1)
    with DebugBundle.open(tmp_path / "new.db") as bundle:
        new = bundle.read_file("notes.ps1").read().decode(encoding)
        assert bundle.verify().is_sound
    form = re.compile(
        re.escape(text).replace(SECRET, TOKEN).replace("Heron", TOKEN).replace(r"known/7kQ2\ value", TOKEN)
    )
    assert form.fullmatch(new)
    assert not (tmp_path / "new.db").read_bytes().count(SECRET[5:15].encode(encoding))


def test_a_secret_in_output_in_utf_16_is_replaced(tmp_path: Path) -> None:
    """What a program wrote in UTF-16 stands in a log record with an escape for each zero, in JSON within JSON, too."""
    pytest.importorskip("re2", reason="the extra redact installs google-re2")
    output = "".join(f"{character}\0" for character in f'A "line"\r\nof output: {SECRET}\r\n')
    context = {"output": output, "payload": json.dumps({"output": output})}
    write_files(tmp_path / "debug", {"session.log": lines(log_record(context=context))})
    DebugBundle.from_directory(tmp_path / "debug", output=tmp_path / "b.db").close()
    redact(tmp_path / "b.db", tmp_path / "new.db", jobs=1)
    with DebugBundle.open(tmp_path / "new.db") as bundle:
        [row] = bundle.query("SELECT context FROM logs")
        new = json.loads(row["context"])
    for text in (new["output"], json.loads(new["payload"])["output"]):
        assert re.fullmatch(rf'A "line"\r\nof output: {TOKEN}\r\n', text.replace("\0", ""))
