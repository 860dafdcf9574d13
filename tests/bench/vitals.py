"""Memory, CPU and open files of a running process, as Linux tells them.

https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from local.failure import Failure

MEASURED = sys.platform == "linux"  # elsewhere every figure here is 0


@dataclass(frozen=True, slots=True)
class Vitals:
    pid: int

    def memory(self) -> int:
        """Bytes of RSS."""
        return self._status("VmRSS")

    def peak_memory(self) -> int:
        """The highest RSS since `forget_peak`."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        if MEASURED:
            (self._folder / "clear_refs").write_text("5")

    def cpu_seconds(self) -> float:
        if not MEASURED:
            return 0.0
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_files(self) -> int:
        return len(list((self._folder / "fd").iterdir())) if MEASURED else 0

    @property
    def _folder(self) -> Path:
        return Path(f"/proc/{self.pid}")

    def _status(self, name: str) -> int:
        if not MEASURED:
            return 0
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise Failure("The worker has ended.")  # what is left of it has no memory
