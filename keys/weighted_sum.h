// SPDX-License-Identifier: Apache-2.0
// Sums of multiples of group elements, as RFC 9497's proofs and Lagrange's interpolation need them: on libdecaf, whose
// group 255 is ristretto255 and which, unlike libsodium, lets decoded points be added.
//
// Takes a time that depends on its inputs, and leaves them on the stack: FOR PUBLIC VALUES ALONE. Blinded and evaluated
// elements are: key holder and client both have them, and to whoever lacks the blind they are random and say nothing of
// a child. So are the weights, which are hashes of these and of the public key, the two scalars of a proof, which stand
// in the reply, and Lagrange's coefficients, which follow from the holders' numbers. Keys, shares, nonces and blinds
// are multiplied by libsodium, and what is not blinded as well.
//
// Any thread; no memory but some 75 KiB of stack.
#ifndef KEYS_WEIGHTED_SUM_H
#define KEYS_WEIGHTED_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WEIGHTED_SUM_SIZE 32 // bytes of an element, and of a weight

// out = the sum of weights[i] * elements[i]; it may be the identity, 32 zero bytes. A weight is a number of 256 bits in
// two's complement, least significant byte first: a scalar, or a small number of either sign, which takes less time.
// ERR_PROOF when an element is the identity or not canonical.
err_t weighted_sum(const uint8_t (*weights)[WEIGHTED_SUM_SIZE], const uint8_t (*elements)[WEIGHTED_SUM_SIZE],
                   size_t count, uint8_t out[WEIGHTED_SUM_SIZE]);

#endif
