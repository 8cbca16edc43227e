// SPDX-License-Identifier: Apache-2.0
// New shares of the same key, without anybody who ever holds it (proactive secret sharing; Herzberg, Jarecki, Krawczyk
// and Yung, 1995). Each contributor makes a random polynomial of degree t - 1 whose constant is zero, and gives every
// holder its value there; a holder's new share is its old one plus all that it was given. The constant of the sum, the
// key, stays as it was, and so does C_0; old shares fit no new ones. It takes one honest contributor for the new shares
// to be unknown to whoever knew old ones: with t contributors there is one.
#ifndef KEYS_REFRESH_H
#define KEYS_REFRESH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "keys/threshold.h"

// One contribution: its values at 1..n, which are secret, and the commitments to its t - 1 coefficients. ERR_INPUT
// unless 2 <= t <= n <= MAX_HOLDERS: with t = 1 every share is the key itself, and none can be renewed.
err_t refresh_make(size_t t, size_t n, uint8_t (*out_values)[OPRF_SCALAR_SIZE],
                   uint8_t (*out_commitments)[OPRF_ELEMENT_SIZE]);

// Whether the value is holder `index`'s under the contribution's t - 1 commitments. ERR_PROOF, ERR_INPUT.
err_t refresh_check(const uint8_t (*commitments)[OPRF_ELEMENT_SIZE], size_t t, size_t index,
                    const uint8_t value[OPRF_SCALAR_SIZE]);

// Adds a contribution's t - 1 commitments to those of the sharing; C_0 stays. ERR_PROOF.
err_t refresh_commit(struct threshold_commitments *sum, const uint8_t (*commitments)[OPRF_ELEMENT_SIZE]);
// Adds a contribution's value to a share.
void refresh_share(uint8_t share[OPRF_SCALAR_SIZE], const uint8_t value[OPRF_SCALAR_SIZE]);

#endif
