// SPDX-License-Identifier: Apache-2.0
#include "proto/involvement.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/proto/readers.h"

#define SLOTS 2
#define ZERO "\"AAAAAAAAAAAAAAAAAAAAAA==\""
#define A "\"AQIDBAUGBwgJCgsMDQ4PEA==\""
#define B "\"/////////////////////w==\""
#define HANDLE "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"" // 0, 1, ... 31

#define OPEN                                                                                                           \
    "{\"action\":\"open\",\"handle\":" HANDLE ",\"tokens\":[" A "," B "],\"status\":\"previous\",\"quiet\":true}"
#define REPLACE                                                                                                        \
    "{\"action\":\"replace\",\"handle\":" HANDLE ",\"tokens\":[" A "," ZERO "],\"old_tokens\":[" ZERO "," B            \
    "],\"quiet\":true}"
#define RENEW "{\"action\":\"renew\",\"handle\":" HANDLE ",\"tokens\":[" ZERO "," B "]}"
#define CLOSE "{\"action\":\"close\",\"handle\":" HANDLE ",\"tokens\":[" A "," B "]}"
#define WITHDRAW "{\"action\":\"withdraw\",\"handle\":" HANDLE ",\"tokens\":[" A "," A "]}"
#define QUESTION "\"question\":{\"purpose\":\"caseload\",\"on_behalf_of\":\"j-smith\"}"

static const char valid[] =
    "{\"epochs\":[1],\"changes\":[" OPEN "," REPLACE "," RENEW "," CLOSE "," WITHDRAW "]," QUESTION "}";

static err_t reads(struct bytes text) {
    struct involvement_request request;
    struct involvement_request untouched;
    memset(&request, 0xa5, sizeof request);
    memset(&untouched, 0xa5, sizeof untouched);
    err_t err = involvement_request_read(text, SLOTS, &request);
    if (err != OK) {
        cr_assert(memcmp(&request, &untouched, sizeof request) == 0, "touched on failure");
        return err;
    }
    struct buf once = {0};
    struct buf twice = {0};
    struct involvement_request again = {0};
    cr_assert_eq(involvement_request_write(&request, &once), OK, "%s", err_detail());
    cr_assert_eq(involvement_request_read(buf_bytes(&once), SLOTS, &again), OK, "%s", err_detail());
    cr_assert_eq(involvement_request_write(&again, &twice), OK);
    cr_assert(bytes_equal(buf_bytes(&once), buf_bytes(&twice)), "what was read is not what is written");
    buf_free(&once);
    buf_free(&twice);
    involvement_request_free(&again);
    involvement_request_free(&request);
    return OK;
}

Test(involvement, requests_are_read_and_written_again) {
    struct involvement_request request;
    cr_assert_eq(involvement_request_read(bytes_str(valid), SLOTS, &request), OK, "%s", err_detail());
    cr_expect(request.ask);
    cr_expect_eq(request.purpose, PURPOSE_CASELOAD);
    cr_expect_str_eq(request.on_behalf_of, "j-smith");
    cr_expect_eq(request.slots, SLOTS);
    cr_assert_eq(request.count, 5);
    for (int i = 0; i < ACTION_COUNT; i++) {
        cr_expect_eq(request.changes[i].action, (enum action)i);
        cr_expect_eq(request.changes[i].handle[31], 31);
        cr_expect_eq(request.changes[i].previous, i == ACTION_OPEN);
        cr_expect_eq(request.changes[i].quiet, i == ACTION_OPEN || i == ACTION_REPLACE);
    }
    cr_expect_eq(request.changes[1].tokens.tokens[0][0], 1);
    cr_expect_eq(request.changes[1].old_tokens.tokens[0][0], 0);
    cr_expect_eq(request.changes[1].old_tokens.tokens[1][0], 0xff);
    struct buf out = {0};
    cr_assert_eq(involvement_request_write(&request, &out), OK);
    cr_expect_str_eq(buf_str(&out), valid);
    buf_free(&out);
    involvement_request_free(&request);
    cr_expect_null(request.changes);
    involvement_request_free(NULL);
}

Test(involvement, a_request_need_not_ask) {
    struct involvement_request request;
    cr_assert_eq(involvement_request_read(bytes_str("{\"epochs\":[1],\"changes\":[" CLOSE "]}"), SLOTS, &request), OK);
    cr_expect_not(request.ask);
    struct buf out = {0};
    cr_assert_eq(involvement_request_write(&request, &out), OK);
    cr_expect_str_eq(buf_str(&out), "{\"epochs\":[1],\"changes\":[" CLOSE "]}");
    buf_free(&out);
    involvement_request_free(&request);
}

Test(involvement, a_request_may_say_that_all_has_moved) {
    static const char text[] = "{\"epochs\":[2,1],\"moved\":true,\"changes\":[]}";
    struct involvement_request request;
    struct buf out = {0};
    cr_assert_eq(involvement_request_read(bytes_str(text), SLOTS, &request), OK, "%s", err_detail());
    cr_expect(request.moved);
    cr_expect_eq(request.epochs.count, 2);
    cr_expect_eq(request.epochs.numbers[1], 1);
    cr_assert_eq(involvement_request_write(&request, &out), OK);
    cr_expect_str_eq(buf_str(&out), text);
    buf_free(&out);
    involvement_request_free(&request);
}

Test(involvement, what_goes_without_saying_may_be_said) {
    struct involvement_request request;
    struct buf text = replaced("{\"epochs\":[1],\"changes\":[" OPEN "]}", "\"previous\",\"quiet\":true",
                               "\"current\",\"quiet\":false");
    cr_assert_eq(involvement_request_read(buf_bytes(&text), SLOTS, &request), OK, "%s", err_detail());
    cr_expect_not(request.changes[0].previous);
    cr_expect_not(request.changes[0].quiet);
    buf_free(&text);
    involvement_request_free(&request);
}

Test(involvement, requests_are_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"changes\":[" OPEN "," REPLACE "," RENEW "," CLOSE "," WITHDRAW "],", "", "\"changes\": is missing"},
        {"[" OPEN "," REPLACE "," RENEW "," CLOSE "," WITHDRAW "]", "[]", "\"changes\": must be 1 to 256"}, // it asks
        {"[" OPEN "," REPLACE "," RENEW "," CLOSE "," WITHDRAW "]", "1", "\"changes\": must be an array"},
        {OPEN, "7", "changes[0]: must be an object"},
        {"\"action\":\"open\",", "", "changes[0]: field \"action\": is missing"},
        {"\"open\"", "\"reopen\"",
         "changes[0]: field \"action\": must be one of open, replace, renew, close, withdraw"},
        {"\"handle\":" HANDLE ",", "", "changes[0]: field \"handle\": is missing"},
        {HANDLE, A, "changes[0]: field \"handle\": must be 32 bytes in base64"},
        {"\"tokens\":[" A "," B "],", "", "changes[0]: field \"tokens\": is missing"},
        {"\"tokens\":[" ZERO "," B "]", "\"tokens\":[" ZERO "," ZERO "]", "changes[2]: tokens: no token"},
        {"\"tokens\":[" ZERO "," B "]", "\"tokens\":[" B "]", "changes[2]: tokens: must be an array of exactly 2"},
        {"\"tokens\":[" ZERO "," B "]", "\"tokens\":[\"\"," B "]", "changes[2]: tokens: slot 0: must be 16 bytes"},
        {",\"old_tokens\":[" ZERO "," B "]", "", "changes[1]: field \"old_tokens\": is missing, and replace needs it"},
        {"\"old_tokens\":[" ZERO "," B "]", "\"old_tokens\":[" ZERO "," ZERO "]", "changes[1]: old_tokens: no token"},
        {"\"old_tokens\":[" ZERO "," B "]", "\"old_tokens\":[" B "]", "changes[1]: old_tokens: must be an array of"},
        {"\"open\",", "\"open\",\"old_tokens\":[" A "," B "],", "changes[0]: field \"old_tokens\": not with open"},
        {"\"renew\",", "\"renew\",\"old_tokens\":[" A "," B "],", "changes[2]: field \"old_tokens\": not with renew"},
        {"\"close\",", "\"close\",\"old_tokens\":[" A "," B "],", "changes[3]: field \"old_tokens\": not with close"},
        {"\"withdraw\",", "\"withdraw\",\"old_tokens\":[" A "," B "],", "changes[4]: field \"old_tokens\": not with"},
        {"\"replace\",", "\"replace\",\"status\":\"current\",", "changes[1]: field \"status\": not with replace"},
        {"\"renew\",", "\"renew\",\"status\":\"current\",", "changes[2]: field \"status\": not with renew"},
        {"\"close\",", "\"close\",\"status\":\"previous\",", "changes[3]: field \"status\": not with close"},
        {"\"withdraw\",", "\"withdraw\",\"status\":\"current\",", "changes[4]: field \"status\": not with withdraw"},
        {"\"renew\",", "\"renew\",\"quiet\":false,", "changes[2]: field \"quiet\": not with renew"},
        {"\"close\",", "\"close\",\"quiet\":true,", "changes[3]: field \"quiet\": not with close"},
        {"\"withdraw\",", "\"withdraw\",\"quiet\":true,", "changes[4]: field \"quiet\": not with withdraw"},
        {"\"previous\"", "\"past\"", "changes[0]: field \"status\": must be one of current, previous"},
        {"\"quiet\":true", "\"quiet\":1", "changes[0]: field \"quiet\": must be true or false"},
        {"\"quiet\":true", "\"quiet\":null", "changes[0]: field \"quiet\": must be true or false"},
        {"\"quiet\":true", "\"silent\":true", "changes[0]: a field that is not known here"},
        {"\"caseload\"", "\"any\"", "\"question\": field \"purpose\": must be one of"},
        {"\"purpose\":\"caseload\",", "", "\"question\": field \"purpose\": is missing"},
        {"\"j-smith\"", "\"J\"", "\"question\": field \"on_behalf_of\": must be an id"},
        {"\"on_behalf_of\"", "\"whom\"", "\"question\": a field that is not known here"},
        {"{\"purpose\":\"caseload\",\"on_behalf_of\":\"j-smith\"}", "true", "\"question\": must be an object"},
        {"}}", "},\"dry_run\":true}", "known are: epochs, moved, changes, question"},
        {"\"epochs\":[1],", "", "\"epochs\": is missing"},
        {"\"epochs\":[1]", "\"epochs\":[2,1]", "changes[0]: tokens: must be an array of exactly 4 tokens"},
        {"\"epochs\":[1]", "\"epochs\":[1],\"moved\":1", "\"moved\": must be true or false"},
        {"}}", "}},", "follows the end"},
    };
    refuses_each(valid, rows, sizeof rows / sizeof rows[0], reads);
}

Test(involvement, a_request_holds_256_changes_of_the_greatest_size_and_no_more) {
    struct involvement_request request = {
        .ask = true, .slots = MAX_SLOTS, .epochs = {2, {2, 1}}, .count = MAX_CHILDREN};
    request.changes = calloc(MAX_CHILDREN + 1, sizeof request.changes[0]);
    cr_assert_not_null(request.changes);
    for (size_t i = 0; i <= MAX_CHILDREN; i++) {
        request.changes[i].action = ACTION_REPLACE;
        request.changes[i].quiet = true;
        memset(&request.changes[i].tokens, 0xff, sizeof request.changes[i].tokens);
        memset(&request.changes[i].old_tokens, 0xff, sizeof request.changes[i].old_tokens);
    }
    struct buf out = {0};
    struct involvement_request again;
    cr_assert_eq(involvement_request_write(&request, &out), OK, "%s", err_detail());
    cr_expect_leq(out.len, MAX_BODY);
    cr_assert_eq(involvement_request_read(buf_bytes(&out), MAX_SLOTS, &again), OK, "%s", err_detail());
    cr_expect_eq(again.count, MAX_CHILDREN);
    involvement_request_free(&again);
    buf_reset(&out);
    request.count = MAX_CHILDREN + 1;
    cr_expect_eq(involvement_request_write(&request, &out), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "field \"changes\": must be 1 to 256");
    involvement_request_free(&request);
    buf_free(&out);
}

Test(involvement, a_request_of_257_changes_is_refused) {
    struct buf text = {0};
    buf_put_str(&text, "{\"epochs\":[1],\"changes\":[" CLOSE);
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        buf_put_str(&text, "," CLOSE);
    }
    buf_put_str(&text, "]}");
    cr_expect_eq(reads(buf_bytes(&text)), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "field \"changes\": must be an array of at most 256 items");
    buf_free(&text);
}

static void is_not_written(struct change change, const char *says) {
    struct involvement_request request = {.slots = 1, .epochs = token_epoch(1), .count = 1, .changes = &change};
    struct buf out = {0};
    cr_expect_eq(involvement_request_write(&request, &out), ERR_INPUT);
    cr_expect_str_eq(err_detail(), says);
    cr_expect_eq(out.len, 0);
    buf_free(&out);
}

Test(involvement, a_request_is_not_written_when_it_would_be_refused) {
    const struct token_set some = {.tokens = {{1}}};
    is_not_written((struct change){.action = ACTION_OPEN}, "changes[0]: tokens: no token");
    is_not_written((struct change){.action = ACTION_REPLACE, .tokens = some}, "changes[0]: old_tokens: no token");
    is_not_written((struct change){.action = ACTION_COUNT, .tokens = some}, "changes[0]: field \"action\": unknown");
    is_not_written((struct change){.action = ACTION_CLOSE, .tokens = some, .previous = true},
                   "changes[0]: field \"status\": not with close");
    is_not_written((struct change){.action = ACTION_RENEW, .tokens = some, .quiet = true},
                   "changes[0]: field \"quiet\": not with renew");
    struct change good = {.action = ACTION_OPEN, .tokens = some};
    struct involvement_request request = {
        .ask = true, .on_behalf_of = "No Id", .slots = 1, .epochs = token_epoch(1), .count = 1, .changes = &good};
    struct buf out = {0};
    cr_expect_eq(involvement_request_write(&request, &out), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "\"on_behalf_of\": must be an id"));
    request.on_behalf_of[0] = '\0';
    request.count = 0;
    cr_expect_eq(involvement_request_write(&request, &out), ERR_INPUT);
    cr_expect_str_eq(err_detail(), "field \"changes\": must be 1 to 256");
    cr_expect_eq(out.len, 0);
    buf_free(&out);
}

Test(involvement, requests_survive_mutations) {
    survives_mutations(valid, 5000, reads);
    survives_mutations("{\"epochs\":[1],\"changes\":[" REPLACE "]}", 3000, reads);
    survives_noise(valid, reads);
}

#define STORE "AQIDBAUGBwgJCgsMDQ4PEA=="
#define RESULTS "[\"opened\"   ,\"not-found\"]"
#define ANSWERED                                                                                                       \
    "\"reference\":\"7G2K9-QXM4T\",\"answered_at\":\"2026-11-22T10:37:00Z\",\"answers\":[\"yes\"       "               \
    ",\"previously\"]"
static const char valid_reply[] = "{\"store_id\":\"" STORE "\",\"results\":" RESULTS "," ANSWERED "}";

static err_t reads_reply(struct bytes text) {
    struct involvement_reply reply;
    struct involvement_reply untouched;
    memset(&reply, 0xa5, sizeof reply);
    memset(&untouched, 0xa5, sizeof untouched);
    err_t err = involvement_reply_read(text, &reply);
    if (err != OK) {
        cr_assert(memcmp(&reply, &untouched, sizeof reply) == 0, "touched on failure");
        return err;
    }
    struct buf once = {0};
    struct buf twice = {0};
    struct involvement_reply again;
    cr_assert_eq(involvement_reply_write(&reply, &once), OK);
    cr_assert_eq(involvement_reply_read(buf_bytes(&once), &again), OK, "%s", err_detail());
    cr_assert_eq(involvement_reply_write(&again, &twice), OK);
    cr_assert(bytes_equal(buf_bytes(&once), buf_bytes(&twice)), "what was read is not what is written");
    buf_free(&once);
    buf_free(&twice);
    return OK;
}

Test(involvement, replies_are_read_and_written_again) {
    struct involvement_reply reply;
    cr_assert_eq(involvement_reply_read(bytes_str(valid_reply), &reply), OK, "%s", err_detail());
    cr_expect_eq(reply.count, 2);
    cr_expect_eq(reply.results[0], RESULT_OPENED);
    cr_expect_eq(reply.results[1], RESULT_NOT_FOUND);
    cr_expect_eq(reply.answers.count, 2);
    cr_expect_eq(reply.answers.answers[1], ANSWER_PREVIOUSLY);
    cr_expect_eq(reply.answers.store_id[0], 1);
    cr_expect_str_eq(reply.answers.reference, "7G2K9-QXM4T");
    struct buf out = {0};
    cr_assert_eq(involvement_reply_write(&reply, &out), OK);
    cr_expect_str_eq(buf_str(&out), valid_reply);
    buf_free(&out);
}

Test(involvement, a_reply_to_no_question_has_no_answers) {
    const char *text = "{\"store_id\":\"" STORE "\",\"results\":" RESULTS "}";
    struct involvement_reply reply;
    cr_assert_eq(involvement_reply_read(bytes_str(text), &reply), OK, "%s", err_detail());
    cr_expect_eq(reply.answers.count, 0);
    struct buf out = {0};
    cr_assert_eq(involvement_reply_write(&reply, &out), OK);
    cr_expect_str_eq(buf_str(&out), text);
    buf_free(&out);
}

Test(involvement, nothing_may_have_changed_unless_something_is_asked) {
    struct involvement_request request = {.slots = SLOTS, .epochs = token_epoch(1)}, again;
    struct involvement_reply reply = {0}, read;
    struct buf out = {0};
    cr_assert_eq(involvement_request_write(&request, &out), OK, "%s", err_detail());
    cr_expect_str_eq(buf_str(&out), "{\"epochs\":[1],\"changes\":[]}");
    cr_assert_eq(involvement_request_read(buf_bytes(&out), SLOTS, &again), OK, "%s", err_detail());
    cr_expect_eq(again.count, 0);
    involvement_request_free(&again);
    buf_reset(&out);
    cr_assert_eq(involvement_reply_write(&reply, &out), OK);
    cr_assert_eq(involvement_reply_read(buf_bytes(&out), &read), OK, "%s", err_detail());
    cr_expect_eq(read.count, 0);
    cr_expect_eq(read.answers.count, 0);
    buf_free(&out);
}

Test(involvement, replies_have_one_length_for_every_mix) {
    struct involvement_reply reply = {.answers = {.reference = "00000-00000", .count = 2}, .count = 2};
    for (size_t mix = 0; mix < (size_t)RESULT_COUNT * RESULT_COUNT * ANSWER_COUNT * ANSWER_COUNT; mix++) {
        size_t rest = mix;
        for (size_t i = 0; i < 2; i++) {
            reply.results[i] = (enum change_result)(rest % RESULT_COUNT);
            rest /= RESULT_COUNT;
            reply.answers.answers[i] = (enum answer)(rest % ANSWER_COUNT);
            rest /= ANSWER_COUNT;
        }
        struct buf out = {0};
        cr_assert_eq(involvement_reply_write(&reply, &out), OK);
        cr_assert_eq(out.len, strlen(valid_reply), "mix %zu", mix);
        buf_free(&out);
    }
}

Test(involvement, replies_are_refused_when_any_part_is_wrong) {
    static const struct refusal rows[] = {
        {"\"store_id\":\"" STORE "\",", "", "\"store_id\": is missing"},
        {STORE, "AQID", "\"store_id\": must be 16 bytes"},
        {"\"results\":" RESULTS ",", "", "\"results\": is missing"},
        {RESULTS, "[]", "\"answers\": not as many as results"},
        {RESULTS, "[\"opened\"]", "\"answers\": not as many as results"},
        {"\"not-found\"", "\"lost\"", "results[1]: must be one of opened, replaced"},
        {"\"opened\"", "0", "results[0]: must be one of"},
        {"\"reference\":\"7G2K9-QXM4T\",", "", "reference, answered_at and answers: one is missing"},
        {"\"answered_at\":\"2026-11-22T10:37:00Z\",", "", "reference, answered_at and answers: one is missing"},
        {",\"answers\":[\"yes\"       ,\"previously\"]", "", "reference, answered_at and answers: one is missing"},
        {"7G2K9-QXM4T", "7G2K9_QXM4T", "\"reference\": must be of the form"},
        {"10:37:00Z", "24:37:00Z", "\"answered_at\": must be a time"},
        {"[\"yes\" ", "[\"yes\",\"no\"", "\"answers\": not as many as results"},
        {"\"yes\"", "\"perhaps\"", "answers[0]: must be one of"},
        {"]}", "],\"more\":0}", "known are: store_id, results"},
    };
    refuses_each(valid_reply, rows, sizeof rows / sizeof rows[0], reads_reply);
}

Test(involvement, replies_survive_mutations) {
    survives_mutations(valid_reply, 5000, reads_reply);
    survives_noise(valid_reply, reads_reply);
}

Test(involvement, has_words_for_every_action_and_result) {
    static const char *const actions[] = {"open", "replace", "renew", "close", "withdraw"};
    static const char *const results[] = {"opened",    "replaced",  "renewed",  "closed",
                                          "withdrawn", "unchanged", "not-found"};
    for (int i = 0; i < ACTION_COUNT; i++) {
        cr_expect_str_eq(action_text((enum action)i), actions[i]);
    }
    for (int i = 0; i < RESULT_COUNT; i++) {
        cr_expect_str_eq(change_result_text((enum change_result)i), results[i]);
    }
}
