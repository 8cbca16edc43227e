// SPDX-License-Identifier: Apache-2.0
// A child's right of access: what the index knows about one child, found by its tokens. Nothing else can find it.
#ifndef INDEXD_SUBJECT_H
#define INDEXD_SUBJECT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/decide.h"
#include "indexd/entries.h"
#include "indexd/journal.h"
#include "indexd/record.h"
#include "indexd/review.h"
#include "indexd/store.h"
#include "proto/tokens.h"

struct subject_tokens {               // of one epoch, or of those that the index takes together
    const struct token_set *children; // the child, by each of its names
    size_t child_count, epochs;
};

struct subject {
    const struct subject_tokens *sets;
    size_t set_count, slots;
};

struct subject_asked { // a question about the child
    const struct record *record;
    enum answer answer;
    bool sure; // it shares a sure token; otherwise similar ones alone
};

struct subject_recorded { // an involvement
    uint64_t child;       // the tag under which it stands, for engine_is_agency
    struct entry entry;
    bool sure, shielded, current;
};

struct subject_visitor {
    void (*asked)(void *ctx, const struct subject_asked *asked);
    void (*recorded)(void *ctx, const struct subject_recorded *recorded); // once for each record; sure, where it is
    void (*month)(void *ctx, const struct review_month *month);
    void *ctx;
    const atomic_bool *stop;
};

// *out_shielded: a shield covers a number of the child. ERR_INPUT: neither NHS number nor UPN, or other slots;
// otherwise as review_journal.
err_t subject_search(struct store *store, const struct journal *journal, const struct rules *rules,
                     const struct subject *subject, const struct subject_visitor *visitor, bool *out_shielded);

#endif
