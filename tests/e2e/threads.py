"""Stops single threads of a program, as if they were dead, and lets them go on (ptrace)."""

import ctypes
import os
import pathlib

import pytest

SEIZE, INTERRUPT, DETACH, ALL_THREADS = 0x4206, 0x4207, 17, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def busy(pid):
    """The processor time of each thread but the first, in ticks."""
    times = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        if int(task.name) != pid:
            times[int(task.name)] = int(fields[11]) + int(fields[12])
    return times


def working(pid, work, count):
    """The `count` threads that `work()` keeps busiest."""
    before = busy(pid)
    work()
    grown = {t: n - before.get(t, 0) for t, n in busy(pid).items()}
    found = sorted(grown, key=grown.get, reverse=True)[:count]
    assert all(grown[t] > 0 for t in found), grown
    return found


class Stopped:
    """Use as a context manager, in one thread. The threads do nothing until its end."""

    def __init__(self, threads):
        self.threads, self.held = threads, []

    def __enter__(self):
        for thread in self.threads:
            try:
                ptrace(SEIZE, thread)
            except OSError as e:
                self.__exit__()
                pytest.skip(f"this machine lets nobody trace a program: {os.strerror(e.errno)}")
            self.held.append(thread)
            ptrace(INTERRUPT, thread)
            os.waitpid(thread, ALL_THREADS)
        return self

    def __exit__(self, *_):
        for thread in self.held:
            ptrace(DETACH, thread)
        self.held = []
