"""`python -m maskwright` and `maskwright`: their imports take a while, and may be interrupted."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line; Ctrl-C before it has begun ends the process without a traceback."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where the shell has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from maskwright.cli.app import main as run

    signal.signal(signal.SIGINT, handler)
    run()


if __name__ == "__main__":
    main()
