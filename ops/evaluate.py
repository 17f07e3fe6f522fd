"""`./assure evaluate`: understanding measured with the present model, trained first if need be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ops import model
from ops.desk import free_home
from ops.preflight import Trouble

MEASURING = "tests.bench.evaluate"


def main() -> None:
    """Arguments: the folder where the command was typed, then those of `tests.bench.evaluate`."""
    typed_in, *arguments = sys.argv[1:]
    if {"-h", "--help"} & set(arguments):
        os.execv(sys.executable, [sys.executable, "-m", MEASURING, "--help"])
    arguments = [_found(word, Path(typed_in)) for word in arguments]
    home = free_home(Path(os.environ.get("ASSURE_HOME", ".assure")))
    try:
        trained = model.ensure(home, say=lambda line: print(line, file=sys.stderr))
    except Trouble as trouble:
        sys.exit(f"assure: {trouble}")
    own_tools = str(model.ROOT / ".venv-tools" / "bin")
    stock = {"UV_PROJECT_ENVIRONMENT": str(home / "stock" / "env"), "UV_PYTHON_PREFERENCE": "system"}
    os.environ.update(stock, PATH=f"{os.environ['PATH']}:{own_tools}")
    command = [sys.executable, "-m", MEASURING, *arguments, "--model", str(trained)]
    os.execv(sys.executable, command)


def _found(word: str, folder: Path) -> str:
    """A file named relative to where the command was typed, as an absolute path; other words as they are."""
    return str(folder / word) if not word.startswith("-") and (folder / word).exists() else word


if __name__ == "__main__":
    main()
