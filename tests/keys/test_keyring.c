// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/keyring.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "scheme.h"
#include "tests/base/scratch.h"

#define PASSPHRASE "correct horse battery"
#define UNTIL (SCHEME_NOW + 100)

static struct scheme before, after; // generations 1 and 2 of one key
static struct keyring *keyring;

static void seal(const char *name, const struct share *share) {
    (void)unlink(scratch_path(name));
    cr_assert_eq(share_seal(scratch_path(name), share, SEAL_INTERACTIVE, bytes_str(PASSPHRASE)), OK, "%s",
                 err_detail());
}

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    log_open("test", LOG_ERROR);
    scratch_make();
    scheme_make(&before);
    after = before;
    scheme_refresh(&after);
    after.descriptor.has_previous = true;
    after.descriptor.previous = (struct descriptor_key){.epoch = 1, .generation = 1, .until = UNTIL};
    memcpy(after.descriptor.previous.commitments, before.descriptor.commitments, sizeof before.descriptor.commitments);
    seal("share", &before.shares[0]);
    seal("share.next", &after.shares[0]);
    keyring = NULL;
}

static void end(void) {
    keyring_free(keyring);
    scratch_remove();
}

TestSuite(keyring, .init = start, .fini = end);

static err_t open_keyring(void) {
    keyring_free(keyring);
    keyring = NULL;
    return keyring_open(scratch_path("share"), bytes_str(PASSPHRASE), &keyring);
}

static void serve(const struct scheme *scheme) {
    cr_assert_eq(open_keyring(), OK, "%s", err_detail());
    cr_assert_eq(keyring_serve(keyring, &scheme->descriptor), OK, "%s", err_detail());
}

// Evaluates one element; a reply must prove itself under the commitments of the generation that was asked.
static err_t ask(uint64_t generation, int64_t now_s) {
    struct evaluation_request request = {.epoch = 1, .generation = generation, .count = 1};
    struct evaluation_reply reply = {0};
    const struct threshold_commitments commitments = scheme_commitments(generation == 1 ? &before : &after);
    uint8_t pk[OPRF_ELEMENT_SIZE];
    crypto_core_ristretto255_random(request.elements[0]);
    err_t err = keyring_evaluate(keyring, &request, now_s, &reply);
    if (err == OK) {
        cr_expect_eq(reply.generation, generation);
        cr_assert_eq(threshold_public_key(&commitments, 1, pk), OK);
        cr_expect_eq(oprf_verify_proof(pk, (const uint8_t(*)[32])request.elements, (const uint8_t(*)[32])reply.elements,
                                       1, reply.proof),
                     OK);
    }
    return err;
}

Test(keyring, serves_both_generations_until_the_older_ones_second) {
    serve(&after);
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
    cr_expect_eq(ask(1, SCHEME_NOW), OK);
    cr_expect_eq(ask(1, UNTIL - 1), OK);
    cr_expect_eq(ask(1, UNTIL), ERR_STALE);
    cr_expect_not_null(strstr(err_detail(), "generation 2"), "%s", err_detail());
    cr_expect_eq(ask(2, UNTIL), OK);
    cr_expect_eq(ask(3, SCHEME_NOW), ERR_STALE);
}

Test(keyring, waits_with_the_next_share_until_its_descriptor_is_in_force) {
    serve(&before);
    cr_expect_eq(ask(1, UNTIL + 1), OK);
    cr_expect_eq(ask(2, SCHEME_NOW), ERR_STALE);
    cr_expect_eq(keyring_end_overlap(keyring, UNTIL + 1), OK);
    cr_expect(scratch_has("share") && scratch_has("share.next"), "nothing is over yet");
    cr_assert_eq(keyring_serve(keyring, &after.descriptor), OK, "no restart is needed: %s", err_detail());
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
    cr_expect_eq(ask(1, SCHEME_NOW), OK);
}

Test(keyring, destroys_the_older_share_when_its_time_is_over) {
    serve(&after);
    cr_expect_eq(keyring_end_overlap(keyring, UNTIL - 1), OK);
    cr_expect(scratch_has("share.next"));
    struct share *share = NULL;
    cr_assert_eq(keyring_end_overlap(keyring, UNTIL), OK, "%s", err_detail());
    cr_expect_not(scratch_has("share.next"));
    cr_expect_not(scratch_has("share.old"));
    cr_assert_eq(share_open(scratch_path("share"), bytes_str(PASSPHRASE), &share), OK);
    cr_expect_eq(share->generation, 2);
    secret_free(share);
    cr_expect_eq(ask(1, SCHEME_NOW), ERR_STALE, "not even by a clock that was set back");
    cr_expect_eq(ask(2, UNTIL), OK);
    cr_expect_eq(keyring_end_overlap(keyring, UNTIL), OK, "once is enough");
    serve(&after);
    cr_expect_eq(ask(1, SCHEME_NOW), ERR_STALE);
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
}

Test(keyring, destroys_what_a_descriptor_no_longer_names) {
    after.descriptor.has_previous = false;
    serve(&after);
    cr_expect_eq(ask(1, SCHEME_NOW), ERR_STALE);
    cr_assert_eq(keyring_end_overlap(keyring, SCHEME_NOW), OK);
    cr_expect_not(scratch_has("share.next"));
}

// What a crash between any two of the steps leaves.
Test(keyring, takes_up_a_change_of_files_that_was_cut_off) {
    cr_assert_eq(rename(scratch_path("share"), scratch_path("share.old")), 0);
    serve(&after); // SHARE.old and SHARE.next: SHARE was on its way out
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
    cr_expect_eq(ask(1, SCHEME_NOW), ERR_STALE);
    cr_expect_not(scratch_has("share.old"));
    cr_expect_not(scratch_has("share.next"));
    (void)scratch_write_text("share.old", "half overwritten"); // SHARE.old was being destroyed
    serve(&after);
    cr_expect_not(scratch_has("share.old"));
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
    cr_assert_eq(rename(scratch_path("share"), scratch_path("share.old")), 0);
    serve(&after); // nothing follows it: then it is not destroyed
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
}

Test(keyring, serves_no_descriptor_without_its_share_and_goes_on_as_before) {
    struct scheme later = after;
    serve(&after);
    scheme_refresh(&later);
    cr_expect_eq(keyring_serve(keyring, &later.descriptor), ERR_STALE);
    cr_expect_not_null(strstr(err_detail(), "generation 3"), "%s", err_detail());
    later = after;
    later.descriptor.commitments[1][0] ^= 1;
    cr_expect_neq(keyring_serve(keyring, &later.descriptor), OK);
    later = after; // it names a generation before of which this holder has another share
    memcpy(later.descriptor.previous.commitments, after.descriptor.commitments, sizeof after.descriptor.commitments);
    cr_expect_eq(keyring_serve(keyring, &later.descriptor), ERR_PROOF);
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
    cr_expect_eq(ask(1, SCHEME_NOW), OK);
}

Test(keyring, serves_without_a_share_of_the_generation_before) {
    cr_assert_eq(rename(scratch_path("share.next"), scratch_path("share")), 0);
    serve(&after);
    cr_expect_eq(ask(2, SCHEME_NOW), OK);
    cr_expect_eq(ask(1, SCHEME_NOW), ERR_STALE);
}

Test(keyring, refuses_shares_of_different_holders_side_by_side) {
    seal("share.next", &after.shares[1]);
    cr_expect_eq(open_keyring(), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "share.next"), "%s", err_detail());
    (void)scratch_write_text("share.next", "no share");
    cr_expect_eq(open_keyring(), ERR_CORRUPT);
    cr_assert_eq(unlink(scratch_path("share")), 0);
    cr_expect_eq(open_keyring(), ERR_NOT_FOUND);
}

Test(keyring, tells_when_a_share_cannot_be_destroyed_and_serves_it_no_more) {
    serve(&after);
    cr_assert_eq(mkdir(scratch_path("share.old"), 0700), 0); // in the way
    cr_assert_eq(mkdir(scratch_path("share.old/kept"), 0700), 0);
    cr_expect_eq(keyring_end_overlap(keyring, UNTIL), ERR_IO);
    cr_expect_eq(ask(1, SCHEME_NOW), ERR_STALE, "it is wiped in memory");
    cr_expect_eq(ask(2, UNTIL), OK);
    cr_assert_eq(rmdir(scratch_path("share.old/kept")), 0);
    cr_assert_eq(rmdir(scratch_path("share.old")), 0);
    cr_expect_eq(keyring_end_overlap(keyring, UNTIL), OK, "the next minute it can");
    cr_expect_not(scratch_has("share.next"));
}

// Another key: epoch 2 beside epoch 1.
static void rotate(void) {
    after.descriptor = before.descriptor;
    after.descriptor.epoch = 2;
    after.descriptor.version = 2;
    crypto_core_ristretto255_scalar_random(after.key);
    scheme_refresh(&after);
    after.descriptor.generation = 1;
    for (size_t i = 0; i < SCHEME_N; i++) {
        after.shares[i].epoch = 2;
        after.shares[i].generation = 1;
    }
    after.descriptor.has_previous = true;
    after.descriptor.previous = (struct descriptor_key){.epoch = 1, .generation = 1};
    memcpy(after.descriptor.previous.commitments, before.descriptor.commitments, sizeof before.descriptor.commitments);
    seal("share.next", &after.shares[0]);
}

static err_t ask_epoch(uint64_t epoch) {
    struct evaluation_request request = {.epoch = epoch, .generation = 1, .count = 1};
    struct evaluation_reply reply = {0};
    crypto_core_ristretto255_random(request.elements[0]);
    return keyring_evaluate(keyring, &request, UNTIL + 1000, &reply);
}

Test(keyring, serves_both_epochs_of_a_rotation_and_then_keeps_the_older_share_sealed) {
    rotate();
    serve(&after);
    cr_expect_eq(ask_epoch(1), OK);
    cr_expect_eq(ask_epoch(2), OK);
    cr_expect_eq(keyring_end_overlap(keyring, UNTIL + 1000), OK);
    cr_expect(scratch_has("share.next"), "it has no end but the descriptor's");
    after.descriptor.has_previous = false;
    after.descriptor.version++;
    cr_assert_eq(keyring_serve(keyring, &after.descriptor), OK, "%s", err_detail());
    cr_expect_eq(ask_epoch(1), ERR_STALE);
    cr_expect_eq(ask_epoch(2), OK);
    cr_assert_eq(keyring_end_overlap(keyring, SCHEME_NOW), OK, "%s", err_detail());
    cr_expect(scratch_has("share.retired-1"));
    cr_expect_not(scratch_has("share.next"));
    struct share *kept = NULL;
    cr_assert_eq(share_open(scratch_path("share.retired-1"), bytes_str(PASSPHRASE), &kept), OK);
    cr_expect_eq(kept->epoch, 1);
    secret_free(kept);
    serve(&after);
    cr_expect_eq(ask_epoch(2), OK);
    cr_assert_eq(rename(scratch_path("share"), scratch_path("share.next")), 0); // cut off between the two renames
    serve(&after);
    cr_expect_eq(ask_epoch(2), OK);
}

static err_t ask_retired(uint64_t epoch) {
    struct evaluation_request request = {.epoch = epoch, .generation = 1, .count = 1, .subject_access = true};
    struct evaluation_reply reply = {0};
    const struct threshold_commitments commitments = scheme_commitments(&before);
    uint8_t pk[OPRF_ELEMENT_SIZE];
    crypto_core_ristretto255_random(request.elements[0]);
    err_t err = keyring_evaluate(keyring, &request, UNTIL + 1000, &reply);
    if (err == OK) {
        cr_assert_eq(threshold_public_key(&commitments, 1, pk), OK);
        cr_expect_eq(oprf_verify_proof(pk, (const uint8_t(*)[32])request.elements, (const uint8_t(*)[32])reply.elements,
                                       1, reply.proof),
                     OK);
    }
    return err;
}

// Epoch 2 in use, epoch 1 retired.
static void retire(void) {
    rotate();
    after.descriptor.has_previous = false;
    after.descriptor.retired_count = 1;
    after.descriptor.retired[0] = (struct descriptor_key){.epoch = 1, .generation = 1};
    memcpy(after.descriptor.retired[0].commitments, before.descriptor.commitments,
           sizeof before.descriptor.commitments);
    cr_assert_eq(rename(scratch_path("share"), scratch_path("share.retired-1")), 0);
    seal("share", &after.shares[0]);
    cr_assert_eq(unlink(scratch_path("share.next")), 0);
}

Test(keyring, evaluates_under_a_retired_key_for_a_subject_access_alone) {
    retire();
    serve(&after);
    cr_expect_eq(ask_retired(1), OK, "%s", err_detail());
    cr_expect_eq(ask_epoch(1), ERR_STALE);
    cr_expect_eq(ask_retired(2), ERR_STALE, "the key in use is no retired one");
    cr_expect_not_null(strstr(err_detail(), "no retired share of epoch 2"), "%s", err_detail());
    cr_expect_eq(ask_retired(3), ERR_STALE);
    cr_expect_eq(ask_epoch(2), OK);
    after.descriptor.retired_count = 0; // the scheme lets the epoch go
    cr_assert_eq(keyring_serve(keyring, &after.descriptor), OK, "%s", err_detail());
    cr_expect_eq(ask_retired(1), ERR_STALE);
}

Test(keyring, leaves_a_retired_share_aside_that_is_not_what_it_should_be_and_serves_on) {
    retire();
    cr_assert_eq(unlink(scratch_path("share.retired-1")), 0);
    serve(&after);
    cr_expect_eq(ask_retired(1), ERR_STALE, "it was destroyed");
    seal("share.retired-1", &before.shares[1]); // another holder's
    serve(&after);
    cr_expect_eq(ask_retired(1), ERR_STALE);
    struct share *forged = secret_new(sizeof *forged);
    *forged = before.shares[0];
    crypto_core_ristretto255_scalar_random(forged->scalar);
    seal("share.retired-1", forged);
    secret_free(forged);
    serve(&after);
    cr_expect_eq(ask_retired(1), ERR_STALE, "not the one of its commitments");
    (void)scratch_write_text("share.retired-1", "no share");
    serve(&after);
    cr_expect_eq(ask_retired(1), ERR_STALE);
    cr_expect_eq(ask_epoch(2), OK);
}
