"""Bring the environment up to date: `setup.py up` or `setup.py test`.

Runs before anything is installed, under whatever Python 3 the machine has, so it imports
the standard library alone.
"""

import glob
import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from typing import Dict, List, NoReturn, Optional
from urllib.parse import urljoin

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(ROOT, ".venv-tools")
ROOM_MB = 2000
UV = "uv>=0.9,<1"
INDEX = "https://pypi.org/pypi/uv/json"
NO_PYTHON = (
    "Python 3.11 is missing and could not be fetched: "
    "install it (Debian: apt-get install python3.11), then try again."
)


def fail(sentence: str) -> NoReturn:
    """End with one plain sentence."""
    sys.exit("assure: " + sentence)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def no_room(path: str, needed_mb: int) -> Optional[str]:
    """The sentence for a disk that is too full for `needed_mb` more, or nothing."""
    free_mb = shutil.disk_usage(path).free // 1_000_000
    if free_mb >= needed_mb:
        return None
    return "the disk is too full: {} has {} MB free, {} MB are needed.".format(path, free_mb, needed_mb)


def find_uv() -> str:
    """The path of uv: what PATH has, else one of our own, fetched at the first time."""
    own = [shutil.which("uv"), os.path.join(TOOLS, "bin", "uv"), os.path.join(TOOLS, "uv")]
    for path in own:
        if path and os.path.exists(path):
            return path
    say("fetching uv, which installs the rest ...")
    return uv_by_pip() or uv_by_wheel()


def uv_by_pip() -> Optional[str]:
    """uv in a small environment of its own; nothing where this Python has no venv or pip."""
    for command in (
        [sys.executable, "-m", "venv", TOOLS],
        [os.path.join(TOOLS, "bin", "python"), "-m", "pip", "install", "--quiet", UV],
    ):
        try:
            if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
                return None
        except OSError:
            return None
    path = os.path.join(TOOLS, "bin", "uv")
    return path if os.path.exists(path) else None


def uv_by_wheel() -> str:
    """uv unpacked from its wheel, its hash checked: for a Python without venv and pip."""
    machine = "macosx_11_0_arm64" if sys.platform == "darwin" else "manylinux_2_17_" + platform.machine()
    try:
        with urllib.request.urlopen(INDEX, timeout=60) as answer:
            wheels = [w for w in json.load(answer)["urls"] if machine in w["filename"]]
        with urllib.request.urlopen(urljoin(INDEX, wheels[0]["url"]), timeout=300) as answer:
            data = answer.read()
    except (OSError, IndexError) as trouble:
        fail("uv could not be fetched from pypi.org ({}).".format(trouble))
    if hashlib.sha256(data).hexdigest() != wheels[0]["digests"]["sha256"]:
        fail("uv came from pypi.org with a wrong hash.")
    path = os.path.join(TOOLS, "uv")
    os.makedirs(TOOLS, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        member = next(name for name in wheel.namelist() if name.endswith("/scripts/uv"))
        with open(path, "wb") as file:
            file.write(wheel.read(member))
    os.chmod(path, 0o755)
    return path


def environment() -> Dict[str, str]:
    """For uv: any Python 3.11 of the machine before one of its own, and our .venv whatever is active."""
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**kept, "UV_PYTHON_PREFERENCE": "system", "UV_PROJECT_ENVIRONMENT": os.path.join(ROOT, ".venv")}


def quietly(command: List[str]) -> bool:
    """Whether the command ended well; its output is nobody's business."""
    null = subprocess.DEVNULL
    return subprocess.run(command, stdout=null, stderr=null, env=environment()).returncode == 0


def see_to_python(uv: str) -> None:
    """A Python 3.11: the machine's, else Debian's, else uv's."""
    find = [uv, "python", "find", "--no-project", "3.11"]
    if quietly(find):
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        say("installing Debian's Python 3.11 ...")
        if quietly(["apt-get", "install", "-y", "-q", "python3.11"]) and quietly(find):
            return
    say("fetching Python 3.11 ...")
    if subprocess.run([uv, "python", "install", "3.11"], env=environment()).returncode:
        fail(NO_PYTHON)


def sync(uv: str, groups: List[str]) -> None:
    """Install what uv.lock names; test tools that are there already stay."""
    command = [uv, "sync", "--frozen", "--inexact", "--python", "3.11", "--no-default-groups"]
    command += ["--group=" + group for group in groups]
    if subprocess.run(command, cwd=ROOT, env=environment()).returncode:
        fail(no_room(ROOT, ROOM_MB) or "the environment could not be installed; what uv said is above.")


def main() -> None:
    group = sys.argv[1]
    if not glob.glob(os.path.join(ROOT, ".venv", "assure-*")):
        trouble = no_room(ROOT, ROOM_MB)
        if trouble:
            fail(trouble)
    uv = find_uv()
    see_to_python(uv)
    say("installing the environment (about 220 MB to fetch at the first time) ...")
    sync(uv, [group] if group == "test" else [])


if __name__ == "__main__":
    main()
