// SPDX-License-Identifier: Apache-2.0
#include "client/cli/progress.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define WIDTH 20
#define REDRAW_US 100000

void progress_bar_begin(struct progress_bar *bar) {
    *bar = (struct progress_bar){.out = isatty(STDERR_FILENO) ? stderr : NULL, .start_us = clock_monotonic_us()};
}

static void with_commas(size_t number, char out[32]) {
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%zu", number);
    size_t at = 0;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

void progress_bar_text(size_t done, size_t total, int64_t elapsed_us, char *out, size_t size) {
    char bar[WIDTH + 1], done_text[32], total_text[32];
    size_t filled = total == 0 ? 0 : WIDTH * done / total;
    memset(bar, '.', WIDTH);
    memset(bar, '#', filled < WIDTH ? filled : WIDTH);
    bar[WIDTH] = '\0';
    with_commas(done, done_text);
    with_commas(total, total_text);
    int len = snprintf(out, size, "[%s] %s of %s children", bar, done_text, total_text);
    if (done > 0 && done < total && len > 0 && (size_t)len < size) {
        long long left_s = (long long)((double)elapsed_us / 1e6 * (double)(total - done) / (double)done + 0.5);
        snprintf(out + len, size - (size_t)len, ", about %lld s left", left_s);
    }
}

static void step(void *ctx, size_t done, size_t total) {
    struct progress_bar *bar = ctx;
    int64_t now_us = clock_monotonic_us();
    if (bar->out == NULL || (now_us - bar->drawn_us < REDRAW_US && done < total)) {
        return;
    }
    char text[128];
    progress_bar_text(done, total, now_us - bar->start_us, text, sizeof text);
    bar->drawn_us = now_us;
    fprintf(bar->out, "\r\033[K%s", text);
    fflush(bar->out);
}

struct progress progress_bar_step(struct progress_bar *bar) {
    return (struct progress){.step = step, .ctx = bar};
}

void progress_bar_end(struct progress_bar *bar) {
    if (bar->out != NULL && bar->drawn_us != 0) {
        fprintf(bar->out, "\r\033[K");
        fflush(bar->out);
    }
}
