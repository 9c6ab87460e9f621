"""Commands in processes of their own, forked from one that has imported what they need: a start takes no time, a kill is a kill."""

import contextlib
import importlib
import io
import json
import multiprocessing
import os
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from contentmix.cli import main
from contentmix.data import makers

ROOT = Path(__file__).parents[2]
COMMAND = "contentmix.cli:main"
AFRESH = f"{__name__}:afresh"
TINY = "--network wrn-10-1 --epochs 1 --batch-size 1024 --select last --no-progress"
WARM = [
    line.split()
    for line in (
        f"train mimo {TINY} --out {{0}}/run",
        "analyze {0}/run",
        "export {0}/run --format torchscript --out {0}/x.pt",
    )
]


class Server:
    """A process that forks one child at a time, and says how it ended."""

    def __init__(self):
        program = f"from {__name__} import serve; serve()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._process.stdout.readline()  # that it is ready

    def ask(self, **wish):
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def answers(self, seconds):
        """Whether the child has ended, or does within so many seconds."""
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def answer(self):
        return int(self._process.stdout.readline())

    def close(self):
        self._process.communicate()


class Child:
    """A command at work: it writes what it says on its error stream to a file, and can be killed."""

    def __init__(self, servers, folder, words, call, dies_at):
        self._servers = servers
        self._server = servers.idle.pop() if servers.idle else servers.new()
        self._said = folder / f"said-{servers.number()}"
        wish = {"call": call, "words": [str(word) for word in words], "said": str(self._said), "dies_at": dies_at}
        self._pid, self.code = self._server.ask(cwd=str(folder), **wish), None

    def running(self, seconds=0.0):
        """Whether it still runs after waiting so long for its end."""
        if self.code is None and self._server.answers(seconds):
            self.end()
        return self.code is None

    def kill(self):
        """By SIGKILL; whether that is what ended it."""
        if self.running():
            os.kill(self._pid, signal.SIGKILL)
        return self.end() == -signal.SIGKILL

    def end(self, seconds=300):
        """Its exit code, once it has ended; negative: the signal that ended it."""
        if self.code is None:
            assert self._server.answers(seconds), "it does not end"
            self.code = self._server.answer()
            self._servers.idle.append(self._server)
        return self.code

    @property
    def said(self):
        return self._said.read_text().strip()


class Servers:
    """As many as there are children at once."""

    def __init__(self, folder):
        self._folder, self._all, self.idle, self._count = folder, [], [], 0

    def new(self):
        self._all.append(Server())
        return self._all[-1]

    def number(self):
        self._count += 1
        return self._count

    def start(self, *words, call=COMMAND, dies_at=None):
        """Begin ``contentmix WORDS``, or what ``call`` names, given the words; at the n-th place in a save it kills itself."""
        return Child(self, self._folder, words, call, dies_at)

    def finish(self, *words, call=COMMAND):
        """Perform it; it must do its work."""
        child = self.start(*words, call=call)
        assert child.end() == 0, child.said

    def close(self):
        for server in self._all:
            server.close()


def serve():
    """Fork a child for each line of the input; a run of one epoch and what reads it have imported what children need."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for words in WARM:
            with contextlib.suppress(SystemExit):
                main([word.format(folder) for word in words])
    # Workers of a child are forked as well: a server of theirs would import all again.
    makers._server = lambda: multiprocessing.get_context("fork")
    print("ready", flush=True)
    for line in sys.stdin:
        wish = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os._exit(_work(**wish))
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def afresh(words):
    """In place of a fork, the command as a user starts it; its workers come from a server of their own."""
    os.execv(sys.executable, [sys.executable, "-m", "contentmix", *words])


def _work(call, words, said, dies_at, cwd):
    """The exit code of a call."""
    os.chdir(cwd)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream, file in ((0, nothing), (1, nothing), (2, os.open(said, os.O_WRONLY | os.O_CREAT))):
        os.dup2(file, stream)
    if dies_at is not None:
        _die_in_a_save(dies_at)
    module, _, name = call.partition(":")
    try:
        getattr(importlib.import_module(module), name)(words)
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stderr.flush()
    return code


def _die_in_a_save(places):
    """Of each save three places count: its file half written, whole but not in its place, there but its folder not flushed."""
    left, flush, replace = [places], os.fsync, os.replace

    def due():
        left[0] -= 1
        return left[0] < 0

    def dying_flush(file):
        if due():
            if not os.path.isdir(f"/proc/self/fd/{file}"):
                os.ftruncate(file, os.fstat(file).st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)
        flush(file)

    def dying_replace(*names):
        if due():
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*names)

    os.fsync, os.replace = dying_flush, dying_replace
