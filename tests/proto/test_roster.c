// SPDX-License-Identifier: Apache-2.0
#include "proto/roster.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "tests/proto/readers.h"

#define KEY_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define KEY_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define KEY_3 "3333333333333333333333333333333333333333333333333333333333333333"
#define KEY_4 "abcdef4444444444444444444444444444444444444444444444444444444444"
#define KEY_5 "5555555555555555555555555555555555555555555555555555555555555555"
#define TIMES "\"valid_from\":\"2026-01-01T00:00:00Z\",\"valid_until\":\"2027-01-01T00:00:00Z\""

#define NORTH                                                                                                          \
    "{\"identity\":\"urn:signpost:demo:agency:north\",\"roles\":[\"agency\"],\"keys\":[\"" KEY_1 "\",\"" KEY_2         \
    "\"]," TIMES ",\"suspended\":false}"
#define SMITH                                                                                                          \
    "{\"identity\":\"urn:signpost:demo:agency:north:person:j-smith\",\"roles\":[\"practitioner\",\"auditor\"],"        \
    "\"keys\":[\"" KEY_3 "\"]," TIMES ",\"suspended\":false}"
#define INDEX                                                                                                          \
    "{\"identity\":\"urn:signpost:demo:index:main\",\"roles\":[\"index\"],\"keys\":[\"" KEY_4 "\"]," TIMES             \
    ",\"suspended\":false}"
#define ADA                                                                                                            \
    "{\"identity\":\"urn:signpost:demo:administrator:ada\",\"roles\":[\"administrator\"],\"keys\":[\"" KEY_5           \
    "\"]," TIMES ",\"suspended\":true}"
#define HEAD                                                                                                           \
    "{\"type\":\"signpost roster 1\",\"scheme\":\"demo\",\"version\":3,"                                               \
    "\"issued\":\"2026-06-01T00:00:00Z\",\"expires\":\"2026-12-01T00:00:00Z\",\"entries\":["
#define FOOT "]}"

// As roster_write lays it out, and with a space more, which sends it to the JSON reader.
static const char scanned[] = HEAD "\n" NORTH ",\n" SMITH ",\n" INDEX ",\n" ADA FOOT;
static const char general[] = " " HEAD "\n" NORTH ",\n" SMITH ",\n" INDEX ",\n" ADA FOOT;

#define NOW 1795343820 // 2026-11-22T10:37:00Z

#define EVE                                                                                                            \
    "{\"identity\":\"urn:signpost:demo:agency:east:person:eve\",\"roles\":[\"practitioner\"],\"keys\":[\"" KEY_3       \
    "\"]," TIMES ",\"suspended\":false,\"vetting_until\":\"2026-11-22T10:37:00Z\","                                    \
    "\"training_until\":\"2026-11-25T00:00:00Z\",\"limits\":{\"children_hour\":60,\"no_day\":1000000000},"             \
    "\"allowance\":{\"elements_day\":500000,\"children_day\":700,\"from\":\"2026-11-22T00:00:00Z\",\"until\":\"2026-"  \
    "11-24T00:00:00Z\","                                                                                               \
    "\"act\":\"" KEY_4 "\",\"signers\":[\"ada\",\"bob\"]}}"
#define BARRED                                                                                                         \
    "],\"barred\":[\n\"urn:signpost:demo:agency:north:person:mallory\",\n\"urn:signpost:demo:agency:south:person:x\"]" \
    "}"
static const char full[] = HEAD "\n" NORTH ",\n" EVE BARRED;
static const char full_general[] = " " HEAD "\n" NORTH ",\n" EVE BARRED;

static struct roster *parsed(const char *text) {
    struct roster *roster = NULL;
    cr_assert_eq(roster_parse(bytes_str(text), &roster), OK, "%s", err_detail());
    return roster;
}

static struct urn urn_of(const char *text) {
    struct urn urn;
    cr_assert_eq(urn_parse(text, &urn), OK, "%s", err_detail());
    return urn;
}

static struct buf written(const struct roster *roster) {
    struct buf out = {0};
    cr_assert_eq(roster_write(roster, &out), OK);
    return out;
}

static err_t reads(struct bytes text) {
    struct roster before = {0};
    struct roster *roster = &before;
    err_t err = roster_parse(text, &roster);
    if (err != OK) {
        cr_assert_eq(roster, &before, "touched on failure");
        return err;
    }
    struct buf once = written(roster);
    struct roster *again = parsed(buf_str(&once));
    struct buf twice = written(again);
    cr_assert(bytes_equal(buf_bytes(&once), buf_bytes(&twice)), "what was read is not what is written");
    buf_free(&once);
    buf_free(&twice);
    roster_free(again);
    roster_free(roster);
    return OK;
}

static void is_whole(const struct roster *roster) {
    cr_expect_str_eq(roster->scheme, "demo");
    cr_expect_eq(roster->version, 3);
    cr_expect_eq(roster->issued, 1780272000);
    cr_expect_eq(roster->expires, 1796083200);
    cr_assert_eq(roster->count, 4);
    const struct roster_entry *north = &roster->entries[0];
    cr_expect_eq(north->identity.kind, URN_AGENCY);
    cr_expect_eq(north->roles, (unsigned)ROLE_AGENCY);
    cr_assert_eq(north->key_count, 2);
    cr_expect_eq(north->keys[1][31], 0x22);
    cr_expect_eq(north->valid_from, 1767225600);
    cr_expect_eq(north->valid_until, 1798761600);
    cr_expect_not(north->suspended);
    cr_expect_eq(roster->entries[1].roles, (unsigned)(ROLE_PRACTITIONER | ROLE_AUDITOR));
    cr_expect_str_eq(roster->entries[1].identity.person, "j-smith");
    cr_expect_eq(roster->entries[2].keys[0][0], 0xab);
    cr_expect(roster->entries[3].suspended);
}

Test(roster, is_read_and_written_again) {
    struct roster *roster = parsed(scanned);
    is_whole(roster);
    struct buf out = written(roster);
    cr_expect_str_eq(buf_str(&out), scanned);
    buf_free(&out);
    roster_free(roster);
    roster_free(NULL);
}

Test(roster, is_the_same_in_any_other_layout) {
    struct roster *roster = parsed(general);
    is_whole(roster);
    struct buf out = written(roster);
    cr_expect_str_eq(buf_str(&out), scanned);
    buf_free(&out);
    roster_free(roster);
}

static void is_full(const struct roster *roster) {
    const struct roster_entry *eve = &roster->entries[1];
    cr_assert_eq(roster->count, 2);
    cr_expect_eq(eve->vetting_until, NOW);
    cr_expect_eq(eve->training_until, 1795564800);
    cr_expect_eq(eve->terms.limits.of[LIMIT_CHILDREN_HOUR], 60);
    cr_expect_eq(eve->terms.limits.of[LIMIT_NO_DAY], LIMIT_MAX);
    cr_expect_eq(eve->terms.limits.of[LIMIT_CHILDREN_DAY], 0);
    cr_expect_eq(eve->terms.allowance.elements_day, 500000);
    cr_expect_eq(eve->terms.allowance.children_day, 700);
    cr_expect_eq(eve->terms.allowance.until - eve->terms.allowance.from, 2 * 86400);
    cr_expect_eq(eve->terms.allowance.act[0], 0xab);
    cr_expect_str_eq(eve->terms.allowance.signers[1], "bob");
    cr_assert_eq(roster->barred_count, 2);
    cr_expect_str_eq(roster->barred[1].person, "x");
}

Test(roster, has_dates_limits_allowances_and_barred_persons_in_both_layouts) {
    const char *const texts[] = {full, full_general};
    for (size_t i = 0; i < 2; i++) {
        struct roster *roster = parsed(texts[i]);
        is_full(roster);
        struct buf out = written(roster);
        cr_expect_str_eq(buf_str(&out), full);
        buf_free(&out);
        roster_free(roster);
    }
}

Test(roster, refuses_wrong_dates_limits_allowances_and_barred_persons) {
    static const struct refusal rows[] = {
        {"\"children_hour\":60,", "\"children_hour\":0,", "\"children_hour\": must be 1 or more"},
        {"\"children_hour\":60,", "\"children_week\":60,", "not known here"},
        {"1000000000", "1000000001", "\"no_day\": must be a number from 0 to 1000000000"},
        {"\"children_hour\":60,\"no_day\":1000000000", "", "must name at least one limit"},
        {"\"vetting_until\":\"2026", "\"vetting_until\":\"never", "must be a time"},
        {"\"elements_day\":500000", "\"elements_day\":0", "must be 1 or more"},
        {"2026-11-24T00:00:00Z", "2026-11-22T00:00:00Z", "must last"},
        {"2026-11-24T00:00:00Z", "2026-12-24T00:00:00Z", "no longer than 31 days"},
        {"\"bob\"", "\"ada\"", "two administrators"},
        {",\"bob\"", "", "administrator's id"},
        {"south:person:x", "north:person:mallory", "is listed twice"},
        {"south:person:x", "east:person:eve", "has an entry too"},
        {":person:x", "", "must be a person"},
        {"south:person:x", "canary:person:x", "is reserved"},
        {"\"barred\":[", "\"banned\":[", "not known here"},
    };
    refuses_each(full, rows, sizeof rows / sizeof rows[0], reads);
    refuses_each(full_general, rows, sizeof rows / sizeof rows[0], reads);
}

Test(roster, denies_by_vetting_and_training_each_with_its_date_and_name) {
    struct roster *roster = parsed(full);
    const struct urn eve = urn_of("urn:signpost:demo:agency:east:person:eve");
    const struct roster_entry *entry = NULL;
    uint8_t key[KEY_HASH_SIZE];
    memset(key, 0x33, sizeof key);
    cr_expect_eq(roster_find(roster, key, &eve, NOW - 1, &entry), OK);
    cr_expect_eq(roster_find_person(roster, &eve, NOW - 1), OK);
    cr_expect_eq(roster_find(roster, key, &eve, NOW, &entry), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "the vetting of this identity ended at 2026-11-22T10:37:00Z");
    cr_expect_eq(roster_find_person(roster, &eve, NOW), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "the person named: the vetting of this identity ended at 2026-11-22T10:37:00Z");
    roster->entries[1].vetting_until = 0;
    cr_expect_eq(roster_find(roster, key, &eve, 1795564799, &entry), OK);
    cr_expect_eq(roster_find(roster, key, &eve, 1795564800, &entry), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "the training of this identity ended at 2026-11-25T00:00:00Z");
    roster_free(roster);
}

Test(roster, denies_the_barred_also_when_they_are_only_named) {
    struct roster *roster = parsed(full);
    const struct urn barred = urn_of("urn:signpost:demo:agency:north:person:mallory");
    const struct urn namesake = urn_of("urn:signpost:demo:agency:south:person:mallory");
    const struct roster_entry *entry = NULL;
    const uint8_t key[KEY_HASH_SIZE] = {9};
    cr_expect_eq(roster_find(roster, key, &barred, NOW, &entry), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "this person is barred");
    cr_expect_eq(roster_find_person(roster, &barred, NOW), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "the person named is barred");
    cr_expect_eq(roster_find_person(roster, &namesake, NOW), OK, "nobody of that name is on this roster");
    roster_free(roster);
}

Test(roster, may_end_in_a_newline_and_be_empty) {
    struct roster *roster = parsed(HEAD "\n" NORTH FOOT "\n");
    cr_expect_eq(roster->count, 1);
    roster_free(roster);
    roster = parsed(HEAD FOOT "\n");
    cr_expect_eq(roster->count, 0);
    struct buf out = written(roster);
    cr_expect_str_eq(buf_str(&out), HEAD FOOT);
    buf_free(&out);
    const struct urn north = urn_of("urn:signpost:demo:agency:north");
    const struct roster_entry *entry = NULL;
    const uint8_t key[KEY_HASH_SIZE] = {0};
    cr_expect_eq(roster_find(roster, key, &north, NOW, &entry), ERR_DENIED);
    roster_free(roster);
}

Test(roster, is_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"type\":\"signpost roster 1\",", "", "\"type\": is missing"},
        {"signpost roster 1", "signpost roster 2", "\"type\": must be signpost roster 1"},
        {"signpost roster 1", "signpost descriptor 1", "\"type\": must be signpost roster 1"},
        {"\"scheme\":\"demo\"", "\"scheme\":\"Demo\"", "\"scheme\": must be an id"},
        {"\"scheme\":\"demo\"", "\"scheme\":\"other\"", "entries[0]: field \"identity\": of another scheme"},
        {"\"version\":3", "\"version\":0", "\"version\": must be 1 or more"},
        {"\"version\":3", "\"version\":03", "JSON line 1"},
        {"\"version\":3", "\"version\":-3", "\"version\": must be a number"},
        {"\"version\":3", "\"version\":9007199254740992", "\"version\": must be a number"},
        {"\"version\":3", "\"version\":\"3\"", "\"version\": must be a number"},
        {"\"version\":3,", "\"version\":3,\"version\":4,", "repeated"},
        {"\"issued\":\"2026-06-01T00:00:00Z\",", "", "\"issued\": is missing"},
        {"2026-06-01T00", "2026-06-01T24", "\"issued\": must be a time"},
        {"2026-12-01", "2026-06-01", "\"expires\": must be later than issued"},
        {"2026-12-01", "2026-05-31", "\"expires\": must be later than issued"},
        {"\"entries\":[", "\"entries\":{},\"x\":[", "known are: type, scheme"},
        {"[\n" NORTH ",\n" SMITH ",\n" INDEX ",\n" ADA "]", "{}", "\"entries\": must be an array"},
        {NORTH, "null", "entries[0]: must be an object"},
        {SMITH, "{}", "entries[1]: field \"identity\": is missing"},
        {"agency:north:person:j-smith", "agency:north:person:J", "entries[1]: field \"identity\": not an identity"},
        {"\"urn:signpost:demo:index:main\"", "7", "entries[2]: field \"identity\": must be a text"},
        {"index:main\",\"roles\":[\"index\"]", "holder:1\",\"roles\":[\"index\"]",
         "entries[2]: field \"identity\": key holders are not listed"},
        {"agency:north\"", "agency:canary\"", "entries[0]: field \"identity\": the agency canary is reserved"},
        {"north:person", "canary:person", "entries[1]: field \"identity\": the agency canary is reserved"},
        {"[\"index\"]", "[]", "entries[2]: field \"roles\": must be at least one"},
        {"[\"index\"]", "[\"boss\"]", "entries[2]: roles[0]: must be one of agency"},
        {"[\"practitioner\",\"auditor\"]", "[\"auditor\",\"auditor\"]", "entries[1]: roles[1]: repeated"},
        {"[\"practitioner\",\"auditor\"]", "[\"practitioner\",\"agency\"]",
         "entries[1]: field \"roles\": an identity of"},
        {"[\"practitioner\",\"auditor\"]", "[\"administrator\"]", "entries[1]: field \"roles\": an identity of"},
        {"[\"practitioner\",\"auditor\"]", "[\"index\"]", "entries[1]: field \"roles\": an identity of"},
        {"[\"agency\"]", "[\"practitioner\"]", "entries[0]: field \"roles\": an identity of this kind"},
        {"[\"agency\"]", "[\"agency\",\"auditor\"]", "entries[0]: field \"roles\": an identity of this kind"},
        {"[\"agency\"]", "[\"data-protection-officer\"]", "entries[0]: field \"roles\": an identity of this kind"},
        {"[\"index\"]", "[\"agency\"]", "entries[2]: field \"roles\": an identity of this kind"},
        {"[\"administrator\"]", "[\"practitioner\"]", "entries[3]: field \"roles\": an identity of this kind"},
        {"\"keys\":[\"" KEY_3 "\"],", "", "entries[1]: field \"keys\": is missing"},
        {"[\"" KEY_3 "\"]", "[]", "entries[1]: field \"keys\": must be at least one"},
        {"[\"" KEY_3 "\"]", "[7]", "entries[1]: keys[0]: must be 64 lower-case hex digits"},
        {KEY_2, "22", "entries[0]: keys[1]: must be 64 lower-case hex digits"},
        {"abcdef", "ABCDEF", "entries[2]: keys[0]: must be 64 lower-case hex digits"},
        {KEY_2, KEY_1, "entries[0]: keys: one is listed twice"},
        {KEY_3, KEY_1, "keys: one is listed twice"},
        {"agency:north:person:j-smith\",\"roles\":[\"practitioner\",\"auditor\"]",
         "agency:north\",\"roles\":[\"agency\"]", "entries[1]: identity: listed twice (also in entries[0])"},
        {"\"valid_until\":\"2027-01-01T00:00:00Z\"", "\"valid_until\":\"2026-01-01T00:00:00Z\"",
         "entries[0]: field \"valid_until\": must be later than valid_from"},
        {"\"valid_from\":\"2026-01-01T00:00:00Z\"", "\"valid_from\":\"2027-01-01T00:00:01Z\"",
         "entries[0]: field \"valid_until\": must be later than valid_from"},
        {"\"valid_from\":\"2026-01-01T00:00:00Z\"", "\"valid_from\":\"2026-01-01T00:00:00+00:00\"",
         "entries[0]: field \"valid_from\": must be a time"},
        {"\"suspended\":true", "\"suspended\":0", "entries[3]: field \"suspended\": must be true or false"},
        {",\"suspended\":true", "", "entries[3]: field \"suspended\": is missing"},
        {"\"suspended\":true", "\"suspended\":true,\"note\":\"\"", "entries[3]: a field that is not known here"},
        {"]}", "],\"more\":[]}", "entries"},
        {"true}]}", "true}]}}", "follows the end"},
        {"true}]}", "true}],}", "JSON line"},
    };
    refuses_each(scanned, rows, sizeof rows / sizeof rows[0], reads);
    refuses_each(general, rows, sizeof rows / sizeof rows[0], reads);
}

Test(roster, auditors_and_data_protection_officers_are_persons_or_administrators) {
    struct buf text = replaced(scanned, "[\"practitioner\",\"auditor\"]", "[\"data-protection-officer\"]");
    struct buf more = replaced(buf_str(&text), "[\"administrator\"]", "[\"administrator\",\"auditor\"]");
    cr_expect_eq(reads(buf_bytes(&more)), OK, "%s", err_detail());
    buf_free(&more);
    buf_free(&text);
}

static struct buf with_keys(size_t count) {
    struct buf keys = {0};
    for (size_t i = 0; i < count; i++) {
        buf_printf(&keys, "%s\"%064zx\"", i == 0 ? "" : ",", i + 1);
    }
    struct buf text = replaced(scanned, "\"" KEY_3 "\"", buf_str(&keys));
    buf_free(&keys);
    return text;
}

Test(roster, an_entry_has_16_keys_and_no_more) {
    struct buf most = with_keys(MAX_KEYS);
    struct buf more = with_keys(MAX_KEYS + 1);
    cr_expect_eq(reads(buf_bytes(&most)), OK, "%s", err_detail());
    cr_expect_eq(reads(buf_bytes(&more)), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "entries[1]: field \"keys\": must be an array of at most 16 items");
    buf_free(&most);
    buf_free(&more);
}

static void key_of(const char *hex, uint8_t out[KEY_HASH_SIZE]) {
    cr_assert_eq(hex_decode(hex, out, KEY_HASH_SIZE), OK);
}

static err_t finds(const struct roster *roster, const char *hex, const char *identity, int64_t now_s) {
    const struct roster_entry *entry = NULL;
    const struct urn urn = urn_of(identity);
    uint8_t key[KEY_HASH_SIZE];
    key_of(hex, key);
    err_t err = roster_find(roster, key, &urn, now_s, &entry);
    cr_assert_eq(err == OK, entry != NULL);
    cr_assert(err != OK || urn_equal(&entry->identity, &urn));
    return err;
}

Test(roster, finds_who_may_act_by_any_of_their_keys) {
    struct roster *roster = parsed(scanned);
    cr_expect_eq(finds(roster, KEY_1, "urn:signpost:demo:agency:north", NOW), OK);
    cr_expect_eq(finds(roster, KEY_2, "urn:signpost:demo:agency:north", NOW), OK);
    cr_expect_eq(finds(roster, KEY_3, "urn:signpost:demo:agency:north:person:j-smith", NOW), OK);
    cr_expect_eq(finds(roster, KEY_4, "urn:signpost:demo:index:main", NOW), OK);
    roster_free(roster);
}

Test(roster, denies_a_key_that_is_not_listed_or_is_anothers) {
    struct roster *roster = parsed(scanned);
    static const char *const keys[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "1111111111111111111111111111111111111111111111111111111111111112",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cr_expect_eq(finds(roster, keys[i], "urn:signpost:demo:agency:north", NOW), ERR_DENIED);
        cr_expect_str_eq(err_detail(), "this key is not on the roster");
    }
    static const char *const others[] = {
        "urn:signpost:demo:agency:south",
        "urn:signpost:other:agency:north",
        "urn:signpost:demo:index:north",
        "urn:signpost:demo:agency:north:person:j-smith",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_expect_eq(finds(roster, KEY_1, others[i], NOW), ERR_DENIED, "%s", others[i]);
        cr_expect_str_eq(err_detail(), "this key is on the roster for another identity");
    }
    roster_free(roster);
}

Test(roster, denies_the_suspended) {
    struct roster *roster = parsed(scanned);
    cr_expect_eq(finds(roster, KEY_5, "urn:signpost:demo:administrator:ada", NOW), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "this identity is suspended on the roster");
    roster_free(roster);
}

Test(roster, denies_the_persons_of_a_suspended_agency_alone) {
    struct buf text = replaced(scanned, "\"suspended\":false", "\"suspended\":true");
    struct roster *roster = parsed(buf_str(&text));
    cr_expect_eq(finds(roster, KEY_1, "urn:signpost:demo:agency:north", NOW), ERR_DENIED);
    cr_expect_eq(finds(roster, KEY_3, "urn:signpost:demo:agency:north:person:j-smith", NOW), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "this person's agency is suspended on the roster");
    cr_expect_eq(finds(roster, KEY_4, "urn:signpost:demo:index:main", NOW), OK);
    roster_free(roster);
    buf_free(&text);
    roster = parsed(HEAD "\n" SMITH FOOT); // an agency without a system of its own has no entry
    cr_expect_eq(finds(roster, KEY_3, "urn:signpost:demo:agency:north:person:j-smith", NOW), OK);
    roster_free(roster);
}

// Whatever its place among the identities, a suspended agency takes its own persons with it and nobody else's.
Test(roster, finds_the_agency_of_each_person) {
    enum { AGENCIES = 9 };
    struct roster_entry entries[2 * AGENCIES];
    uint8_t keys[2 * AGENCIES][1][KEY_HASH_SIZE];
    struct roster roster = {.scheme = "demo", .version = 1, .issued = 0, .expires = NOW + 1};
    roster.entries = entries;
    roster.count = 2 * AGENCIES;
    for (size_t i = 0; i < roster.count; i++) {
        memset(keys[i], (int)i, sizeof keys[i]);
        entries[i] = (struct roster_entry){.identity = {URN_AGENCY, "demo", "", ""},
                                           .roles = ROLE_AGENCY,
                                           .valid_until = NOW + 1,
                                           .keys = keys[i],
                                           .key_count = 1};
        snprintf(entries[i].identity.id, sizeof entries[i].identity.id, "agency-%zu", (i / 2) * 4 % AGENCIES);
        if (i % 2 == 1) {
            entries[i].identity.kind = URN_PERSON;
            entries[i].roles = ROLE_PRACTITIONER;
            memcpy(entries[i].identity.person, "j", 2);
        }
    }
    for (size_t suspended = 0; suspended < roster.count; suspended += 2) {
        entries[suspended].suspended = true;
        struct buf text = written(&roster);
        struct roster *read = parsed(buf_str(&text));
        for (size_t i = 1; i < roster.count; i += 2) {
            const struct roster_entry *entry = NULL;
            err_t err = roster_find(read, keys[i][0], &entries[i].identity, NOW, &entry);
            cr_expect_eq(err, i == suspended + 1 ? ERR_DENIED : OK, "%zu of %zu", i, suspended);
        }
        roster_free(read);
        buf_free(&text);
        entries[suspended].suspended = false;
    }
}

Test(roster, admits_from_the_first_second_to_the_last) {
    struct roster *roster = parsed(scanned);
    struct roster_entry *north = &roster->entries[0];
    north->valid_from = NOW;
    north->valid_until = NOW + 10;
    const char *identity = "urn:signpost:demo:agency:north";
    cr_expect_eq(finds(roster, KEY_1, identity, NOW - 1), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "this identity's entry on the roster is not valid yet");
    cr_expect_eq(finds(roster, KEY_1, identity, NOW), OK);
    cr_expect_eq(finds(roster, KEY_1, identity, NOW + 9), OK);
    cr_expect_eq(finds(roster, KEY_1, identity, NOW + 10), ERR_DENIED);
    cr_expect_str_eq(err_detail(), "this identity's entry on the roster is no longer valid");
    roster_free(roster);
}

Test(roster, admits_nobody_once_it_has_expired) {
    struct roster *roster = parsed(scanned);
    const char *identity = "urn:signpost:demo:agency:north";
    cr_expect_eq(finds(roster, KEY_1, identity, roster->expires - 1), OK);
    cr_expect_eq(finds(roster, KEY_1, identity, roster->expires), ERR_EXPIRED);
    cr_expect_str_eq(err_detail(), "the roster has expired");
    roster_free(roster);
}

Test(roster, counts_the_feeds_that_are_expected) {
    struct roster *roster = parsed(scanned);
    cr_expect_eq(roster_feeds(roster, NOW), 1);
    cr_expect_eq(roster_feeds(roster, roster->entries[0].valid_from - 1), 0);
    cr_expect_eq(roster_feeds(roster, roster->entries[0].valid_until), 0);
    roster->entries[0].suspended = true;
    cr_expect_eq(roster_feeds(roster, NOW), 0);
    roster_free(roster);
}

// Every place of the sorted index is reached, whatever the order in the file.
Test(roster, finds_each_of_many) {
    enum { COUNT = 5000 };
    struct roster many = {.scheme = "demo", .version = 1, .issued = 0, .expires = NOW + 1};
    uint64_t state = 7;
    many.entries = calloc(COUNT, sizeof many.entries[0]);
    cr_assert_not_null(many.entries);
    many.count = COUNT;
    for (size_t i = 0; i < COUNT; i++) {
        struct roster_entry *entry = &many.entries[i];
        *entry = (struct roster_entry){.identity = {URN_PERSON, "demo", "north", ""},
                                       .roles = ROLE_PRACTITIONER,
                                       .valid_until = NOW + 1,
                                       .key_count = 1};
        snprintf(entry->identity.person, sizeof entry->identity.person, "p%zu", (i * 1237) % COUNT);
        entry->keys = calloc(1, KEY_HASH_SIZE);
        cr_assert_not_null(entry->keys);
        for (size_t j = 0; j < KEY_HASH_SIZE; j++) {
            entry->keys[0][j] = (uint8_t)mutation_below(&state, 256);
        }
    }
    struct buf text = written(&many);
    struct roster *roster = parsed(buf_str(&text));
    for (size_t i = 0; i < COUNT; i++) {
        const struct roster_entry *entry = NULL;
        cr_assert_eq(roster_find(roster, many.entries[i].keys[0], &many.entries[i].identity, NOW, &entry), OK);
        cr_assert_eq(entry, &roster->entries[i]);
        free(many.entries[i].keys);
    }
    free(many.entries);
    roster_free(roster);
    buf_free(&text);
}

Test(roster, survives_mutations) {
    survives_mutations(scanned, 4000, reads);
    survives_mutations(HEAD "\n" SMITH FOOT, 6000, reads);
    survives_mutations(full, 6000, reads);
    survives_noise(HEAD "\n" NORTH FOOT, reads);
}

// The scanner must never accept what the JSON reader refuses, nor read it otherwise.
static void both_readers_agree(const char *whole) {
    uint64_t state = 0xa9ee;
    size_t len = strlen(whole);
    size_t both = 0;
    char *text = malloc(2 * len + 64);
    cr_assert_not_null(text);
    for (size_t round = 0; round < 6000; round++) {
        text[0] = ' ';
        memcpy(text + 1, whole, len);
        size_t now = mutate_once(&state, (uint8_t *)text + 1, len, 2 * len);
        struct roster *fast = NULL;
        struct roster *slow = NULL;
        err_t err = roster_parse(bytes_of(text + 1, now), &fast);
        cr_assert_eq(err, roster_parse(bytes_of(text, now + 1), &slow), "round %zu: %s", round, err_detail());
        if (err == OK) {
            struct buf a = written(fast);
            struct buf b = written(slow);
            cr_assert(bytes_equal(buf_bytes(&a), buf_bytes(&b)), "round %zu", round);
            buf_free(&a);
            buf_free(&b);
            both++;
        }
        roster_free(fast);
        roster_free(slow);
    }
    free(text);
    cr_assert_gt(both, 100);
}

Test(roster, both_readers_agree_on_mutated_texts) {
    both_readers_agree(scanned);
    both_readers_agree(full);
}

static const uint8_t seed[NOTE_SEED_SIZE] = {1, 2, 3};
static const uint8_t other_seed[NOTE_SEED_SIZE] = {3, 2, 1};

struct signed_file {
    char path[64];
    struct note_key authority, other;
};

static struct signed_file sign(const char *text) {
    struct signed_file file = {.path = "/tmp/signpost-roster-XXXXXX"};
    struct buf note = {0};
    cr_assert_eq(secret_start(), OK);
    cr_assert_eq(note_key_of_seed("authority", seed, &file.authority), OK);
    cr_assert_eq(note_key_of_seed("authority", other_seed, &file.other), OK);
    buf_put_str(&note, text);
    buf_put_str(&note, "\n");
    cr_assert_eq(note_sign(bytes_str(text), "authority", seed, &note), OK, "%s", err_detail());
    int fd = mkstemp(file.path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, note.data, note.len), (ssize_t)note.len);
    close(fd);
    buf_free(&note);
    return file;
}

Test(roster, is_loaded_with_the_authoritys_signature) {
    struct roster *roster = NULL;
    struct signed_file file = sign(HEAD "\n" NORTH FOOT "\n");
    cr_expect_eq(roster_load(file.path, &file.authority, "demo", &roster), OK, "%s", err_detail());
    cr_assert_not_null(roster);
    cr_expect_eq(roster->count, 1);
    roster_free(roster);
    unlink(file.path);
}

Test(roster, is_refused_with_anothers_signature_or_of_another_scheme) {
    struct roster *roster = NULL;
    struct signed_file file = sign(HEAD "\n" NORTH FOOT "\n");
    cr_expect_eq(roster_load(file.path, &file.other, "demo", &roster), ERR_SIGNATURE);
    cr_expect_not_null(strstr(err_detail(), file.path), "%s", err_detail());
    cr_expect_eq(roster_load(file.path, &file.authority, "other", &roster), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "must be of the scheme other"), "%s", err_detail());
    cr_expect_null(roster);
    unlink(file.path);
}

Test(roster, is_refused_when_altered_malformed_or_missing) {
    struct roster *roster = NULL;
    struct buf whole = {0};
    struct signed_file file = sign(HEAD "\n" NORTH FOOT "\n");
    cr_assert_eq(file_read(file.path, MAX_ROSTER, &whole), OK);
    struct buf altered = replaced(buf_str(&whole), "\"version\":3", "\"version\":4");
    cr_assert_eq(file_replace(file.path, 0600, buf_bytes(&altered)), OK);
    cr_expect_eq(roster_load(file.path, &file.authority, "demo", &roster), ERR_SIGNATURE);
    cr_assert_eq(file_replace(file.path, 0600, bytes_str(scanned)), OK);
    cr_expect_eq(roster_load(file.path, &file.authority, "demo", &roster), ERR_INPUT, "not a note");
    unlink(file.path);
    cr_expect_eq(roster_load(file.path, &file.authority, "demo", &roster), ERR_NOT_FOUND);
    cr_expect_not_null(strstr(err_detail(), file.path), "%s", err_detail());
    buf_free(&whole);
    buf_free(&altered);
    file = sign("{}\n");
    cr_expect_eq(roster_load(file.path, &file.authority, "demo", &roster), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "\"type\": is missing"), "%s", err_detail());
    unlink(file.path);
    cr_expect_null(roster);
}
