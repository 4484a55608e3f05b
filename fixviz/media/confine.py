"""What a decoding process may do: read files and hand back pictures, and little else.

Decoders are large programs in C, and a file may be made to exploit a fault in one. Limits bound its memory,
its processor time and its open files. On Linux a filter of system calls (seccomp, by libseccomp) refuses
what no decoder needs: network, other programs, other processes, and changes to files. Where the system
lacks it (macOS, Windows, a Linux without libseccomp), the log says so once, and the other limits are kept.
Files can still be read: a decoder gets the path of one, and what refers to others is refused by
`fixviz.media.opening`.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from functools import cache
from importlib import import_module
from types import ModuleType

import psutil

_log = logging.getLogger(__name__)
_MOST_FILES = 256
_CLONE_THREAD = 0x00010000
_REFUSED = (
    # Network, also between processes of this machine.
    *("socket", "socketpair", "connect", "bind", "listen", "accept", "accept4"),
    # Other programs and processes. Threads are started by clone, which has a rule of its own.
    *("fork", "vfork", "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev"),
    *("pidfd_open", "pidfd_getfd", "pidfd_send_signal", "tkill", "setns", "unshare"),
    # Changes to files and folders.
    *("unlink", "unlinkat", "rename", "renameat", "renameat2", "truncate", "rmdir", "link"),
    *("linkat", "symlink", "symlinkat", "mknod", "mknodat", "chmod"),
    *("fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "setxattr"),
    *("lsetxattr", "fsetxattr", "mount", "umount2", "pivot_root", "chroot"),
    # Ways around such a filter, and into the kernel.
    *("io_uring_setup", "bpf", "userfaultfd", "perf_event_open", "keyctl", "add_key"),
    *("request_key", "kexec_load", "init_module", "finit_module", "open_by_handle_at"),
)
_WRITING = ("creat", "mkdir", "mkdirat")


def confine(memory_bytes: int | None, *, writing: bool = False) -> None:
    """Confine this process for the rest of its life; `memory_bytes` is what it may take from now on.

    writing: it hands back its result as a file, so it may open files for writing and make folders. Linux
    has all of it, other systems less.
    """
    limit(memory_bytes)
    seccomp = _seccomp()
    if seccomp is None:
        return
    try:
        _load_filter(seccomp, writing=writing)
    except (OSError, RuntimeError, ValueError) as error:
        _log.warning("The system refused the filter for decoders: %s", error)


def limit(memory_bytes: int | None) -> None:
    """Limit this process's open files, and the address space that it may take from now on (on Linux)."""
    if sys.platform == "win32":
        return
    import resource

    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, _MOST_FILES)
    if memory_bytes is not None and sys.platform == "linux":
        # What is there already differs: numpy's threads alone map gigabytes where there are many cores.
        _lower(resource.RLIMIT_AS, psutil.Process().memory_info().vms + memory_bytes)


def limit_processor_time(more_s: float) -> None:
    """End this process once it has used `more_s` more seconds of processor time, of all threads together."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = int(used.ru_utime + used.ru_stime + more_s) + 1
    if hard != resource.RLIM_INFINITY:
        allowed = min(allowed, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


@cache
def warn_of_missing() -> None:
    """Log, once, when decoders cannot be confined fully on this system."""
    if _seccomp() is None:
        _log.warning(
            "Decoders run without a filter of system calls: %s. Limits on memory and time are kept.",
            "libseccomp is not installed" if sys.platform == "linux" else "only Linux has one",
        )


def _seccomp() -> ModuleType | None:
    if sys.platform != "linux":
        return None
    try:
        return import_module("pyseccomp")
    except (ImportError, RuntimeError, OSError):  # Its library is missing, or too old for it.
        return None


def _load_filter(seccomp: ModuleType, *, writing: bool) -> None:
    """Refuse the system calls for all threads of this process, and all gain of privileges."""
    refuse = seccomp.ERRNO(errno.EPERM)
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    rules.set_attr(seccomp.Attr.CTL_TSYNC, 1)
    rules.set_attr(seccomp.Attr.CTL_NNP, 1)
    for name in (*_REFUSED, *(() if writing else _WRITING)):
        _add(seccomp, rules, refuse, name)
    # Its flags lie in memory, where no filter looks: glibc then takes clone.
    for name in ("clone3", "openat2"):
        _add(seccomp, rules, seccomp.ERRNO(errno.ENOSYS), name)
    _add(seccomp, rules, refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD, 0))
    for name, place in () if writing else (("open", 1), ("openat", 2)):
        for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC):
            flagged = seccomp.Arg(place, seccomp.MASKED_EQ, flag, flag)
            _add(seccomp, rules, refuse, name, flagged)
    for name in ("kill", "tgkill"):
        _add(seccomp, rules, refuse, name, seccomp.Arg(0, seccomp.NE, os.getpid()))
    rules.load()


def _add(seccomp: ModuleType, rules: object, action: object, name: str, *where: object) -> None:
    try:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
    except (ValueError, OSError, RuntimeError):
        return  # Younger than the library, or none of this processor's.
    if number >= 0:
        rules.add_rule(action, number, *where)  # type: ignore[attr-defined]


def _lower(kind: int, allowed: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        allowed = min(allowed, hard)
    resource.setrlimit(kind, (allowed, hard))
