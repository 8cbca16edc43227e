// SPDX-License-Identifier: Apache-2.0
// A store in a fresh folder, a clock that stands still, a descriptor of three slots, and operations that wait.
#ifndef TESTS_INDEXD_FIXTURE_H
#define TESTS_INDEXD_FIXTURE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "indexd/engine.h"
#include "tests/indexd/files.h"

#define SLOTS 3 // 0 "nhs" sure, 1 "names" sure, 2 "sound" similar

struct fixture {
    char dir[PATH_SIZE];       // removed by fixture_end
    char store[PATH_SIZE + 8]; // dir/store
    _Atomic int64_t now_ms;    // starts at 2026-11-22T10:37:00Z
    struct wall_clock clock;
    struct descriptor descriptor;
    struct engine_settings settings;
    struct engine *engine; // NULL while closed
};

// A store made and opened.
struct fixture *fixture_new(void);
// Without a store.
struct fixture *fixture_blank(void);
void fixture_end(struct fixture *fixture);
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
void fixture_reopen(struct fixture *fixture);
void fixture_days_pass(struct fixture *fixture, int days);
// Opening fails with this error.
void fixture_refuses_to_open(struct fixture *fixture, err_t expected);
// "dir/store/name"; one of four texts that take turns.
const char *fixture_path(const struct fixture *fixture, const char *name);

// A token that stands for a value; the same number is the same value. 0 is the empty slot.
struct token_set child_of(unsigned nhs, unsigned names, unsigned sound);

struct change change_of(enum action action, unsigned handle, struct token_set tokens);

// Submits and waits. The answer, or the refusal as err.
struct asked {
    err_t err;
    char detail[256];
    int64_t retry_at_s;
    struct answers answers;
    struct involvement_reply reply;
};
struct asked ask(struct engine *engine, const char *agency, const struct token_set *children, size_t count);
struct asked ask_as(struct engine *engine, const struct engine_actor *actor, enum purpose purpose,
                    const struct token_set *children, size_t count);
struct asked submit_as(struct engine *engine, const struct engine_actor *actor, const struct change *changes,
                       size_t count, bool ask_too);
// By the agency's system, for nobody.
struct asked submit_changes(struct engine *engine, const char *agency, const struct change *changes, size_t count,
                            bool ask_too);

// One child, one answer; anything but an answer fails the test.
enum answer ask_one(struct engine *engine, const char *agency, struct token_set child);
// One change, one result; anything but a result fails the test.
enum change_result change_one(struct engine *engine, const char *agency, struct change change);
// change_one for the commonest: open, current, visible.
void open_one(struct engine *engine, const char *agency, unsigned handle, struct token_set child);

#endif
