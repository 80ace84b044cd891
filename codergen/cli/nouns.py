"""The type of argparse's sub-command table, which every noun's module adds itself to."""

import argparse
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Nouns: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]
else:
    Nouns: TypeAlias = argparse._SubParsersAction
