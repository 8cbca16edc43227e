// SPDX-License-Identifier: Apache-2.0
// What happens when the disk is full or fails: an error, never an answer that is not on disk, and never "no".
#include "indexd/faults.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "indexd/engine.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

static struct fixture *fixture;
static struct engine *engine;

static void start(void) {
    fixture = fixture_new();
    engine = fixture->engine;
    open_one(engine, "south", 1, child_of(1, 2, 3));
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(faults, .init = start, .fini = end);

// The sequencer is at rest whenever a test sets these: every operation before was waited for.
static atomic_int failing; // calls that will fail; negative: all

static bool fails_now(void) {
    int left = atomic_load(&failing);
    if (left > 0) {
        atomic_fetch_sub(&failing, 1);
    }
    return left != 0;
}

// Room is made whenever an answer is out, and where it fails nobody is told.
static bool is_room(const uint8_t *data, size_t len) {
    size_t i = 0;
    while (i < len && data[i] == 0) {
        i++;
    }
    return i == len;
}

static ssize_t full_pwrite(int fd, const void *data, size_t len, off_t at) {
    if (!is_room(data, len) && fails_now()) {
        errno = ENOSPC;
        return -1;
    }
    return pwrite(fd, data, len, at);
}

static ssize_t broken_pwrite(int fd, const void *data, size_t len, off_t at) {
    if (!is_room(data, len) && fails_now()) {
        errno = EIO;
        return -1;
    }
    return pwrite(fd, data, len, at);
}

static int broken_commit(void) {
    return fails_now() ? EIO : 0;
}

static int broken_sync(int fd) {
    if (fails_now()) {
        errno = EIO;
        return -1;
    }
    return fdatasync(fd);
}

static _Atomic uint64_t free_space;
static int little_space(int fd, uint64_t *out) {
    (void)fd;
    *out = atomic_load(&free_space);
    return 0;
}

static struct asked open_again(unsigned handle, struct token_set child) {
    const struct change change = change_of(ACTION_OPEN, handle, child);
    return submit_changes(engine, "south", &change, 1, true);
}

static struct asked north_asks(struct token_set child) {
    return ask(engine, "north", &child, 1);
}

Test(faults, a_full_disk_fails_what_was_asked_and_leaves_nothing) {
    struct engine_stats before;
    struct engine_stats after;
    assert_ok(engine_stats(engine, &before));
    faults.pwrite = full_pwrite;
    atomic_store(&failing, -1);
    cr_assert_eq(open_again(2, child_of(4, 5, 6)).err, ERR_FULL);
    cr_assert_eq(north_asks(child_of(1, 2, 3)).err, ERR_FULL);
    assert_refused(engine_health(engine), ERR_FULL, "journal");
    assert_refused(engine_note_act(engine, "root", "deny"), ERR_FULL, "journal");
    atomic_store(&failing, 0);
    cr_assert_eq(ask_one(engine, "north", child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(ask_one(engine, "north", child_of(4, 5, 6)), ANSWER_NO);
    assert_ok(engine_health(engine));
    assert_ok(engine_stats(engine, &after));
    cr_assert_eq(after.entries, before.entries);
    cr_assert_eq(after.journal_records, before.journal_records + 2);
    fixture_reopen(fixture);
}

Test(faults, a_failing_disk_fails_what_was_asked_and_leaves_nothing) {
    faults.pwrite = broken_pwrite;
    atomic_store(&failing, 1);
    cr_assert_eq(open_again(2, child_of(4, 5, 6)).err, ERR_IO);
    cr_assert_eq(ask_one(engine, "north", child_of(4, 5, 6)), ANSWER_NO);
    cr_assert_eq(open_again(2, child_of(4, 5, 6)).reply.results[0], RESULT_OPENED);
    fixture_reopen(fixture);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(4, 5, 6)), ANSWER_YES);
}

Test(faults, a_month_that_cannot_be_begun_fails_what_was_asked) {
    faults.pwrite = broken_pwrite; // not what fails here
    fixture_days_pass(fixture, 31);
    folder_remove(fixture_path(fixture, "segment-keys/2026-11.key"));
    cr_assert_eq(rmdir(fixture_path(fixture, "segment-keys")), 0);
    cr_assert_neq(north_asks(child_of(1, 2, 3)).err, OK);
    cr_assert_neq(engine_health(engine), OK);
}

Test(faults, little_space_refuses_changes_and_answers_questions) {
    faults.free_bytes = little_space;
    atomic_store(&free_space, 100 * 1024 * 1024);
    struct asked asked = open_again(2, child_of(4, 5, 6));
    cr_assert_eq(asked.err, ERR_FULL);
    cr_assert_not_null(strstr(asked.detail, "free on the journal's disk"));
    cr_assert_eq(ask_one(engine, "north", child_of(1, 2, 3)), ANSWER_YES);
    assert_refused(engine_health(engine), ERR_FULL, "changes are refused");
    atomic_store(&free_space, UINT64_MAX);
    cr_assert_eq(ask_one(engine, "north", child_of(1, 2, 3)), ANSWER_YES); // space is looked at again
    assert_ok(engine_health(engine));
    cr_assert_eq(open_again(2, child_of(4, 5, 6)).err, OK);
}

// Each request registers this many children.
#define AT_ONCE 16
static struct asked open_many(unsigned request) {
    struct change changes[AT_ONCE];
    for (unsigned i = 0; i < AT_ONCE; i++) {
        unsigned number = request * AT_ONCE + i;
        changes[i] = change_of(ACTION_OPEN, number, child_of(number * 7919, number * 104729, 0));
    }
    return submit_changes(engine, "south", changes, AT_ONCE, true);
}

Test(faults, a_map_that_is_almost_full_refuses_changes_and_answers_questions) {
    fixture_close(fixture);
    fixture->settings.map_size = 1024 * 1024;
    fixture_open(fixture);
    engine = fixture->engine;
    struct engine_stats stats;
    unsigned last = 1;
    struct asked asked = open_many(last);
    while (asked.err == OK) {
        asked = open_many(++last);
    }
    cr_assert_eq(asked.err, ERR_FULL, "%s", asked.detail);
    cr_assert_not_null(strstr(asked.detail, "95% full"));
    cr_assert_eq(engine_health(engine), ERR_FULL);
    assert_ok(engine_stats(engine, &stats));
    cr_assert_gt(stats.map_used, stats.map_size / 100 * 95);
    cr_assert_eq(ask_one(engine, "north", child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(ask_one(engine, "north", child_of(last * AT_ONCE * 7919, 0, 0)), ANSWER_NO);
    cr_assert_eq(ask_one(engine, "north", child_of((last - 1) * AT_ONCE * 7919, 0, 0)), ANSWER_YES);
    fixture_close(fixture);
    fixture->settings.map_size = 8 * 1024 * 1024;
    fixture_open(fixture);
    engine = fixture->engine;
    cr_assert_eq(open_many(last).err, OK);
    assert_ok(engine_health(engine));
}

Test(faults, a_commit_that_fails_is_recorded_and_made_up_for) {
    faults.commit = broken_commit;
    atomic_store(&failing, 1);
    assert_ok(open_again(2, child_of(4, 5, 6)).err);
    cr_assert_eq(ask_one(engine, "north", child_of(4, 5, 6)), ANSWER_YES); // caught up first
    assert_ok(engine_health(engine));
    cr_assert_eq(open_again(2, child_of(4, 5, 6)).reply.results[0], RESULT_UNCHANGED);
    fixture_close(fixture);
    struct buf before = inside_rows(fixture);
    inside_empty_database(fixture);
    fixture_open(fixture);
    fixture_close(fixture);
    struct buf after = inside_rows(fixture);
    cr_assert(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&after);
}

Test(faults, nothing_is_decided_while_the_store_is_behind_its_journal) {
    faults.commit = broken_commit;
    atomic_store(&failing, -1);
    assert_ok(open_again(2, child_of(4, 5, 6)).err); // it is in the journal
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(north_asks(child_of(4, 5, 6)).err, ERR_UNAVAILABLE);
        cr_assert_eq(north_asks(child_of(1, 2, 3)).err, ERR_UNAVAILABLE);
        cr_assert_eq(open_again(3, child_of(7, 8, 9)).err, ERR_UNAVAILABLE);
        cr_assert_eq(engine_note_act(engine, "root", "x"), ERR_UNAVAILABLE);
        cr_assert_eq(engine_health(engine), ERR_UNAVAILABLE);
    }
    fixture_close(fixture); // cannot be marked as complete either
    atomic_store(&failing, 0);
    fixture_open(fixture);
    engine = fixture->engine;
    cr_assert_eq(ask_one(engine, "north", child_of(4, 5, 6)), ANSWER_YES);
    cr_assert_eq(ask_one(engine, "north", child_of(7, 8, 9)), ANSWER_NO);
}

static char west[] = "west";
static err_t work_by_a_job(void) {
    return engine_run_job(engine, engine_begin_purge, west);
}

Test(faults, administrative_work_waits_for_the_commit_or_for_what_makes_up_for_it) {
    faults.commit = broken_commit;
    atomic_store(&failing, 1);
    assert_ok(work_by_a_job());
    assert_ok(engine_health(engine));
    atomic_store(&failing, -1);
    assert_refused(work_by_a_job(), ERR_UNAVAILABLE, "behind its journal");
}

static sem_t told;
static int die_when_told(void) {
    (void)sem_wait(&told);
    _exit(7);
}

Test(faults, what_is_acknowledged_before_its_commit_is_known_after_a_crash_between_them) {
    fixture_close(fixture);
    pid_t child = fork();
    if (child == 0) {
        (void)sem_init(&told, 0, 0);
        fixture_open(fixture);
        engine = fixture->engine;
        faults.commit = die_when_told;
        if (open_again(2, child_of(4, 5, 6)).err == OK) {
            (void)sem_post(&told);
        }
        (void)pause();
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 7);
    fixture_open(fixture);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(4, 5, 6)), ANSWER_YES);
}

static int slow_commit(void) {
    (void)usleep(100000);
    return 0;
}

Test(faults, who_reads_after_an_acknowledgement_waits_for_its_commit) {
    struct engine_stats before;
    struct engine_stats after;
    assert_ok(engine_stats(engine, &before));
    faults.commit = slow_commit;
    assert_ok(open_again(2, child_of(4, 5, 6)).err);
    assert_ok(engine_stats(engine, &after));
    cr_assert_eq(after.entries, before.entries + SLOTS);
}

Test(faults, nothing_is_acknowledged_after_a_sync_that_fails) {
    fixture_close(fixture);
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        fixture_open(fixture);
        engine = fixture->engine;
        faults.fdatasync = broken_sync;
        atomic_store(&failing, 1);
        struct asked asked = open_again(2, child_of(4, 5, 6));
        ssize_t ignored = write(pipes[1], &asked.err, 1);
        (void)ignored;
        _exit(0);
    }
    (void)close(pipes[1]);
    char acknowledged = 0;
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 2);
    cr_assert_eq(read(pipes[0], &acknowledged, 1), 0);
    (void)close(pipes[0]);
    fixture_open(fixture);
}

// ---- neighbours

struct held {
    sem_t taken; // the sequencer hands back the first operation
    sem_t go;    // and is let go when the others are queued
};

static void hold(struct operation *operation) {
    struct held *held = operation->ctx;
    engine_release(operation);
    (void)sem_post(&held->taken);
    (void)sem_wait(&held->go);
}

static void note_end(struct operation *operation) {
    atomic_int *ended = operation->ctx;
    engine_release(operation);
    atomic_fetch_add(ended, 1);
}

// One slice of three changes, the second of which cannot be decided.
Test(faults, one_that_cannot_be_decided_does_not_fail_its_neighbours) {
    for (unsigned i = 1; i <= 256; i++) {
        open_one(engine, "west", i, child_of(50, 0, 0));
    }
    struct token_set child = child_of(1, 2, 3);
    struct held held;
    (void)sem_init(&held.taken, 0, 0);
    (void)sem_init(&held.go, 0, 0);
    struct operation first = {.kind = OPERATION_QUESTION,
                              .actor = {.agency = "north"},
                              .question = {.slots = SLOTS, .epochs = token_epoch(1), .count = 1, .children = &child},
                              .done = hold,
                              .ctx = &held};
    struct change changes[3] = {change_of(ACTION_OPEN, 300, child_of(60, 0, 0)),
                                change_of(ACTION_OPEN, 301, child_of(50, 0, 0)),
                                change_of(ACTION_OPEN, 302, child_of(70, 0, 0))};
    struct operation operations[3];
    atomic_int ended = 0;
    engine_submit(engine, &first);
    (void)sem_wait(&held.taken);
    for (size_t i = 0; i < 3; i++) {
        operations[i] = (struct operation){
            .kind = OPERATION_CHANGES,
            .actor = {.agency = "west"},
            .changes = {.slots = SLOTS, .epochs = token_epoch(1), .count = 1, .changes = &changes[i]},
            .done = note_end,
            .ctx = &ended};
        engine_submit(engine, &operations[i]);
    }
    (void)sem_post(&held.go);
    fixture_close(fixture);
    cr_assert_eq(atomic_load(&ended), 3);
    cr_assert_eq(operations[0].err, OK);
    cr_assert_eq(operations[1].err, ERR_FULL);
    cr_assert_eq(operations[2].err, OK);
    fixture_open(fixture);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(60, 0, 0)), ANSWER_YES);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(70, 0, 0)), ANSWER_YES);
}

// A request of two slices; the change at `bad` would be one too many under its token.
static struct asked submit_large(size_t bad) {
    struct change *changes = calloc(MAX_CHILDREN, sizeof *changes);
    for (unsigned i = 0; i < MAX_CHILDREN; i++) {
        changes[i] = change_of(ACTION_REPLACE, 1000 + i, child_of(1000 + i, 2000 + i, 3000 + i));
        changes[i].old_tokens = child_of(4000 + i, 5000 + i, 6000 + i);
    }
    if (bad < MAX_CHILDREN) {
        changes[bad] = change_of(ACTION_OPEN, 999, child_of(50, 0, 0));
    }
    struct asked asked = submit_changes(engine, "west", changes, MAX_CHILDREN, true);
    free(changes);
    return asked;
}

Test(faults, a_large_request_that_fails_in_either_of_its_slices_ends_once) {
    for (unsigned i = 1; i <= 256; i++) {
        open_one(engine, "west", i, child_of(50, 0, 0));
    }
    cr_assert_eq(submit_large(0).err, ERR_FULL);
    cr_assert_eq(submit_large(MAX_CHILDREN - 1).err, ERR_FULL);
    faults.commit = broken_commit;
    atomic_store(&failing, 1);
    struct asked asked = submit_large(MAX_CHILDREN);
    assert_ok(asked.err);
    cr_assert_eq(asked.reply.answers.count, MAX_CHILDREN);
    cr_assert_eq(ask_one(engine, "north", child_of(1, 2, 3)), ANSWER_YES);
}

static err_t act_by(const char *name) {
    return engine_note_act(engine, name, "an act");
}

Test(faults, acts_are_refused_one_by_one_with_the_reason) {
    faults.pwrite = full_pwrite;
    atomic_store(&failing, 1);
    assert_refused(act_by("first"), ERR_FULL, "space");
    assert_ok(act_by("second"));
}
