// SPDX-License-Identifier: Apache-2.0
#include "proto/witness.h"

#include <criterion/criterion.h>

#include "proto/problem.h"
#include "tests/proto/readers.h"

#define HASH "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
#define REQUEST "{\"old\":3,\"proof\":[\"" HASH "\",\"" HASH "\"],\"checkpoint\":\"demo/j\\n5\\n" HASH "\\n\\nx\"}"
#define REPLY "{\"cosignature\":\"\xe2\x80\x94 demo-holder-1 AAAA\\n\"}"
#define HEADS "{\"checkpoints\":[\"a\\n\",\"b\"]}"

static err_t reads_request(struct bytes text) {
    struct witness_request request = {.old_size = 77};
    err_t err = witness_request_read(text, &request);
    cr_assert(err == OK || request.old_size == 77);
    if (err == OK) {
        witness_request_free(&request);
    }
    return err;
}

static err_t reads_reply(struct bytes text) {
    struct buf line = {0};
    err_t err = witness_reply_read(text, &line);
    cr_assert_eq(line.len > 0, err == OK);
    buf_free(&line);
    return err;
}

static err_t reads_heads(struct bytes text) {
    struct witness_heads heads = {.count = 0};
    err_t err = witness_heads_read(text, &heads);
    witness_heads_free(&heads);
    return err;
}

Test(witness_messages, are_read_as_they_were_written) {
    struct witness_request request = {.old_size = 0};
    struct buf written = {0};
    cr_assert_eq(witness_request_read(bytes_str(REQUEST), &request), OK, "%s", err_detail());
    cr_expect_eq(request.old_size, 3);
    cr_expect_eq(request.proof.count, 2);
    cr_expect_eq(request.proof.hashes[1][31], 7);
    cr_expect_str_eq(buf_str(&request.checkpoint), "demo/j\n5\n" HASH "\n\nx");
    cr_assert_eq(witness_request_write(&request, &written), OK);
    cr_expect_str_eq(buf_str(&written), REQUEST);
    witness_request_free(&request);

    struct buf line = {0};
    buf_reset(&written);
    cr_assert_eq(witness_reply_read(bytes_str(REPLY), &line), OK, "%s", err_detail());
    cr_assert_eq(witness_reply_write(buf_bytes(&line), &written), OK);
    cr_expect_str_eq(buf_str(&written), REPLY);

    struct witness_heads heads = {.count = 0};
    buf_reset(&written);
    cr_assert_eq(witness_heads_read(bytes_str(HEADS), &heads), OK, "%s", err_detail());
    cr_expect_eq(heads.count, 2);
    cr_assert_eq(witness_heads_write(&heads, &written), OK);
    cr_expect_str_eq(buf_str(&written), HEADS);
    witness_heads_free(&heads);
    buf_free(&line);
    buf_free(&written);
}

Test(witness_messages, refuse_everything_else) {
    static const struct refusal requests[] = {
        {"\"old\":3", "\"old\":-3", "\"old\": must be a number"},
        {"\"old\":3,", "", "\"old\""},
        {"\"old\":3", "\"old\":9007199254740992", "\"old\": must be a number"},
        {"[\"BwcH", "[\"", "\"proof\", item 1"},
        {"[\"BwcH", "[3,\"BwcH", "\"proof\", item 1"},
        {"demo/j\\n", "demo/j\\r", "control characters"},
        {"}", ",\"more\":1}", "not known here"},
    };
    refuses_each(REQUEST, requests, sizeof requests / sizeof requests[0], reads_request);
    struct witness_request request;
    cr_expect_eq(witness_request_read(bytes_str("{\"old\":0,\"proof\":[],\"checkpoint\":\"\"}"), &request), ERR_INPUT);
    static const struct refusal replies[] = {
        {"AAAA\\n", "AAAA", "must be one line"},
        {"AAAA\\n", "AAAA\\n\\n", "must be one line"},
        {"\"\xe2\x80\x94 demo-holder-1 AAAA\\n\"", "\"\"", "must be one line"},
    };
    refuses_each(REPLY, replies, sizeof replies / sizeof replies[0], reads_reply);
    static const struct refusal heads[] = {
        {"\"b\"", "\"b\",\"c\",\"d\",\"e\"", "at most 4"},
        {"\"b\"", "7", "\"checkpoints\", item 2"},
        {"\"b\"", "\"\"", "an empty note"},
    };
    refuses_each(HEADS, heads, sizeof heads / sizeof heads[0], reads_heads);
}

Test(witness_messages, survive_noise) {
    survives_mutations(REQUEST, 5000, reads_request);
    survives_noise(REQUEST, reads_request);
    survives_noise(REPLY, reads_reply);
    survives_noise(HEADS, reads_heads);
}

Test(witness_messages, tell_a_conflict_with_the_known_size) {
    struct buf out = {0};
    uint64_t size = 0;
    cr_assert_eq(witness_conflict_write(1204, &out), OK);
    cr_expect_eq(problem_read(409, buf_bytes(&out)), ERR_CONFLICT);
    cr_assert_eq(witness_conflict_read(buf_bytes(&out), &size), OK);
    cr_expect_eq(size, 1204);
    cr_expect_eq(witness_conflict_read(bytes_str("{\"size\":-1}"), &size), ERR_INPUT);
    cr_expect_eq(witness_conflict_read(bytes_str("{\"status\":409}"), &size), ERR_INPUT);
    cr_expect_eq(witness_conflict_read(bytes_str("size"), &size), ERR_INPUT);
    buf_free(&out);
}
