// SPDX-License-Identifier: Apache-2.0
// What the parts of the journal share: journal.c appends, recover.c opens and reads, review.c reads beside. Nobody else
// includes this.
#ifndef INDEXD_JOURNAL_STATE_H
#define INDEXD_JOURNAL_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/merkle.h"
#include "indexd/journal.h"
#include "indexd/months.h"

struct staged { // a frame of the batch in hand
    size_t at;  // of its header in the buffer
    size_t length;
};

struct journal {
    char *segments; // folder
    char *keys;     // folder
    struct months months;
    int folder;                     // of the segments; -1 while it is being opened
    int fd;                         // of the last segment; -1 where there is none yet
    uint8_t *key;                   // its key, locked
    uint64_t end;                   // where the next batch goes
    uint64_t room;                  // at most so many zeros stand behind `end`
    bool tail;                      // bytes of a failed write may stand behind `end`
    struct merkle tree;             // of the records on disk
    struct journal_place last;      // where the last batch on disk begins
    struct journal_place staged_at; // where the batch in hand begins
    struct journal_place opened;    // what stands before it was not read when the journal was opened
    _Atomic uint64_t count, bytes;
    struct buf batch;
    struct staged *staged;
    size_t staged_count, staged_cap;
    struct merkle staged_tree;
    pthread_mutex_t lock;    // over what other threads may ask for
    struct merkle published; // the tree of the records on disk
};

void journal_place_set(struct journal_place *place, const char *segment, uint64_t offset, const struct merkle *tree);
// The key of a segment. Locked memory: secret_free it. NULL: it was destroyed (indexd/log/month_key.h), and the records
// stay sealed.
err_t journal_key(const struct journal *journal, const char *name, uint8_t **out);
// Makes an existing segment the one that is written to, from `end` on, where room may follow.
err_t journal_append_to(struct journal *journal, const char *name, uint64_t end);
// Writes all of it at the offset in the last segment. ERR_FULL, ERR_IO.
err_t journal_write(struct journal *journal, struct bytes data, uint64_t at);
// Cuts the last segment back to `end`: room goes, too. ERR_IO.
err_t journal_cut(struct journal *journal);
// Lets other threads see the tree of what is on disk.
void journal_publish(struct journal *journal);
// fdatasync of the last segment; a failure ends the process.
void journal_sync(struct journal *journal);

#endif
