// SPDX-License-Identifier: Apache-2.0
#include "client/cli/lines.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "tests/base/refusal.h"

static int ends[2];
static struct lines lines;

static void begin_with(const char *text, size_t max) {
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    assert_ok(lines_open(ends[0], max, &lines));
}

static void expect_line(const char *text) {
    struct bytes line;
    enum line_kind kind;
    assert_ok(lines_next(&lines, &line, &kind));
    cr_assert_eq(kind, LINE_WHOLE);
    cr_assert(bytes_equal(line, bytes_str(text)), "%.*s instead of %s", (int)line.len, (const char *)line.data, text);
}

static void expect_kind(enum line_kind wanted) {
    struct bytes line;
    enum line_kind kind;
    assert_ok(lines_next(&lines, &line, &kind));
    cr_assert_eq(kind, wanted);
    cr_assert_eq(line.len, 0);
}

static void end_input(void) {
    close(ends[1]);
    ends[1] = -1;
}

static void finish(void) {
    lines_close(&lines);
    close(ends[0]);
    if (ends[1] >= 0) {
        close(ends[1]);
    }
}

TestSuite(lines, .fini = finish);

Test(lines, come_one_by_one_and_the_last_may_end_with_the_input) {
    begin_with("one\n\ntwo\r\nthree", 16);
    end_input();
    expect_line("one");
    expect_line("");
    expect_line("two\r");
    expect_line("three");
    expect_kind(LINE_NO_MORE);
    expect_kind(LINE_NO_MORE);
}

Test(lines, are_given_out_before_the_input_ends) {
    begin_with("one\ntwo", 16);
    expect_line("one");
    cr_assert_eq(write(ends[1], "\n", 1), 1);
    expect_line("two");
    end_input();
    expect_kind(LINE_NO_MORE);
}

Test(lines, of_the_greatest_length_are_whole_and_longer_ones_are_dropped) {
    begin_with("12345678\n123456789\nab\n1234567812345678123456781\ncd\n12345678\n", 8);
    end_input();
    expect_line("12345678");
    expect_kind(LINE_TOO_LONG);
    expect_line("ab");
    expect_kind(LINE_TOO_LONG);
    expect_line("cd");
    expect_line("12345678");
    expect_kind(LINE_NO_MORE);
}

Test(lines, too_long_at_the_end_of_the_input_are_told) {
    static const char *const inputs[] = {"123456789", "12345678123456789", "123456781234567812"};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        begin_with(inputs[i], 8);
        end_input();
        expect_kind(LINE_TOO_LONG);
        expect_kind(LINE_NO_MORE);
        finish();
    }
    begin_with("12345678", 8);
    end_input();
    expect_line("12345678");
    expect_kind(LINE_NO_MORE);
}

Test(lines, are_wiped_once_the_next_is_asked_for) {
    begin_with("Featherstone\nx\n", 16);
    expect_line("Featherstone");
    expect_line("x");
    cr_assert_null(memmem(lines.data, lines.max + 1, "stone", 5));
}

Test(lines, that_cannot_be_read_are_an_error) {
    struct bytes line;
    enum line_kind kind;
    begin_with("", 8);
    lines.fd = -1;
    assert_refused(lines_next(&lines, &line, &kind), ERR_IO, "cannot be read");
}
