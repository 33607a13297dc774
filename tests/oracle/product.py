"""The product as a program, for differential tests: `keshi recompute` on files of its own."""

import re
import subprocess


class Product:
    """The binary, with files to hand over."""

    def __init__(self, keshi, folder):
        self.keshi, self.log, self.file = keshi, folder / "log.jsonl", folder / "registry.json"

    def answers(self, lines, registry):
        self.log.write_bytes(b"\n".join(lines) + b"\n")
        command = [self.keshi, "recompute", self.log, "--json"]
        if registry is not None:
            self.file.write_bytes(registry)
            command += ["--registry", self.file]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        if done.returncode == 0:
            return done.stdout, None
        said = done.stderr.decode("utf-8", "replace")
        line = re.search(r"\bline (\d+) is damaged", said)
        if done.returncode == 1 and line:
            return "log", int(line.group(1))
        if done.returncode == 1 and str(self.file) in said:
            return "registry", None
        return f"exit {done.returncode}: {said}", None
