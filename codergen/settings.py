"""Where things are kept and what the environment says. The one file that reads `os.environ`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Folders and switches of one process."""

    data: Path
    """Jobs, sessions, evidence, the database, local models."""
    cache: Path
    """What can be made again: environments for checks, partial downloads."""
    work: Path
    """Short-lived workspaces. As root it lies where an unprivileged id can reach it."""
    environ: Mapping[str, str]
    """A copy of the environment, for keys and base URLs; never handed to a sandbox."""

    @property
    def jobs(self) -> Path:
        return self.data / "jobs"

    @property
    def sessions(self) -> Path:
        """Journals of sessions that are no part of a job."""
        return self.data / "sessions"

    @property
    def prompts(self) -> Path:
        """The user's own sections of system prompts."""
        return self.data / "prompts"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def prices(self) -> Path:
        """Prices that the user stated."""
        return self.data / "prices.toml"

    @property
    def stations(self) -> Path:
        """Which stations there are, where somebody set them up."""
        return self.data / "stations.toml"

    @property
    def database(self) -> Path:
        return self.data / "codergen.sqlite3"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment: `CODERGEN_HOME` moves all folders, else the platform's own places."""
    env = dict(os.environ if environ is None else environ)
    home = env.get("CODERGEN_HOME")
    if home:
        root = Path(home).expanduser().absolute()
        return Settings(data=root, cache=root / "cache", work=root / "work", environ=env)
    from platformdirs import PlatformDirs  # a few ms that `--version` need not pay

    dirs = PlatformDirs("codergen", appauthor=False)
    return Settings(
        data=Path(dirs.user_data_dir),
        cache=Path(dirs.user_cache_dir),
        work=Path(dirs.user_cache_dir) / "work",
        environ=env,
    )
