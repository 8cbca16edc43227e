// SPDX-License-Identifier: Apache-2.0
#include "proto/words.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const colours[] = {"red", "vermilion", "blue"};
static const struct words table = {colours, 3, sizeof "vermilion" - 1};

Test(words, finds_each_word_and_nothing_else) {
    size_t value = 99;
    for (size_t i = 0; i < table.count; i++) {
        cr_expect_eq(words_find(&table, colours[i], &value), OK);
        cr_expect_eq(value, i);
    }
    value = 99;
    static const char *const others[] = {"", "Red", "re", "redd", " red"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_expect_eq(words_find(&table, others[i], &value), ERR_INPUT);
        cr_expect_str_eq(err_detail(), "must be one of red, vermilion, blue");
        cr_expect_eq(value, 99);
    }
}

Test(words, refuses_an_item_that_is_no_text) {
    size_t value = 99;
    json_t *number = json_integer(1);
    cr_expect_eq(words_read(&table, number, &value), ERR_INPUT);
    cr_expect_eq(words_read(&table, NULL, &value), ERR_INPUT);
    cr_expect_eq(value, 99);
    json_decref(number);
}

Test(words, writes_each_word_in_the_same_width) {
    struct buf out = {0};
    for (size_t i = 0; i < table.count; i++) {
        words_put_padded(&table, i, &out);
    }
    cr_assert_str_eq(buf_str(&out), "\"red\"      \"vermilion\"\"blue\"     ");
    buf_free(&out);
}
