// SPDX-License-Identifier: Apache-2.0
// Made-up involvements for an index of any size: each number of a child stands for its tokens, and each of its
// involvements for an agency and a handle, always the same. Tokens look as the real ones do (16 bytes that tell
// nothing), and no two children share any.
#ifndef BENCH_INVOLVEMENTS_H
#define BENCH_INVOLVEMENTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "proto/involvement.h"
#include "proto/question.h"

#define INVOLVEMENTS_A_CHILD 3
#define AGENCIES 153 // the local authorities of England

struct token_set involvements_tokens(uint64_t child, size_t slots);
// Involvement 0..INVOLVEMENTS_A_CHILD - 1 of a child, as the agency opens it. One in four has ended, one in twenty is
// quiet.
struct change involvements_open(uint64_t child, unsigned involvement, size_t slots);
// The agency of it, another for each involvement of a child: "a000".."a152", and for the last one always
// INVOLVEMENTS_OWN, so that one client can change as many as it likes.
#define INVOLVEMENTS_OWN "south"
void involvements_agency(uint64_t child, unsigned involvement, char out[MAX_ID + 1]);

// Writes those of children 0..children - 1 as `indexctl import` reads them. ERR_IO.
err_t involvements_write(uint64_t children, size_t slots, FILE *out);

#endif
