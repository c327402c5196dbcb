"""The tests' live server: its threads keep their lines to the database, static files stay at hand."""

from http.cookies import SimpleCookie
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import Semaphore, Thread

from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections

PLAIN = "plain_papers"  # the cookie of a browser without a viewer of papers
PAPER = b"Paper"
CHECKER = f"{settings.STATIC_URL}axe.min.js"  # where a page fetches the accessibility checker


def shown_plainly(application):
    """A WSGI application whose papers, once made, are bare words in a window without a viewer."""

    def answer(environ, start_response):
        in_window = environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        if not in_window or PLAIN not in SimpleCookie(environ.get("HTTP_COOKIE", "")):
            return application(environ, start_response)
        papers = []

        def start(status, headers, exc_info=None):
            said = {name.lower(): value for name, value in headers}
            if said.get("content-type") == "application/pdf" and said.get("content-disposition") == "inline":
                papers.append(PAPER)
                said.pop("content-encoding", None)
                said |= {"content-type": "text/plain", "content-length": str(len(PAPER))}
                headers = list(said.items())
            return start_response(status, headers, exc_info)

        body = application(environ, start)
        if papers:
            body.close()
        return papers or body

    return answer


def with_files_at_hand(application):
    """A WSGI application whose static files are read once: each new profile asks for all of them."""
    at_hand = {CHECKER: _checker()}  # path → status, headers, content

    def answer(environ, start_response):
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "GET" or not path.startswith(settings.STATIC_URL):
            return application(environ, start_response)
        if path not in at_hand:
            said = []
            body = application(environ, lambda *status_and_headers: said.extend(status_and_headers))
            content = b"".join(body)
            body.close()
            if not said[0].startswith("200"):
                start_response(*said)
                return [content]
            at_hand[path] = (*said[:2], content)
        status, headers, content = at_hand[path]
        start_response(status, list(headers))
        return [content]

    return answer


def _checker():
    script = (Path(find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_bytes()
    said = {
        "Content-Type": "text/javascript",
        "Content-Length": str(len(script)),
        "Cache-Control": "max-age=3600",
    }
    return "200 OK", list(said.items()), script


class Server(ThreadedWSGIServer):
    """A thread serves one connection after the other: a new line to the database costs most."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._asked, self._free = SimpleQueue(), Semaphore(0)

    def set_app(self, application):
        super().set_app(with_files_at_hand(shown_plainly(application)))

    def process_request(self, request, client_address):
        self._asked.put((request, client_address))
        if not self._free.acquire(blocking=False):
            Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            self.process_request_thread(*self._asked.get())
            self._free.release()

    def _close_connections(self):
        # Nothing is asked of the line: a browser hangs up when its test is over, and no test may ask then.
        for line in connections.all(initialized_only=True):
            if line.errors_occurred or not line.autocommit:
                line.close()
