// SPDX-License-Identifier: Apache-2.0
#include "base/progress_bar.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char text[128];

static const char *drawn(size_t done, size_t total, int64_t elapsed_us) {
    progress_bar_text("children", done, total, elapsed_us, text, sizeof text);
    return text;
}

Test(progress, shows_how_far_it_is_and_how_long_it_takes) {
    cr_assert_str_eq(drawn(0, 5000, 0), "[....................] 0 of 5,000 children");
    cr_assert_str_eq(drawn(1250, 5000, 4000000),
                     "[#####...............] 1,250 of 5,000 children, 312 a second, about 12 s left");
    cr_assert_str_eq(drawn(5000, 5000, 9000000), "[####################] 5,000 of 5,000 children");
    cr_assert_str_eq(drawn(1234567, 2469134, 1000000),
                     "[##########..........] 1,234,567 of 2,469,134 children, 1,234,567 a second, about 1 s left");
}

Test(progress, survives_an_empty_caseload) {
    cr_assert_str_eq(drawn(0, 0, 0), "[....................] 0 of 0 children");
}

Test(progress, draws_on_one_line_and_clears_it) {
    char *screen = NULL;
    size_t size = 0;
    struct progress_bar bar = {.out = open_memstream(&screen, &size), .unit = "rows"};
    struct progress progress = progress_bar_step(&bar);
    progress.step(progress.ctx, 100, 100);
    progress_bar_end(&bar);
    fclose(bar.out);
    cr_assert_null(strchr(screen, '\n'));
    cr_assert_not_null(strstr(screen, "100 of 100 rows"));
    cr_assert_str_eq(screen + strlen(screen) - 4, "\r\033[K");
    free(screen);
}

Test(progress, draws_nothing_where_there_is_no_terminal) {
    struct progress_bar bar = {.out = NULL};
    struct progress progress = progress_bar_step(&bar);
    progress.step(progress.ctx, 1, 2);
    progress_bar_end(&bar);
    cr_assert_eq(bar.drawn_us, 0);
}

Test(progress, says_a_line_from_time_to_time_where_it_is_told_to) {
    char *screen = NULL;
    size_t size = 0;
    struct progress_bar bar = {.out = open_memstream(&screen, &size), .lines = true, .unit = "rows"};
    struct progress progress = progress_bar_step(&bar);
    progress.step(progress.ctx, 100, 100);
    progress.step(progress.ctx, 100, 100);
    progress_bar_end(&bar);
    fclose(bar.out);
    cr_assert_str_eq(screen, "100 of 100 rows\n", "the second came too soon");
    free(screen);
}
