// SPDX-License-Identifier: Apache-2.0
// What the fuzzers share. Each harness is one file, fuzz_NAME.c, around LLVMFuzzerTestOneInput; its line "Covers:"
// names the sources whose lines run.sh counts. Linked with libFuzzer it searches; linked with replay.c it runs the
// committed corpus in the ordinary suite.
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Ends the process where what must hold does not: a finding.
void fuzz_must(bool holds, const char *what);
#define MUST(condition) fuzz_must((condition), #condition)

// A file, in memory alone and of mode 0600, with these bytes; the next call gives it other ones.
const char *fuzz_file(struct bytes contents);

// A folder in memory, empty at each call, and gone when the process ends; and a file in it, of mode 0600.
const char *fuzz_folder(void);
void fuzz_put(const char *folder, const char *name, struct bytes contents);
// Keeps what the folder holds now; and the folder as it was then, at the same path: for what is slow to make.
void fuzz_folder_keep(void);
const char *fuzz_folder_kept(void);

// Takes a piece of the input whose length its first two bytes give; the rest where there is less.
struct bytes fuzz_take(struct reader *input);
// What is left of the input.
struct bytes fuzz_rest(struct reader *input);
// The same bytes with a zero behind them, in memory that the caller frees.
char *fuzz_text(struct bytes bytes);

#endif
