// SPDX-License-Identifier: Apache-2.0
// The filter of system calls. Calls that a library may try and do without fail with EPERM, so that an update of glibc
// or OpenSSL does not take an index away from those who need it; what nothing here ever needs ends the process.
#include "base/confine.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#ifdef SIGNPOST_CONFINED
#include <seccomp.h>
#include <unistd.h>

struct group {
    unsigned group;
    const char *const *names; // up to NULL; what an architecture does not have is passed over
};

static const char *const serve[] = {
    // memory and threads; clone, mmap and mprotect have rules of their own
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "mlock",
    "mlock2",
    "munlock",
    "futex",
    "futex_waitv",
    "set_robust_list",
    "rseq",
    "membarrier",
    "sched_yield",
    "sched_getaffinity",
    "exit",
    "exit_group",
    // sockets that stand open, events
    "accept",
    "accept4",
    "read",
    "readv",
    "write",
    "writev",
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "shutdown",
    "getsockopt",
    "setsockopt",
    "getsockname",
    "getpeername",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "eventfd2",
    "pipe2",
    "timerfd_create",
    "timerfd_settime",
    // files, within what Landlock leaves
    "open",
    "openat",
    "close",
    "fstat",
    "stat",
    "lstat",
    "newfstatat",
    "statx",
    "access",
    "faccessat",
    "faccessat2",
    "lseek",
    "pread64",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fcntl",
    "flock",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "getdents64",
    "readlink",
    "readlinkat",
    "getcwd",
    "umask",
    "fchmod",
    "fadvise64",
    "dup",
    "dup2",
    "dup3",
    // signals, time, random bytes, who and how much
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sigaltstack",
    "restart_syscall",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "getrandom",
    "getpid",
    "gettid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getrusage",
    "sysinfo",
    "uname",
    "prlimit64",
    NULL,
};

static const char *const store[] = {
    "msync",     "mincore",         "pwritev", "preadv", "statfs", "fstatfs",
    "fallocate", "sync_file_range", "rmdir",   "linkat", NULL,
};

static const char *const outward[] = {
    "connect", "socketpair", "bind", "sendmmsg", "recvmmsg", "ioctl", NULL,
};

static const struct group groups[] = {
    {CONFINE_SERVE, serve},
    {CONFINE_STORE, store},
    {CONFINE_CONNECT, outward},
};

static const char *const deadly[] = {
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "keyctl",
    "add_key",
    "request_key",
    "mount",
    "umount2",
    "move_mount",
    "pivot_root",
    "chroot",
    "setns",
    "unshare",
    "swapon",
    "reboot",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setgroups",
    "setfsuid",
    "setfsgid",
    "capset",
    "personality",
    "quotactl",
    "acct",
    "open_by_handle_at",
    NULL,
};

// 0, or a negative errno.
static int add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names) {
    int result = 0;
    for (; result == 0 && *names != NULL; names++) {
        int number = seccomp_syscall_resolve_name(*names);
        result = number < 0 ? 0 : seccomp_rule_add(filter, action, number, 0);
    }
    return result;
}

// Memory is never both written and run; a new thread is no new process; a signal and a priority are for this process alone.
static int add_conditions(scmp_filter_ctx filter, unsigned wanted) {
    const struct {
        int number;
        struct scmp_arg_cmp condition;
    } rules[] = {
        {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
        {SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)},
        {SCMP_SYS(kill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)},
        {SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0)},
        {SCMP_SYS(setpriority), SCMP_A1(SCMP_CMP_EQ, 0, 0)},
    };
    const int families[] = {AF_INET, AF_INET6};
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof rules / sizeof rules[0]; i++) {
        result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rules[i].number, 1, &rules[i].condition);
    }
    for (size_t i = 0; result == 0 && (wanted & CONFINE_CONNECT) != 0 && i < 2; i++) {
        const struct scmp_arg_cmp family = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0);
        result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &family);
    }
    // Its flags lie in memory, where no filter sees them: glibc takes clone where this one is missing.
    return result != 0 ? result : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

err_t confine_calls(unsigned wanted) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return err_set(ERR_MEMORY, "no memory for the filter of system calls");
    }
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0) {
        result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    }
    for (size_t i = 0; result == 0 && i < sizeof groups / sizeof groups[0]; i++) {
        result = (groups[i].group & wanted) == 0 ? 0 : add_all(filter, SCMP_ACT_ALLOW, groups[i].names);
    }
    if (result == 0) {
        result = add_all(filter, SCMP_ACT_KILL_PROCESS, deadly);
    }
    if (result == 0) {
        result = add_conditions(filter, wanted);
    }
    if (result == 0) {
        result = seccomp_load(filter);
    }
    seccomp_release(filter);
    return result == 0 ? OK : err_set(ERR_IO, "system calls cannot be filtered: %s", strerror(-result));
}

#else

err_t confine_calls(unsigned wanted) {
    (void)wanted;
    return OK;
}

#endif
