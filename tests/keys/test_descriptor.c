// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "keys/descriptor.h"
#include "tests/keys/sample_trust.h"

#define NOW INT64_C(1800000000)

static void start(void) {
    cr_assert_eq(secret_start(), OK);
}

TestSuite(descriptor, .init = start);

static struct descriptor sample(void) {
    struct descriptor d = {.scheme = "demo",
                           .version = 4,
                           .issued = NOW - 1000,
                           .expires = NOW + 1000,
                           .epoch = 2,
                           .generation = 3,
                           .threshold = 2,
                           .holders = {"https://h1.example:8443", "https://10.0.0.2:1", "https://[2001:db8::1]:65535"},
                           .holder_count = 3,
                           .indexes = {"https://index.example:8443"},
                           .index_count = 1,
                           .key_set = "core",
                           .slots = {{.name = "nhs", .tier = TIER_SURE, .canary_value = "9990000018"},
                                     {.name = "names_dob", .tier = TIER_SIMILAR, .canary_value = "9990000026"}},
                           .slot_count = 2};
    for (size_t i = 0; i < d.threshold; i++) {
        memset(d.commitments[i], (int)(0x20 + i), ELEMENT_SIZE);
    }
    memset(d.matching_digest, 0xab, sizeof d.matching_digest);
    memset(d.slots[0].canary_token, 7, TOKEN_SIZE);
    memset(d.slots[1].canary_token, 8, TOKEN_SIZE);
    return d;
}

static struct buf text_of(const struct descriptor *d) {
    struct buf text = {0};
    cr_assert_eq(descriptor_write(d, &text), OK, "%s", err_detail());
    return text;
}

struct signer {
    const char *name;
    const uint8_t *seed;
};
static const struct signer authority = {"demo-authority", authority_seed};
static const struct signer holder_1 = {"demo-holder-1", holder_seeds[0]};
static const struct signer holder_2 = {"demo-holder-2", holder_seeds[1]};
static const struct signer holder_3 = {"demo-holder-3", holder_seeds[2]};

static struct buf note_of(const struct descriptor *d, const struct signer *const *signers, size_t count) {
    struct buf text = text_of(d), note = {0};
    buf_put(&note, text.data, text.len);
    buf_put_str(&note, "\n");
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(note_sign(buf_bytes(&text), signers[i]->name, signers[i]->seed, &note), OK);
    }
    cr_assert_eq(buf_check(&note), OK);
    buf_free(&text);
    return note;
}
#define NOTE_OF(d, ...)                                                                                                \
    note_of(d, (const struct signer *const[]){__VA_ARGS__},                                                            \
            sizeof((const struct signer *const[]){__VA_ARGS__}) / sizeof(struct signer *))

// Opens and frees the note.
static err_t open_note(struct buf note, const struct trust *trust, int64_t now_s) {
    struct descriptor opened = {.version = 77};
    err_t err = descriptor_open(buf_bytes(&note), trust, now_s, &opened);
    cr_assert_eq(opened.version == 77, err != OK, "the output is written on success alone");
    buf_free(&note);
    return err;
}

Test(descriptor, reads_back_what_it_writes) {
    struct descriptor d = sample(), back;
    struct buf text = text_of(&d);
    cr_assert_eq(text.data[text.len - 1], '\n');
    cr_assert_eq(descriptor_parse(buf_bytes(&text), &back), OK, "%s", err_detail());
    struct buf again = text_of(&back);
    cr_assert(bytes_equal(buf_bytes(&text), buf_bytes(&again)));
    cr_expect_str_eq(back.scheme, "demo");
    cr_expect_eq(back.version, 4);
    cr_expect_eq(back.issued, NOW - 1000);
    cr_expect_eq(back.expires, NOW + 1000);
    cr_expect_eq(back.epoch, 2);
    cr_expect_eq(back.generation, 3);
    cr_expect_eq(back.threshold, 2);
    cr_expect_eq(memcmp(back.commitments, d.commitments, sizeof d.commitments), 0);
    cr_expect_eq(back.holder_count, 3);
    cr_expect_str_eq(back.holders[2], "https://[2001:db8::1]:65535");
    cr_expect_eq(back.index_count, 1);
    cr_expect_str_eq(back.indexes[0], "https://index.example:8443");
    cr_expect_eq(memcmp(back.matching_digest, d.matching_digest, 32), 0);
    cr_expect_eq(back.slot_count, 2);
    cr_expect_str_eq(back.slots[1].name, "names_dob");
    cr_expect_eq(back.slots[0].tier, TIER_SURE);
    cr_expect_eq(back.slots[1].tier, TIER_SIMILAR);
    cr_expect_str_eq(back.slots[1].canary_value, "9990000026");
    cr_expect_eq(memcmp(back.slots[1].canary_token, d.slots[1].canary_token, TOKEN_SIZE), 0);
    buf_free(&text);
    buf_free(&again);
}

Test(descriptor, refuses_a_text_with_anything_wrong) {
    static const struct {
        const char *from, *to, *reason;
    } cases[] = {
        {"signpost descriptor 1", "signpost descriptor 2", "type"},
        {"\"demo\"", "\"Demo\"", "scheme"},
        {"\"demo\"", "\"\"", "scheme"},
        {"\"core\"", "\"co re\"", "key_set"},
        {"\"version\": 4", "\"version\": 0", "version"},
        {"\"version\": 4", "\"version\": -4", "version"},
        {"\"version\": 4", "\"version\": 9007199254740992", "version"},
        {"\"version\": 4", "\"version\": 4, \"version\": 4", "repeated"},
        {"\"version\": 4", "\"version\": 4, \"extra\": 4", "not known"},
        {"\"version\": 4,", "", "version"},
        {"\"epoch\": 2", "\"epoch\": 0", "epoch"},
        {"\"epoch\": 2", "\"epoch\": 4294967296", "epoch"},
        {"\"generation\": 3", "\"generation\": 0", "generation"},
        {"\"threshold\": 2", "\"threshold\": 1", "commitments"},
        {"\"threshold\": 2", "\"threshold\": 3", "commitments"},
        {"\"threshold\": 2", "\"threshold\": 17", "threshold"},
        {"2027-01-15T08:16:40Z", "2027-01-15T07:43:20Z", "expires"}, // issued
        {"2027-01-15T08:16:40Z", "2027-02-30T07:43:20Z", "expires"},
        {"https://h1.example:8443", "http://h1.example:8443", "holders[0]"},
        {"https://h1.example:8443", "https://h1.example", "holders[0]"},
        {"https://h1.example:8443", "https://h1.example:8443/", "holders[0]"},
        {"https://h1.example:8443", "https://h1.example:8443/v1", "holders[0]"},
        {"https://h1.example:8443", "https://h1.example:0", "holders[0]"},
        {"https://h1.example:8443", "https://h1.example:65536", "holders[0]"},
        {"https://h1.example:8443", "https://h1.example:", "holders[0]"},
        {"https://h1.example:8443", "https://h1.example:08443", "holders[0]"},
        {"https://h1.example:8443", "https://:8443", "holders[0]"},
        {"https://h1.example:8443", "https://H1.example:8443", "holders[0]"},
        {"https://h1.example:8443", "https://a@h1.example:8443", "holders[0]"},
        {"https://h1.example:8443", "https://[]:8443", "holders[0]"},
        {"https://h1.example:8443", "https://[::1:8443", "holders[0]"},
        {"https://h1.example:8443", "https://10.0.0.2:1", "holders[1]"},         // twice
        {"https://index.example:8443", "https://h1.example:8443", "indexes[0]"}, // a holder's
        {"\"indexes\": [\n    \"https://index.example:8443\"\n  ]", "\"indexes\": []", "indexes"},
        {"abababab", "ABABABAB", "matching_digest"},
        {"abababab", "", "matching_digest"},
        {"\"nhs\"", "\"NHS\"", "slots[0]"},
        {"\"nhs\"", "\"_nhs\"", "slots[0]"},
        {"\"nhs\"", "\"\"", "slots[0]"},
        {"\"nhs\"", "\"names_dob\"", "slots[1]"}, // twice
        {"\"sure\"", "\"certain\"", "slots[0]"},
        {"\"9990000018\"", "\"\"", "slots[0]"},
        {"BwcHBwcHBwcHBwcHBwcHBw==", "AAAAAAAAAAAAAAAAAAAAAA==", "slots[0]"},
        {"BwcHBwcHBwcHBwcHBwcHBw==", "BwcHBwcHBwcHBwcHBwcH", "slots[0]"},
    };
    struct descriptor d = sample(), out = {.version = 77};
    struct buf text = text_of(&d);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf wrong = replaced(&text, cases[i].from, cases[i].to);
        cr_expect_eq(descriptor_parse(buf_bytes(&wrong), &out), ERR_INPUT, "%s -> %s", cases[i].from, cases[i].to);
        cr_expect_not_null(strstr(err_detail(), cases[i].reason), "%s: %s", cases[i].to, err_detail());
        buf_free(&wrong);
    }
    cr_expect_eq(out.version, 77);
    buf_put_str(&text, "{}");
    cr_expect_eq(descriptor_parse(buf_bytes(&text), &out), ERR_INPUT);
    buf_free(&text);
}

Test(descriptor, refuses_lists_beyond_their_bounds) {
    struct descriptor d = sample(), out;
    struct buf text = text_of(&d), many = {0};
    for (int i = 0; i < 17; i++) {
        buf_printf(&many, "\"https://h:%d\",", i + 1);
    }
    buf_put_str(&many, "\"https://h1.example:8443\"");
    struct buf wrong = replaced(&text, "\"https://h1.example:8443\"", buf_str(&many));
    cr_expect_eq(descriptor_parse(buf_bytes(&wrong), &out), ERR_INPUT);
    buf_free(&wrong);
    wrong = replaced(&text, "\"https://index.example:8443\"", buf_str(&many));
    cr_expect_eq(descriptor_parse(buf_bytes(&wrong), &out), ERR_INPUT);
    buf_free(&wrong);
    buf_free(&many);
    buf_free(&text);
}

static void no_version(struct descriptor *d) {
    d->version = 0;
}
static void above_n(struct descriptor *d) {
    d->threshold = 4;
}
static void no_slots(struct descriptor *d) {
    d->slot_count = 0;
}
static void no_token(struct descriptor *d) {
    memset(d->slots[1].canary_token, 0, TOKEN_SIZE);
}
static void never_valid(struct descriptor *d) {
    d->expires = d->issued;
}

Test(descriptor, does_not_write_what_it_would_not_read) {
    void (*const changes[])(struct descriptor *) = {no_version, above_n, no_slots, no_token, never_valid};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct descriptor d = sample();
        struct buf text = {0};
        changes[i](&d);
        cr_expect_eq(descriptor_write(&d, &text), ERR_INPUT, "change %zu", i);
        cr_expect_eq(text.len, 0);
        buf_free(&text);
    }
}

Test(descriptor, opens_with_the_authority_and_t_holders) {
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_1, &holder_3), &trust, NOW), OK, "%s", err_detail());
    cr_expect_eq(open_note(NOTE_OF(&d, &holder_2, &holder_1, &holder_3, &authority), &trust, NOW), OK);
}

Test(descriptor, opens_beside_signatures_of_strangers) {
    static const struct signer stranger = {"somebody", stranger_seed};
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    cr_expect_eq(open_note(NOTE_OF(&d, &stranger, &authority, &holder_1, &holder_2), &trust, NOW), OK);
    cr_expect_eq(open_note(NOTE_OF(&d, &stranger, &authority, &holder_1), &trust, NOW), ERR_SIGNATURE);
}

Test(descriptor, refuses_too_few_signatures) {
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    cr_expect_eq(open_note(NOTE_OF(&d, &holder_1, &holder_2, &holder_3), &trust, NOW), ERR_SIGNATURE);
    cr_expect_eq(open_note(NOTE_OF(&d, &authority), &trust, NOW), ERR_SIGNATURE);
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_2), &trust, NOW), ERR_SIGNATURE);
}

Test(descriptor, counts_a_holder_once) {
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_1, &holder_1), &trust, NOW), ERR_SIGNATURE);
}

Test(descriptor, refuses_a_signature_by_another_key_of_the_same_name) {
    static const struct signer impostor = {"demo-holder-2", stranger_seed};
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_1, &impostor), &trust, NOW), ERR_SIGNATURE);
}

Test(descriptor, refuses_a_text_altered_after_signing) {
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    struct buf note = NOTE_OF(&d, &authority, &holder_1, &holder_2);
    struct buf altered = replaced(&note, "index.example", "index.exampel");
    cr_expect_eq(open_note(altered, &trust, NOW), ERR_SIGNATURE);
    buf_free(&note);
}

Test(descriptor, refuses_another_threshold_or_number_of_holders_than_the_trust_file) {
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    d.threshold = 1;
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_1, &holder_2), &trust, NOW), ERR_INPUT);
    d = sample();
    d.holder_count = 2;
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_1, &holder_2), &trust, NOW), ERR_INPUT);
}

Test(descriptor, expires_at_its_second) {
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_1, &holder_2), &trust, NOW + 999), OK);
    cr_expect_eq(open_note(NOTE_OF(&d, &authority, &holder_1, &holder_2), &trust, NOW + 1000), ERR_EXPIRED);
}

Test(descriptor, says_who_has_signed) {
    struct descriptor d = sample();
    struct trust trust = sample_trust();
    struct descriptor_signers signers;
    struct note note;
    struct buf whole = NOTE_OF(&d, &holder_3, &holder_1);
    cr_assert_eq(note_parse(buf_bytes(&whole), &note), OK);
    descriptor_signers(&note, &trust, &signers);
    cr_expect_not(signers.authority);
    cr_expect(signers.holder[0] && !signers.holder[1] && signers.holder[2]);
    cr_expect_eq(signers.holder_count, 2);
    buf_free(&whole);
}

Test(descriptor, loads_a_file_and_names_it_when_it_cannot) {
    struct descriptor d = sample(), loaded;
    struct trust trust = sample_trust();
    char dir[] = "/tmp/signpost-descriptor-XXXXXX";
    cr_assert_not_null(mkdtemp(dir));
    char *path = file_join(dir, "descriptor");
    cr_assert_not_null(path);
    cr_expect_eq(descriptor_load(path, &trust, NOW, &loaded), ERR_NOT_FOUND);
    struct buf note = NOTE_OF(&d, &authority, &holder_1, &holder_2);
    cr_assert_eq(file_create(path, 0600, buf_bytes(&note)), OK);
    cr_expect_eq(descriptor_load(path, &trust, NOW, &loaded), OK, "%s", err_detail());
    cr_expect_eq(descriptor_load(path, &trust, NOW + 1000, &loaded), ERR_EXPIRED);
    cr_expect_not_null(strstr(err_detail(), path));
    (void)unlink(path);
    (void)rmdir(dir);
    free(path);
    buf_free(&note);
}

// Succession: what each change makes of the next descriptor.

static void unchanged(struct descriptor *d) {
    (void)d;
}
static void next_version(struct descriptor *d) {
    d->version++;
    strcpy(d->indexes[0], "https://other.example:1");
}
static void lower_version(struct descriptor *d) {
    d->version--;
}
static void same_version_other_content(struct descriptor *d) {
    d->expires++;
}
static void other_scheme(struct descriptor *d) {
    d->version++;
    strcpy(d->scheme, "other");
}
static void other_key(struct descriptor *d) {
    d->version++;
    d->generation++;
    d->commitments[0][0] ^= 1;
}
static void other_key_in_a_new_epoch(struct descriptor *d) {
    other_key(d);
    d->epoch++;
    d->generation = 1;
}
static void lower_epoch(struct descriptor *d) {
    d->version++;
    d->epoch--;
}
static void lower_generation(struct descriptor *d) {
    d->version++;
    d->generation--;
}
static void shared_anew(struct descriptor *d) {
    d->version++;
    d->generation++;
    d->commitments[1][0] ^= 1;
}
static void shared_anew_in_one_generation(struct descriptor *d) {
    d->version++;
    d->commitments[1][0] ^= 1;
}
static void fewer_needed_in_one_generation(struct descriptor *d) {
    d->version++;
    d->threshold = 1;
}

Test(descriptor, follows_only_forwards) {
    static const struct {
        const char *name;
        void (*change)(struct descriptor *d);
        err_t err;
    } cases[] = {
        {"unchanged", unchanged, OK},
        {"next version", next_version, OK},
        {"other key in a new epoch", other_key_in_a_new_epoch, OK},
        {"shared anew", shared_anew, OK},
        {"lower version", lower_version, ERR_STALE},
        {"same version, other content", same_version_other_content, ERR_STALE},
        {"other scheme", other_scheme, ERR_STALE},
        {"other key within an epoch", other_key, ERR_STALE},
        {"lower epoch", lower_epoch, ERR_STALE},
        {"lower generation", lower_generation, ERR_STALE},
        {"shared anew in one generation", shared_anew_in_one_generation, ERR_STALE},
        {"other threshold in one generation", fewer_needed_in_one_generation, ERR_STALE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct descriptor present = sample(), next = sample();
        cases[i].change(&next);
        cr_expect_eq(descriptor_follows(&next, &present), cases[i].err, "%s", cases[i].name);
    }
}

// Keys beside the present one.

static struct descriptor refreshed(void) {
    struct descriptor d = sample();
    d.has_previous = true;
    d.previous = (struct descriptor_key){.epoch = 2, .generation = 2, .until = NOW + 500};
    memset(d.previous.commitments[0], 0x20, ELEMENT_SIZE);
    memset(d.previous.commitments[1], 0x44, ELEMENT_SIZE);
    return d;
}

static struct descriptor rotated(void) {
    struct descriptor d = refreshed();
    d.previous.epoch = 1;
    d.previous.until = 0;
    memset(d.previous.commitments[0], 0x30, ELEMENT_SIZE);
    memset(d.previous.canary_tokens[0], 0x71, TOKEN_SIZE);
    memset(d.previous.canary_tokens[1], 0x72, TOKEN_SIZE);
    return d;
}

static struct descriptor retired(void) {
    struct descriptor d = sample();
    d.retired_count = 1;
    d.retired[0] = (struct descriptor_key){.epoch = 1, .generation = 2};
    memset(d.retired[0].commitments[0], 0x30, ELEMENT_SIZE);
    memset(d.retired[0].commitments[1], 0x44, ELEMENT_SIZE);
    return d;
}

Test(descriptor, reads_back_the_keys_beside_the_present_one) {
    struct descriptor samples[] = {refreshed(), rotated(), retired()};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct descriptor back;
        struct buf text = text_of(&samples[i]);
        cr_assert_eq(descriptor_parse(buf_bytes(&text), &back), OK, "%s", err_detail());
        struct buf again = text_of(&back);
        cr_expect(bytes_equal(buf_bytes(&text), buf_bytes(&again)), "%s", buf_str(&text));
        cr_expect_eq(back.has_previous, samples[i].has_previous);
        cr_expect_eq(memcmp(&back.previous, &samples[i].previous, sizeof back.previous), 0);
        cr_expect_eq(back.retired_count, samples[i].retired_count);
        cr_expect_eq(memcmp(back.retired, samples[i].retired, sizeof back.retired), 0);
        cr_expect_eq(descriptor_rotates(&back), i == 1);
        buf_free(&again);
        buf_free(&text);
    }
}

Test(descriptor, reads_as_it_did_for_the_key_before) {
    struct descriptor d = rotated(), other;
    descriptor_with_key(&d, &d.previous, &other);
    cr_expect_eq(other.epoch, 1);
    cr_expect_eq(other.generation, 2);
    cr_expect_eq(other.commitments[0][0], 0x30);
    cr_expect_eq(other.slots[1].canary_token[0], 0x72);
    cr_expect_not(other.has_previous);
    struct descriptor same_epoch = refreshed();
    descriptor_with_key(&same_epoch, &same_epoch.previous, &other);
    cr_expect_eq(other.slots[1].canary_token[0], 8, "the key is the same, and so are its tokens");
}

static void until_never(struct descriptor *d) {
    d->previous.until = 0;
}
static void until_before(struct descriptor *d) {
    d->previous.until = d->issued;
}
static void not_older(struct descriptor *d) {
    d->previous.generation = d->generation;
}
static void another_key_of_the_epoch(struct descriptor *d) {
    d->previous.commitments[0][5] ^= 1;
}
static void previous_without_generation(struct descriptor *d) {
    d->previous.generation = 0;
}
static void rotation_with_an_end(struct descriptor *d) {
    *d = rotated();
    d->previous.until = NOW + 500;
}
static void rotation_backwards(struct descriptor *d) {
    *d = rotated();
    d->previous.epoch = 3;
}
static void rotation_to_the_same_key(struct descriptor *d) {
    *d = rotated();
    memcpy(d->previous.commitments, d->commitments, sizeof d->commitments);
}
static void rotation_without_a_canary(struct descriptor *d) {
    *d = rotated();
    memset(d->previous.canary_tokens[1], 0, TOKEN_SIZE);
}
static void retired_in_use(struct descriptor *d) {
    *d = retired();
    d->retired[0].epoch = 2;
    memcpy(d->retired[0].commitments, d->commitments, sizeof d->commitments);
}
static void retired_twice(struct descriptor *d) {
    *d = retired();
    d->retired[d->retired_count++] = d->retired[0];
}
static void retired_and_previous(struct descriptor *d) {
    struct descriptor with = retired();
    *d = rotated();
    d->retired[0] = with.retired[0];
    d->retired_count = 1;
}

Test(descriptor, refuses_other_keys_that_make_no_sense) {
    void (*const changes[])(struct descriptor *) = {
        until_never,
        until_before,
        not_older,
        rotation_with_an_end,
        rotation_backwards,
        rotation_to_the_same_key,
        retired_in_use,
        retired_twice,
        rotation_without_a_canary,
        retired_and_previous,
        another_key_of_the_epoch,
        previous_without_generation,
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct descriptor d = refreshed();
        struct buf text = {0};
        changes[i](&d);
        cr_expect_eq(descriptor_write(&d, &text), ERR_INPUT, "change %zu", i);
        cr_expect(strstr(err_detail(), "previous") || strstr(err_detail(), "retired"), "%zu: %s", i, err_detail());
        buf_free(&text);
    }
}

Test(descriptor, refuses_a_text_whose_other_keys_are_incomplete) {
    static const struct {
        bool rotates;
        const char *from, *to, *reason;
    } cases[] = {
        {false, "\"generation\": 2", "\"generation\": 2, \"canary_tokens\": [\"BwcHBwcHBwcHBwcHBwcHBw==\"]", "canary"},
        {false, "\"until\": \"2027-01-15T08:08:20Z\"", "\"until\": \"soon\"", "until"},
        {true, "\"canary_tokens\"", "\"canary\"", "not known"},
        {true, "cnJycnJycnJycnJycnJycg==", "", "canary_tokens"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct descriptor d = cases[i].rotates ? rotated() : refreshed(), out;
        struct buf text = text_of(&d), wrong = replaced(&text, cases[i].from, cases[i].to);
        cr_expect_eq(descriptor_parse(buf_bytes(&wrong), &out), ERR_INPUT, "%s", cases[i].to);
        cr_expect_not_null(strstr(err_detail(), cases[i].reason), "%s: %s", cases[i].to, err_detail());
        buf_free(&wrong);
        buf_free(&text);
    }
}

static err_t follows(struct descriptor next, struct descriptor present) {
    next.version = present.version + 1;
    return descriptor_follows(&next, &present);
}

Test(descriptor, holds_every_key_to_what_was_said_of_it_before) {
    struct descriptor before = sample(), present = refreshed(), next = refreshed();
    before.generation = 2;
    memcpy(before.commitments, present.previous.commitments, sizeof before.commitments);
    cr_expect_eq(follows(present, before), OK, "%s", err_detail());
    before.commitments[1][3] ^= 1; // the generation before was another one
    cr_expect_eq(follows(present, before), ERR_STALE);
    next.previous.commitments[1][3] ^= 1;
    cr_expect_eq(follows(next, present), ERR_STALE);
    next = refreshed();
    next.has_previous = false;
    cr_expect_eq(follows(next, present), OK, "the overlap may end");
    present = rotated();
    next = retired();
    cr_expect_eq(follows(next, present), OK, "%s", err_detail());
    next.retired[0].commitments[0][3] ^= 1;
    cr_expect_eq(follows(next, present), ERR_STALE, "a retired key is the one that was used");
}
