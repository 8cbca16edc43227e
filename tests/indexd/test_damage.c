// SPDX-License-Identifier: Apache-2.0
// One bit flipped anywhere ends in an error or in the right answer, never in a silent "no".
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "indexd/engine.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

#define CHILDREN 120

static struct fixture *fixture;

static void start(void) {
    fixture = fixture_new();
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(damage, .init = start, .fini = end);

// Every third child is south's, every third was; the others are nobody's.
static enum answer right_answer(unsigned child) {
    return child % 3 == 0 ? ANSWER_YES : child % 3 == 1 ? ANSWER_PREVIOUSLY : ANSWER_NO;
}

static void fill(void) {
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct change change = change_of(ACTION_OPEN, i + 1, child_of(1000 + i, 2000 + i, 0));
        change.previous = i % 3 == 1;
        if (right_answer(i) != ANSWER_NO) {
            cr_assert_eq(change_one(fixture->engine, "south", change), RESULT_OPENED);
        }
    }
}

// 0: every answer was right or an error; 1: one was wrong. Runs in a process of its own, which damage may end.
static int ask_all(void) {
    struct engine *engine = NULL;
    if (engine_open(&fixture->settings, &fixture->descriptor, &engine) != OK) {
        return 0;
    }
    int wrong = 0;
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct token_set child = child_of(1000 + i, 2000 + i, 0);
        struct asked asked = ask(engine, "north", &child, 1);
        wrong = wrong != 0 || (asked.err == OK && asked.answers.answers[0] != right_answer(i));
    }
    engine_close(engine);
    return wrong;
}

static bool some_answer_is_wrong(void) {
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(60); // a process that hangs answers nothing, which is not wrong either
        (void)close(STDERR_FILENO);
        _exit(ask_all());
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

// Flips bits of the file, one at a time, `step` apart; what the engine wrote meanwhile is undone.
static void flip_through(const char *name, size_t first, size_t step) {
    static const char *const files[] = {"pepper", "lmdb/data.mdb", "journal/2026-11.seg", "segment-keys/2026-11.key"};
    struct file_image images[4];
    char path[2 * PATH_SIZE];
    for (size_t i = 0; i < 4; i++) {
        images[i] = file_take(fixture_path(fixture, files[i]));
    }
    (void)snprintf(path, sizeof path, "%s", fixture_path(fixture, name));
    for (size_t bit = first; bit < file_size(path) * 8; bit += step) {
        file_flip(path, bit);
        cr_assert_not(some_answer_is_wrong(), "%s: bit %zu", name, bit);
        for (size_t i = 0; i < 4; i++) {
            file_put(fixture_path(fixture, files[i]), images[i].data, images[i].len);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        free(images[i].data);
    }
}

Test(damage, of_nothing_gives_right_answers) {
    fill();
    fixture_close(fixture);
    cr_assert_eq(ask_all(), 0);
    struct change change = change_of(ACTION_WITHDRAW, 1, child_of(1000, 2000, 0));
    fixture_open(fixture);
    cr_assert_eq(change_one(fixture->engine, "south", change), RESULT_WITHDRAWN);
    fixture_close(fixture);
    cr_assert_eq(ask_all(), 1); // a wrong answer would be seen
}

Test(damage, of_the_database_never_gives_a_wrong_answer, .timeout = 500) {
    fill();
    fixture_close(fixture);
    flip_through("lmdb/data.mdb", 5, 8 * 409 + 3);
}

Test(damage, of_the_pepper_never_gives_a_wrong_answer) {
    fill();
    fixture_close(fixture);
    flip_through("pepper", 3, 37);
}

Test(damage, of_the_journal_never_gives_a_wrong_answer) {
    fill();
    fixture_close(fixture);
    flip_through("journal/2026-11.seg", 1, 8 * 300 + 1);
    flip_through("segment-keys/2026-11.key", 1, 61);
}

// LMDB's pages of 4096 bytes: flags u16 at 10 (1: a branch), the end of the node offsets u16 at 12, these from 16 on. A
// node's key stands behind 8 bytes, its length u16 in the last two of them. All in the machine's byte order.
#define PAGE_SIZE 4096
static uint16_t number_at(const uint8_t *at) {
    uint16_t number = 0;
    memcpy(&number, at, sizeof number);
    return number;
}

// Whether a row's key stands here: on a leaf page, at a place that the page points to. Between those places a page may
// hold anything that its memory held before.
static bool row_stands_at(const uint8_t *data, size_t at) {
    const uint8_t *page = data + at / PAGE_SIZE * PAGE_SIZE;
    const size_t end = number_at(page + 12);
    const bool leaf = number_at(page + 10) == 2;
    bool found = false;
    for (size_t pointer = 16; leaf && end < PAGE_SIZE && pointer < end; pointer += 2) {
        found = found || page + number_at(page + pointer) + 8 == data + at;
    }
    return found;
}

// Flips a bit near every place in the database where the child's key stands: LMDB keeps the value behind the key, and
// older copies of the page may be in the file.
static void flip_near_key(struct token_set child, size_t bytes_behind) {
    const char *path = fixture_path(fixture, "lmdb/data.mdb");
    uint64_t tag = inside_tag(fixture, 0, child.tokens[0]);
    struct file_image image = file_take(path);
    size_t flipped = 0;
    for (size_t at = 0; at + sizeof tag <= image.len; at++) {
        if (memcmp(image.data + at, &tag, sizeof tag) == 0 && row_stands_at(image.data, at)) {
            file_flip(path, (at + bytes_behind) * 8);
            flipped++;
        }
    }
    cr_assert_gt(flipped, 0);
    free(image.data);
}

#define BEHIND_THE_SIV (8 + 16 + 3)

Test(damage, of_a_value_fails_the_questions_that_read_it_and_no_other) {
    struct token_set child = child_of(1003, 0, 0);
    fill();
    fixture_close(fixture);
    flip_near_key(child, BEHIND_THE_SIV);
    fixture_open(fixture); // it takes reading the value to see it
    struct asked asked = ask(fixture->engine, "north", &child, 1);
    cr_assert_eq(asked.err, ERR_CORRUPT);
    cr_assert_not_null(strstr(asked.detail, "fails its seal"));
    struct change change = change_of(ACTION_CLOSE, 4, child);
    cr_assert_eq(submit_changes(fixture->engine, "south", &change, 1, false).err, ERR_CORRUPT);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(1006, 0, 0)), ANSWER_YES);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(1004, 0, 0)), ANSWER_PREVIOUSLY);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(1, 0, 0)), ANSWER_NO);
}

Test(damage, of_a_key_is_found_by_a_scrub_and_then_nothing_is_answered) {
    struct token_set child = child_of(1003, 0, 0);
    fill();
    assert_ok(engine_scrub(fixture->engine, NULL));
    flip_near_key(child, 0);
    assert_refused(engine_scrub(fixture->engine, NULL), ERR_CORRUPT, "store");
    assert_refused(engine_health(fixture->engine), ERR_CORRUPT, "store");
    struct asked asked = ask(fixture->engine, "north", &child, 1);
    cr_assert_eq(asked.err, ERR_CORRUPT);
    child = child_of(1, 0, 0);
    cr_assert_eq(ask(fixture->engine, "north", &child, 1).err, ERR_CORRUPT);
    fixture_close(fixture);
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
    assert_ok(engine_rebuild(&fixture->settings, &fixture->descriptor));
    fixture_open(fixture);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(1003, 0, 0)), ANSWER_YES);
}

// A large index answers before it has read everything; what it passed over is found beside the answers.
Test(damage, that_a_quick_start_passes_over_is_found_by_the_scrub_behind_it) {
    struct token_set child = child_of(1003, 0, 0);
    fill();
    fixture_days_pass(fixture, 1); // the present day's records are read at every start: the budgets stand in them
    cr_assert_eq(ask_one(fixture->engine, "north", child), ANSWER_YES);
    fixture_close(fixture);
    fixture->settings.check_first = false;
    const char *path = fixture_path(fixture, "journal/2026-11.seg");
    struct file_image journal = file_take(path);
    file_flip(path, 8 * 100); // in the first record
    fixture_open(fixture);
    cr_assert_eq(ask_one(fixture->engine, "north", child), ANSWER_YES);
    assert_refused(engine_scrub(fixture->engine, NULL), ERR_CORRUPT, "2026-11 is damaged");
    cr_assert_eq(ask(fixture->engine, "north", &child, 1).err, ERR_CORRUPT);
    fixture_close(fixture);
    file_put(path, journal.data, journal.len);
    free(journal.data);
    fixture_open(fixture);
    assert_ok(engine_scrub(fixture->engine, NULL));
    cr_assert_eq(ask_one(fixture->engine, "north", child), ANSWER_YES);
}

// The places of the keys on branch pages.
static size_t branch_keys(const struct file_image *image, size_t *out, size_t room) {
    size_t count = 0;
    for (size_t page = 0; page + PAGE_SIZE <= image->len; page += PAGE_SIZE) {
        const uint8_t *bytes = image->data + page;
        size_t end = number_at(bytes + 10) == 1 ? number_at(bytes + 12) : 0;
        for (size_t at = 16; at < end && end < PAGE_SIZE; at += 2) {
            size_t node = number_at(bytes + at);
            if (node + 16 <= PAGE_SIZE && number_at(bytes + node + 6) == 8 && count < room) {
                out[count++] = page + node + 8;
            }
        }
    }
    return count;
}

// A search goes by the keys on branch pages, reading all rows in order does not: each must be found by its key as well.
Test(damage, of_a_turn_on_the_way_to_a_row_is_found) {
    enum { ROOM = 256 };
    size_t keys[ROOM];
    size_t refused = 0;
    fill();
    fixture_close(fixture);
    const char *path = fixture_path(fixture, "lmdb/data.mdb");
    struct file_image image = file_take(path);
    size_t count = branch_keys(&image, keys, ROOM);
    cr_assert_gt(count, 0);
    for (size_t i = 0; i < count; i++) {
        file_flip(path, (keys[i] + 7) * 8 + 7); // the highest bit: half of the rows are sought elsewhere
        cr_assert_not(some_answer_is_wrong(), "key %zu of %zu", i, count);
        err_t err = engine_open(&fixture->settings, &fixture->descriptor, &fixture->engine);
        cr_assert(err == OK || err == ERR_CORRUPT);
        refused += err == ERR_CORRUPT ? 1 : 0;
        fixture_close(fixture);
        file_put(path, image.data, image.len);
    }
    cr_assert_gt(refused, 0); // the others stand on pages that are free by now
    free(image.data);
}
