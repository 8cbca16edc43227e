// SPDX-License-Identifier: Apache-2.0
#include "proto/evaluation.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/proto/readers.h"

#define A "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"" // 0, 1, ... 31
#define B "\"//////////////////////////////////////////8=\""
#define PROOF                                                                                                          \
    "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==\"" // 0, ... 63

static const char request_text[] = "{\"epoch\":1,\"generation\":4294967295,\"elements\":[" A "," B "]}";
static const char reply_text[] =
    "{\"holder\":16,\"epoch\":1,\"generation\":2,\"elements\":[" A "," B "],\"proof\":" PROOF "}";
static const char key_text[] = "{\"scheme\":\"demo\",\"holder\":1,\"epoch\":7,\"generation\":2,\"threshold\":3,"
                               "\"public_key\":" A ",\"descriptor_version\":9007199254740991}";

// One for each message: fails the test when a failure touches the output or when what is read is written otherwise.
#define READS(name, type, read, write)                                                                                 \
    static err_t name(struct bytes text) {                                                                             \
        struct type value;                                                                                             \
        struct type untouched;                                                                                         \
        memset(&value, 0xa5, sizeof value);                                                                            \
        memset(&untouched, 0xa5, sizeof untouched);                                                                    \
        err_t err = read(text, &value);                                                                                \
        if (err != OK) {                                                                                               \
            cr_assert(memcmp(&value, &untouched, sizeof value) == 0, "touched on failure");                            \
            return err;                                                                                                \
        }                                                                                                              \
        struct buf once = {0};                                                                                         \
        struct buf twice = {0};                                                                                        \
        struct type again;                                                                                             \
        cr_assert_eq(write(&value, &once), OK, "%s", err_detail());                                                    \
        cr_assert_eq(read(buf_bytes(&once), &again), OK, "%s", err_detail());                                          \
        cr_assert_eq(write(&again, &twice), OK);                                                                       \
        cr_assert(bytes_equal(buf_bytes(&once), buf_bytes(&twice)), "what was read is not what is written");           \
        buf_free(&once);                                                                                               \
        buf_free(&twice);                                                                                              \
        return OK;                                                                                                     \
    }
READS(reads_request, evaluation_request, evaluation_request_read, evaluation_request_write)
READS(reads_reply, evaluation_reply, evaluation_reply_read, evaluation_reply_write)
READS(reads_key, key_reply, key_reply_read, key_reply_write)

Test(evaluation, requests_are_read_and_written_again) {
    struct evaluation_request request;
    cr_assert_eq(evaluation_request_read(bytes_str(request_text), &request), OK, "%s", err_detail());
    cr_expect_eq(request.epoch, 1);
    cr_expect_eq(request.generation, 4294967295);
    cr_assert_eq(request.count, 2);
    cr_expect_eq(request.elements[0][31], 31);
    cr_expect_eq(request.elements[1][0], 0xff);
    struct buf out = {0};
    cr_assert_eq(evaluation_request_write(&request, &out), OK);
    cr_expect_str_eq(buf_str(&out), request_text);
    buf_free(&out);
}

Test(evaluation, requests_say_when_they_are_for_a_subject_access) {
    static const char text[] = "{\"epoch\":1,\"generation\":2,\"purpose\":\"subject-access\",\"elements\":[" A "]}";
    struct evaluation_request request;
    struct buf out = {0};
    cr_assert_eq(evaluation_request_read(bytes_str(request_text), &request), OK, "%s", err_detail());
    cr_expect_not(request.subject_access);
    cr_assert_eq(evaluation_request_read(bytes_str(text), &request), OK, "%s", err_detail());
    cr_expect(request.subject_access);
    cr_assert_eq(evaluation_request_write(&request, &out), OK);
    cr_expect_str_eq(buf_str(&out), text);
    buf_free(&out);
}

Test(evaluation, requests_are_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"epoch\":1,", "", "\"epoch\": is missing"},
        {"\"epoch\":1", "\"epoch\":0", "\"epoch\": must be 1 to 4294967295"},
        {"\"epoch\":1", "\"epoch\":-1", "\"epoch\": must be a number"},
        {"\"epoch\":1", "\"epoch\":1.0", "\"epoch\": must be a number"},
        {"\"epoch\":1", "\"epoch\":\"1\"", "\"epoch\": must be a number"},
        {"\"epoch\":1", "\"epoch\":01", "JSON line 1"},
        {"4294967295", "4294967296", "\"generation\": must be a number from 0 to 4294967295"},
        {"4294967295", "0", "\"generation\": must be 1 to 4294967295"},
        {"4294967295", "99999999999999999999999", "JSON line 1"},
        {"\"generation\":4294967295,", "", "\"generation\": is missing"},
        {",\"elements\":[" A "," B "]", "", "\"elements\": is missing"},
        {"[" A "," B "]", "[]", "\"elements\": must be 1 to 256"},
        {"[" A "," B "]", A, "\"elements\": must be an array"},
        {"," B, ",\"AAECAw==\"", "elements[1]: must be 32 bytes in base64"},
        {"," B, ",0", "elements[1]: must be 32 bytes in base64"},
        {"/8=", "/8", "elements[1]: must be 32 bytes in base64"},
        {"/8=", "/9=", "elements[1]: must be 32 bytes in base64"},
        {"]}", "],\"proof\":\"\"}", "known are: epoch, generation, purpose, elements"},
        {"\"elements\"", "\"purpose\":\"caseload\",\"elements\"", "\"purpose\": must be \"subject-access\", or absent"},
        {"\"elements\"", "\"purpose\":true,\"elements\"", "\"purpose\": must be a text"},
        {"]}", "]}[]", "follows the end"},
    };
    refuses_each(request_text, rows, sizeof rows / sizeof rows[0], reads_request);
}

Test(evaluation, holds_256_elements_and_no_more) {
    struct evaluation_request request = {.epoch = 1, .generation = 1, .count = MAX_ELEMENTS};
    struct buf out = {0};
    cr_assert_eq(evaluation_request_write(&request, &out), OK, "%s", err_detail());
    cr_expect_leq(out.len, MAX_BODY);
    cr_assert_eq(reads_request(buf_bytes(&out)), OK, "%s", err_detail());
    struct buf more = replaced(buf_str(&out), "[", "[" A ",");
    cr_expect_eq(reads_request(buf_bytes(&more)), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "field \"elements\": must be an array of at most 256 items");
    buf_free(&more);
    buf_free(&out);
}

Test(evaluation, requests_are_not_written_when_they_would_be_refused) {
    static const struct {
        uint64_t epoch, generation;
        size_t count;
        const char *says;
    } rows[] = {
        {0, 1, 1, "field \"epoch\": must be 1 to 4294967295"},
        {4294967296, 1, 1, "field \"epoch\": must be 1 to 4294967295"},
        {1, 0, 1, "field \"generation\": must be 1 to 4294967295"},
        {1, 1, 0, "field \"elements\": must be 1 to 256"},
        {1, 1, 257, "field \"elements\": must be 1 to 256"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct evaluation_request request = {rows[i].epoch, rows[i].generation, rows[i].count, {{0}}, false};
        struct buf out = {0};
        cr_expect_eq(evaluation_request_write(&request, &out), ERR_INPUT);
        cr_expect_str_eq(err_detail(), rows[i].says);
        cr_expect_eq(out.len, 0);
        buf_free(&out);
    }
}

Test(evaluation, replies_are_read_and_written_again) {
    struct evaluation_reply reply;
    cr_assert_eq(evaluation_reply_read(bytes_str(reply_text), &reply), OK, "%s", err_detail());
    cr_expect_eq(reply.holder, 16);
    cr_expect_eq(reply.epoch, 1);
    cr_expect_eq(reply.generation, 2);
    cr_assert_eq(reply.count, 2);
    cr_expect_eq(reply.elements[1][31], 0xff);
    cr_expect_eq(reply.proof[63], 63);
    struct buf out = {0};
    cr_assert_eq(evaluation_reply_write(&reply, &out), OK);
    cr_expect_str_eq(buf_str(&out), reply_text);
    buf_free(&out);
}

Test(evaluation, replies_are_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"holder\":16,", "", "\"holder\": is missing"},
        {"\"holder\":16", "\"holder\":0", "\"holder\": must be 1 to 16"},
        {"\"holder\":16", "\"holder\":17", "\"holder\": must be a number from 0 to 16"},
        {"\"epoch\":1", "\"epoch\":0", "\"epoch\": must be 1 to"},
        {"\"generation\":2", "\"generation\":null", "\"generation\": must be a number"},
        {"[" A "," B "]", "[]", "\"elements\": must be 1 to 256"},
        {"[" A, "[\"\"", "elements[0]: must be 32 bytes"},
        {",\"proof\":" PROOF, "", "\"proof\": is missing"},
        {PROOF, A, "\"proof\": must be 64 bytes in base64"},
        {"Pw==", "Px==", "\"proof\": must be 64 bytes in base64"},
        {"}", ",\"took_ms\":1}", "known are: holder"},
    };
    refuses_each(reply_text, rows, sizeof rows / sizeof rows[0], reads_reply);
}

Test(evaluation, replies_are_not_written_when_they_would_be_refused) {
    struct evaluation_reply reply = {.holder = 17, .epoch = 1, .generation = 1, .count = 1};
    struct buf out = {0};
    cr_expect_eq(evaluation_reply_write(&reply, &out), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "field \"holder\": must be 1 to 16");
    reply.holder = 1;
    reply.count = 257;
    cr_expect_eq(evaluation_reply_write(&reply, &out), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "field \"elements\": must be 1 to 256");
    cr_expect_eq(out.len, 0);
    buf_free(&out);
}

Test(evaluation, a_key_is_read_and_written_again) {
    struct key_reply reply;
    cr_assert_eq(key_reply_read(bytes_str(key_text), &reply), OK, "%s", err_detail());
    cr_expect_str_eq(reply.scheme, "demo");
    cr_expect_eq(reply.holder, 1);
    cr_expect_eq(reply.epoch, 7);
    cr_expect_eq(reply.generation, 2);
    cr_expect_eq(reply.threshold, 3);
    cr_expect_eq(reply.public_key[31], 31);
    cr_expect_eq(reply.descriptor_version, 9007199254740991);
    struct buf out = {0};
    cr_assert_eq(key_reply_write(&reply, &out), OK);
    cr_expect_str_eq(buf_str(&out), key_text);
    buf_free(&out);
}

Test(evaluation, a_key_may_say_when_the_one_before_is_given_up) {
    struct key_reply reply, again;
    struct buf out = {0};
    cr_assert_eq(key_reply_read(bytes_str(key_text), &reply), OK);
    cr_expect_eq(reply.previous_until, 0);
    reply.previous_until = 1795000000;
    cr_assert_eq(key_reply_write(&reply, &out), OK);
    cr_expect_not_null(strstr(buf_str(&out), ",\"previous_until\":\"2026-11-18T"), "%s", buf_str(&out));
    cr_assert_eq(key_reply_read(buf_bytes(&out), &again), OK, "%s", err_detail());
    cr_expect_eq(again.previous_until, reply.previous_until);
    buf_free(&out);
}

Test(evaluation, a_key_is_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"demo\"", "\"Demo\"", "\"scheme\": must be an id"},
        {"\"demo\"", "\"\"", "\"scheme\": must be an id"},
        {"\"demo\"", "1", "\"scheme\": must be a text"},
        {"\"holder\":1", "\"holder\":0", "\"holder\": must be 1 to 16"},
        {"\"epoch\":7", "\"epoch\":0", "\"epoch\": must be 1 to"},
        {"\"generation\":2", "\"generation\":0", "\"generation\": must be 1 to"},
        {"\"threshold\":3", "\"threshold\":0", "\"threshold\": must be 1 to 16"},
        {"\"threshold\":3", "\"threshold\":17", "\"threshold\": must be a number from 0 to 16"},
        {"\"public_key\":" A ",", "", "\"public_key\": is missing"},
        {A, PROOF, "\"public_key\": must be 32 bytes"},
        {"9007199254740991", "9007199254740992", "\"descriptor_version\": must be a number from 0 to"},
        {"9007199254740991", "0", "\"descriptor_version\": must be 1 to"},
        {"}", ",\"\":0}", "known are: scheme"},
        {"}", ",\"previous_until\":\"tomorrow\"}", "\"previous_until\": "},
    };
    refuses_each(key_text, rows, sizeof rows / sizeof rows[0], reads_key);
}

Test(evaluation, a_key_is_not_written_when_it_would_be_refused) {
    struct key_reply reply = {.scheme = "demo", .holder = 1, .epoch = 1, .generation = 1, .descriptor_version = 1};
    struct buf out = {0};
    cr_expect_eq(key_reply_write(&reply, &out), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "field \"threshold\": must be 1 to 16");
    reply.scheme[0] = '"';
    cr_expect_eq(key_reply_write(&reply, &out), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "\"scheme\": must be an id"));
    cr_expect_eq(out.len, 0);
    buf_free(&out);
}

Test(evaluation, survives_mutations) {
    survives_mutations(request_text, 4000, reads_request);
    survives_mutations(reply_text, 4000, reads_reply);
    survives_mutations(key_text, 4000, reads_key);
    survives_noise(request_text, reads_request);
    survives_noise(reply_text, reads_reply);
    survives_noise(key_text, reads_key);
}
