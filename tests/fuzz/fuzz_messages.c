// SPDX-License-Identifier: Apache-2.0
// The JSON messages of both daemons, requests and replies. The first byte chooses the message. What is read can be
// written, and what was written reads as the same again.
//
// Covers: proto/question.c proto/answers.c proto/involvement.c proto/evaluation.c proto/status.c proto/tokens.c
// Covers: proto/problem.c proto/words.c base/json.c
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "proto/answers.h"
#include "proto/evaluation.h"
#include "proto/involvement.h"
#include "proto/problem.h"
#include "proto/question.h"
#include "proto/status.h"
#include "tests/fuzz/fuzz.h"

#define SLOTS 5

typedef err_t (*round_trip)(struct bytes text, struct buf *out);

static err_t trip_question(struct bytes text, struct buf *out) {
    struct question question;
    err_t err = question_read(text, SLOTS, &question);
    if (err == OK) {
        MUST(question.count >= 1 && question.count <= MAX_CHILDREN);
        MUST(question_write(&question, out) == OK);
        question_free(&question);
    }
    return err;
}

static err_t trip_answers(struct bytes text, struct buf *out) {
    static struct answers answers;
    err_t err = answers_read(text, &answers);
    if (err == OK) {
        MUST(answers.count >= 1 && answers.count <= MAX_CHILDREN && reference_valid(answers.reference));
        MUST(answers_write(&answers, out) == OK);
    }
    return err;
}

static err_t trip_involvement_request(struct bytes text, struct buf *out) {
    struct involvement_request request;
    err_t err = involvement_request_read(text, SLOTS, &request);
    if (err == OK) {
        MUST(request.count <= MAX_CHILDREN && (request.count >= 1 || !request.ask));
        MUST(involvement_request_write(&request, out) == OK);
        involvement_request_free(&request);
    }
    return err;
}

static err_t trip_involvement_reply(struct bytes text, struct buf *out) {
    static struct involvement_reply reply;
    err_t err = involvement_reply_read(text, &reply);
    if (err == OK) {
        MUST(reply.count <= MAX_CHILDREN);
        MUST(reply.answers.count == 0 || reply.answers.count == reply.count);
        MUST(involvement_reply_write(&reply, out) == OK);
    }
    return err;
}

static err_t trip_evaluation_request(struct bytes text, struct buf *out) {
    static struct evaluation_request request;
    err_t err = evaluation_request_read(text, &request);
    if (err == OK) {
        MUST(request.count >= 1 && request.count <= MAX_ELEMENTS);
        MUST(evaluation_request_write(&request, out) == OK);
    }
    return err;
}

static err_t trip_evaluation_reply(struct bytes text, struct buf *out) {
    static struct evaluation_reply reply;
    err_t err = evaluation_reply_read(text, &reply);
    if (err == OK) {
        MUST(reply.count >= 1 && reply.count <= MAX_ELEMENTS && reply.holder >= 1 && reply.holder <= MAX_HOLDERS);
        MUST(evaluation_reply_write(&reply, out) == OK);
    }
    return err;
}

static err_t trip_key(struct bytes text, struct buf *out) {
    struct key_reply reply;
    err_t err = key_reply_read(text, &reply);
    if (err == OK) {
        MUST(key_reply_write(&reply, out) == OK);
    }
    return err;
}

static err_t trip_whoami(struct bytes text, struct buf *out) {
    struct whoami whoami;
    err_t err = whoami_read(text, &whoami);
    if (err == OK) {
        MUST(whoami_write(&whoami, out) == OK);
    }
    return err;
}

static err_t trip_scheme_status(struct bytes text, struct buf *out) {
    struct scheme_status status;
    err_t err = scheme_status_read(text, &status);
    if (err == OK) {
        MUST(scheme_status_write(&status, out) == OK);
    }
    return err;
}

// A problem document's text goes to a person's terminal.
static err_t trip_problem(struct bytes text, struct buf *out) {
    MUST(problem_read(400, text) != OK);
    for (const char *at = err_detail(); *at != '\0'; at++) {
        MUST(*at >= ' ' && *at <= '~');
    }
    for (int err = OK; err <= ERR_UNAVAILABLE; err++) {
        MUST(problem_status((err_t)err) >= 400 && problem_slug((err_t)err)[0] != '\0');
    }
    char *detail = fuzz_text(text);
    json_t *document = NULL;
    MUST(problem_write(ERR_INPUT, detail, out) == OK && json_parse(buf_bytes(out), &document) == OK);
    json_decref(document);
    free(detail);
    return ERR_REFUSED; // nothing comes back as it was
}

static const round_trip trips[] = {
    trip_question,
    trip_answers,
    trip_involvement_request,
    trip_involvement_reply,
    trip_evaluation_request,
    trip_evaluation_reply,
    trip_key,
    trip_whoami,
    trip_scheme_status,
    trip_problem,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    round_trip trip = trips[reader_u8(&input) % (sizeof trips / sizeof trips[0])];
    struct buf first = {0}, second = {0};
    if (trip(fuzz_rest(&input), &first) == OK) {
        MUST(trip(buf_bytes(&first), &second) == OK);
        MUST(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    }
    buf_free(&first);
    buf_free(&second);
    return 0;
}
