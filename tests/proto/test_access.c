// SPDX-License-Identifier: Apache-2.0
#include "proto/access.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "proto/roster.h"
#include "proto/status.h"
#include "tests/base/scratch.h"

#define NOW 1000000
#define ISSUED (NOW - 100)
#define EXPIRES (NOW + 100)
#define NORTH "urn:signpost:demo:agency:north"
#define JO "urn:signpost:demo:agency:north:person:jo"
#define OFFICER "urn:signpost:demo:administrator:officer"
#define ROLES_ALL (~0U)

static const uint8_t seed[NOTE_SEED_SIZE] = {1};
static const uint8_t other_seed[NOTE_SEED_SIZE] = {2};

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    scratch_make();
}

TestSuite(access, .init = start, .fini = scratch_remove);

static uint8_t keys[3][1][KEY_HASH_SIZE] = {{{0xa1}}, {{0xb2}}, {{0xc3}}};

static void set_entry(struct roster_entry *entry, const char *identity, unsigned roles, size_t key) {
    *entry = (struct roster_entry){
        .roles = roles, .valid_from = ISSUED, .valid_until = EXPIRES + 50, .keys = keys[key], .key_count = 1};
    cr_assert_eq(urn_parse(identity, &entry->identity), OK);
}

// Signs the roster with `count` of: north, jo, officer.
static void write_roster_signed(uint64_t version, size_t count, const uint8_t *signer) {
    struct roster_entry entries[3];
    struct roster roster = {
        .scheme = "demo", .version = version, .issued = ISSUED, .expires = EXPIRES, .entries = entries, .count = count};
    struct buf note = {0}, lines = {0};
    set_entry(&entries[0], NORTH, ROLE_AGENCY, 0);
    set_entry(&entries[1], JO, ROLE_PRACTITIONER, 1);
    set_entry(&entries[2], OFFICER, ROLE_ADMINISTRATOR, 2);
    cr_assert_eq(roster_write(&roster, &note), OK);
    buf_put_str(&note, "\n");
    cr_assert_eq(note_sign(buf_bytes(&note), "authority", signer, &lines), OK);
    buf_put_str(&note, "\n");
    buf_put(&note, lines.data, lines.len);
    (void)scratch_write("roster", 0600, note.data, note.len);
    buf_free(&lines);
    buf_free(&note);
}

static void write_roster(uint64_t version, size_t count) {
    write_roster_signed(version, count, seed);
}

static err_t load_looking(bool with_deny, int64_t look_serves_us, struct access **out) {
    struct note_key authority;
    char roster[128], deny[128];
    snprintf(roster, sizeof(roster), "%s", scratch_path("roster"));
    snprintf(deny, sizeof(deny), "%s", scratch_path("deny"));
    const struct access_files files = {
        .roster = roster, .deny = with_deny ? deny : NULL, .look_serves_us = look_serves_us};
    cr_assert_eq(note_key_of_seed("authority", seed, &authority), OK);
    return access_load(&files, &authority, "demo", out);
}

static err_t load(bool with_deny, struct access **out) {
    return load_looking(with_deny, 0, out);
}

static struct access *make(void) {
    struct access *access = NULL;
    write_roster(5, 3);
    cr_assert_eq(load(true, &access), OK, "%s", err_detail());
    return access;
}

static struct tls_peer peer_of(const char *identity, size_t key) {
    struct tls_peer peer = {.certificate_expires = EXPIRES + 1000};
    cr_assert_eq(urn_parse(identity, &peer.identity), OK);
    memcpy(peer.key, keys[key][0], KEY_HASH_SIZE);
    return peer;
}

static err_t check(struct access *access, const char *identity, size_t key) {
    const struct tls_peer peer = peer_of(identity, key);
    struct access_grant grant;
    return access_check(access, &peer, NOW, ROLES_ALL, &grant);
}

Test(access, lets_in_who_is_on_the_roster_and_says_until_when) {
    struct access *access = make();
    const struct tls_peer peer = peer_of(JO, 1);
    struct access_grant grant = {0};
    cr_assert_eq(access_check(access, &peer, NOW, ROLE_PRACTITIONER, &grant), OK);
    cr_expect_eq(grant.roles, (unsigned)ROLE_PRACTITIONER);
    cr_expect_eq(grant.entry_expires, EXPIRES + 50);
    cr_expect_eq(grant.roster_expires, EXPIRES);
    cr_expect_eq(grant.roster_version, (uint64_t)5);
    access_free(access);
}

Test(access, refuses_a_key_that_is_not_listed_or_listed_for_somebody_else) {
    struct access *access = make();
    struct tls_peer stranger = peer_of(JO, 1);
    struct access_grant grant;
    stranger.key[5] ^= 1;
    cr_expect_eq(access_check(access, &stranger, NOW, ROLES_ALL, &grant), ERR_DENIED);
    cr_expect_eq(check(access, JO, 0), ERR_DENIED);
    cr_expect_eq(check(access, JO, 1), OK);
    access_free(access);
}

Test(access, refuses_a_role_that_is_not_among_the_allowed) {
    struct access *access = make();
    const struct tls_peer officer = peer_of(OFFICER, 2);
    struct access_grant grant;
    cr_expect_eq(access_check(access, &officer, NOW, ROLE_AGENCY | ROLE_PRACTITIONER, &grant), ERR_DENIED);
    cr_expect_not_null(strstr(err_detail(), "role"));
    cr_expect_eq(access_check(access, &officer, NOW, ROLE_AGENCY | ROLE_ADMINISTRATOR, &grant), OK);
    cr_expect_eq(access_check(access, &officer, NOW, 0, &grant), ERR_DENIED);
    access_free(access);
}

Test(access, refuses_everyone_once_the_roster_has_expired) {
    struct access *access = make();
    const struct tls_peer peer = peer_of(JO, 1);
    struct access_grant grant;
    cr_expect_eq(access_check(access, &peer, EXPIRES - 1, ROLES_ALL, &grant), OK);
    cr_expect_eq(access_check(access, &peer, EXPIRES, ROLES_ALL, &grant), ERR_EXPIRED);
    access_free(access);
}

Test(access, refuses_a_certificate_that_expired_while_its_connection_stayed_open) {
    struct access *access = make();
    struct tls_peer peer = peer_of(JO, 1);
    struct access_grant grant;
    peer.certificate_expires = NOW + 1;
    cr_expect_eq(access_check(access, &peer, NOW, ROLES_ALL, &grant), OK);
    peer.certificate_expires = NOW;
    cr_expect_eq(access_check(access, &peer, NOW, ROLES_ALL, &grant), ERR_DENIED);
    cr_expect_not_null(strstr(err_detail(), "certificate"));
    access_free(access);
}

Test(access, does_not_load_a_roster_that_is_missing_or_of_another_signer) {
    struct access *access = NULL;
    cr_expect_eq(load(true, &access), ERR_NOT_FOUND);
    write_roster_signed(5, 3, other_seed);
    cr_expect_eq(load(true, &access), ERR_SIGNATURE);
    cr_expect_null(access);
}

Test(access, does_not_load_with_a_deny_list_it_cannot_read) {
    struct access *access = NULL;
    write_roster(5, 3);
    (void)scratch_write_text("deny", "nobody\n");
    cr_expect_eq(load(true, &access), ERR_INPUT);
    cr_expect_null(access);
    cr_expect_eq(load(false, &access), OK, "unless none is configured");
    access_free(access);
}

Test(access, follows_the_deny_list_of_the_file) {
    struct access *access = NULL;
    write_roster(5, 3);
    (void)scratch_write_text("deny", NORTH "\n");
    cr_assert_eq(load(true, &access), OK);
    cr_expect_eq(check(access, NORTH, 0), ERR_DENIED);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    cr_expect_eq(check(access, OFFICER, 2), OK);
    access_free(access);
}

Test(access, denies_at_once_and_after_a_restart) {
    struct access *access = make();
    cr_expect_eq(check(access, JO, 1), OK);
    cr_assert_eq(access_deny(access, JO), OK, "%s", err_detail());
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    cr_expect_eq(check(access, NORTH, 0), OK);
    access_free(access);
    cr_assert_eq(load(true, &access), OK);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    access_free(access);
}

Test(access, denies_also_what_was_appended_while_stopped) {
    struct access *access = NULL;
    char hex[2 * KEY_HASH_SIZE + 1];
    write_roster(5, 3);
    hex_encode(keys[1][0], KEY_HASH_SIZE, hex);
    cr_assert_eq(access_append_denial(scratch_path("deny"), hex), OK);
    cr_assert_eq(load(true, &access), OK);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    access_free(access);
}

Test(access, denies_nothing_that_could_not_take_effect) {
    struct access *access = make();
    cr_expect_eq(access_deny(access, "jo"), ERR_INPUT);
    cr_expect_eq(access_deny(access, "urn:signpost:other:agency:north"), ERR_INPUT);
    cr_expect_not(scratch_has("deny"));
    access_free(access);
    cr_assert_eq(load(false, &access), OK);
    cr_expect_eq(access_deny(access, JO), ERR_INPUT);
    cr_expect_eq(check(access, JO, 1), OK);
    access_free(access);
}

Test(access, denies_at_once_even_when_the_file_cannot_be_written) {
    struct access *access = make();
    (void)scratch_write_text("deny", "");
    const char *deny = scratch_path("deny");
    cr_assert_eq(unlink(deny), 0);
    cr_assert_eq(symlink("/proc/version/none", deny), 0);
    cr_expect_neq(access_deny(access, JO), OK);
    cr_expect_not_null(strstr(err_detail(), "until the next reload"), "%s", err_detail());
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    cr_assert_eq(unlink(deny), 0);
    access_free(access);
}

Test(access, takes_a_new_roster_on_reload) {
    struct access *access = make();
    write_roster(6, 1);
    cr_assert_eq(access_reload(access), OK, "%s", err_detail());
    cr_expect_eq(check(access, NORTH, 0), OK);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    access_free(access);
}

Test(access, keeps_the_roster_when_the_new_one_is_older_or_broken) {
    struct access *access = make();
    write_roster(4, 1);
    cr_expect_eq(access_reload(access), ERR_STALE);
    cr_expect_eq(check(access, JO, 1), OK);
    write_roster_signed(6, 1, other_seed);
    cr_expect_eq(access_reload(access), ERR_SIGNATURE);
    cr_expect_not_null(strstr(err_detail(), "roster"), "%s", err_detail());
    cr_expect_eq(check(access, JO, 1), OK);
    access_free(access);
}

Test(access, takes_a_denial_although_the_new_roster_is_broken) {
    struct access *access = make();
    write_roster_signed(6, 3, other_seed);
    (void)scratch_write_text("deny", JO "\n");
    cr_expect_eq(access_reload(access), ERR_SIGNATURE);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    cr_expect_eq(check(access, NORTH, 0), OK);
    access_free(access);
}

Test(access, takes_a_new_roster_although_the_deny_list_is_broken) {
    struct access *access = make();
    cr_assert_eq(access_deny(access, NORTH), OK);
    write_roster(6, 3);
    (void)scratch_write_text("deny", "nobody\n");
    cr_expect_eq(access_reload(access), ERR_INPUT);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED, "the old list holds");
    const struct tls_peer officer = peer_of(OFFICER, 2);
    struct access_grant grant;
    cr_assert_eq(access_check(access, &officer, NOW, ROLES_ALL, &grant), OK);
    cr_expect_eq(grant.roster_version, (uint64_t)6);
    access_free(access);
}

Test(access, names_both_files_when_both_are_broken) {
    struct access *access = make();
    write_roster_signed(6, 3, other_seed);
    (void)scratch_write_text("deny", "nobody\n");
    cr_expect_eq(access_reload(access), ERR_SIGNATURE);
    cr_expect_not_null(strstr(err_detail(), "roster: "), "%s", err_detail());
    cr_expect_not_null(strstr(err_detail(), "deny list: "), "%s", err_detail());
    access_free(access);
}

Test(access, lifts_a_denial_only_by_an_edited_file_and_never_by_a_lost_one) {
    struct access *access = make();
    cr_assert_eq(access_deny(access, JO), OK);
    cr_assert_eq(unlink(scratch_path("deny")), 0);
    cr_expect_eq(access_reload(access), ERR_NOT_FOUND);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    (void)scratch_write_text("deny", "# nobody now\n");
    cr_expect_eq(access_reload(access), OK);
    cr_expect_eq(check(access, JO, 1), OK);
    cr_assert_eq(unlink(scratch_path("deny")), 0);
    cr_expect_eq(access_reload(access), OK, "nothing was lost");
    access_free(access);
}

static void note_feed(const char *agency, void *ctx) {
    struct buf *seen = ctx;
    buf_printf(seen, "%s ", agency);
}

Test(access, lists_the_agencies_that_feed_the_index) {
    struct access *access = make();
    struct buf seen = {0};
    cr_assert_eq(access_each_feed(access, NOW, note_feed, &seen), OK);
    cr_expect_str_eq(buf_str(&seen), "north ");
    buf_reset(&seen);
    cr_assert_eq(access_each_feed(access, EXPIRES + 50, note_feed, &seen), OK);
    cr_expect_eq(seen.len, (size_t)0, "its entry has expired");
    buf_free(&seen);
    access_free(access);
}

Test(access, writes_the_whoami_reply) {
    struct access *access = make();
    const struct tls_peer peer = peer_of(JO, 1);
    struct access_grant grant;
    struct whoami whoami;
    struct buf body = {0};
    cr_assert_eq(access_check(access, &peer, NOW, ROLES_ALL, &grant), OK);
    cr_assert_eq(access_whoami(&grant, &peer, NOW, 7, &body), OK);
    cr_assert_eq(whoami_read(buf_bytes(&body), &whoami), OK, "%s", err_detail());
    cr_expect_str_eq(whoami.identity, JO);
    cr_expect_eq(whoami.roles, (unsigned)ROLE_PRACTITIONER);
    cr_expect_eq(whoami.time, NOW);
    cr_expect_eq(whoami.certificate_expires, EXPIRES + 1000);
    cr_expect_eq(whoami.entry_expires, EXPIRES + 50);
    cr_expect_eq(whoami.roster_expires, EXPIRES);
    cr_expect_eq(whoami.roster_version, (uint64_t)5);
    cr_expect_eq(whoami.descriptor_version, (uint64_t)7);
    buf_free(&body);
    access_free(access);
}

// A rename, as a file is brought; the test of a second write within one tick of the file system's clock would hang on
// it.
Test(access, takes_a_changed_roster_at_the_next_request) {
    struct access *access = make();
    cr_assert_eq(check(access, OFFICER, 2), OK);
    write_roster(6, 2);
    cr_expect_eq(check(access, OFFICER, 2), ERR_DENIED, "without a reload");
    cr_expect_eq(check(access, JO, 1), OK);
    write_roster(7, 3);
    cr_expect_eq(check(access, OFFICER, 2), OK);
    access_free(access);
}

Test(access, takes_a_changed_deny_list_at_the_next_request) {
    struct access *access = make();
    cr_assert_eq(check(access, JO, 1), OK);
    (void)scratch_write_text("deny", JO "\n");
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    (void)scratch_write_text("deny", "# nobody\n");
    cr_expect_eq(check(access, JO, 1), OK);
    access_free(access);
}

// However many ask meanwhile; the loop ends when the look has served its time.
Test(access, takes_a_changed_deny_list_when_the_last_look_has_served_its_time) {
    struct access *access = NULL;
    write_roster(5, 3);
    cr_assert_eq(load_looking(true, ACCESS_LOOK_SERVES_US, &access), OK);
    cr_assert_eq(check(access, JO, 1), OK);
    (void)scratch_write_text("deny", JO "\n");
    const int64_t written_us = clock_monotonic_us();
    int64_t asked_us = written_us;
    while (check(access, JO, 1) == OK) {
        cr_assert_lt(asked_us, written_us + ACCESS_LOOK_SERVES_US, "answered by a list that was older");
        asked_us = clock_monotonic_us();
    }
    access_free(access);
}

Test(access, looks_at_no_file_while_a_look_serves_but_denies_and_reloads_at_once) {
    struct access *access = NULL;
    write_roster(5, 3);
    cr_assert_eq(load_looking(true, INT64_MAX, &access), OK);
    (void)scratch_write_text("deny", NORTH "\n");
    cr_expect_eq(check(access, NORTH, 0), OK, "not looked at");
    cr_assert_eq(access_deny(access, JO), OK);
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    cr_assert_eq(access_reload(access), OK);
    cr_expect_eq(check(access, NORTH, 0), ERR_DENIED);
    access_free(access);
}

Test(access, keeps_what_is_in_force_when_a_changed_file_is_bad) {
    struct access *access = make();
    write_roster(4, 2);
    cr_expect_eq(check(access, OFFICER, 2), OK, "an older version");
    write_roster_signed(6, 2, other_seed);
    cr_expect_eq(check(access, OFFICER, 2), OK, "another's signature");
    cr_assert_eq(unlink(scratch_path("roster")), 0);
    cr_expect_eq(check(access, OFFICER, 2), OK, "no file");
    write_roster(6, 2);
    cr_expect_eq(check(access, OFFICER, 2), ERR_DENIED, "a good one is still taken");
    access_free(access);
}

Test(access, reads_again_at_the_next_request_what_could_not_be_read) {
    struct access *access = make();
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    (void)scratch_write_text("deny", JO "\n");
    const struct rlimit none = {0, limit.rlim_max}; // no file can be opened
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    cr_expect_eq(check(access, JO, 1), OK, "what is in force stays");
    cr_expect_eq(access_reload(access), ERR_IO);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_expect(access_left_aside(access));
    cr_expect_eq(check(access, JO, 1), ERR_DENIED, "though the file has not changed since");
    cr_expect_not(access_left_aside(access));
    access_free(access);
}

static err_t check_named(struct access *access, const char *identity) {
    struct urn person;
    struct terms terms;
    cr_assert_eq(urn_parse(identity, &person), OK);
    return access_check_person(access, &person, NOW, &terms);
}

Test(access, judges_a_person_who_is_only_named) {
    struct access *access = make();
    cr_expect_eq(check_named(access, JO), OK);
    cr_expect_eq(check_named(access, NORTH ":person:nobody"), OK, "whom the roster does not know");
    (void)scratch_write_text("deny", JO "\n");
    cr_expect_eq(check(access, JO, 1), ERR_DENIED);
    cr_expect_eq(check_named(access, JO), ERR_DENIED);
    cr_expect_not_null(strstr(err_detail(), "the person named"), "%s", err_detail());
    access_free(access);
}

struct asker {
    struct access *access;
    struct tls_peer peer;
    atomic_bool *stop;
    atomic_size_t *asked;
    size_t refused;
};

static void *ask_until_stopped(void *arg) {
    struct asker *asker = arg;
    struct access_grant grant;
    while (!atomic_load(asker->stop)) {
        asker->refused += access_check(asker->access, &asker->peer, NOW, ROLES_ALL, &grant) != OK;
        atomic_fetch_add(asker->asked, 1);
    }
    return NULL;
}

// Worth most under the thread sanitizer. The reloads go on until enough has been asked, so that both really overlap.
Test(access, reloads_under_a_steady_stream_of_requests) {
    struct access *access = make();
    atomic_bool stop = false;
    atomic_size_t asked = 0;
    pthread_t threads[2];
    struct asker askers[2] = {{access, peer_of(JO, 1), &stop, &asked, 0},
                              {access, peer_of(NORTH, 0), &stop, &asked, 0}};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_until_stopped, &askers[i]), 0);
    }
    for (uint64_t version = 6; version < 20 || atomic_load(&asked) < 1000; version++) {
        write_roster(version, 3);
        cr_assert_eq(access_reload(access), OK, "%s", err_detail());
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_expect_eq(askers[i].refused, (size_t)0);
    }
    access_free(access);
}
