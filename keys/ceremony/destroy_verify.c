// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/destroy_verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "keys/ceremony/folder.h"
#include "keys/descriptor.h"
#include "keys/share.h"
#include "proto/receipt.h"

#define EPOCHS_MAX (MAX_HOLDERS * RECEIPT_SHARES_MAX)

struct verify {
    struct trust trust;
    char scheme[MAX_ID + 1];
    struct descriptor descriptor;
    size_t count;
    struct receipt receipts[MAX_HOLDERS];
    size_t epoch_count;
    uint64_t epochs[EPOCHS_MAX + 2 + MAX_RETIRED];
};

static void add_epoch(struct verify *verify, uint64_t epoch) {
    for (size_t i = 0; i < verify->epoch_count; i++) {
        if (verify->epochs[i] == epoch) {
            return;
        }
    }
    verify->epochs[verify->epoch_count++] = epoch;
}

static err_t read_receipts(struct verify *verify, const struct operands *operands) {
    for (size_t i = 0; i < operands->count; i++) {
        struct receipt *receipt = &verify->receipts[verify->count];
        char when[CLOCK_TEXT_SIZE];
        err_t err = receipt_load(operands->items[i], verify->trust.holders, verify->trust.holder_count, receipt);
        if (err != OK) {
            return err;
        }
        if (strcmp(receipt->scheme, verify->scheme) != 0) {
            return err_set(ERR_INPUT, "%s: of another scheme", operands->items[i]);
        }
        clock_format(receipt->time, when);
        printf("  holder %-2u  %s\n", (unsigned)receipt->holder, when);
        for (size_t j = 0; j < receipt->count; j++) {
            printf("    epoch %" PRIu64 ", generation %" PRIu64 "\n", receipt->shares[j].epoch,
                   receipt->shares[j].generation);
            add_epoch(verify, receipt->shares[j].epoch);
        }
        verify->count++;
    }
    return OK;
}

// A receipt for the descriptor's own key must be for the shares of that key.
static err_t check_present(struct verify *verify) {
    const struct descriptor *descriptor = &verify->descriptor;
    uint8_t sharing[RECEIPT_DIGEST_SIZE];
    share_sharing(descriptor, sharing);
    for (size_t i = 0; i < verify->count; i++) {
        for (size_t j = 0; j < verify->receipts[i].count; j++) {
            const struct receipt_share *share = &verify->receipts[i].shares[j];
            if (share->epoch == descriptor->epoch && share->generation == descriptor->generation &&
                memcmp(share->commitments, sharing, sizeof sharing) != 0) {
                return err_set(ERR_PROOF, "the receipt of holder %u is for another sharing than the descriptor's",
                               (unsigned)verify->receipts[i].holder);
            }
        }
    }
    add_epoch(verify, descriptor->epoch);
    if (descriptor->has_previous) {
        add_epoch(verify, descriptor->previous.epoch);
    }
    for (size_t i = 0; i < descriptor->retired_count; i++) {
        add_epoch(verify, descriptor->retired[i].epoch);
    }
    return OK;
}

static err_t count_up(const struct verify *verify) {
    size_t needed = verify->trust.holder_count - verify->trust.threshold + 1, short_of = 0;
    for (size_t i = 0; i < verify->epoch_count; i++) {
        size_t holders = receipt_holders(verify->receipts, verify->count, verify->epochs[i]);
        printf("Epoch %" PRIu64 ": destroyed by %zu of %zu holders, %zu are needed: %s\n", verify->epochs[i], holders,
               verify->trust.holder_count, needed, holders >= needed ? "the key is gone" : "THE KEY CAN STILL BE USED");
        short_of += holders < needed ? 1 : 0;
    }
    return short_of == 0 ? OK
                         : err_set(ERR_UNAVAILABLE, "for %zu of %zu epochs fewer than %zu holders have given receipts",
                                   short_of, verify->epoch_count, needed);
}

err_t destroy_verify(const struct destroy_verify_options *given, const struct operands *receipts) {
    struct verify verify = {0};
    err_t err = command_need("trust", given->trust);
    if (err == OK && receipts->count == 0) {
        err = err_set(ERR_INPUT, "--verify: of which receipts?");
    }
    err = err != OK ? err : trust_load(given->trust, &verify.trust);
    err = err != OK ? err : folder_scheme_of(&verify.trust.authority, verify.scheme);
    if (err == OK && given->descriptor != NULL) {
        err = descriptor_load(given->descriptor, &verify.trust, 0, &verify.descriptor);
    }
    err = err != OK ? err : read_receipts(&verify, receipts);
    if (err == OK && given->descriptor != NULL) {
        err = check_present(&verify);
    }
    return err != OK ? err : count_up(&verify);
}
