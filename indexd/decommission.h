// SPDX-License-Identifier: Apache-2.0
// The end of an index. By an act of two administrators a mark is put into the store's folder: from then on nothing
// opens the store any more. Then everything in the folder is destroyed but the sealed journal and its proofs, and the
// copies that are named; and when enough key holders have destroyed their shares, a certificate says so. Each step can
// be taken again after it was cut off.
//   STORE/decommissioned   the mark: {"scheme", "epochs", "store_id", "time", "journal_records", "keys", "entries",
//   "act"} STORE/destruction      what is to be destroyed: {"files": [{"path", "kind", "bytes"}, ...]}, written
//   beforehand
#ifndef INDEXD_DECOMMISSION_H
#define INDEXD_DECOMMISSION_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/limits.h"
#include "proto/tokens.h"

struct decommission {
    char scheme[MAX_ID + 1];
    struct token_epochs epochs; // of the key: those that the index took
    uint8_t store_id[STORE_ID_SIZE];
    int64_t time; // seconds
    uint64_t records, keys, entries;
    json_t *act; // as it was signed; json_decref it
};

// ERR_DENIED: the store of this folder was decommissioned; says when.
err_t decommission_check(const char *store);
// ERR_EXISTS, ERR_IO, ERR_FULL.
err_t decommission_mark(const char *store, const struct decommission *mark);
// ERR_NOT_FOUND: no mark; ERR_INPUT.
err_t decommission_load(const char *store, struct decommission *out);

json_t *decommission_epochs(const struct decommission *mark); // a new array; NULL when there is no memory

enum destroyed { DESTROYED_PEPPER, DESTROYED_SEGMENT_KEYS, DESTROYED_DATABASE, DESTROYED_OTHERS, DESTROYED_COPIES };
#define DESTROYED_COUNT 5
extern const char *const destroyed_words[DESTROYED_COUNT];

// Destroys what is in the store's folder, which must bear the mark, and the copies: files, or folders with a copy of a
// store. Fills how many files of each kind are gone, those of earlier calls included. ERR_INPUT: a folder that holds no
// store, or a link; ERR_IO.
err_t decommission_destroy(const char *store, const char *const *copies, size_t copy_count,
                           size_t out[DESTROYED_COUNT]);

#endif
