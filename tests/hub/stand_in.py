"""A stand-in for the Hugging Face hub: as much of its HTTP as sharing a model and taking it back needs, in memory."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """What the hub holds.

    Attributes:
        address: where it listens
        models: files of each model, by name
        private: models that were made private
        messages: of every commit
        tokens: that were sent with changes
    """

    def __init__(self) -> None:
        self.address = ""
        self.models: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.messages: list[str] = []
        self.tokens: set[str | None] = set()
        self.uploads: dict[str, bytes] = {}


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub on a port of this machine, for as long as it is needed."""
    hub = Hub()

    class Handler(_Handler):
        held = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    held: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        path, body = unquote(urlsplit(self.path).path), self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.held.tokens.add(self.headers.get("Authorization"))
        if self.headers.get("Authorization") is None:
            self._say({"error": "Invalid username or password."}, 401)
        elif path == "/api/repos/create":
            asked = json.loads(body)
            repo = f"{asked['organization']}/{asked['name']}"
            if repo in self.held.models:
                self._say({"error": "You already created this model repo", "url": f"{self.held.address}/{repo}"}, 409)
                return
            self.held.models[repo] = {}
            if asked.get("visibility") == "private" or asked.get("private"):
                self.held.private.add(repo)
            self._say({"url": f"{self.held.address}/{repo}", "name": repo, "id": repo})
        elif path == "/api/validate-yaml":
            self._say({"errors": [], "warnings": []})
        elif path.endswith("/info/lfs/objects/batch"):
            objects = [
                {**each, "actions": {"upload": {"href": f"{self.held.address}/upload/{each['oid']}"}}}
                for each in json.loads(body)["objects"]
            ]
            self._say({"transfer": "basic", "objects": objects})
        elif "/preupload/" in path:
            files = [
                {"path": each["path"], "shouldIgnore": False, "uploadMode": _mode(each["path"])}
                for each in json.loads(body)["files"]
            ]
            self._say({"files": files})
        elif "/commit/" in path:
            self._commit(path.removeprefix("/api/models/").partition("/commit/")[0], body)
        else:
            self._say({"error": f"no such place: {path}"}, 404)

    def _commit(self, repo: str, body: bytes) -> None:
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "header":
                self.held.messages.append(value["summary"])
            elif line["key"] == "file":
                self.held.models[repo][value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.held.models[repo][value["path"]] = self.held.uploads[value["oid"]]
        self._say({"commitUrl": f"{self.held.address}/{repo}/commit/{SHA}", "commitOid": SHA, "success": True})

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        name = self.path.rpartition("/")[2]
        assert hashlib.sha256(content).hexdigest() == name
        self.held.uploads[name] = content
        self._say({})

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/api/models/"):
            repo, _, rest = path.removeprefix("/api/models/").replace("/revision/", "/tree/").partition("/tree/")
            if repo not in self.held.models:
                self._say({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
                return
            files = self.held.models[repo]
            tree = [
                {"type": "file", "path": name, "size": len(each), "oid": _digest(each)} for name, each in files.items()
            ]
            about = {"id": repo, "modelId": repo, "sha": SHA, "siblings": [{"rfilename": name} for name in files]}
            self._say(tree if "/tree/" in path else about)
            return
        repo, _, rest = path.lstrip("/").partition("/resolve/")
        content = self.held.models.get(repo, {}).get(rest.partition("/")[2])
        if content is None:
            self._say({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
        else:
            self._send(content, 200, {"ETag": f'"{_digest(content)}"', "X-Repo-Commit": SHA})

    do_HEAD = do_GET

    def _say(self, value: object, code: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(json.dumps(value).encode(), code, {"Content-Type": "application/json", **(headers or {})})

    def _send(self, content: bytes, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _mode(path: str) -> str:
    """As the hub has it: large binaries beside the history, the rest in it."""
    return "lfs" if path.endswith(".safetensors") else "regular"


def _digest(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
