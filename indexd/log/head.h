// SPDX-License-Identifier: Apache-2.0
// What a store keeps of its journal as a transparency log, beside the journal itself:
//   log.key          32 bytes, 0600: the seed of the key that signs its heads
//   log/vkey         its verifier key, a line, for the trust files of holders and auditors
//   log/checkpoint   the last head that was signed, with what cosignatures it got
//   log/cosigned     the last head that enough key holders have cosigned
//   log/place        where in the segments the tiles end: "SIZE SEGMENT OFFSET"
//   log/tile/        indexd/log/tiles.h
// All of log/ is public.
#ifndef INDEXD_LOG_HEAD_H
#define INDEXD_LOG_HEAD_H

#include <stdint.h>

#include "base/checkpoint.h"
#include "base/err.h"
#include "base/note.h"
#include "indexd/log/records.h"

#define LOG_FOLDER "log"
#define LOG_CHECKPOINT "checkpoint"
#define LOG_COSIGNED "cosigned"

struct log_key {
    struct note_key key;
    uint8_t *seed; // locked
};

// Makes the key of a new log, "SCHEME/journal-<8 hex digits>", and its folder. ERR_EXISTS.
err_t log_create(const char *store, const char *scheme);
// log_key_free it. ERR_CORRUPT: missing, or key and verifier key do not fit.
err_t log_key_load(const char *store, struct log_key *out);
void log_key_free(struct log_key *key);
// The verifier key of a log's folder.
err_t log_vkey_load(const char *folder, struct note_key *out);

struct head { // buf_free the note
    struct checkpoint checkpoint;
    struct buf note; // whole
};
// A head of the folder log/, checked against the log's key. ERR_NOT_FOUND: none yet; ERR_CORRUPT.
err_t head_load(const char *folder, const char *name, const struct note_key *log, struct head *out);
err_t head_store(const char *folder, const char *name, struct bytes note);

// The number of records that the signed heads of a store promise: less must never stand in its journal. 0 where there
// is no head yet. ERR_CORRUPT, ERR_IO.
err_t log_promised(const char *store, uint64_t *out);

// All zero where there is no place that can be read: the tiles are then made anew.
void place_load(const char *folder, struct record_place *out);
err_t place_store(const char *folder, const struct record_place *place);

#endif
