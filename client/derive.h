// SPDX-License-Identifier: Apache-2.0
// Tokens from match values, through t of the scheme's key holders (docs/protocol.md, "Tokens").
//
// Values are blinded afresh and asked in batches of at most MAX_ELEMENTS, each batch of t holders; the batches go round
// all n holders, so that none carries more than its part. A spare holder is asked only when one fails: is out of reach,
// refuses, names another epoch, generation or holder, or fails its proof under PK_i, which is computed from the
// descriptor's commitments alone. A holder that answers falsely is left out for as long as this object lives; one that
// is out of reach is asked again only when there are too few others.
//
// Used by one thread at a time; blinding and proofs run on the threads of a pool.
#ifndef CLIENT_DERIVE_H
#define CLIENT_DERIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/progress.h"
#include "client/pool.h"
#include "client/transport.h"
#include "keys/descriptor.h"

struct derive_settings {
    const struct descriptor *descriptor; // these three are borrowed
    const struct transport *transport;
    struct pool *pool;   // for blinding and proofs; nobody else uses it while derive_tokens runs
    size_t first_holder; // 1..n: of the first batch; clients differ, so that holders share the load
    bool subject_access; // the descriptor's key is a retired one
};

struct derive;
// ERR_INPUT; ERR_PROOF for commitments that give no public keys; ERR_MEMORY.
err_t derive_new(const struct derive_settings *settings, struct derive **out);
void derive_free(struct derive *derive);

struct derive_value {
    const char *slot;
    const char *value;
};

// out[i] is the token of values[i]. `alongside` are exchanges with others that run together with the first requests, so
// that their connections cost no time of their own; they are run even when the holders fail. ERR_UNAVAILABLE when fewer
// than t holders gave a valid reply, with each holder's reason; ERR_INPUT for a value that cannot be asked; ERR_MEMORY.
err_t derive_tokens(struct derive *derive, const struct derive_value *values, size_t count,
                    struct http_exchange *alongside, size_t alongside_count, struct progress progress,
                    uint8_t (*out)[TOKEN_SIZE]);

// Why holder `index` (1..n) was left out of the last requests; OK when it was not.
err_t derive_holder_state(const struct derive *derive, size_t index);
// The one reason that all failing holders gave, for advice; ERR_UNAVAILABLE when reasons differ, OK when none failed.
err_t derive_common_cause(const struct derive *derive);

#endif
