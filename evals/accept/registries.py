"""How this machine reaches registries, so that a bare root can be given the same ways and nothing else. Read from the
tools themselves; what a value means is theirs."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLES = re.compile(
    r"PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|CERT|PROXY|TRUSTED_HOST|CONSTRAINT|DEFAULT_TIMEOUT|RETRIES)"
    r"|UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|HTTP_TIMEOUT|INSECURE_HOST|NATIVE_TLS|SYSTEM_CERTS)"
    r"|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_SSL_CAINFO"
    r"|(HTTPS?|NO|ALL|FTP)_PROXY|(https?|no|all|ftp)_proxy"
)
"""Addresses, certificates and patience. Not caches or interpreters: a newcomer has none."""
_APT_OPTIONS = re.compile(r"Acquire::(https?|ftp|Check-[A-Za-z-]+|Retries|ForceIPv[46])\b.*;")
_NETWORK_FILES = ("/etc/resolv.conf", "/etc/hosts")
_LOCAL_CERTIFICATES = Path("/usr/local/share/ca-certificates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a root needs in order to reach what this machine reaches."""

    variables: Mapping[str, str]
    pip: str
    """An /etc/pip.conf."""
    apt_sources: tuple[str, ...]
    """Lines of a sources.list for the suite; empty where apt here knows none of it."""
    apt_options: str
    """An apt.conf with proxies and checks."""
    files: tuple[Path, ...]
    """To be copied to the same place: certificates, constraints, name resolution."""
    folders: tuple[Path, ...]
    """To be shown read-only at the same place: indexes that lie on this machine's disk."""


def ways(environ: Mapping[str, str], suite: str) -> Ways:
    """What this machine is configured with. A tool that is not here contributes nothing."""
    variables = {name: value for name, value in environ.items() if VARIABLES.fullmatch(name)}
    settings = pip_settings(_said(sys.executable, "-I", "-m", "pip", "config", "list"))
    named = list(named_paths([*variables.values(), *settings.values()]))
    local = [path for path in _LOCAL_CERTIFICATES.rglob("*") if path.is_file()]
    network = [Path(name) for name in _NETWORK_FILES if Path(name).is_file()]
    targets = _said(
        "apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"
    )
    return Ways(
        variables=variables,
        pip=pip_conf(settings),
        apt_sources=apt_sources(targets, suite),
        apt_options=apt_options(_said("apt-config", "dump", "Acquire")),
        files=tuple(sorted({*(path for path in named if path.is_file()), *local, *network})),
        folders=tuple(sorted({path for path in named if path.is_dir()})),
    )


def pip_settings(listed: str) -> dict[str, str]:
    """`pip config list`, without what comes from variables: `global.cert='/a'` becomes {"global.cert": "/a"}."""
    pairs = (line.partition("=") for line in listed.splitlines() if not line.startswith(":env:"))
    return {name: str(ast.literal_eval(value)) for name, _, value in pairs if value[:1] in {"'", '"'}}


def pip_conf(settings: Mapping[str, str]) -> str:
    """The same as one configuration file."""
    sections: dict[str, list[str]] = {}
    for name, value in settings.items():
        section, _, option = name.partition(".")
        sections.setdefault(section, []).append(f"{option} = " + value.strip().replace("\n", "\n    "))
    return "".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())


def named_paths(values: Iterable[str]) -> Iterator[Path]:
    """Absolute paths and file addresses. A simple index links to files beside itself, so its parent is named."""
    for word in " ".join(values).split():
        if word.startswith("file:///"):
            path = Path(word.removeprefix("file://"))
            yield path if path.parent == Path("/") else path.parent
        elif word.startswith("/"):
            yield Path(word)


def apt_sources(targets: str, suite: str) -> tuple[str, ...]:
    """The lines `ADDRESS RELEASE COMPONENT` of the suite and its updates. Other vendors' need keys and are left out."""
    rows = (line.split() for line in targets.splitlines())
    return tuple(
        f"deb {address} {release} {component}"
        for address, release, component in (row for row in rows if len(row) == 3)
        if release == suite or release.startswith(f"{suite}-")
    )


def apt_options(dumped: str) -> str:
    """From `apt-config dump`, what concerns the way to an archive."""
    return "".join(f"{line}\n" for line in dumped.splitlines() if _APT_OPTIONS.fullmatch(line))


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
