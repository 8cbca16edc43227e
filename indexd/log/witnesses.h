// SPDX-License-Identifier: Apache-2.0
// The key holders as witnesses of this index's journal: submits a head to all of them side by side (POST /v1/witness)
// and keeps what they answer. One thread at a time.
#ifndef INDEXD_LOG_WITNESSES_H
#define INDEXD_LOG_WITNESSES_H

#include <stdbool.h>

#include "indexd/log/head.h"
#include "indexd/log/tiles.h"
#include "keys/descriptor.h"

struct witnesses;

struct witnesses_setup { // borrowed while in use
    const struct trust *trust;
    const char *ca, *certificate, *key;
    const char *connect_to; // NULL: none
};

// ERR_TLS, ERR_NOT_FOUND and the like: the index's certificate.
err_t witnesses_new(const struct witnesses_setup *setup, struct witnesses **out);
void witnesses_free(struct witnesses *witnesses); // NULL is harmless

// Submits a head, signed by the log alone, whose tiles are in `view`. The cosignatures of a head that is submitted
// again are kept where a holder does not answer now. ERR_CORRUPT: a holder has shown a head with the log's signature
// that is not one of this journal: it was cut back, or another one was put in its place.
err_t witnesses_submit(struct witnesses *witnesses, const struct head *head, const struct note_key *log,
                       const struct tiles_view *view, const struct descriptor *descriptor);

// Of the head submitted last: how many holders have cosigned it, and the time of the oldest of their statements.
size_t witnesses_count(const struct witnesses *witnesses);
int64_t witnesses_time(const struct witnesses *witnesses);
// Appends their signature lines.
void witnesses_put_lines(const struct witnesses *witnesses, struct buf *out);

// Asks every holder for the last head of the log that it has cosigned (GET /v1/witness), for whoever audits. heads[i]
// is holder i + 1's, with an empty note where it gave none; *out_answered counts the holders that answered well, also
// those that have cosigned nothing yet. A head without the log's or the holder's good signature is no answer.
struct auditing { // the client side of whoever asks
    const struct trust *trust;
    const struct descriptor *descriptor;
    const char *ca, *certificate, *key, *connect_to;
};
err_t witnesses_ask(const struct auditing *auditing, const struct note_key *log, struct head heads[MAX_HOLDERS],
                    size_t *out_answered);

#endif
