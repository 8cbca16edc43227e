// SPDX-License-Identifier: Apache-2.0
#include "base/thread.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/base/refusal.h"

static void *work(void *ctx) {
    char name[16] = "";
    sigset_t mask;
    (void)pthread_getname_np(pthread_self(), name, sizeof name);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    int *out = ctx;
    *out = strcmp(name, "worker") == 0 && sigismember(&mask, SIGTERM) == 1;
    return ctx;
}

Test(thread, runs_under_its_name_without_signals_and_returns) {
    pthread_t thread;
    int ran = 0;
    void *result = NULL;
    assert_ok(thread_start("worker", work, &ran, &thread));
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_assert_eq(result, &ran);
    cr_assert_eq(ran, 1);
    thread_check_all(); // one that has returned is not missed
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    cr_assert_eq(sigismember(&mask, SIGTERM), 0);
}

static void *stand_back(void *ctx) {
    int *out = ctx;
    thread_stand_back();
    *out = getpriority(PRIO_PROCESS, 0);
    return NULL;
}

Test(thread, that_stands_back_does_so_alone) {
    pthread_t thread;
    int stood_back = 0;
    const int before = getpriority(PRIO_PROCESS, 0);
    assert_ok(thread_start("worker", stand_back, &stood_back, &thread));
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(stood_back, 10);
    cr_assert_eq(getpriority(PRIO_PROCESS, 0), before);
}

static void *exit_early(void *ctx) {
    pthread_exit(ctx);
}

static void *be_cancelled(void *ctx) {
    (void)pthread_cancel(pthread_self());
    pthread_testcancel();
    return ctx;
}

static void *be_killed(void *ctx) {
    (void)ctx;
    (void)syscall(SYS_exit, 0); // this thread alone, and no handler runs
    return NULL;
}

// Exit code and log of a process whose thread ends so; -1: it went on.
static int ends(void *(*run)(void *ctx), char log[256]) {
    int pipes[2];
    int status = 0;
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        (void)dup2(pipes[1], STDERR_FILENO);
        (void)alarm(20);
        err_t err = thread_start("worker", run, NULL, &thread);
        while (err == OK) {
            thread_check_all();
            (void)usleep(1000);
        }
        _exit(99);
    }
    (void)close(pipes[1]);
    ssize_t len = read(pipes[0], log, 255);
    log[len > 0 ? len : 0] = '\0';
    (void)close(pipes[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(thread, that_ends_otherwise_ends_the_process) {
    void *(*const ways[])(void *) = {exit_early, be_cancelled, be_killed};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char log[256];
        cr_expect_eq(ends(ways[i], log), 2, "way %zu", i);
        cr_expect_not_null(strstr(log, "the thread \"worker\" has ended by itself"), "%s", log);
    }
}
