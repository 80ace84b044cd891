"""Where the embedded model keeps its files, all under the data folder that the caller names."""

from dataclasses import dataclass
from pathlib import Path

from providers.local.catalog import Model, Wheel


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    data: Path

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def runtimes(self) -> Path:
        return self.data / "local" / "runtime"

    @property
    def servers(self) -> Path:
        return self.data / "local" / "server"

    @property
    def staging(self) -> Path:
        """Half-done downloads. On the same file system as `models`, so that finishing is one rename."""
        return self.data / "local" / "fetch"

    def model_file(self, model: Model) -> Path:
        """Named after its hash: another pin of the same model is another file."""
        return self.models / f"{model.name}-{model.gguf_sha256[:12]}.gguf"

    def runtime_folder(self, wheel: Wheel) -> Path:
        return self.runtimes / f"{wheel.package}-{wheel.version}-{wheel.sha256[:12]}"

    def has_model(self, model: Model) -> bool:
        """Files get their final name only after their hash was checked, so name and size are proof enough."""
        path = self.model_file(model)
        return path.is_file() and path.stat().st_size == model.gguf_bytes

    def has_runtime(self, wheel: Wheel) -> bool:
        return self.runtime_folder(wheel).is_dir()
