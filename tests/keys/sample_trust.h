// SPDX-License-Identifier: Apache-2.0
// The parties of a scheme in the tests: an authority and three holders, of whom two are needed, by fixed seeds.
#ifndef TESTS_KEYS_SAMPLE_TRUST_H
#define TESTS_KEYS_SAMPLE_TRUST_H

#include "base/bytes.h"
#include "base/note.h"
#include "keys/trust.h"

#define HOLDERS 3

extern const uint8_t authority_seed[NOTE_SEED_SIZE];
extern const uint8_t holder_seeds[HOLDERS][NOTE_SEED_SIZE];
extern const uint8_t stranger_seed[NOTE_SEED_SIZE];

struct trust sample_trust(void);
// The text with its first `from` replaced.
struct buf replaced(struct buf *text, const char *from, const char *to);

#endif
