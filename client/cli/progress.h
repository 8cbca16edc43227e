// SPDX-License-Identifier: Apache-2.0
// A progress bar on standard error, where that is a terminal; for long runs, plain lines from time to time where it is
// none.
#ifndef CLIENT_CLI_PROGRESS_H
#define CLIENT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/derive.h"

struct progress_bar {
    FILE *out;  // NULL: nothing is drawn
    bool lines; // one after the other, without a bar
    int64_t start_us, drawn_us;
};

void progress_bar_begin(struct progress_bar *bar);
void progress_bar_or_lines_begin(struct progress_bar *bar);
struct progress progress_bar_step(struct progress_bar *bar);
void progress_bar_end(struct progress_bar *bar); // clears its line

// "[#####...............] 1,250 of 5,000 children, 312 a second, about 12 s left"
void progress_bar_text(size_t done, size_t total, int64_t elapsed_us, char *out, size_t size);
// The same without the bar.
void progress_line_text(size_t done, size_t total, int64_t elapsed_us, char *out, size_t size);

#endif
