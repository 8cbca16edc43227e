// SPDX-License-Identifier: Apache-2.0
// What the tests of readers share: a valid document changed in one place must be refused with a message that names the
// place, and a document mutated at random must never do harm.
#ifndef TESTS_PROTO_READERS_H
#define TESTS_PROTO_READERS_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

// Reads a document and frees the result. It asserts for itself that a failure leaves the output untouched.
typedef err_t (*reads_fn)(struct bytes text);

struct refusal {
    const char *old; // this part of the valid document ...
    const char *new; // ... replaced by this
    const char *says; // is refused with this in the message
};

// The memory is of the exact size, so that a sanitizer sees one byte read too many. The caller frees.
static inline struct bytes exact_copy(const void *data, size_t len) {
    uint8_t *copy = malloc(len > 0 ? len : 1);
    cr_assert_not_null(copy);
    memcpy(copy, data, len);
    return bytes_of(copy, len);
}

static inline void exact_free(struct bytes copy) {
    free((void *)(uintptr_t)copy.data);
}

static inline err_t reads_text(reads_fn reads, const char *text) {
    struct bytes copy = exact_copy(text, strlen(text));
    err_t err = reads(copy);
    exact_free(copy);
    return err;
}

// The document with the first `old` replaced; the caller frees the buf.
static inline struct buf replaced(const char *document, const char *old, const char *new) {
    struct buf out = {0};
    const char *at = strstr(document, old);
    cr_assert_not_null(at, "not in the document: %s", old);
    buf_put(&out, document, (size_t)(at - document));
    buf_put_str(&out, new);
    buf_put_str(&out, at + strlen(old));
    cr_assert_eq(buf_check(&out), OK);
    return out;
}

static inline void refuses_each(const char *valid, const struct refusal *rows, size_t count, reads_fn reads) {
    cr_assert_eq(reads_text(reads, valid), OK, "%s", err_detail());
    for (size_t i = 0; i < count; i++) {
        struct buf changed = replaced(valid, rows[i].old, rows[i].new);
        cr_expect_eq(reads_text(reads, buf_str(&changed)), ERR_INPUT, "row %zu: %s", i, buf_str(&changed));
        cr_expect_not_null(strstr(err_detail(), rows[i].says), "row %zu: \"%s\" is not in \"%s\"", i, rows[i].says,
                           err_detail());
        buf_free(&changed);
    }
}

static inline uint64_t mutation_random(uint64_t *state) { // xorshift64*, the same in every run
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static inline size_t mutation_below(uint64_t *state, size_t bound) {
    return bound == 0 ? 0 : (size_t)(mutation_random(state) >> 33) % bound;
}

// One change: a bit, a byte, a deletion, a repetition, an insertion or a cut. `text` has room for twice its length.
static inline size_t mutate_once(uint64_t *state, uint8_t *text, size_t len, size_t cap) {
    static const char telling[] = "{}[]\",:\\/0123456789.eE+-AZaz=_ \n\t\x01\x7f\x80\xc2\xff truefalsenull";
    size_t at = mutation_below(state, len);
    size_t span = 1 + mutation_below(state, 8);
    if (len == 0 || len + 2 * span >= cap) {
        return len;
    }
    span = span > len - at ? len - at : span;
    switch (mutation_below(state, 6)) {
    case 0:
        text[at] ^= (uint8_t)(1U << mutation_below(state, 8));
        return len;
    case 1:
        text[at] = (uint8_t)telling[mutation_below(state, sizeof telling - 1)];
        return len;
    case 2:
        memmove(text + at, text + at + span, len - at - span);
        return len - span;
    case 3:
        memmove(text + at + span, text + at, len - at);
        return len + span;
    case 4:
        memmove(text + at + 1, text + at, len - at);
        text[at] = (uint8_t)telling[mutation_below(state, sizeof telling - 1)];
        return len + 1;
    default:
        return mutation_below(state, 16) == 0 ? at : len;
    }
}

// Gives `rounds` mutations of the document to the reader. Some must be refused and, since a change may fall where it does
// not matter, some may be read.
static inline void survives_mutations(const char *document, size_t rounds, reads_fn reads) {
    uint64_t state = 0x5167ULL;
    size_t len = strlen(document);
    size_t cap = 2 * len + 64;
    size_t refused = 0;
    uint8_t *text = malloc(cap);
    cr_assert_not_null(text);
    for (size_t i = 0; i < rounds; i++) {
        size_t now = len;
        memcpy(text, document, len);
        for (size_t changes = 1 + mutation_below(&state, 4); changes > 0; changes--) {
            now = mutate_once(&state, text, now, cap);
        }
        struct bytes copy = exact_copy(text, now);
        err_t err = reads(copy);
        exact_free(copy);
        cr_assert(err == OK || err == ERR_INPUT, "round %zu: %s", i, err_detail());
        cr_assert(err == OK || err_detail()[0] != '\0', "round %zu: refused without a reason", i);
        refused += err != OK;
    }
    free(text);
    cr_assert_gt(refused, rounds / 2);
}

// Any bytes at all, and every beginning of the document.
static inline void survives_noise(const char *document, reads_fn reads) {
    uint64_t state = 0x90153ULL;
    uint8_t noise[64];
    for (size_t i = 0; i < 500; i++) {
        for (size_t j = 0; j < sizeof noise; j++) {
            noise[j] = (uint8_t)mutation_below(&state, 256);
        }
        struct bytes copy = exact_copy(noise, mutation_below(&state, sizeof noise));
        cr_assert_eq(reads(copy), ERR_INPUT);
        exact_free(copy);
    }
    for (size_t len = 0; len < strlen(document); len++) {
        struct bytes copy = exact_copy(document, len);
        cr_assert_eq(reads(copy), ERR_INPUT, "cut at %zu", len);
        exact_free(copy);
    }
}

#endif
