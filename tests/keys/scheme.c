// SPDX-License-Identifier: Apache-2.0
#include "scheme.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "tests/base/scratch.h"

static const struct {
    const char *identity;
    unsigned roles;
} people[SCHEME_PEOPLE] = {
    {NORTH, ROLE_AGENCY},    {JO, ROLE_PRACTITIONER},       {INDEX, ROLE_INDEX}, {DPO, ROLE_DATA_PROTECTION_OFFICER},
    {AUDITOR, ROLE_AUDITOR}, {OFFICER, ROLE_ADMINISTRATOR},
};

static void deal(struct scheme *scheme) {
    uint8_t shares[SCHEME_N][OPRF_SCALAR_SIZE];
    struct threshold_commitments commitments;
    cr_assert_eq(threshold_deal(scheme->key, SCHEME_T, SCHEME_N, shares, &commitments), OK);
    memcpy(scheme->descriptor.commitments, commitments.points, sizeof(commitments.points));
    for (size_t i = 0; i < SCHEME_N; i++) {
        struct share *share = &scheme->shares[i];
        strcpy(share->scheme, scheme->descriptor.scheme);
        share->epoch = scheme->descriptor.epoch;
        share->generation = scheme->descriptor.generation;
        share->holder = (uint8_t)(i + 1);
        memcpy(share->scalar, shares[i], sizeof(share->scalar));
        share_sharing(&scheme->descriptor, share->sharing);
    }
}

void scheme_make(struct scheme *scheme) {
    memset(scheme, 0, sizeof(*scheme));
    struct descriptor *descriptor = &scheme->descriptor;
    crypto_core_ristretto255_scalar_random(scheme->key);
    randombytes_buf(scheme->authority_seed, NOTE_SEED_SIZE);
    strcpy(descriptor->scheme, "demo");
    strcpy(descriptor->key_set, "core");
    descriptor->version = descriptor->epoch = descriptor->generation = 1;
    descriptor->issued = SCHEME_NOW - 86400;
    descriptor->expires = SCHEME_EXPIRES;
    descriptor->threshold = SCHEME_T;
    descriptor->holder_count = SCHEME_N;
    for (size_t i = 0; i < SCHEME_N; i++) {
        snprintf(descriptor->holders[i], sizeof(descriptor->holders[i]), "https://127.0.0.1:%zu", 9001 + i);
        randombytes_buf(scheme->shares[i].note_seed, NOTE_SEED_SIZE);
    }
    strcpy(descriptor->indexes[0], "https://127.0.0.1:9010");
    descriptor->index_count = 1;
    strcpy(descriptor->slots[0].name, "nhs");
    descriptor->slots[0].tier = TIER_SURE;
    strcpy(descriptor->slots[0].canary_value, "9990000018");
    memset(descriptor->slots[0].canary_token, 7, TOKEN_SIZE);
    descriptor->slot_count = 1;
    deal(scheme);
}

void scheme_refresh(struct scheme *scheme) {
    scheme->descriptor.generation++;
    scheme->descriptor.version++;
    deal(scheme);
}

struct threshold_commitments scheme_commitments(const struct scheme *scheme) {
    struct threshold_commitments commitments = {.t = SCHEME_T};
    memcpy(commitments.points, scheme->descriptor.commitments, sizeof(commitments.points));
    return commitments;
}

// The text, an empty line, and the signature lines.
static void write_note(const char *name, const struct buf *text, const struct buf *signatures) {
    struct buf note = {0};
    buf_put(&note, text->data, text->len);
    buf_put_str(&note, "\n");
    buf_put(&note, signatures->data, signatures->len);
    cr_assert_eq(buf_check(&note), OK);
    (void)scratch_write(name, 0600, note.data, note.len);
    buf_free(&note);
}

static void holder_name(size_t i, char out[16]) {
    snprintf(out, 16, "demo/holder-%zu", i + 1);
}

void scheme_write_descriptor(const struct scheme *scheme) {
    struct buf text = {0}, lines = {0};
    char name[16];
    cr_assert_eq(descriptor_write(&scheme->descriptor, &text), OK, "%s", err_detail());
    cr_assert_eq(note_sign(buf_bytes(&text), "demo/authority", scheme->authority_seed, &lines), OK);
    for (size_t i = 0; i < SCHEME_N; i++) {
        holder_name(i, name);
        cr_assert_eq(note_sign(buf_bytes(&text), name, scheme->shares[i].note_seed, &lines), OK);
    }
    write_note("descriptor", &text, &lines);
    buf_free(&lines);
    buf_free(&text);
}

static void put_verifier(struct buf *out, const char *what, const char *name, const uint8_t *seed) {
    struct note_key key;
    char vkey[NOTE_VKEY_SIZE];
    cr_assert_eq(note_key_of_seed(name, seed, &key), OK);
    note_key_format(&key, vkey);
    buf_printf(out, "%s %s\n", what, vkey);
}

static void write_trust(const struct scheme *scheme) {
    struct buf text = {0};
    char name[16];
    buf_printf(&text, "threshold %d\n", SCHEME_T);
    put_verifier(&text, "authority", "demo/authority", scheme->authority_seed);
    for (size_t i = 0; i < SCHEME_N; i++) {
        holder_name(i, name);
        put_verifier(&text, "holder", name, scheme->shares[i].note_seed);
    }
    (void)scratch_write_text("trust", buf_str(&text));
    buf_free(&text);
}

static void key_of(size_t person, uint8_t out[KEY_HASH_SIZE]) {
    memset(out, (int)(0xa0 + person), KEY_HASH_SIZE);
}

void scheme_write_roster(const struct scheme *scheme, uint64_t version) {
    struct roster_entry entries[SCHEME_PEOPLE];
    uint8_t keys[SCHEME_PEOPLE][1][KEY_HASH_SIZE];
    struct roster roster = {.scheme = "demo",
                            .version = version,
                            .issued = SCHEME_NOW - 86400,
                            .expires = SCHEME_EXPIRES,
                            .entries = entries,
                            .count = SCHEME_PEOPLE};
    struct buf text = {0}, lines = {0};
    for (size_t i = 0; i < SCHEME_PEOPLE; i++) {
        key_of(i, keys[i][0]);
        entries[i] = (struct roster_entry){.roles = people[i].roles,
                                           .valid_from = SCHEME_NOW - 86400,
                                           .valid_until = SCHEME_EXPIRES,
                                           .keys = keys[i],
                                           .key_count = 1};
        cr_assert_eq(urn_parse(people[i].identity, &entries[i].identity), OK);
    }
    cr_assert_eq(roster_write(&roster, &text), OK);
    buf_put_str(&text, "\n");
    cr_assert_eq(note_sign(buf_bytes(&text), "demo/authority", scheme->authority_seed, &lines), OK);
    write_note("roster", &text, &lines);
    buf_free(&lines);
    buf_free(&text);
}

void scheme_write(const struct scheme *scheme) {
    write_trust(scheme);
    scheme_write_descriptor(scheme);
    scheme_write_roster(scheme, 1);
}

struct tls_peer scheme_peer(const char *identity) {
    struct tls_peer peer = {.certificate_expires = SCHEME_EXPIRES + 86400};
    cr_assert_eq(urn_parse(identity, &peer.identity), OK);
    for (size_t i = 0; i < SCHEME_PEOPLE; i++) {
        if (strcmp(people[i].identity, identity) == 0) {
            key_of(i, peer.key);
        }
    }
    return peer;
}
