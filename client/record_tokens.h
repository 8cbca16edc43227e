// SPDX-License-Identifier: Apache-2.0
// The tokens of children's records: every filled slot of every alias, each value asked once.
#ifndef CLIENT_RECORD_TOKENS_H
#define CLIENT_RECORD_TOKENS_H

#include <stddef.h>

#include "base/err.h"
#include "client/caseload.h"
#include "client/session.h"
#include "keys/descriptor.h"
#include "proto/question.h"

size_t record_count(const struct caseload_child *children, size_t count);

// `out` takes record_count() token sets, child after child: of every epoch that the descriptor names and the index
// takes, each in its own place (session_lay_out). The index is opened beside the first requests where it is not open
// yet; that it could not be is said later, by session_need_index. Errors of derive_tokens.
err_t record_tokens(struct session *session, const struct caseload_child *children, size_t count,
                    struct progress progress, struct token_set *out);

// The same under a retired key of the descriptor, for a subject access: the holders answer a data-protection officer
// alone. `out` has one epoch's tokens. ERR_UNAVAILABLE also where the key was destroyed.
err_t record_tokens_retired(struct session *session, const struct descriptor_key *key,
                            const struct caseload_child *children, size_t count, struct token_set *out);

#endif
