// SPDX-License-Identifier: Apache-2.0
// Children as a program gives them (signpost.h), turned into what questions and changes take. Every record goes through
// the rules for a row of a caseload file, so that both ways find the same.
#ifndef CLIENT_GIVEN_H
#define CLIENT_GIVEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/caseload.h"
#include "client/match_keys.h"
#include "client/signpost.h"

struct given_note { // what is to be said of one child before anything was sent
    bool left_out;  // it cannot be sent
    bool in_part;   // an alias cannot be sent
    char reason[SIGNPOST_REASON_SIZE];
};

struct given {
    struct caseload all;      // child for child; one that is left out may be without records
    struct given_note *notes; // child for child
};

// A question needs no `ref`. OK with children left out; ERR_MEMORY.
err_t given_read(const struct match_set *set, const struct signpost_child *children, size_t count, bool with_ref,
                 struct given *out);
void given_free(struct given *given); // wipes

// For changes, which are made whole or not at all: leaves out the children of whom an alias cannot be sent.
void given_leave_out_parts(struct given *given);
// Leaves out whom `other` leaves out, for its reasons.
void given_leave_out_with(struct given *given, const struct given *other);

struct selection { // borrowed from a `given`
    struct caseload_child *children;
    size_t *place; // in the given
    size_t count;
};
err_t given_select(const struct given *given, struct selection *out); // those that are not left out; ERR_MEMORY
void selection_free(struct selection *selection);

#endif
