"""The command line: words in, objects out. ``main`` prints one clear line for any error and exits with its code."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from contentmix.cli.words import given
from contentmix.errors import ContentmixError, is_out_of_memory


def main(argv: Sequence[str] | None = None) -> None:
    """Run ``contentmix ARGV`` and exit: 0 when the job was done, 2 on a usage error, 1 on a failure, 130 on Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal cannot show is shown by its codes
            stream.reconfigure(errors="backslashreplace")
    from cyclopts.exceptions import CycloptsError

    from contentmix.cli.app import build_app

    try:
        with given(words):
            build_app(words)(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        _fail(
            " ".join(str(_said(error)).split()),
            2,
            f"contentmix {' '.join(words[:2])} --help" if words else "contentmix --help",
        )
    except ContentmixError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        reason = str(error).partition("\n")[0]
        _fail(f"out of memory{f' ({reason})' if reason else ''}: choose smaller images, batches or networks", 1)
    except OSError as error:
        # What the file system refuses anywhere: the path and the reason are all there is to say.
        _fail(f"{error.filename or 'a file'}: {error.strerror}", 1)
    sys.exit(0)


def _said(error: BaseException) -> BaseException:
    """What a converter of ours said of a word, where that is what went wrong."""
    return error.__cause__ if isinstance(error.__cause__, ContentmixError) else error


def _fail(message: str, code: int, see: str | None = None) -> None:
    print(f"contentmix: {message}" + (f" (see: {see})" if see else ""), file=sys.stderr)
    sys.exit(code)
