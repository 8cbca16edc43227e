// SPDX-License-Identifier: Apache-2.0
#include "base/progress_bar.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define WIDTH 20
#define REDRAW_US 100000
#define LINE_US 10000000

void progress_bar_begin(struct progress_bar *bar, const char *unit) {
    *bar = (struct progress_bar){
        .out = isatty(STDERR_FILENO) ? stderr : NULL, .unit = unit, .start_us = clock_monotonic_us()};
}

void progress_bar_or_lines_begin(struct progress_bar *bar, const char *unit) {
    progress_bar_begin(bar, unit);
    if (bar->out == NULL) {
        bar->out = stderr;
        bar->lines = true;
        bar->drawn_us = bar->start_us;
    }
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

void progress_line_text(const char *unit, size_t done, size_t total, int64_t elapsed_us, char *out, size_t size) {
    char done_text[32], total_text[32], rate_text[32];
    with_commas(done, done_text);
    with_commas(total, total_text);
    int len = snprintf(out, size, "%s of %s %s", done_text, total_text, unit);
    if (done > 0 && done < total && elapsed_us > 0 && len > 0 && (size_t)len < size) {
        double rate = (double)done * 1e6 / (double)elapsed_us;
        with_commas((size_t)rate, rate_text);
        snprintf(out + len, size - (size_t)len, ", %s a second, about %.0f s left", rate_text,
                 (double)(total - done) / rate);
    }
}

void progress_bar_text(const char *unit, size_t done, size_t total, int64_t elapsed_us, char *out, size_t size) {
    char bar[WIDTH + 1], text[112];
    size_t filled = total == 0 ? 0 : WIDTH * done / total;
    memset(bar, '.', WIDTH);
    memset(bar, '#', filled < WIDTH ? filled : WIDTH);
    bar[WIDTH] = '\0';
    progress_line_text(unit, done, total, elapsed_us, text, sizeof text);
    snprintf(out, size, "[%s] %s", bar, text);
}

static void step(void *ctx, size_t done, size_t total) {
    struct progress_bar *bar = ctx;
    int64_t now_us = clock_monotonic_us();
    int64_t pause_us = bar->lines ? LINE_US : REDRAW_US;
    if (bar->out == NULL || (now_us - bar->drawn_us < pause_us && (bar->lines || done < total))) {
        return;
    }
    char text[144];
    (bar->lines ? progress_line_text : progress_bar_text)(bar->unit, done, total, now_us - bar->start_us, text,
                                                          sizeof text);
    bar->drawn_us = now_us;
    fprintf(bar->out, bar->lines ? "%s\n" : "\r\033[K%s", text);
    fflush(bar->out);
}

struct progress progress_bar_step(struct progress_bar *bar) {
    return (struct progress){.step = step, .ctx = bar};
}

void progress_bar_end(struct progress_bar *bar) {
    if (bar->out != NULL && !bar->lines && bar->drawn_us != 0) {
        fprintf(bar->out, "\r\033[K");
        fflush(bar->out);
    }
}
