"""Who may ask a served bundle: other sites, other users, other names."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import stat
from contextlib import closing

import pytest
from support.process_table import wait_until
from support.served_bundle import serve_bundle, start_server

from wink_debug_bundle import BundleError
from wink_debug_bundle.explore.web import server


@pytest.fixture(scope="module")
def site(run_bundle):
    with serve_bundle(run_bundle) as running:
        yield running


@pytest.fixture(scope="module")
def site_with_token(run_bundle):
    with serve_bundle(run_bundle, token=True) as running:
        yield running


class TestOtherSites:
    """Requests that a page of another site makes the browser send."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
            {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
            {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
            {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
            {"Sec_Fetch_Site": "nonsense"},
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
        ],
    )
    @pytest.mark.parametrize("path", ["", "run.json?sql=select+1", "-/static/app.css"])
    def test_they_are_refused(self, site, headers, path):
        """An image, a frame, a script or a fetch of another site gets status 403 and nothing of the bundle."""
        answer = site.get(path, **headers)
        assert (answer.status, "another site" in answer.text) == (403, True)

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Sec_Fetch_Site": "none"},
            {"Sec_Fetch_Site": "same-origin"},
            {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"},
        ],
    )
    def test_the_users_own_are_answered(self, site, headers):
        """Programs, typed addresses, the server's own pages and links to a page are answered."""
        assert site.get("run/logs", **headers).status == 200

    def test_own_origin(self, site):
        """The server's own origin is no other site."""
        assert site.get(Origin=site.url.rstrip("/")).status == 200

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_only_reading(self, site, method):
        """Other methods than GET and HEAD are refused."""
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)) as connection:
            connection.request(method, "/run")
            assert connection.getresponse().status == 405

    def test_head(self, site):
        """HEAD has the status and no body."""
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)) as connection:
            connection.request("HEAD", "/run")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"")


class TestToken:
    """A server with a token."""

    @pytest.mark.parametrize("path", ["", "run/logs.json", "-/static/app.css", "?token=wrong", "run?token="])
    def test_without_it(self, site_with_token, path):
        """Without the token nothing is answered, and the page says where the token is."""
        answer = site_with_token.get(path, Authorization="")
        assert (answer.status, "?token=" in answer.text) == (403, True)

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "token"])
    def test_in_a_header(self, site_with_token, scheme):
        """A program sends the token in a header."""
        assert site_with_token.get("run", Authorization=f"{scheme} {site_with_token.token}").status == 200
        assert site_with_token.get("run", Authorization=f"{scheme} x{site_with_token.token}").status == 403

    def test_from_the_address_into_a_cookie(self, site_with_token):
        """The printed address leads to the same page without the token, which a strict cookie has from then on."""
        answer = site_with_token.get(f"run/logs?level=a%26b&token={site_with_token.token}", Authorization="")
        assert (answer.status, answer.headers["location"]) == (303, "/run/logs?level=a%26b")
        cookie, *attributes = answer.headers["set-cookie"].split("; ")
        assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Strict"]
        assert site_with_token.get("run/logs", Authorization="", Cookie=f"a=b; {cookie}").status == 200
        assert site_with_token.get("run/logs", Authorization="", Cookie=f"a=b; {cookie}x").status == 403

    def test_link_on_another_site(self, site_with_token):
        """Browsers keep strict cookies back from what a link of another site leads to, so a page leads on."""
        link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
        entry = site_with_token.get(f"run?a=%3Cb%3E&token={site_with_token.token}", Authorization="", **link)
        assert (entry.status, entry.headers["refresh"]) == (200, "0; url=/run?a=%3Cb%3E")
        assert "SameSite=Strict" in entry.headers["set-cookie"]
        later = site_with_token.get("run?a=%22%3Cb%3E&c", Authorization="", **link)
        assert (later.status, 'href="/run?a=%22%3Cb%3E&amp;c"' in later.text) == (403, True)

    def test_redirect_stays_here(self, site_with_token):
        """A path that begins with two slashes does not become another host's address."""
        with closing(http.client.HTTPConnection("127.0.0.1", site_with_token.port, timeout=10)) as connection:
            connection.request("GET", f"//evil.example/?token={site_with_token.token}")
            assert connection.getresponse().headers["location"] == "/evil.example/"

    def test_line_ends_in_a_path(self, site_with_token):
        """A path with line ends stays encoded in the redirect, so that it adds no header."""
        answer = site_with_token.get(f"a%0d%0aX:%20y?token={site_with_token.token}", Authorization="")
        assert (answer.status, answer.headers["location"], answer.headers["x"]) == (303, "/a%0d%0aX:%20y", None)

    def test_default_where_others_can_connect(self, run_bundle):
        """Listening on all interfaces needs the token, and says so."""
        with serve_bundle(run_bundle, host="0.0.0.0") as running:
            assert len(running.token) > 40
            assert running.get().status == 200
            assert running.get(Authorization="").status == 403
            running.process.send_signal(signal.SIGINT)
            _, errors = running.process.communicate(timeout=30)
        assert errors.startswith("note: other machines can connect")

    def test_no_default_on_this_machine(self, site):
        """The address on this machine has no token."""
        assert site.token == ""

    def test_tokens_differ(self, run_bundle, site_with_token):
        """Each server has a token of its own."""
        with serve_bundle(run_bundle, token=True) as other:
            assert other.token != site_with_token.token


class TestAllowedHosts:
    """Further host names."""

    def test_named_hosts(self, run_bundle):
        """A name that was allowed is answered, with any port; others are not."""
        with serve_bundle(run_bundle, allow_hosts=["debug.example", "Other.example:80"]) as running:
            answers = [
                running.get(Host=host).status for host in ("debug.example:8001", "other.example", "evil.example")
            ]
        assert answers == [200, 200, 421]

    def test_refusal_names_the_option(self, site):
        """The refusal says which option allows the name; a name that is none is not repeated."""
        assert site.get(Host="debug.example:80").text.endswith("--allow-host debug.example\n")
        assert site.get(Host="<b>").text.endswith("--allow-host NAME\n")


class TestSocketPath:
    """A socket at a path."""

    def test_answers_its_owner_and_is_removed(self, run_bundle, tmp_path):
        """The socket and its folder are private, it answers, and it is gone afterwards."""
        path = tmp_path / "new" / "s"
        process = start_server(run_bundle, uds=str(path))
        try:
            assert process.stdout.readline() == f"unix:{path}\n"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert _get(path, "/run/logs") == b"200"
        finally:
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=30)
        assert (output, errors) == ("returned\n", "")
        assert not path.exists()

    def test_stale_socket_is_replaced(self, run_bundle, tmp_path):
        """A socket that a killed server left is replaced."""
        path = tmp_path / "s"
        with closing(socket.socket(socket.AF_UNIX)) as left:
            left.bind(str(path))
        process = start_server(run_bundle, uds=str(path))
        try:
            assert process.stdout.readline() == f"unix:{path}\n"
        finally:
            process.kill()
            process.communicate(timeout=30)

    @pytest.mark.parametrize("kind", ["file", "link", "folder"])
    def test_something_else_stays(self, run_bundle, tmp_path, kind):
        """What is no socket is not touched."""
        path = tmp_path / "s"
        {"file": lambda: path.write_text("mine"), "link": lambda: path.symlink_to("x"), "folder": path.mkdir}[kind]()
        before = path.lstat()
        with pytest.raises(BundleError, match="is no socket"):
            server.serve(run_bundle, uds=path, open_browser=False)
        assert os.path.samestat(before, path.lstat())

    def test_socket_in_use(self, run_bundle, tmp_path):
        """A socket that somebody listens on is not taken over."""
        path = tmp_path / "s"
        with closing(socket.socket(socket.AF_UNIX)) as listener:
            listener.bind(str(path))
            listener.listen()
            with pytest.raises(BundleError, match="another program listens there"):
                server.serve(run_bundle, uds=path, open_browser=False)
        assert path.exists()

    def test_folder_of_others(self, run_bundle, tmp_path):
        """A folder in which others can write is refused: they could replace the socket."""
        folder = tmp_path / "shared"
        folder.mkdir()
        folder.chmod(0o777)
        with pytest.raises(BundleError, match="others may write there"):
            server.serve(run_bundle, uds=folder / "s", open_browser=False)

    def test_path_too_long(self, run_bundle, tmp_path):
        """A path that no socket can have is an error that names it."""
        with pytest.raises(BundleError, match=r"cannot listen on .*/sss"):
            server.serve(run_bundle, uds=tmp_path / ("s" * 200), open_browser=False)


def _get(path, target):
    """Return the status of the answer to a request on a socket."""
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(30)
        wait_until(lambda: not connection.connect_ex(str(path)))
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return connection.makefile("rb").readline().split()[1]
