// SPDX-License-Identifier: Apache-2.0
#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#define EXIT_NOT_DONE 2
#define STOOD_BACK 10 // a tenth of the time that another thread gets

struct thread {
    struct thread *previous, *next;
    const char *name;
    void *(*run)(void *ctx);
    void *ctx;
    pid_t id; // the kernel's
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread *running; // under the lock

static void lost(void *name) {
    log_line(LOG_ERROR, "the thread \"%s\" has ended by itself; stopping at once, nothing more is acknowledged",
             (const char *)name);
    _exit(EXIT_NOT_DONE);
}

static void note(struct thread *thread) {
    thread->id = gettid();
    (void)pthread_mutex_lock(&lock);
    thread->next = running;
    if (running != NULL) {
        running->previous = thread;
    }
    running = thread;
    (void)pthread_mutex_unlock(&lock);
}

static void forget(struct thread *thread) {
    (void)pthread_mutex_lock(&lock);
    if (thread->previous != NULL) {
        thread->previous->next = thread->next;
    } else {
        running = thread->next;
    }
    if (thread->next != NULL) {
        thread->next->previous = thread->previous;
    }
    (void)pthread_mutex_unlock(&lock);
    free(thread);
}

static void *thread_main(void *ctx) {
    struct thread *thread = ctx;
    void *result = NULL;
    (void)pthread_setname_np(pthread_self(), thread->name);
    note(thread);
    pthread_cleanup_push(lost, (void *)(uintptr_t)thread->name);
    result = thread->run(thread->ctx);
    pthread_cleanup_pop(0);
    forget(thread);
    return result;
}

err_t thread_start(const char *name, void *(*run)(void *ctx), void *ctx, pthread_t *out) {
    sigset_t all, before;
    struct thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) {
        return err_set(ERR_MEMORY, "no memory for the thread \"%s\"", name);
    }
    *thread = (struct thread){.name = name, .run = run, .ctx = ctx};
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int code = pthread_create(out, NULL, thread_main, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        free(thread);
        return err_set(ERR_MEMORY, "the thread \"%s\" could not be started: %s", name, strerror(code));
    }
    return OK;
}

void thread_stand_back(void) {
    (void)setpriority(PRIO_PROCESS, 0, STOOD_BACK); // of this thread alone, in Linux
}

void thread_check_all(void) {
    (void)pthread_mutex_lock(&lock);
    for (const struct thread *thread = running; thread != NULL; thread = thread->next) {
        if (syscall(SYS_tgkill, getpid(), thread->id, 0) != 0 && errno == ESRCH) {
            lost((void *)(uintptr_t)thread->name);
        }
    }
    (void)pthread_mutex_unlock(&lock);
}
