// SPDX-License-Identifier: Apache-2.0
// Killed at any moment, the index knows afterwards all that it acknowledged.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "indexd/engine.h"
#include "indexd/folder.h"
#include "indexd/store.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

#define WRITERS 3

static struct fixture *fixture;

static void start(void) {
    fixture = fixture_new();
    fixture_close(fixture);
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(crash, .init = start, .fini = end);

// What was acknowledged: an opened child, or an answer's reference.
struct ack {
    unsigned child; // 0: a question
    char reference[REFERENCE_TEXT_SIZE];
};

struct writer {
    unsigned first; // of its children
    int out;
};

static void *write_on(void *ctx) {
    const struct writer *writer = ctx;
    for (unsigned child = writer->first;; child += WRITERS) {
        struct ack ack = {.child = child};
        const struct change change = change_of(ACTION_OPEN, child, child_of(child, child, child));
        struct asked asked = submit_changes(fixture->engine, "south", &change, 1, false);
        if (asked.err != OK || write(writer->out, &ack, sizeof ack) != sizeof ack) {
            _exit(1);
        }
        const struct token_set asks = child_of(child, 0, 0);
        asked = ask(fixture->engine, "north", &asks, 1);
        ack.child = 0;
        memcpy(ack.reference, asked.answers.reference, sizeof ack.reference);
        if (asked.err != OK || write(writer->out, &ack, sizeof ack) != sizeof ack) {
            _exit(1);
        }
    }
    return NULL;
}

static void run_until_killed(unsigned first, int out) {
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    fixture_open(fixture);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.first = first + i, .out = out};
        cr_assert_eq(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    (void)pthread_join(threads[0], NULL);
}

// Collects until `enough` have come, kills in the middle of the rest, and drains what was still acknowledged.
static size_t collect(pid_t child, int in, size_t enough, struct ack *acks, size_t room) {
    size_t count = 0;
    while (count < room && read(in, &acks[count], sizeof acks[count]) == sizeof acks[count]) {
        if (++count == enough) {
            (void)kill(child, SIGKILL);
        }
    }
    return count;
}

static bool recorded(const struct records *records, const char *reference) {
    for (size_t i = 0; i < records->count; i++) {
        if (records->items[i].kind == RECORD_QUESTION && strcmp(records->items[i].reference, reference) == 0) {
            return true;
        }
    }
    return false;
}

static void assert_all_known(const struct ack *acks, size_t count) {
    fixture_open(fixture);
    for (size_t i = 0; i < count; i++) {
        if (acks[i].child != 0) {
            cr_assert_eq(ask_one(fixture->engine, "north", child_of(acks[i].child, 0, 0)), ANSWER_YES);
        }
    }
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    for (size_t i = 0; i < count; i++) {
        cr_assert(acks[i].child != 0 || recorded(&records, acks[i].reference));
    }
    inside_records_free(&records);
}

Test(crash, at_any_moment_loses_nothing_that_was_acknowledged, .timeout = 300) {
    enum { ROUNDS = 10, ROOM = 4096 };
    static struct ack acks[ROOM];
    for (unsigned round = 0; round < ROUNDS; round++) {
        int pipes[2];
        cr_assert_eq(pipe(pipes), 0);
        pid_t child = fork();
        if (child == 0) {
            (void)close(pipes[0]);
            run_until_killed(1 + round * 10000, pipes[1]);
            _exit(1);
        }
        (void)close(pipes[1]);
        size_t count = collect(child, pipes[0], 1 + round * 7, acks, ROOM);
        (void)close(pipes[0]);
        int status = 0;
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status), "it ended by itself");
        cr_assert_geq(count, 1 + round * 7);
        assert_all_known(acks, count);
    }
}

// The database of one moment with the journal of a later one: as if the power had taken the last commits with it.
Test(crash, that_takes_the_databases_last_commits_is_made_up_for) {
    struct file_image before = file_take(fixture_path(fixture, "lmdb/data.mdb"));
    fixture_open(fixture);
    for (unsigned i = 1; i <= 20; i++) {
        open_one(fixture->engine, "south", i, child_of(i, 0, 0));
        struct token_set child = child_of(i, 0, 0);
        assert_ok(ask(fixture->engine, "north", &child, 1).err);
    }
    fixture_close(fixture);
    file_put(fixture_path(fixture, "lmdb/data.mdb"), before.data, before.len);
    (void)unlink(fixture_path(fixture, "lmdb/lock.mdb"));
    free(before.data);
    fixture_open(fixture);
    for (unsigned i = 1; i <= 20; i++) {
        cr_assert_eq(ask_one(fixture->engine, "north", child_of(i, 0, 0)), ANSWER_YES);
    }
}

// As a backup does.
static void read_until_killed(int ready) {
    struct pepper *pepper = NULL;
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    if (folder_pepper(fixture->store, &pepper) == OK &&
        store_open(fixture_path(fixture, "lmdb"), fixture->settings.map_size, pepper, &store) == OK &&
        store_begin(store, false, &txn) == OK && write(ready, "r", 1) == 1) {
        (void)pause();
    }
    _exit(1);
}

Test(crash, of_a_reader_does_not_let_the_database_grow) {
    enum { CHANGES = 400, MOST = 1024 * 1024 }; // without it, a change takes some pages that are never used again
    int pipes[2], status = 0;
    char ready = 0;
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        read_until_killed(pipes[1]);
    }
    cr_assert_eq(read(pipes[0], &ready, 1), 1);
    fixture_open(fixture);
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    (void)kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status), "it ended by itself");
    (void)usleep(150000); // longer than places of readers go unlooked at
    const size_t before = file_size(fixture_path(fixture, "lmdb/data.mdb"));
    for (unsigned i = 2; i < CHANGES; i++) {
        open_one(fixture->engine, "south", i, child_of(i, i, i));
    }
    cr_assert_lt(file_size(fixture_path(fixture, "lmdb/data.mdb")) - before, MOST);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
}
