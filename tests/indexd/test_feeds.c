// SPDX-License-Identifier: Apache-2.0
#include "indexd/feeds.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "proto/roster.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"
#include "tests/indexd/fixture.h"

#define FRESH_DAYS 7
#define FAR (INT64_C(1) << 33)

static const uint8_t seed[NOTE_SEED_SIZE] = {1};
static struct fixture *fixture;
static struct feeds feeds;

// A roster of two agencies' systems, of which the second may be left out, and a person of each.
static void write_roster(uint64_t version, bool with_south) {
    static const char *const identities[] = {
        "urn:signpost:demo:agency:north", "urn:signpost:demo:agency:north:person:sam",
        "urn:signpost:demo:agency:south:person:jo", "urn:signpost:demo:agency:south"};
    static uint8_t keys[4][1][KEY_HASH_SIZE] = {{{1}}, {{2}}, {{3}}, {{4}}};
    struct roster_entry entries[4];
    struct roster roster = {.scheme = "demo",
                            .version = version,
                            .issued = 1,
                            .expires = FAR,
                            .entries = entries,
                            .count = with_south ? 4 : 3};
    struct buf note = {0}, lines = {0};
    for (size_t i = 0; i < roster.count; i++) {
        entries[i] = (struct roster_entry){.valid_from = 1, .valid_until = FAR, .keys = keys[i], .key_count = 1};
        assert_ok(urn_parse(identities[i], &entries[i].identity));
        entries[i].roles = entries[i].identity.kind == URN_AGENCY ? ROLE_AGENCY : ROLE_PRACTITIONER;
    }
    assert_ok(roster_write(&roster, &note));
    buf_put_str(&note, "\n");
    assert_ok(note_sign(buf_bytes(&note), "authority", seed, &lines));
    buf_printf(&note, "\n%s", buf_str(&lines));
    (void)scratch_write("roster", 0600, note.data, note.len);
    buf_free(&lines);
    buf_free(&note);
}

static void start(void) {
    struct note_key authority;
    char roster[256];
    assert_ok(secret_start());
    scratch_make();
    fixture = fixture_new();
    write_roster(1, true);
    (void)snprintf(roster, sizeof roster, "%s", scratch_path("roster"));
    assert_ok(note_key_of_seed("authority", seed, &authority));
    feeds = (struct feeds){.engine = fixture->engine, .fresh_days = FRESH_DAYS};
    assert_ok(access_load(&(struct access_files){.roster = roster}, &authority, "demo", &feeds.access));
}

static void end(void) {
    access_free(feeds.access);
    fixture_end(fixture);
    scratch_remove();
}

TestSuite(feeds, .init = start, .fini = end);

static int64_t now_s(void) {
    return atomic_load(&fixture->now_ms) / 1000;
}

static err_t check(const char *identity) {
    struct urn who;
    assert_ok(urn_parse(identity, &who));
    return feeds_check_change(&feeds, &who, now_s());
}

#define SOUTH "urn:signpost:demo:agency:south"
#define JO "urn:signpost:demo:agency:south:person:jo"
#define SAM "urn:signpost:demo:agency:north:person:sam"

Test(feeds, people_change_by_hand_until_their_agency_has_a_feed) {
    assert_ok(check(JO));
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    assert_refused(check(JO), ERR_DENIED, "the agency south has a feed (the last changes came on 2026-11-22)");
    assert_ok(check(SOUTH));
    assert_ok(check(SAM));
}

Test(feeds, what_people_send_makes_no_feed) {
    struct change change = change_of(ACTION_OPEN, 1, child_of(1, 2, 3));
    const struct engine_actor sam = {.agency = "north", .person = "sam"};
    cr_assert_eq(submit_as(fixture->engine, &sam, &change, 1, false).err, OK);
    assert_ok(check(SAM));
}

Test(feeds, a_feed_that_stops_frees_its_people_after_the_days_that_it_stays_fresh) {
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    fixture_days_pass(fixture, FRESH_DAYS);
    cr_assert_eq(check(JO), ERR_DENIED);
    fixture_days_pass(fixture, 1);
    assert_ok(check(JO));
    cr_assert_eq(submit_changes(fixture->engine, "south", NULL, 0, false).err, OK);
    cr_assert_eq(check(JO), ERR_DENIED, "it is back");
}

Test(feeds, a_feed_that_was_taken_off_the_roster_frees_its_people_at_once) {
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(check(JO), ERR_DENIED);
    write_roster(2, false);
    assert_ok(access_reload(feeds.access));
    assert_ok(check(JO));
}

struct seen {
    size_t count, fresh;
    int64_t last[4];
};

static void see(const struct feed *feed, void *ctx) {
    struct seen *seen = ctx;
    seen->last[seen->count++] = feed->last_day;
    seen->fresh += feed->fresh ? 1 : 0;
}

Test(feeds, are_listed_with_their_last_day) {
    struct seen seen = {0};
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    int64_t today = now_s() / 86400;
    fixture_days_pass(fixture, FRESH_DAYS);
    assert_ok(feeds_each(&feeds, now_s(), see, &seen));
    cr_assert_eq(seen.count, 2);
    cr_assert_eq(seen.fresh, 1);
    cr_assert_eq(seen.last[0], 0, "north never fed");
    cr_assert_eq(seen.last[1], today);
    fixture_days_pass(fixture, 1);
    seen = (struct seen){0};
    assert_ok(feeds_each(&feeds, now_s(), see, &seen));
    cr_assert_eq(seen.fresh, 0);
}
