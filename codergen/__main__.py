"""Console script. Answers `--version` before anything else is imported; all other words go to `codergen.cli`."""

import sys


def main() -> int:
    """Run the command line; returns the process's exit code (table in docs/exit-codes.md)."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from codergen import __version__

        sys.stdout.write(f"codergen {__version__}\n")
        return 0
    from codergen.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
