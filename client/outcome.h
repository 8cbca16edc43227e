// SPDX-License-Identifier: Apache-2.0
// What came of one question about one child. What could not be answered is never a "no": it has a cause.
#ifndef CLIENT_OUTCOME_H
#define CLIENT_OUTCOME_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/derive.h"
#include "proto/question.h"

enum cause { // why there is no answer, as far as the person who asks can do something about it
    CAUSE_NONE,
    CAUSE_DETAILS,     // too few, or wrong
    CAUSE_SETUP,       // this machine's files
    CAUSE_OUTDATED,    // this machine's descriptor or program
    CAUSE_HOLDERS,     // too few key holders
    CAUSE_INDEX,       // the index is out of reach or not able to answer
    CAUSE_CERTIFICATE, // a certificate was refused
    CAUSE_CARD,        // the smartcard is missing, locked, or was taken out
    CAUSE_DENIED,      // known, but not allowed to ask
    CAUSE_BUDGET,
    CAUSE_CANARIES, // the index failed its test questions
};

struct outcome {
    enum cause cause;
    enum answer answer;                  // when cause is CAUSE_NONE
    char detail[512];                    // the reason in full, for machines and support; no values
    int64_t asked_at;                    // seconds: the index's clock, ours where there was no reply
    char reference[REFERENCE_TEXT_SIZE]; // "" where there was no reply
};

// The outcome of this thread's last error, from asking the index, from asking the key holders (where all that failed
// gave one reason, that is the cause), and from preparing on this machine.
void outcome_of_index(err_t err, struct outcome *out);
void outcome_of_holders(err_t err, const struct derive *derive, struct outcome *out);
void outcome_of_setup(err_t err, struct outcome *out);
void outcome_of(enum cause cause, const char *detail, struct outcome *out);

// Everyone of outcomes[0..count) gets this one.
void outcome_fill(const struct outcome *outcome, struct outcome *outcomes, size_t count);

#endif
