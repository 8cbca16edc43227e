// SPDX-License-Identifier: Apache-2.0
#include "proto/question.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/proto/readers.h"

#define SLOTS 3
#define ZERO "\"AAAAAAAAAAAAAAAAAAAAAA==\""
#define A "\"AQIDBAUGBwgJCgsMDQ4PEA==\""
#define B "\"/////////////////////w==\""
static const char valid[] = "{\"purpose\":\"assessment\",\"on_behalf_of\":\"j-smith\","
                            "\"epochs\":[1],\"children\":[[" A "," ZERO "," B "],[" ZERO "," ZERO "," A "]]}";

static err_t reads(struct bytes text) {
    struct question question;
    struct question untouched;
    memset(&question, 0xa5, sizeof question);
    memset(&untouched, 0xa5, sizeof untouched);
    err_t err = question_read(text, SLOTS, &question);
    if (err != OK) {
        cr_assert(memcmp(&question, &untouched, sizeof question) == 0, "touched on failure");
        return err;
    }
    struct buf once = {0};
    struct buf twice = {0};
    struct question again = {0};
    cr_assert_eq(question_write(&question, &once), OK, "%s", err_detail());
    cr_assert_eq(question_read(buf_bytes(&once), SLOTS, &again), OK, "%s", err_detail());
    cr_assert_eq(question_write(&again, &twice), OK);
    cr_assert(bytes_equal(buf_bytes(&once), buf_bytes(&twice)), "what was read is not what is written");
    buf_free(&once);
    buf_free(&twice);
    question_free(&again);
    question_free(&question);
    return OK;
}

Test(question, is_read_and_written_again) {
    struct question question;
    cr_assert_eq(question_read(bytes_str(valid), SLOTS, &question), OK, "%s", err_detail());
    cr_expect_eq(question.purpose, PURPOSE_ASSESSMENT);
    cr_expect_str_eq(question.on_behalf_of, "j-smith");
    cr_expect_eq(question.slots, SLOTS);
    cr_assert_eq(question.count, 2);
    cr_expect_eq(question.children[0].tokens[0][1], 2);
    cr_expect_eq(question.children[0].tokens[2][15], 0xff);
    cr_expect_eq(question.children[1].tokens[2][0], 1);
    struct buf out = {0};
    cr_assert_eq(question_write(&question, &out), OK);
    cr_expect_str_eq(buf_str(&out), valid);
    buf_free(&out);
    question_free(&question);
    cr_expect_null(question.children);
    question_free(NULL);
}

Test(question, needs_no_person) {
    struct question question;
    struct buf text = replaced(valid, ",\"on_behalf_of\":\"j-smith\"", "");
    cr_assert_eq(question_read(buf_bytes(&text), SLOTS, &question), OK, "%s", err_detail());
    cr_expect_str_eq(question.on_behalf_of, "");
    struct buf out = {0};
    cr_assert_eq(question_write(&question, &out), OK);
    cr_expect_str_eq(buf_str(&out), buf_str(&text));
    buf_free(&out);
    buf_free(&text);
    question_free(&question);
}

Test(question, has_words_for_every_purpose_and_back) {
    for (int i = 0; i < PURPOSE_COUNT; i++) {
        enum purpose purpose = PURPOSE_COUNT;
        cr_expect_eq(purpose_parse(purpose_text((enum purpose)i), &purpose), OK);
        cr_expect_eq(purpose, (enum purpose)i);
    }
    enum purpose purpose = PURPOSE_COUNT;
    cr_expect_eq(purpose_parse("curiosity", &purpose), ERR_INPUT);
    cr_expect_eq(purpose, PURPOSE_COUNT);
}

Test(question, is_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"purpose\":\"assessment\",", "", "\"purpose\": is missing"},
        {"assessment", "curiosity", "\"purpose\": must be one of early-help, assessment"},
        {"assessment", "Assessment", "\"purpose\": must be one of"},
        {"assessment", "", "\"purpose\": must be one of"},
        {"\"assessment\"", "2", "\"purpose\": must be a text"},
        {"{", "{\"purpose\":\"referral\",", "repeated"},
        {"j-smith", "", "\"on_behalf_of\": must be an id"},
        {"j-smith", "J.Smith", "\"on_behalf_of\": must be an id"},
        {"j-smith", "-smith", "\"on_behalf_of\": must be an id"},
        {"j-smith", "j\\\" ,\\\"x", "\"on_behalf_of\": must be an id"},
        {"j-smith", "a23456789-123456789-123456789-123456789-123456789-123456789-1234", "\"on_behalf_of\": must be"},
        {"\"j-smith\"", "null", "\"on_behalf_of\": must be a text"},
        {"on_behalf_of", "for", "known are: purpose, on_behalf_of, epochs, children"},
        {",\"children\":[[" A "," ZERO "," B "],[" ZERO "," ZERO "," A "]]", "", "\"children\": is missing"},
        {"[[" A "," ZERO "," B "],[" ZERO "," ZERO "," A "]]", "[]", "\"children\": must be 1 to 256"},
        {"[[" A "," ZERO "," B "],[" ZERO "," ZERO "," A "]]", "{}", "\"children\": must be an array"},
        {"[" ZERO "," ZERO "," A "]", "[" ZERO "," ZERO "," ZERO "]", "children[1]: no token"},
        {"[" A "," ZERO "," B "]", "[" ZERO "," ZERO "," ZERO "]", "children[0]: no token"},
        {"[" ZERO "," ZERO "," A "]", "[" ZERO "," A "]", "children[1]: must be an array of exactly 3 tokens"},
        {"[" ZERO "," ZERO "," A "]", "[" ZERO "," ZERO "," ZERO "," A "]", "children[1]: must be an array of exactly"},
        {"[" ZERO "," ZERO "," A "]", "null", "children[1]: must be an array of exactly"},
        {"," B "]", ",\"AQID\"]", "children[0]: slot 2: must be 16 bytes in base64"},
        {"]}", "],\"limit\":1}", "known are"},
        {"]]}", "]]}x", "follows the end"},
        {"\"epochs\":[1],", "", "\"epochs\": is missing"},
        {"\"epochs\":[1]", "\"epochs\":[]", "\"epochs\": must be 1 to 2"},
        {"\"epochs\":[1]", "\"epochs\":[1,2]", "\"epochs\": must be 1 to 2 different epochs, the newest first"},
        {"\"epochs\":[1]", "\"epochs\":[2,2]", "\"epochs\": must be 1 to 2 different"},
        {"\"epochs\":[1]", "\"epochs\":[0]", "\"epochs\": must be"},
        {"\"epochs\":[1]", "\"epochs\":[3,2,1]", "\"epochs\": must be an array of at most 2"},
        {"\"epochs\":[1]", "\"epochs\":[4294967296]", "epochs"},
        {"\"epochs\":[1]", "\"epochs\":1", "\"epochs\": must be an array"},
        {"\"epochs\":[1]", "\"epochs\":[2,1]", "children[0]: must be an array of exactly 6 tokens"},
        {"{", "", "JSON line 1"},
    };
    refuses_each(valid, rows, sizeof rows / sizeof rows[0], reads);
}

Test(question, is_refused_for_another_number_of_slots_than_the_schemes) {
    struct question question;
    cr_expect_eq(question_read(bytes_str(valid), 2, &question), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "children[0]: must be an array of exactly 2 tokens");
    cr_expect_eq(question_read(bytes_str(valid), 4, &question), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "children[0]: must be an array of exactly 4 tokens");
}

static struct buf of_children(size_t count) {
    struct buf text = {0};
    buf_put_str(&text, "{\"purpose\":\"caseload\",\"epochs\":[1],\"children\":[");
    for (size_t i = 0; i < count; i++) {
        buf_put_str(&text, i == 0 ? "[" : ",[");
        buf_put_str(&text, A "," ZERO "," B "]");
    }
    buf_put_str(&text, "]}");
    return text;
}

Test(question, holds_256_children_and_no_more) {
    struct buf most = of_children(MAX_CHILDREN);
    struct buf more = of_children(MAX_CHILDREN + 1);
    cr_expect_eq(reads(buf_bytes(&most)), OK, "%s", err_detail());
    cr_expect_eq(reads(buf_bytes(&more)), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "\"children\": must be an array of at most 256"), "%s", err_detail());
    buf_free(&most);
    buf_free(&more);
}

Test(question, of_the_greatest_size_fits_in_a_request) {
    struct question question = {
        .purpose = PURPOSE_POLICE_REPORT, .slots = MAX_SLOTS, .epochs = {2, {2, 1}}, .count = MAX_CHILDREN};
    struct buf out = {0};
    question.children = calloc(MAX_CHILDREN, sizeof question.children[0]);
    cr_assert_not_null(question.children);
    memset(question.children, 0xff, MAX_CHILDREN * sizeof question.children[0]);
    memset(question.on_behalf_of, 'a', MAX_ID);
    cr_assert_eq(question_write(&question, &out), OK, "%s", err_detail());
    cr_expect_leq(out.len, MAX_BODY);
    question_free(&question);
    buf_free(&out);
}

static void is_not_written(struct question question, const char *says) {
    struct buf out = {0};
    cr_expect_eq(question_write(&question, &out), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), says), "%s", err_detail());
    cr_expect_eq(out.len, 0);
    buf_free(&out);
}

Test(question, is_not_written_when_it_would_be_refused) {
    struct token_set children[2] = {{.tokens = {{1}}}, {.tokens = {{2}}}};
    struct token_set holed[2] = {{.tokens = {{1}}}, {.tokens = {{0}}}};
    is_not_written((struct question){.slots = 1, .epochs = token_epoch(1), .children = children},
                   "\"children\": must be 1 to 256");
    is_not_written(
        (struct question){.slots = 1, .epochs = token_epoch(1), .count = MAX_CHILDREN + 1, .children = children},
        "\"children\"");
    is_not_written((struct question){.slots = 1, .epochs = token_epoch(1), .count = 2, .children = holed},
                   "children[1]: no token");
    is_not_written(
        (struct question){
            .slots = 1, .epochs = token_epoch(1), .count = 2, .children = children, .on_behalf_of = "\",\"x\":\""},
        "\"on_behalf_of\": must be an id");
    is_not_written(
        (struct question){
            .slots = 1, .epochs = token_epoch(1), .count = 2, .children = children, .purpose = PURPOSE_COUNT},
        "\"purpose\": unknown");
}

Test(question, survives_mutations) {
    survives_mutations(valid, 5000, reads);
    survives_noise(valid, reads);
}
