"""`python leash.py FOLDER COMMAND …` becomes that command, in that folder, told to stop when its parent dies.

So a process manager that is killed leaves no program behind. Only Linux has such a leash; elsewhere the
command runs without one, and the next `./assure up` names what still holds its ports. ASSURE_PARENT says who
the parent is, for one that was killed before the leash was on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != int(os.environ["ASSURE_PARENT"]):
            sys.exit("whoever started this has ended")
    os.environ["ASSURE_PARENT"] = str(os.getpid())
    os.chdir(sys.argv[1])
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
