// SPDX-License-Identifier: Apache-2.0
// Whose tokens a store takes: those of one epoch, and while the scheme's key is being exchanged those of the epoch
// before as well. The descriptor says which; the store follows, by a record of the journal, and refuses to let the
// older go before every feed has moved.
#ifndef INDEXD_EPOCHS_H
#define INDEXD_EPOCHS_H

#include <stdbool.h>

#include "indexd/job.h"
#include "indexd/store.h"
#include "keys/descriptor.h"
#include "proto/tokens.h"

struct token_epochs epochs_of_store(const struct store_identity *identity);

// Whether a store may be used with this descriptor, as it is or after epochs_follow: ERR_STALE.
err_t epochs_fit(const struct store_identity *identity, const struct descriptor *descriptor);
// Whether epochs_follow would change something.
bool epochs_differ(const struct store_identity *identity, const struct descriptor *descriptor);

// A job (indexd/job.h); `ctx` is the const struct descriptor. An epoch begins with its canaries. ERR_STALE in the
// transaction where one would end under which records stand that nobody has registered under the next.
void epochs_follow(struct job *job, void *ctx);

#endif
