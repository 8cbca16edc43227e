// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/dealing.h"

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "keys/threshold.h"
#include "keys/token.h"

struct whole { // locked memory, for the duration of dealing_make
    uint8_t key[OPRF_SCALAR_SIZE];
    uint8_t output[OPRF_OUTPUT_SIZE];
};

// Every holder will refuse a share that does not fit; better it is found while the key can be dealt again.
static err_t check_shares(const struct whole *whole, const struct dealing *dealing, size_t n,
                          const struct threshold_commitments *commitments) {
    uint8_t public_key[OPRF_ELEMENT_SIZE];
    err_t err = oprf_public_key(whole->key, public_key);
    if (err == OK && memcmp(public_key, commitments->points[0], sizeof public_key) != 0) {
        err = err_set(ERR_PROOF, "the first commitment is not the key's own");
    }
    for (size_t i = 0; err == OK && i < commitments->t; i++) {
        err = oprf_check_element(commitments->points[i]);
    }
    for (size_t i = 0; err == OK && i < n; i++) {
        err = threshold_check_share(commitments, i + 1, dealing->shares[i]);
    }
    return err;
}

static err_t deal(const struct whole *whole, struct descriptor *descriptor, struct dealing *dealing) {
    struct threshold_commitments commitments = {0};
    size_t n = descriptor->holder_count;
    err_t err = threshold_deal(whole->key, descriptor->threshold, n, dealing->shares, &commitments);
    err = err != OK ? err : check_shares(whole, dealing, n, &commitments);
    if (err == OK) {
        memcpy(descriptor->commitments, commitments.points, commitments.t * ELEMENT_SIZE);
    }
    return err;
}

static err_t canary_token(struct whole *whole, const struct descriptor *descriptor, struct descriptor_slot *slot) {
    struct buf input = {0};
    err_t err = token_input(descriptor->scheme, descriptor->epoch, slot->name, slot->canary_value, &input);
    err = err != OK ? err : oprf_evaluate(whole->key, buf_bytes(&input), whole->output);
    err = err != OK ? err : token_of_output(whole->output, slot->canary_token);
    buf_free(&input);
    return err;
}

err_t dealing_make(struct descriptor *descriptor, struct dealing **out) {
    struct whole *whole = secret_new(sizeof *whole);
    struct dealing *dealing = secret_new(sizeof *dealing);
    err_t err = OK;
    if (whole == NULL || dealing == NULL) {
        err = err_set(ERR_MEMORY, "no memory that can be locked");
        goto out;
    }
    crypto_core_ristretto255_scalar_random(whole->key); // uniform, reduced and not zero
    randombytes_buf(dealing->note_seeds, sizeof dealing->note_seeds);
    err = deal(whole, descriptor, dealing);
    for (size_t i = 0; err == OK && i < descriptor->slot_count; i++) {
        err = canary_token(whole, descriptor, &descriptor->slots[i]);
    }
    if (err == OK) {
        *out = dealing;
        dealing = NULL;
    }
out:
    secret_free(whole);
    secret_free(dealing);
    return err;
}
