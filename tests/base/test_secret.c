// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/rand.h>
#include <sodium.h>

#include "tests/base/refusal.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void start(void) {
    assert_ok(secret_start());
}

TestSuite(secret, .init = start);

Test(secret, is_zeroed_and_writable) {
    static const uint8_t zeros[100];
    uint8_t *secret = secret_new(sizeof zeros);
    cr_assert_not_null(secret);
    cr_assert_arr_eq(secret, zeros, sizeof zeros);
    memset(secret, 7, sizeof zeros);
    secret_free(secret);
    secret_free(NULL);
}

Test(secret, may_be_empty) {
    void *secret = secret_new(0);
    cr_assert_not_null(secret);
    secret_free(secret);
}

Test(secret, lies_before_a_guard_page, .signal = SANITIZED ? 0 : SIGSEGV) {
    if (SANITIZED) {
        cr_skip_test("skipped: the sanitizer would report the fault");
    }
    uint8_t *secret = secret_new(16);
    cr_assert_not_null(secret);
    ((volatile uint8_t *)secret)[16] = 1;
}

Test(secret, is_wiped) {
    uint8_t data[] = {1, 2, 3};
    secret_wipe(data, 2);
    cr_assert_arr_eq(data, "\0\0\3", 3);
}

Test(secret, is_compared_whole) {
    cr_assert(secret_equal("abc", "abc", 3));
    cr_assert(secret_equal("abc", "abd", 2));
    cr_assert(secret_equal("abc", "xyz", 0));
    cr_assert_not(secret_equal("abc", "abd", 3));
    cr_assert_not(secret_equal("xbc", "abc", 3));
}

// In a child, since the limits and the user are the process's own. Root may lock without limit.
static int child_without_lockable_memory(void) {
    const struct rlimit none = {0};
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0)) {
        return 3;
    }
    return secret_new(32) == NULL ? 0 : 4;
}

static int run(int (*child)(void)) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(child());
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(secret, is_refused_where_no_memory_can_be_locked) {
    if (SANITIZED) {
        cr_skip_test("skipped: the sanitizer makes mlock do nothing");
    }
    cr_assert_eq(run(child_without_lockable_memory), 0);
}

static int child_without_core_dumps(void) {
    struct rlimit limit;
    if (secret_forbid_core_dumps() != OK || getrlimit(RLIMIT_CORE, &limit) != 0) {
        return 3;
    }
    return limit.rlim_cur == 0 && limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 4;
}

Test(secret, a_process_can_forbid_core_dumps) {
    cr_assert_eq(run(child_without_core_dumps), 0);
}

#define DRAWN 64 // bytes: half by libsodium, half by OpenSSL
static void draw(uint8_t out[DRAWN]) {
    randombytes_buf(out, DRAWN / 2);
    cr_assert_eq(RAND_bytes(out + DRAWN / 2, DRAWN / 2), 1);
}

// A blind or a nonce that a parent and its child both draw would give both away.
Test(secret, a_child_draws_other_random_bytes_than_its_parent) {
    uint8_t ours[DRAWN], theirs[2][DRAWN];
    int ends[2];
    draw(ours); // both sources are under way before the processes part
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(pipe(ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
            uint8_t drawn[DRAWN];
            draw(drawn);
            _exit(write(ends[1], drawn, DRAWN) == DRAWN ? 0 : 1);
        }
        cr_assert_eq(read(ends[0], theirs[i], DRAWN), DRAWN);
        cr_assert_eq(waitpid(pid, NULL, 0), pid);
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
    draw(ours);
    for (size_t half = 0; half < DRAWN; half += DRAWN / 2) {
        cr_assert_arr_neq(ours + half, theirs[0] + half, DRAWN / 2);
        cr_assert_arr_neq(ours + half, theirs[1] + half, DRAWN / 2);
        cr_assert_arr_neq(theirs[0] + half, theirs[1] + half, DRAWN / 2);
    }
}
