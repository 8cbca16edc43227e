// SPDX-License-Identifier: Apache-2.0
// The second model of keys/weighted_sum.h: libsodium, one multiplication and one addition after the other.
#ifndef TESTS_KEYS_PLAIN_SUM_H
#define TESTS_KEYS_PLAIN_SUM_H

#include "keys/weighted_sum.h"

// As weighted_sum, but for the text of its error.
err_t plain_sum(const uint8_t (*weights)[WEIGHTED_SUM_SIZE], const uint8_t (*elements)[WEIGHTED_SUM_SIZE], size_t count,
                uint8_t out[WEIGHTED_SUM_SIZE]);

#endif
