"""Three packets through the real command line: one for `repair`, one for the embedded model, one that is no bug.

No key and no question. `DEMO_MODEL=none` leaves the embedded model out and says so.
"""

import subprocess
import sys
import time

from codergen.settings import Settings, load
from evals.demo import SHOWS, Show, make

COMMAND = (sys.executable, "-I", "-m", "codergen")


def main() -> int:
    """Run the demo; returns 0 when every job that ran ended as it should."""
    settings = load()
    with_model = settings.environ.get("DEMO_MODEL", "") != "none"
    say(f"state is kept in {settings.data}")
    began = time.monotonic()
    chosen = [show for show in SHOWS if with_model or not show.needs_model]
    for show in SHOWS:
        if show not in chosen:
            say(show.title)
            say("left out: DEMO_MODEL=none. With it, the embedded model (1.1 GB, fetched once) would work on this.")
    wrong = [show.title for show in chosen if not run(show, settings)]
    say("what the router knows now (codergen route show)")
    subprocess.run([*COMMAND, "route", "show"], check=False)
    say(f"{len(chosen) - len(wrong)} of {len(chosen)} jobs ended as they should, {time.monotonic() - began:.0f} s")
    for title in wrong:
        say(f"not as it should: {title}")
    return 1 if wrong else 0


def run(show: Show, settings: Settings) -> bool:
    """One job, live; whether it ended as it should."""
    say(show.title)
    if show.needs_model and subprocess.run([*COMMAND, "local", "install"], check=False).returncode != 0:
        say("the embedded model could not be installed; DEMO_MODEL=none leaves this job out")
        return False
    packet = make(show, settings.data / "demo")
    done = subprocess.run([*COMMAND, "run", "--packet", str(packet)], check=False)
    return done.returncode == 0


def say(text: str) -> None:
    """A line of the demo's own voice."""
    sys.stdout.write(f"\n== {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
