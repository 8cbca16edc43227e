// SPDX-License-Identifier: Apache-2.0
// t-of-n Shamir sharing of the token key over the scalars of ristretto255, with Feldman commitments (exactly t), and
// Lagrange interpolation of the holders' evaluations. Holder indices are 1..n.
#ifndef KEYS_THRESHOLD_H
#define KEYS_THRESHOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "keys/oprf.h"
#include "proto/limits.h"

struct threshold_commitments {
    size_t t;
    uint8_t points[MAX_HOLDERS][OPRF_ELEMENT_SIZE]; // points[0] = C_0: the public key of the whole
};

// Deals `key` into n shares; shares[i] is holder i + 1's. The polynomial lives in locked memory. ERR_INPUT unless
// 1 <= t <= n <= MAX_HOLDERS.
err_t threshold_deal(const uint8_t key[OPRF_SCALAR_SIZE], size_t t, size_t n, uint8_t (*out_shares)[OPRF_SCALAR_SIZE],
                     struct threshold_commitments *out);

// PK_i of holder `index`, from the commitments alone. ERR_INPUT, ERR_PROOF.
err_t threshold_public_key(const struct threshold_commitments *commitments, size_t index,
                           uint8_t out_pk[OPRF_ELEMENT_SIZE]);

// Whether the share is holder `index`'s under these commitments. ERR_PROOF.
err_t threshold_check_share(const struct threshold_commitments *commitments, size_t index,
                            const uint8_t share[OPRF_SCALAR_SIZE]);

// The evaluation under the whole key from those of `t` holders: out[j] = sum over i of lambda_i * evaluated[i][j].
// ERR_INPUT for a zero, duplicate or out-of-range index; ERR_PROOF for an element that is not valid. Verify each
// holder's proof first: nothing here can tell a wrong evaluation from a right one.
err_t threshold_combine(const size_t *indices, size_t t, const uint8_t (*const *evaluated)[OPRF_ELEMENT_SIZE],
                        size_t count, uint8_t (*out)[OPRF_ELEMENT_SIZE]);

#endif
