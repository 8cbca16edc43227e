// SPDX-License-Identifier: Apache-2.0
// Publishes the journal's tree: at an interval and on demand it brings the tiles up to date, signs the head as a C2SP
// checkpoint and has it cosigned by the key holders, on a thread of its own, beside the requests. When the records on
// disk are not those of the tree, or a holder shows a signed head that is not of this journal, the index refuses
// everything from then on.
#ifndef INDEXD_LOG_NOTARY_H
#define INDEXD_LOG_NOTARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "indexd/service.h"

struct notary;

struct notary_setup { // all of it outlives the notary
    struct engine *engine;
    struct service *service; // for the descriptor in force
    const char *store;
    const struct trust *trust;
    const char *ca, *certificate, *key, *connect_to;
    int64_t interval_s;
    int64_t alarm_s; // without a cosigned head that covers what was signed
    const struct wall_clock *clock;
};

// ERR_CORRUPT: the log's key is missing or damaged.
err_t notary_start(const struct notary_setup *setup, struct notary **out);
void notary_stop(struct notary *notary); // NULL is harmless

// Waits for a round that begins now, and gives the head with its cosignatures. What went wrong with the head itself is
// the error; too few cosignatures are not.
err_t notary_publish(struct notary *notary, struct buf *out_note);

// The store's folder.
const char *notary_store(const struct notary *notary);

struct notary_status {
    uint64_t signed_records;   // of the last head that was signed
    uint64_t cosigned_records; // of the last head that enough holders have cosigned
    int64_t cosigned_at;       // when, by the holders' clocks; 0: never
    size_t cosignatures;       // of the last head that was signed
    size_t threshold;
    bool alarm; // cosigning has been behind for too long
};
void notary_status(struct notary *notary, struct notary_status *out);

#endif
