// SPDX-License-Identifier: Apache-2.0
#include "proto/answers.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/proto/readers.h"

#define STORE "AQIDBAUGBwgJCgsMDQ4PEA=="
static const char valid[] = "{\"store_id\":\"" STORE "\",\"reference\":\"7G2K9-QXM4T\","
                            "\"answered_at\":\"2026-11-22T10:37:00Z\","
                            "\"answers\":[\"yes\"       ,\"no\"        ,\"previously\",\"possibly\"  ]}";

static err_t reads(struct bytes text) {
    struct answers answers;
    struct answers untouched;
    memset(&answers, 0xa5, sizeof answers);
    memset(&untouched, 0xa5, sizeof untouched);
    err_t err = answers_read(text, &answers);
    if (err != OK) {
        cr_assert(memcmp(&answers, &untouched, sizeof answers) == 0, "touched on failure");
        return err;
    }
    struct buf once = {0};
    struct buf twice = {0};
    struct answers again;
    cr_assert_eq(answers_write(&answers, &once), OK);
    cr_assert_eq(answers_read(buf_bytes(&once), &again), OK, "%s", err_detail());
    cr_assert_eq(answers_write(&again, &twice), OK);
    cr_assert(bytes_equal(buf_bytes(&once), buf_bytes(&twice)), "what was read is not what is written");
    buf_free(&once);
    buf_free(&twice);
    return OK;
}

Test(answers, are_written_as_the_protocol_shows_them) {
    struct answers answers = {.reference = "7G2K9-QXM4T",
                              .answered_at = 1795343820,
                              .count = 4,
                              .answers = {ANSWER_YES, ANSWER_NO, ANSWER_PREVIOUSLY, ANSWER_POSSIBLY}};
    for (uint8_t i = 0; i < STORE_ID_SIZE; i++) {
        answers.store_id[i] = (uint8_t)(i + 1);
    }
    struct buf out = {0};
    cr_assert_eq(answers_write(&answers, &out), OK);
    cr_assert_str_eq(buf_str(&out), valid);
    buf_free(&out);
}

Test(answers, are_read_as_they_were_written) {
    struct answers answers;
    cr_assert_eq(answers_read(bytes_str(valid), &answers), OK, "%s", err_detail());
    cr_expect_eq(answers.store_id[15], 16);
    cr_expect_str_eq(answers.reference, "7G2K9-QXM4T");
    cr_expect_eq(answers.answered_at, 1795343820);
    cr_assert_eq(answers.count, 4);
    cr_expect_eq(answers.answers[0], ANSWER_YES);
    cr_expect_eq(answers.answers[1], ANSWER_NO);
    cr_expect_eq(answers.answers[2], ANSWER_PREVIOUSLY);
    cr_expect_eq(answers.answers[3], ANSWER_POSSIBLY);
}

Test(answers, have_one_length_for_every_mix) {
    struct answers answers = {.reference = "00000-00000", .count = 4};
    size_t mixes = ANSWER_COUNT * ANSWER_COUNT * ANSWER_COUNT * ANSWER_COUNT;
    for (size_t mix = 0; mix < mixes; mix++) {
        size_t rest = mix;
        for (size_t i = 0; i < answers.count; i++, rest /= ANSWER_COUNT) {
            answers.answers[i] = (enum answer)(rest % ANSWER_COUNT);
        }
        struct buf out = {0};
        cr_assert_eq(answers_write(&answers, &out), OK);
        cr_assert_eq(out.len, strlen(valid), "mix %zu", mix);
        buf_free(&out);
    }
}

Test(answers, have_one_length_for_every_mix_of_the_largest_question) {
    size_t length = 0;
    for (int answer = ANSWER_NO; answer < ANSWER_COUNT; answer++) {
        struct answers answers = {.reference = "ZZZZZ-ZZZZZ", .answered_at = 1, .count = MAX_CHILDREN};
        for (size_t i = 0; i < MAX_CHILDREN; i++) {
            answers.answers[i] = (enum answer)(i % 3 == 0 ? ANSWER_NO : answer);
        }
        struct buf out = {0};
        cr_assert_eq(answers_write(&answers, &out), OK);
        cr_assert(length == 0 || out.len == length);
        length = out.len;
        cr_assert_eq(reads(buf_bytes(&out)), OK, "%s", err_detail());
        buf_free(&out);
    }
}

Test(answers, have_words_for_every_value_and_back) {
    for (int i = 0; i < ANSWER_COUNT; i++) {
        enum answer answer = ANSWER_COUNT;
        cr_expect_eq(answer_parse(answer_text((enum answer)i), &answer), OK);
        cr_expect_eq(answer, (enum answer)i);
    }
    enum answer answer = ANSWER_COUNT;
    cr_expect_eq(answer_parse("maybe", &answer), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "must be one of no, possibly, previously, yes");
    cr_expect_eq(answer, ANSWER_COUNT);
}

Test(answers, are_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"{\"store_id\"", "{\"store\"", "known are: store_id, reference, answered_at, answers"},
        {"\"store_id\":\"" STORE "\",", "", "\"store_id\": is missing"},
        {STORE, "AQIDBAUGBwgJCgsMDQ4P", "\"store_id\": must be 16 bytes in base64"},
        {"{\"store_id\":\"" STORE "\"", "{\"store_id\":\"" STORE "\",\"store_id\":\"" STORE "\"", "repeated"},
        {"\"reference\":\"7G2K9-QXM4T\",", "", "\"reference\": is missing"},
        {"7G2K9-QXM4T", "7g2k9-qxm4t", "\"reference\": must be of the form"},
        {"7G2K9-QXM4T", "7G2K9QXM4T", "\"reference\": must be of the form"},
        {"7G2K9-QXM4T", "7G2K9-QXM4U", "\"reference\": must be of the form"},
        {"7G2K9-QXM4T", "7G2K9-QXM4TT", "\"reference\""},
        {"\"answered_at\":\"2026-11-22T10:37:00Z\",", "", "\"answered_at\": is missing"},
        {"2026-11-22T10:37:00Z", "2026-11-22T10:37:00", "\"answered_at\": must be a time"},
        {"2026-11-22", "2026-11-31", "\"answered_at\": must be a time"},
        {",\"answers\":[\"yes\"       ,\"no\"        ,\"previously\",\"possibly\"  ]", "", "\"answers\": is missing"},
        {"[\"yes\"       ,\"no\"        ,\"previously\",\"possibly\"  ]", "[]", "\"answers\": must be 1 to 256"},
        {"[\"yes\"       ,\"no\"        ,\"previously\",\"possibly\"  ]", "\"no\"", "\"answers\": must be an array"},
        {"\"no\" ", "\"No\"", "answers[1]: must be one of"},
        {"\"possibly\"", "\"\"", "answers[3]: must be one of"},
        {"\"yes\"", "true", "answers[0]: must be one of"},
        {"]}", "]} {}", "follows the end"},
        {"{", "[", "JSON line 1"},
    };
    refuses_each(valid, rows, sizeof rows / sizeof rows[0], reads);
}

Test(answers, are_refused_when_they_are_too_many) {
    struct buf many = {0};
    buf_put(&many, valid, (size_t)(strchr(valid, '[') - valid));
    for (size_t i = 0; i <= MAX_CHILDREN; i++) {
        buf_put_str(&many, i == 0 ? "[\"no\"" : ",\"no\"");
    }
    buf_put_str(&many, "]}");
    cr_expect_eq(reads(buf_bytes(&many)), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "\"answers\": must be an array of at most 256"), "%s", err_detail());
    buf_free(&many);
}

Test(answers, survive_mutations) {
    survives_mutations(valid, 5000, reads);
    survives_noise(valid, reads);
}

Test(answers, a_reference_is_fifty_random_bits_in_its_one_form) {
    char seen[64][REFERENCE_TEXT_SIZE];
    char used[128] = {0};
    for (size_t i = 0; i < 64; i++) {
        reference_new(seen[i]);
        cr_assert(reference_valid(seen[i]), "%s", seen[i]);
        for (const char *c = seen[i]; *c != '\0'; c++) {
            used[(unsigned char)*c] = 1;
        }
        for (size_t j = 0; j < i; j++) {
            cr_assert_str_neq(seen[i], seen[j]);
        }
    }
    size_t letters = 0;
    for (size_t i = 0; i < sizeof used; i++) {
        letters += used[i] != 0;
    }
    // 640 draws leave out one of the 32 letters with a probability of 32 * (31/32)^640, about 5e-8.
    cr_expect_eq(letters, 33, "all of Crockford's letters, and the hyphen");
}

Test(answers, a_reference_has_no_other_form) {
    static const char *const others[] = {"",
                                         "7G2K9-QXM4",
                                         "7G2K9-QXM4TT",
                                         "7G2K9QXM4TT",
                                         "7G2K-9QXM4T",
                                         "7G2K9-QXM4I",
                                         "7G2K9-QXM4L",
                                         "7G2K9-QXM4O",
                                         "7G2K9-QXM4U",
                                         "7g2K9-QXM4T",
                                         "7G2K9-QXM-T",
                                         "-G2K9-QXM4T",
                                         "7G2K9 QXM4T"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_expect_not(reference_valid(others[i]), "%s", others[i]);
    }
    cr_expect(reference_valid("0123A-WXYZ9"));
}
