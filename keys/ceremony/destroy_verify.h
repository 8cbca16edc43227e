// SPDX-License-Identifier: Apache-2.0
// Whether receipts of destruction are good, and enough of them.
#ifndef KEYS_CEREMONY_DESTROY_VERIFY_H
#define KEYS_CEREMONY_DESTROY_VERIFY_H

#include "base/err.h"
#include "keys/ceremony/command.h"

struct destroy_verify_options {
    const char *trust, *descriptor; // descriptor NULL: the receipts alone
};

// Prints who has destroyed what. ERR_SIGNATURE, ERR_INPUT; ERR_UNAVAILABLE while fewer than n - t + 1 holders have
// given receipts for an epoch that a receipt or the descriptor names; ERR_PROOF for a receipt of a sharing that is not
// the descriptor's.
err_t destroy_verify(const struct destroy_verify_options *given, const struct operands *receipts);

#endif
