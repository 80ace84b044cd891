"""Errors of the package `router`.

RouterError                 .exit_code (docs/exit-codes.md)
├── PacketError        2    a packet that cannot be used: names field, value and what is allowed
├── RepositoryError    2    no git repository, no such base, something git refuses
├── CredentialRefused  8    a credential that cannot be used for a job; `remedy` says what would do
├── RosterError        2    a file of stations that cannot be read
└── JobError           2    no such job, or one that cannot go on
"""


class RouterError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code = 1


class PacketError(RouterError):
    """`field` of `source` holds `value`; `allowed` says what would do."""

    exit_code = 2

    def __init__(self, *, source: str, field: str, value: str, allowed: str) -> None:
        self.source, self.field, self.value, self.allowed = source, field, value, allowed
        super().__init__(f"{source}: {field} = {value}\n  {allowed}")


class RepositoryError(RouterError):
    """git could not do what was asked; `remedy` says what would help."""

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message, self.remedy = message, remedy
        super().__init__(f"{message}\n  {remedy}" if remedy else message)


class CredentialRefused(RouterError):
    """The credential proxy cannot be opened with what it was given."""

    exit_code = 8

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.message, self.remedy = message, remedy
        super().__init__(f"{message}\n  {remedy}" if remedy else message)


class JobError(RouterError):
    """No such job, or one that cannot go on."""

    exit_code = 2


class RosterError(RouterError):
    """`stations.toml` says something that cannot be."""

    exit_code = 2
