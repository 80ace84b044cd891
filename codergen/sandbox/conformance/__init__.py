"""The suite that every sandbox backend passes, shipped so that a new backend can be held to it.

`BEHAVIOURS` are async functions over a `Bench`. What a backend does not show is explicit: it follows from what its
`StartRecord` says is not enforced, plus `GAPS`. A gap that holds is an error as well: record and documentation lie."""

from codergen.sandbox.base import StartRecord
from codergen.sandbox.conformance import commands, files, given, limits, processes, talking, terminals, walls
from codergen.sandbox.conformance.bench import Behaviour, Bench, broken

__all__ = ["BEHAVIOURS", "GAPS", "UNENFORCED", "Behaviour", "Bench", "broken", "gaps"]

_MODULES = (commands, files, given, limits, walls, talking, processes, terminals)
BEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__: behaviour for module in _MODULES for behaviour in module.BEHAVIOURS
}

UNENFORCED: dict[str, tuple[str, ...]] = {
    "daemons": ("no_daemon_outlives_its_command", "no_daemon_outlives_a_spawned_command"),
    "descriptors": ("descriptors_are_limited",),
    "disk": ("disk_is_limited",),
    "file_bytes": ("file_size_is_limited",),
    "filesystem": (
        "files_outside_are_unreadable",
        "accounts_and_homes_are_hidden",
        "files_outside_are_unwritable",
        "path_sockets_of_the_host_are_unreachable",
        "shared_memory_is_own",
    ),
    "inodes": ("inodes_are_limited",),
    "memory:hard": ("memory_is_limited", "spawned_memory_is_limited"),
    "mounts": ("mounts_can_stand_elsewhere",),
    "network": ("loopback_of_the_host_is_unreachable", "there_is_no_network"),
    "pid_namespace": ("environments_outside_are_hidden", "processes_outside_are_invisible"),
    "pids:hard": ("processes_are_limited", "spawned_processes_are_limited"),
    "protect": ("protected_paths_stay", "folders_above_a_protected_path_stay"),
    "read_only": ("workspace_can_be_read_only", "mounts_are_shown_read_only"),
    "syscalls": (
        "namespaces_and_mounts_are_refused",
        "rare_calls_are_refused",
        "odd_sockets_are_refused",
        "set_id_bits_are_refused",
        "nothing_is_typed_for_others",
    ),
    "tmp": ("temporary_folders_are_limited",),
    "uid": ("user_is_not_root", "system_is_read_only", "kernel_settings_are_closed", "devices_cannot_be_made"),
}
"""Word of `StartRecord.not_enforced` -> behaviours that are missing then."""

GAPS: dict[str, tuple[str, ...]] = {
    "bubblewrap": (
        "exit_code_above_128",  # bwrap reports a signal as 128 + its number
        "closed_stdin_is_noticed",  # bwrap keeps the command's stdin open itself
    ),
    "host": (),
}
"""Backend -> what it lacks beyond walls and limits."""


def gaps(record: StartRecord) -> frozenset[str]:
    """What the sandbox with this record is known not to show."""
    walls_missing = (name for word in record.not_enforced for name in UNENFORCED.get(word, ()))
    return frozenset((*GAPS[record.backend], *walls_missing))
