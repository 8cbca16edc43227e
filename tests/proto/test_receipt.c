// SPDX-License-Identifier: Apache-2.0
#include "proto/receipt.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "tests/proto/readers.h"

#define HOLDERS 3
#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char text[] =
    "{\"type\":\"signpost destruction receipt 1\",\"scheme\":\"demo\",\"holder\":2,\"destroyed\":["
    "{\"epoch\":2,\"generation\":1,\"commitments\":\"" DIGEST "\"},"
    "{\"epoch\":1,\"generation\":3,\"commitments\":\"" DIGEST "\"}],"
    "\"time\":\"2026-11-22T10:37:00Z\"}";

static uint8_t seeds[HOLDERS][NOTE_SEED_SIZE];
static struct note_key holders[HOLDERS];

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    for (size_t i = 0; i < HOLDERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "demo-holder-%zu", i + 1);
        memset(seeds[i], (int)(0x30 + i), sizeof seeds[i]);
        cr_assert_eq(note_key_of_seed(name, seeds[i], &holders[i]), OK);
    }
}

TestSuite(receipt, .init = start);

static err_t reads(struct bytes bytes) {
    struct receipt receipt, untouched, again;
    struct buf once = {0};
    memset(&receipt, 0xa5, sizeof receipt);
    memset(&untouched, 0xa5, sizeof untouched);
    err_t err = receipt_read(bytes, &receipt);
    if (err != OK) {
        cr_assert(memcmp(&receipt, &untouched, sizeof receipt) == 0, "touched on failure");
        return err;
    }
    cr_assert_eq(receipt_write(&receipt, &once), OK, "%s", err_detail());
    cr_assert_eq(receipt_read(buf_bytes(&once), &again), OK, "%s", err_detail());
    cr_assert_eq(again.count, receipt.count);
    cr_assert_eq(again.time, receipt.time);
    buf_free(&once);
    return OK;
}

static struct receipt valid(void) {
    struct receipt receipt;
    cr_assert_eq(receipt_read(bytes_str(text), &receipt), OK, "%s", err_detail());
    return receipt;
}

// Signed by holder `signer` + 1, whatever the receipt claims.
static struct buf signed_note(const struct receipt *receipt, size_t signer) {
    struct buf body = {0}, note = {0};
    cr_assert_eq(receipt_write(receipt, &body), OK, "%s", err_detail());
    buf_put(&note, body.data, body.len);
    buf_put_str(&note, "\n");
    cr_assert_eq(note_sign(buf_bytes(&body), holders[signer].name, seeds[signer], &note), OK);
    buf_free(&body);
    return note;
}

Test(receipt, says_which_shares_whose_and_when) {
    struct receipt receipt = valid();
    cr_expect_str_eq(receipt.scheme, "demo");
    cr_expect_eq(receipt.holder, (uint64_t)2);
    cr_expect_eq(receipt.time, 1795343820);
    cr_assert_eq(receipt.count, (size_t)2);
    cr_expect_eq(receipt.shares[0].epoch, (uint64_t)2);
    cr_expect_eq(receipt.shares[1].generation, (uint64_t)3);
    cr_expect_arr_eq(receipt.shares[1].commitments, "\x00\x11\x22\x33", 4);
}

Test(receipt, refuses_what_is_not_one) {
    static const struct refusal rows[] = {
        {"receipt 1", "receipt 2", "type"},
        {"\"demo\"", "\"De mo\"", "scheme"},
        {"\"holder\":2", "\"holder\":0", "holder"},
        {"\"holder\":2", "\"holder\":17", "holder"},
        {"\"epoch\":2", "\"epoch\":0", "epoch"},
        {"\"generation\":3", "\"generation\":0", "generation"},
        {"\"epoch\":1,\"generation\":3", "\"epoch\":2,\"generation\":1", "already"},
        {"\"commitments\":\"00", "\"commitments\":\"", "commitments"},
        {"\"time\"", "\"when\"", "not known"},
        {"2026-11-22T10:37:00Z", "yesterday", "time"},
    };
    refuses_each(text, rows, sizeof rows / sizeof rows[0], reads);
    cr_expect_eq(reads_text(reads, "{\"type\":\"signpost destruction receipt 1\",\"scheme\":\"demo\",\"holder\":2,"
                                   "\"destroyed\":[],\"time\":\"2026-11-22T10:37:00Z\"}"),
                 ERR_INPUT);
}

Test(receipt, survives_mutations_and_noise) {
    survives_mutations(text, 3000, reads);
    survives_noise(text, reads);
}

Test(receipt, is_not_written_where_it_would_be_refused) {
    struct receipt receipt = valid();
    struct buf out = {0};
    receipt.holder = 0;
    cr_expect_eq(receipt_write(&receipt, &out), ERR_INPUT);
    receipt = valid();
    receipt.count = 0;
    cr_expect_eq(receipt_write(&receipt, &out), ERR_INPUT);
    cr_expect_eq(out.len, (size_t)0);
}

Test(receipt, counts_only_when_the_holder_itself_has_signed) {
    struct receipt receipt = valid(), opened;
    for (size_t signer = 0; signer < HOLDERS; signer++) {
        struct buf note = signed_note(&receipt, signer);
        cr_expect_eq(receipt_open(buf_bytes(&note), holders, HOLDERS, &opened), signer == 1 ? OK : ERR_SIGNATURE);
        buf_free(&note);
    }
    receipt.holder = 4; // no such holder in this scheme
    struct buf note = signed_note(&receipt, 0);
    cr_expect_eq(receipt_open(buf_bytes(&note), holders, HOLDERS, &opened), ERR_SIGNATURE);
    buf_free(&note);
}

Test(receipt, does_not_open_when_a_letter_was_changed) {
    struct receipt receipt = valid(), opened;
    struct buf note = signed_note(&receipt, 1);
    char *at = memmem(note.data, note.len, "\"epoch\": 1", 10);
    cr_assert_not_null(at);
    at[9] = '7';
    cr_expect_eq(receipt_open(buf_bytes(&note), holders, HOLDERS, &opened), ERR_SIGNATURE, "%s", err_detail());
    buf_free(&note);
}

Test(receipt, counts_different_holders_of_an_epoch) {
    struct receipt receipts[4] = {valid(), valid(), valid(), valid()};
    receipts[1].holder = 2; // the same again
    receipts[2].holder = 3;
    receipts[3].holder = 1;
    receipts[3].count = 1; // epoch 2 alone
    cr_expect_eq(receipt_holders(receipts, 2, 1), (size_t)1);
    cr_expect_eq(receipt_holders(receipts, 4, 1), (size_t)2);
    cr_expect_eq(receipt_holders(receipts, 4, 2), (size_t)3);
    cr_expect_eq(receipt_holders(receipts, 4, 3), (size_t)0);
}
