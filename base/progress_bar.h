// SPDX-License-Identifier: Apache-2.0
// A bar on standard error that shows how far long work is, where that is a terminal. For long runs, plain lines from
// time to time where it is none. Apart from base/progress.h, since libsignpost writes on nobody's standard error.
#ifndef BASE_PROGRESS_BAR_H
#define BASE_PROGRESS_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/progress.h"

struct progress_bar {
    FILE *out;        // NULL: nothing is drawn
    bool lines;       // one after the other, without a bar
    const char *unit; // of what is counted: "children"
    int64_t start_us, drawn_us;
};

void progress_bar_begin(struct progress_bar *bar, const char *unit);
void progress_bar_or_lines_begin(struct progress_bar *bar, const char *unit);
struct progress progress_bar_step(struct progress_bar *bar);
void progress_bar_end(struct progress_bar *bar); // clears its line

// "[#####...............] 1,250 of 5,000 children, 312 a second, about 12 s left"
void progress_bar_text(const char *unit, size_t done, size_t total, int64_t elapsed_us, char *out, size_t size);
// The same without the bar.
void progress_line_text(const char *unit, size_t done, size_t total, int64_t elapsed_us, char *out, size_t size);

#endif
