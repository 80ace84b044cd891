"""The figures of a bare machine: how it is entered, what it is given, what is printed. No root is made here."""

import os
import subprocess
from pathlib import Path

import pytest

from evals.accept.bare_debian import Skipped, bare_root, configure, enter_argv, environment
from evals.accept.newcomer import (
    TOP,
    Place,
    Ran,
    clone_command,
    megabytes,
    prerequisite,
    run,
    summary_line,
    tail,
    visit,
)
from evals.accept.registries import (
    VARIABLES,
    Ways,
    apt_options,
    apt_sources,
    named_paths,
    pip_conf,
    pip_settings,
)

KNOWN = Ways(
    variables={"PIP_CERT": "/etc/ca.crt"},
    pip="[global]\ncert = /etc/ca.crt\n",
    apt_sources=("deb http://mirror.example/debian bookworm main",),
    apt_options="",
    files=(),
    folders=(),
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "home").mkdir()
    return Place(
        name="here",
        enter=(),
        variables={"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home")},
        root=Path("/"),
        home=str(tmp_path / "home"),
        checkout=str(tmp_path / "home" / "checkout"),
        repository=str(tmp_path / "repository"),
        logs=tmp_path,
    )


def test_entering_shows_folders_read_only_and_never_chroots() -> None:
    argv = enter_argv(Path("/work/root"), {"/srv/index": "/srv/index", "/a.git": "/run/repository"})
    after = argv[argv.index("enter") + 1 :]
    assert after == ("/work/root", "/srv/index", "/srv/index", "/a.git", "/run/repository", "--")
    script = argv[argv.index("-c") + 1]
    assert {"--mount", "--pid", "--kill-child"} < set(argv[: argv.index("sh")])
    assert "pivot_root . mnt" in script
    assert "bind,ro" in script
    assert "chroot" not in script
    assert subprocess.run(["sh", "-n", "-c", script]).returncode == 0


def test_environment_is_a_login_and_the_ways_to_registries() -> None:
    given = environment(KNOWN, home="/root", path="/bin")
    assert given == {
        "HOME": "/root",
        "PATH": "/bin",
        "USER": "root",
        "LOGNAME": "root",
        "TERM": "dumb",
        "PIP_CERT": "/etc/ca.crt",
    }


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("PIP_INDEX_URL", True),
        ("UV_DEFAULT_INDEX", True),
        ("https_proxy", True),
        ("SSL_CERT_FILE", True),
        ("PIP_CACHE_DIR", False),
        ("UV_CACHE_DIR", False),
        ("UV_PYTHON", False),
        ("UV_PUBLISH_TOKEN", False),
        ("OPENAI_API_KEY", False),
    ],
)
def test_addresses_are_taken_but_no_caches_and_no_keys(name: str, taken: bool) -> None:
    assert (VARIABLES.fullmatch(name) is not None) is taken


def test_pip_settings_become_one_file() -> None:
    listed = ":env:.cert='/x'\nglobal.cert='/etc/ca.crt'\nglobal.find-links='\\n/a\\n/b'\ninstall.pre='true'\n"
    settings = pip_settings(listed)
    assert settings == {"global.cert": "/etc/ca.crt", "global.find-links": "\n/a\n/b", "install.pre": "true"}
    assert pip_conf(settings) == ("[global]\ncert = /etc/ca.crt\nfind-links = /a\n    /b\n[install]\npre = true\n")


def test_paths_are_found_in_values() -> None:
    values = ["/etc/ca.crt", "file:///srv/index/simple https://mirror.example/simple", "180", "file:///wheels"]
    assert list(named_paths(values)) == [Path("/etc/ca.crt"), Path("/srv/index"), Path("/wheels")]


def test_apt_sources_are_those_of_the_suite() -> None:
    targets = (
        "http://mirror.example/debian/ bookworm main\nhttp://mirror.example/debian/ bookworm-updates main\n"
        "http://vendor.example/deb/ nodistro main\nhttp://mirror.example/debian/ trixie main\n\n"
    )
    assert apt_sources(targets, "bookworm") == (
        "deb http://mirror.example/debian/ bookworm main",
        "deb http://mirror.example/debian/ bookworm-updates main",
    )


def test_apt_options_are_those_of_the_way() -> None:
    dumped = (
        'Acquire "";\nAcquire::http::Proxy "http://proxy.example:3128";\nAcquire::Check-Date "false";\n'
        'Acquire::IndexTargets::deb::Packages::Optional "0";\nAcquire::cdrom "";\n'
    )
    assert apt_options(dumped) == 'Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::Check-Date "false";\n'


def test_configuring_twice_restores_what_a_package_wrote(tmp_path: Path) -> None:
    certificate = tmp_path / "ca.crt"
    certificate.write_text("ours")
    root = tmp_path / "root"
    (root / "etc" / "apt" / "apt.conf.d").mkdir(parents=True)
    known = Ways(
        variables={}, pip=KNOWN.pip, apt_sources=KNOWN.apt_sources, apt_options="", files=(certificate,), folders=()
    )
    configure(root, known)
    copied = root / str(certificate).lstrip("/")
    copied.write_text("the package's")
    configure(root, known)
    assert copied.read_text() == "ours"
    assert (root / "etc/pip.conf").read_text() == KNOWN.pip
    assert (root / "etc/apt/sources.list").read_text() == "deb http://mirror.example/debian bookworm main\n"
    assert not list((root / "etc/apt/apt.conf.d").iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may make one")
def test_an_ordinary_user_is_told_why_it_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="takes root"):
        bare_root(tmp_path, KNOWN)


def test_readme_names_what_a_bare_debian_lacks() -> None:
    named = prerequisite((TOP / "README.md").read_text())
    assert {"git", "make", "python3-venv"} <= set(named.split())
    with pytest.raises(ValueError, match="README"):
        prerequisite("nothing")


def test_a_failing_command_prints_its_end(place: Place) -> None:
    ran = run(place, "for i in $(seq 40); do echo line $i; done; exit 3", place.home)
    assert ran.code == 3
    assert tail(ran.said).splitlines()[0] == "    line 26"
    assert tail(ran.said).splitlines()[-1] == "    line 40"


def test_a_newcomer_clones_head_and_sees_every_command(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "clone", "-q", "--bare", TOP, place.repository], check=True)
    assert visit(place, ["ls README.md", "pwd"])
    assert not visit(_elsewhere(place, "other"), ["touch left-over", "false", "true"])
    lines = capsys.readouterr().out.splitlines()
    assert [line[16:30].strip() for line in lines if line.startswith("here")] == [
        "git clone", "ls README.md", "pwd", "git clone", "touch left-ove", "false", "true",
    ]  # fmt: skip
    assert lines[-1].strip() == "?? left-over"


def _elsewhere(place: Place, name: str) -> Place:
    return Place(
        name=place.name,
        enter=(),
        variables=place.variables,
        root=place.root,
        home=place.home,
        checkout=f"{place.home}/{name}",
        repository=place.repository,
        logs=place.logs,
    )


def test_clone_trusts_the_owner_of_the_repository(place: Place) -> None:
    command = clone_command(place, "abc", 1000)
    assert command.startswith("SUDO_UID=1000 git clone ")
    assert command.endswith(f"{place.checkout} checkout -q -B main abc")


def test_one_line_tells_code_seconds_and_sizes() -> None:
    ran = Ran(command="make test", code=0, seconds=61.4, said="")
    line = summary_line("bare Debian 12", "make test", ran, "checkout  754 MB  home   20 MB more")
    assert line == ("bare Debian 12  make test" + " " * 38 + "exit 0      61 s  checkout  754 MB  home   20 MB more")


def test_files_with_several_names_count_once(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    (first / "big").write_bytes(b"x" * 3_000_000)
    alone = megabytes(first)
    os.link(first / "big", second / "same")
    assert alone == 3
    assert megabytes(first, second) == alone
