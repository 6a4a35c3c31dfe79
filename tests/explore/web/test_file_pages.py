"""Files of archives and runs on the served pages: as trees, as text, as pictures, as hexadecimal, and byte for byte."""

from __future__ import annotations

import html
import random
import re
import sqlite3
import urllib.parse
from contextlib import closing

import pytest
from support.artifact_samples import archive, column, write_files
from support.served_bundle import serve_bundle

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.web.file_pages.file_parts import is_text, text_part

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6260f8ff9f010000050001"
    "0d0a2db40000000049454e44ae426082".replace(" ", "")
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "owned"</script></svg>'
BYTES = random.Random(7).randbytes(2_500_000)
TEXT = "".join(f"line {number} with ümlauts and <b>markup</b>\n" for number in range(1, 60_001))
MEMBERS = {
    "src/main.py": "import this\n\nprint('<script>')\n",
    "src/deep/er/notes.md": "# Notes",
    "picture.png": PNG,
    "drawing.svg": SVG,
    "data.bin": BYTES,
    "long.txt": TEXT,
    "windows.txt": "one\r\n\r\nthree \rstill three\r\n",
    "one-line.json": "é" * 400_000,
    "three-bytes.txt": "あ" * 3000,
    "empty": "",
    "one": "1",
    "lines": "\n" * 20_000 + "x" * 300_000 + "\n" + "a\n" * 9_000,
    'odd "name"\r\n;.txt': "odd",
    "a\u202eb": "reversed",
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    files = {
        "a.zip": archive(MEMBERS),
        "b.zip": archive({"src/main.py": "other\n", "copy.py": MEMBERS["src/main.py"]}),
    }
    DebugBundle.from_directory(write_files(folder / "debug", files), output=folder / "files.db").close()
    return folder / "files.db"


@pytest.fixture(scope="module")
def site(bundle):
    with serve_bundle(bundle) as running:
        yield running


def _id(bundle, path):
    return column(bundle, f"SELECT id FROM files WHERE path = '{path}' ORDER BY id")[0]


def _link(page, text):
    """Return the address of a link below a part of a file; None without one."""
    found = re.search(rf'<a href="/([^"]+)">{text}</a>', page)
    return html.unescape(found[1]) if found else None


def _lines(text):
    return [html.unescape(line) for line in re.findall(r'<li id="L\d+">(.*?)</li>', text)]


class TestTree:
    """The files of an archive."""

    def test_all_files_are_in_it(self, site, bundle):
        """The tree has a link to each file, and one to each folder."""
        first = column(bundle, "SELECT min(artifact_id) FROM files")[0]
        text = site.get(f"files/archive/{first}").text
        files = {int(number) for number in re.findall(r'href="/files/file/(\d+)"', text)}
        assert files == set(column(bundle, f"SELECT id FROM files WHERE artifact_id = {first}"))
        assert "deep/</a>" in text
        assert "\u202e" not in text

    @pytest.mark.parametrize("folder", ["src/deep/", "src/deep"])
    def test_one_folder(self, site, bundle, folder):
        """The page of a folder has the files below it alone, also if somebody types its path without the last slash."""
        first = column(bundle, "SELECT min(artifact_id) FROM files")[0]
        text = site.get(f"files/archive/{first}?folder={folder}").text
        assert re.findall(r'href="/files/file/(\d+)"', text) == [str(_id(bundle, "src/deep/er/notes.md"))]

    def test_run(self, release_bundle):
        """The files of a run's workspace have the run's number as address, and its label as title."""
        path = release_bundle("0.27.0")
        with closing(sqlite3.connect(path)) as connection:
            run, label = connection.execute(
                "SELECT runs.id, coalesce(sample_id, bundle_id) FROM runs JOIN files ON files.artifact_id = runs.id"
            ).fetchone()
        with serve_bundle(path) as running:
            text = running.get(f"0-27-0/archive/{run}").text
        assert f"<h1>Files of {label}</h1>" in text

    @pytest.mark.parametrize("page", ["archive/99999", "file/99999", f"blob/{'0' * 64}", "file/1/other"])
    def test_no_such_page(self, site, page):
        """What does not exist is not found."""
        assert site.get(f"files/{page}").status == 404


class TestText:
    """Files that are text."""

    def test_both_bytes_of_a_line_end(self, site, bundle):
        """Where lines end in CRLF, neither of its characters is shown; another CR is."""
        text = site.get(f"files/file/{_id(bundle, 'windows.txt')}").text
        assert _lines(text) == ["one", "", "three \\rstill three"]

    def test_one_byte(self, site, bundle):
        """One byte is no plural, on the page of the file and in the tree."""
        number, archive_row = column(bundle, "SELECT id || ',' || artifact_id FROM files WHERE path = 'one'")[0].split(
            ","
        )
        assert "<p>1 byte, SHA-256" in site.get(f"files/file/{number}").text
        assert ">1 byte</span>" in site.get(f"files/archive/{archive_row}").text

    @pytest.mark.parametrize(("path", "cut"), [("long.txt", set()), ("one-line.json", {1}), ("lines", {20_001})])
    def test_back_from_the_last_part(self, site, bundle, path, cut):
        """The links to previous parts lead from the last part to the beginning, past every line, with its number."""
        address = last = f"files/file/{_id(bundle, path)}"
        while last:
            address, last = last, _link(site.get(last).text, "Next part")
        seen: dict[int, str] = {}
        while address:
            page = site.get(address).text
            for number, line in re.findall(r'<li id="L(\d+)">(.*?)</li>', page):
                seen[int(number)] = html.unescape(line)
            address = _link(page, "Previous part")
        assert ">Beginning</a>" not in page
        whole = MEMBERS[path].split("\n")
        assert set(seen) == set(range(1, len(whole) + (whole[-1] != "")))
        assert {number for number, line in seen.items() if line != whole[number - 1]} == cut

    def test_characters_of_several_bytes(self, site, bundle):
        """A text stays text where the bytes that are looked at end within a character."""
        text = site.get(f"files/file/{_id(bundle, 'three-bytes.txt')}").text
        assert _lines(text) == [MEMBERS["three-bytes.txt"]]

    def test_lines_have_numbers(self, site, bundle):
        """Each line can be named in an address, and markup in it is text."""
        text = site.get(f"files/file/{_id(bundle, 'src/main.py')}").text
        assert _lines(text) == ["import this", "", "print('<script>')"]
        assert '<ol class="file-lines" start="1">' in text

    def test_long_text_in_parts(self, site, bundle):
        """The parts of a long text have all of its lines, each once, with their numbers."""
        address, found = f"files/file/{_id(bundle, 'long.txt')}", []
        while address:
            text = site.get(address).text
            assert f'start="{len(found) + 1}"' in text
            found += _lines(text)
            following = re.search(r'href="/([^"]*)">Next part', text)
            address = html.unescape(following[1]) if following else None
        assert found == TEXT.splitlines()

    def test_long_line(self, site, bundle):
        """A line that is longer than a part ends with a whole character."""
        text = site.get(f"files/file/{_id(bundle, 'one-line.json')}").text
        (line,) = _lines(text)
        assert set(line) == {"é"}
        assert 'line=1"' in html.unescape(text)

    def test_the_same_file_elsewhere(self, site, bundle):
        """A file's page leads to those with its bytes, and to those with its path."""
        text = site.get(f"files/file/{_id(bundle, 'src/main.py')}").text
        rows = re.findall(r'href="/files/file/\d+">([^<]*)</a>.*?<td>([\w ]+)</td></tr>', text)
        assert rows == [("copy.py", "the same"), ("src/main.py", "differs")]


class TestBytes:
    """Files as they are."""

    @pytest.mark.parametrize("name", ["src/main.py", "data.bin", "long.txt", "picture.png", "empty", "drawing.svg"])
    def test_download(self, site, bundle, name):
        """A download has every byte of the file, and no browser opens it."""
        answer = site.get(f"files/file/{_id(bundle, name)}/bytes")
        content = MEMBERS[name]
        assert answer.body == (content if isinstance(content, bytes) else content.encode())
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["x-content-type-options"] == "nosniff"

    def test_odd_names(self, site, bundle):
        """A file's name can be anything, and does not get into the headers as it is."""
        number = column(bundle, "SELECT id FROM files WHERE path LIKE 'odd%'")[0]
        header = site.get(f"files/file/{number}/bytes").headers["content-disposition"]
        assert header.startswith('attachment; filename="odd_name_')
        assert urllib.parse.unquote(header.partition("UTF-8''")[2]).startswith('odd "name"')

    def test_hexadecimal(self, site, bundle):
        """Other files are shown in hexadecimal, in parts."""
        text = site.get(f"files/file/{_id(bundle, 'data.bin')}?offset=4096").text
        assert f"00001000  {BYTES[4096:4112].hex(' ')}" in text
        assert re.search(r'offset=0">Previous part.*offset=8192">Next part', text, re.DOTALL)

    def test_across_chunks(self, site, bundle):
        """A part that begins in one stored chunk and ends in the next has all of its bytes."""
        text = site.get(f"files/file/{_id(bundle, 'data.bin')}?offset=1048560").text
        assert f"000ffff0  {BYTES[1048560:1048576].hex(' ')}" in text
        assert f"00100000  {BYTES[1048576:1048592].hex(' ')}" in text

    def test_blob(self, site, bundle):
        """A blob has a page, and its bytes."""
        sha256 = column(bundle, f"SELECT sha256 FROM files WHERE id = {_id(bundle, 'data.bin')}")[0]
        assert site.get(f"files/blob/{sha256}/bytes").body == BYTES
        assert "00000000  " in site.get(f"files/blob/{sha256}").text

    def test_damaged_blob(self, bundle, tmp_path):
        """A blob that was changed is an error, not other bytes."""
        path = tmp_path / "damaged.db"
        path.write_bytes(bundle.read_bytes())
        sha256 = column(bundle, f"SELECT sha256 FROM files WHERE id = {_id(bundle, 'data.bin')}")[0]
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE blob_chunks SET data = x'00' WHERE sha256 = ? AND seq = 0", (sha256,))
        with serve_bundle(path) as running:
            assert (
                running.get(f"damaged/blob/{sha256}").status,
                running.get(f"damaged/blob/{sha256}/bytes").status,
            ) == (
                500,
                500,
            )


class TestPictures:
    """Pictures."""

    def test_picture(self, site, bundle):
        """A picture is shown, with the type that its bytes say."""
        number = _id(bundle, "picture.png")
        assert f'src="/files/file/{number}/image"' in site.get(f"files/file/{number}").text
        answer = site.get(f"files/file/{number}/image")
        assert (answer.body, answer.headers["content-type"]) == (PNG, "image/png")
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("name", ["drawing.svg", "src/main.py", "data.bin", "empty"])
    def test_no_picture(self, site, bundle, name):
        """SVG, which can hold scripts, is text, and so is everything else; none has an address as a picture."""
        number = _id(bundle, name)
        assert site.get(f"files/file/{number}/image").status == 404
        assert "<img" not in site.get(f"files/file/{number}").text


def test_text_is_utf_8_without_nul():
    """A cut last character does not make bytes of a text."""
    assert [is_text(data) for data in (b"", b"abc", "é".encode() * 4096, b"x" + "é".encode() * 4096)] == [True] * 4
    assert [is_text(data) for data in (b"a\0b", b"\xff", b"caf\xe9")] == [False] * 3


def test_very_many_lines():
    """A part has no more lines than a page can show, and says where the next begins."""
    part = text_part(b"\n" * 10_000, is_last=True)
    assert (len(part.lines), part.byte_count) == (4000, 4000)
