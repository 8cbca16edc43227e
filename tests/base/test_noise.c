// SPDX-License-Identifier: Apache-2.0
#include "base/noise.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 24
#define MANY 200 // of them: more than are drawn at a time

static uint8_t taken[MANY][SIZE];

static void take_all(void) {
    for (size_t i = 0; i < MANY; i++) {
        noise_fill(taken[i], SIZE);
    }
}

static bool was_taken(const uint8_t bytes[SIZE]) {
    for (size_t i = 0; i < MANY; i++) {
        if (memcmp(taken[i], bytes, SIZE) == 0) {
            return true;
        }
    }
    return false;
}

Test(noise, is_given_out_once) {
    take_all();
    for (size_t i = 0; i < MANY; i++) {
        for (size_t j = 0; j < i; j++) {
            cr_assert_arr_neq(taken[i], taken[j], SIZE);
        }
    }
}

Test(noise, fills_the_whole_of_what_was_asked_for) {
    uint8_t ever[NOISE_DRAWN] = {0}, some[NOISE_DRAWN];
    for (size_t i = 0; i < 8; i++) { // a byte stays zero with a probability of 256^-8
        noise_fill(some, 1);
        noise_fill(some, sizeof some);
        for (size_t j = 0; j < sizeof some; j++) {
            ever[j] |= some[j];
        }
    }
    cr_expect_null(memchr(ever, 0, sizeof ever));
}

static void *take_beside(void *arg) {
    noise_fill(arg, SIZE);
    return NULL;
}

Test(noise, threads_take_different_bytes) {
    uint8_t beside[SIZE], next[SIZE];
    pthread_t thread;
    take_all();
    cr_assert_eq(pthread_create(&thread, NULL, take_beside, beside), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    noise_fill(next, SIZE);
    cr_expect_not(was_taken(beside));
    cr_expect_arr_neq(beside, next, SIZE);
}

Test(noise, a_child_takes_other_bytes_than_its_parent) {
    uint8_t ours[SIZE], theirs[SIZE];
    int ends[2];
    take_all(); // some are left, which the child has too
    cr_assert_eq(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        uint8_t bytes[SIZE];
        noise_fill(bytes, SIZE);
        _exit(write(ends[1], bytes, SIZE) == SIZE ? 0 : 1);
    }
    cr_assert_eq(read(ends[0], theirs, SIZE), SIZE);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    noise_fill(ours, SIZE);
    cr_expect_arr_neq(ours, theirs, SIZE);
    (void)close(ends[0]);
    (void)close(ends[1]);
}
