// SPDX-License-Identifier: Apache-2.0
// Every name is defined as it is called, without what headers make of it.
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include "bench/fault_shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLERS 10
#define HELD_NS 2000000

// glibc's own, under the names that are left when others take the public ones.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static struct shim *shim;
static __thread unsigned this_thread __attribute__((tls_model("initial-exec")));
static __thread bool inside __attribute__((tls_model("initial-exec")));

__attribute__((constructor)) static void open_page(void) {
    const char *path = getenv(SHIM_FILE);
    void *callers[1];
    const int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    (void)backtrace(callers, 1); // the first call loads a library
    void *page = mmap(NULL, sizeof *shim, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (page != MAP_FAILED) {
        shim = page;
        this_thread = SHIM_MAIN;
        atomic_store(&shim->loaded, true);
    }
}

static unsigned present_thread(void) {
    return this_thread == 0 ? SHIM_OTHER : this_thread;
}

static unsigned present_place(void) {
    return (unsigned)__builtin_ctz(present_thread());
}

EXPORT int pthread_setname_np(pthread_t thread, const char *name) {
    static const struct {
        const char *name;
        enum shim_thread thread;
    } threads[] = {{"http-worker", SHIM_WORKER}, {"sequencer", SHIM_SEQUENCER}, {"metrics", SHIM_METRICS},
                   {"scrubber", SHIM_SCRUBBER},  {"sweeper", SHIM_SWEEPER},     {"watch", SHIM_WATCH},
                   {"notary", SHIM_NOTARY}};
    (void)thread; // they name themselves
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        if (strcmp(name, threads[i].name) == 0) {
            this_thread = threads[i].thread;
        }
    }
    return (int)syscall(SYS_prctl, PR_SET_NAME, name);
}

// ---- allocations

static void note_callers(void) {
    void *callers[CALLERS];
    size_t len = 0;
    inside = true;
    const int count = backtrace(callers, CALLERS);
    for (int i = 2; i < count && len < SHIM_WHERE_SIZE - 1; i++) {
        Dl_info about = {0};
        (void)dladdr(callers[i], &about);
        const char *file = about.dli_fname == NULL ? "" : strrchr(about.dli_fname, '/');
        const int put = snprintf(shim->where + len, SHIM_WHERE_SIZE - len, " %s%s+%#lx", file == NULL ? "" : file,
                                 about.dli_sname == NULL ? "" : about.dli_sname,
                                 (unsigned long)((char *)callers[i] - (char *)about.dli_fbase));
        len += put > 0 ? (size_t)put : 0;
    }
    inside = false;
}

static bool fails(void) {
    if (shim == NULL || inside ||
        (atomic_load_explicit(&shim->threads, memory_order_relaxed) & present_thread()) == 0) {
        return false;
    }
    const long number = atomic_fetch_add(&shim->seen, 1);
    const long pass = atomic_load(&shim->pass);
    if (number < pass || (number > pass && !atomic_load(&shim->for_good))) {
        return false;
    }
    if (atomic_fetch_add(&shim->failed, 1) == 0) {
        note_callers();
    }
    errno = ENOMEM;
    return true;
}

EXPORT void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size) {
    return size > 0 && fails() ? NULL : __libc_realloc(old, size);
}

EXPORT void *reallocarray(void *old, size_t count, size_t size) {
    size_t whole = 0;
    if (__builtin_mul_overflow(count, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, whole);
}

EXPORT void *memalign(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size) {
    void *made = memalign(alignment, size);
    if (made == NULL) {
        return ENOMEM;
    }
    *out = made;
    return 0;
}

EXPORT void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset) {
    return fails() ? MAP_FAILED : (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
}

// ---- the operating system

static bool refuses(enum shim_call call) {
    const int code = shim == NULL ? 0 : atomic_load_explicit(&shim->calls[call], memory_order_relaxed);
    if (code != 0) {
        errno = code;
    }
    return code != 0;
}

// Signpost's own programs call the functions for large files, the database's library the others.
EXPORT ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at) {
    return refuses(SHIM_WRITE_JOURNAL) ? -1 : syscall(SYS_pwrite64, fd, data, len, at);
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t len, off_t at) {
    return refuses(SHIM_WRITE_STORE) ? -1 : syscall(SYS_pwrite64, fd, data, len, at);
}

EXPORT ssize_t pread64(int fd, void *data, size_t len, off64_t at) {
    return refuses(SHIM_READ_JOURNAL) ? -1 : syscall(SYS_pread64, fd, data, len, at);
}

EXPORT int fdatasync(int fd) {
    return refuses(SHIM_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

EXPORT int open64(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
    va_end(args);
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    return writes && refuses(SHIM_OPEN_TO_WRITE) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

EXPORT int mkstemp64(char *pattern) {
    return refuses(SHIM_OPEN_TO_WRITE) ? -1 : mkstemp(pattern);
}

// ---- time

EXPORT int clock_gettime(clockid_t clock, struct timespec *out) {
    static int (*own)(clockid_t, struct timespec *);
    if (own == NULL) {
        own = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    }
    const int failed = own(clock, out);
    if (clock != CLOCK_REALTIME || shim == NULL) {
        return failed;
    }
    if ((atomic_load_explicit(&shim->end, memory_order_relaxed) & present_thread()) != 0) {
        atomic_store(&shim->end, 0); // what it still does, it does by itself
        pthread_exit(NULL);
    }
    const long long off_ms = atomic_load_explicit(&shim->clock_ms[present_place()], memory_order_relaxed);
    out->tv_sec += off_ms / 1000;
    out->tv_nsec += off_ms % 1000 * 1000000;
    out->tv_sec += out->tv_nsec >= 1000000000 ? 1 : out->tv_nsec < 0 ? -1 : 0;
    out->tv_nsec += out->tv_nsec >= 1000000000 ? -1000000000 : out->tv_nsec < 0 ? 1000000000 : 0;
    return failed;
}

EXPORT time_t time(time_t *out) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}

// ---- rest

static struct timespec soon(void) {
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += HELD_NS;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

// Who is held neither sleeps its time out nor longer than the word to go on takes; whoever wakes it still does.
EXPORT int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *until) {
    static int (*own)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (own == NULL) {
        own = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlsym(RTLD_NEXT,
                                                                                           "pthread_cond_timedwait");
    }
    const unsigned thread = present_thread();
    if (shim == NULL || (atomic_load(&shim->held) & thread) == 0) {
        return own(condition, lock, until);
    }
    (void)atomic_fetch_add(&shim->rests[present_place()], 1);
    for (;;) {
        const struct timespec next = soon();
        const int code = own(condition, lock, &next);
        if (code != ETIMEDOUT || (atomic_fetch_and(&shim->go, ~thread) & thread) != 0) {
            return code;
        }
    }
}

// The main thread's rest after a signal, and what follows from it.
EXPORT int sigtimedwait(const sigset_t *signals, siginfo_t *about, const struct timespec *limit) {
    static bool signalled;
    if (shim != NULL && signalled) {
        (void)atomic_fetch_add(&shim->rests[present_place()], 1);
    }
    const int got = (int)syscall(SYS_rt_sigtimedwait, signals, about, limit, NSIG / 8);
    signalled = got > 0;
    return got;
}
