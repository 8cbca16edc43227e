// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/base/scratch.h"

static char captured[256 * 1024];
static int real_stderr = -1;
static FILE *capture;

TestSuite(log, .init = scratch_make, .fini = scratch_remove);

static void capture_begin(void) {
    capture = tmpfile();
    cr_assert_not_null(capture);
    real_stderr = dup(STDERR_FILENO);
    cr_assert_geq(dup2(fileno(capture), STDERR_FILENO), 0);
}

static const char *capture_end(void) {
    cr_assert_geq(dup2(real_stderr, STDERR_FILENO), 0);
    close(real_stderr);
    rewind(capture);
    captured[fread(captured, 1, sizeof captured - 1, capture)] = '\0';
    fclose(capture);
    return captured;
}

static bool matches(const char *text, const char *pattern) {
    regex_t compiled;
    cr_assert_eq(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool result = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return result;
}

#define TIME "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z "

Test(log, writes_time_level_program_and_message) {
    log_open("indexd", LOG_DEBUG);
    capture_begin();
    log_line(LOG_WARNING, "the roster expires in %d days", 3);
    const char *text = capture_end();
    cr_assert(matches(text, TIME "warning indexd: the roster expires in 3 days\n$"), "%s", text);
}

Test(log, names_every_level) {
    static const char *const names[] = {"error", "warning", "notice", "debug"};
    log_open("indexd", LOG_DEBUG);
    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        char pattern[160];
        capture_begin();
        log_line((enum log_level)level, "x");
        snprintf(pattern, sizeof pattern, TIME "%s indexd: x\n$", names[level]);
        cr_assert(matches(capture_end(), pattern));
    }
}

Test(log, leaves_out_what_is_below_its_level) {
    log_open("indexd", LOG_WARNING);
    capture_begin();
    log_line(LOG_NOTICE, "left out");
    cr_assert_str_empty(capture_end());
}

Test(log, explains_an_error) {
    log_open("indexd", LOG_ERROR);
    err_t err = err_set(ERR_CORRUPT, "roster: line 3: not base64");
    capture_begin();
    log_err(err, "the old roster is kept");
    const char *text = capture_end();
    cr_assert(matches(text, "error indexd: the old roster is kept: stored data damaged: roster: line 3: not base64\n$"),
              "%s", text);
}

Test(log, an_error_without_detail_ends_with_its_meaning) {
    log_open("indexd", LOG_ERROR);
    capture_begin();
    log_err(ERR_FULL, "stopped");
    cr_assert(matches(capture_end(), "stopped: no space left\n$"));
}

Test(log, a_message_cannot_begin_a_line_or_drive_a_terminal) {
    log_open("indexd", LOG_DEBUG);
    capture_begin();
    log_line(LOG_NOTICE, "%s", "a\nb\r\x1b[31mc\x7f");
    cr_assert(matches(capture_end(), "notice indexd: a\\?b\\?\\?\\[31mc\\?\n$"));
}

Test(log, cuts_a_long_message_and_still_ends_the_line) {
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_open("indexd", LOG_DEBUG);
    capture_begin();
    log_line(LOG_NOTICE, "%s", text);
    log_err(ERR_FULL, "%s", text);
    const char *lines = capture_end();
    cr_assert_eq(lines[strlen(lines) - 1], '\n');
    cr_assert_lt(strlen(lines), 2500);
}

#define LINES 500

static void *write_lines(void *letter) {
    char text[101];
    memset(text, *(const char *)letter, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < LINES; i++) {
        log_line(LOG_NOTICE, "%s", text);
    }
    return NULL;
}

Test(log, lines_of_several_threads_do_not_mix) {
    pthread_t threads[2];
    size_t count = 0;
    log_open("indexd", LOG_DEBUG);
    capture_begin();
    cr_assert_eq(pthread_create(&threads[0], NULL, write_lines, "a"), 0);
    cr_assert_eq(pthread_create(&threads[1], NULL, write_lines, "b"), 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    char *rest = NULL;
    char *text = captured;
    capture_end();
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest), count++) {
        cr_assert(matches(line, TIME "notice indexd: (a{100}|b{100})$"), "%s", line);
    }
    cr_assert_eq(count, 2 * LINES);
}
