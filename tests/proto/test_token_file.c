// SPDX-License-Identifier: Apache-2.0
#include "proto/token_file.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/proto/readers.h"

#define ONE "\"AQIDBAUGBwgJCgsMDQ4PEA==\""  // 1, 2, ... 16
#define LAST "\"AAAAAAAAAAAAAAAAAAAAAQ==\"" // 0, ... 0, 1

static const char text[] =
    "{\"tokens_for\":\"subject-access\",\"scheme\":\"demo\",\"slots\":1,\"epochs\":[5,4],\"children\":[[" ONE "," LAST
    "]],\"records\":[],\"retired\":[{\"epoch\":3,\"children\":[[" LAST "]]},{\"epoch\":1,\"children\":[[" ONE "]]}]}\n";

static struct token_file file;

static err_t reads_for_subject_access(struct bytes given) {
    return token_file_read(given, TOKEN_FILE_SUBJECT_ACCESS, &file);
}

Test(token_file, is_read_and_written_again_with_the_tokens_of_retired_keys) {
    struct buf out = {0};
    cr_assert_eq(reads_for_subject_access(bytes_str(text)), OK, "%s", err_detail());
    cr_assert_eq(file.retired_count, 2);
    cr_expect_eq(file.retired[0].epoch, 3);
    cr_expect_eq(file.retired[0].children[0].tokens[0][15], 1);
    cr_expect_eq(file.retired[1].epoch, 1);
    cr_expect_eq(file.retired[1].children[0].tokens[0][0], 1);
    cr_assert_eq(token_file_write(&file, TOKEN_FILE_SUBJECT_ACCESS, &out), OK);
    cr_expect_str_eq(buf_str(&out), text);
    buf_free(&out);
}

Test(token_file, is_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"subject-access", "shield", "another use"},
        {"\"epoch\":3", "\"epoch\":4", "retired[0]: field \"epoch\": not before"}, // in use
        {"\"epoch\":1", "\"epoch\":3", "retired[1]: field \"epoch\": not before"},
        {"\"epoch\":1", "\"epoch\":0", "retired[1]: field \"epoch\": not before"},
        {"[[" LAST "]]", "[]", "not as many names"},
        {"[[" LAST "]]", "[[" LAST "],[" LAST "]]", "not as many names"},
        {"[[" LAST "]]", "[[" LAST "," LAST "]]", "retired[0]: children[0]: must be an array of exactly 1"},
        {"{\"epoch\":3,", "{", "retired[0]: field \"epoch\": is missing"},
    };
    refuses_each(text, rows, sizeof rows / sizeof rows[0], reads_for_subject_access);
}

Test(token_file, for_a_shield_has_no_tokens_of_retired_keys) {
    struct buf shield = replaced(text, "subject-access", "shield");
    cr_expect_eq(token_file_read(buf_bytes(&shield), TOKEN_FILE_SHIELD, &file), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "for a subject access alone"), "%s", err_detail());
    buf_free(&shield);
}
