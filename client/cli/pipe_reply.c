// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "client/cli/pipe.h"
#include "client/cli/pipe_request.h"
#include "proto/problem.h"

#define MESSAGE_SIZE 1024

// The members of a problem document but for its HTTP status.
static json_t *problem_json(err_t err, const char *detail) {
    struct buf text = {0};
    json_t *problem = NULL;
    if (problem_write(err, detail, &text) != OK || json_parse(buf_bytes(&text), &problem) != OK) {
        problem = NULL;
    }
    (void)json_object_del(problem, "status");
    buf_free(&text);
    return problem;
}

static json_t *error_reply(json_t *id, err_t err, const char *detail) {
    return json_pack("{s:O, s:o}", "id", id, "error", problem_json(err, detail));
}

// What a problem of the library is called in the protocol.
static err_t err_of_problem(enum signpost_problem problem) {
    static const struct {
        enum signpost_problem problem;
        err_t err;
    } rows[] = {
        {SIGNPOST_MISUSE, ERR_INPUT},   {SIGNPOST_DETAILS, ERR_INPUT}, {SIGNPOST_DENIED, ERR_DENIED},
        {SIGNPOST_OUTDATED, ERR_STALE}, {SIGNPOST_BUDGET, ERR_BUDGET},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].problem == problem) {
            return rows[i].err;
        }
    }
    return ERR_UNAVAILABLE;
}

static json_t *text_or_null(const char *text) {
    return text[0] == '\0' ? json_null() : json_string(text);
}

// Appends to the array `name` of the reply, which is made at the first item.
static bool put_item(json_t *reply, const char *name, json_t *item) {
    json_t *array = json_object_get(reply, name);
    if (array == NULL && json_object_set_new(reply, name, json_array()) == 0) {
        array = json_object_get(reply, name);
    }
    return json_array_append_new(array, item) == 0;
}

static bool put_answer(json_t *reply, const struct signpost_reply *answer) {
    char message[MESSAGE_SIZE];
    (void)signpost_message(answer, message, sizeof message);
    return put_item(reply, "answers", json_string(signpost_answer_text(answer->answer))) &&
           put_item(reply, "messages", json_string(message));
}

// A line is one question: what the index gave a reference was all asked under it. NULL: nothing was.
static bool put_question(json_t *reply, const struct signpost_reply *asked) {
    json_t *feeds =
        asked == NULL || asked->feeds_total == 0
            ? json_null()
            : json_pack("{s:I, s:I}", "fresh", (json_int_t)asked->feeds_fresh, "total", (json_int_t)asked->feeds_total);
    return json_object_set_new(reply, "reference", text_or_null(asked == NULL ? "" : asked->reference)) == 0 &&
           json_object_set_new(reply, "answered_at", asked == NULL ? json_null() : json_time(asked->answered_at)) ==
               0 &&
           json_object_set_new(reply, "feeds", feeds) == 0;
}

static const struct signpost_reply *asked_of(const struct signpost_reply *reply) {
    return reply->reference[0] != '\0' ? reply : NULL;
}

static json_t *whole_or_null(json_t *reply, bool whole) {
    if (!whole) {
        json_decref(reply);
    }
    return whole ? reply : NULL;
}

static json_t *answers_json(json_t *id, const struct signpost_reply *replies, size_t count) {
    const struct signpost_reply *asked = NULL;
    json_t *reply = json_pack("{s:O}", "id", id);
    bool all = reply != NULL;
    for (size_t i = 0; i < count && all; i++) {
        asked = asked == NULL ? asked_of(&replies[i]) : asked;
        all = put_answer(reply, &replies[i]) && put_item(reply, "reasons", text_or_null(replies[i].reason));
    }
    return whole_or_null(reply, all && put_question(reply, asked));
}

static json_t *results_json(json_t *id, const struct signpost_result *results, size_t count, bool with_answers) {
    const struct signpost_reply *asked = NULL;
    json_t *reply = json_pack("{s:O}", "id", id);
    bool all = reply != NULL;
    for (size_t i = 0; i < count && all; i++) {
        asked = asked == NULL ? asked_of(&results[i].reply) : asked;
        all = put_item(reply, "results", json_string(signpost_change_text(results[i].change))) &&
              put_item(reply, "reasons", text_or_null(results[i].reason)) &&
              (!with_answers || put_answer(reply, &results[i].reply));
    }
    return whole_or_null(reply, all && (!with_answers || put_question(reply, asked)));
}

// OK: pipe->scheme is open.
static enum signpost_problem need_scheme(struct pipe *pipe) {
    return pipe->scheme != NULL ? SIGNPOST_OK : signpost_open(NULL, &pipe->scheme);
}

static void fail_reply(enum signpost_problem problem, struct signpost_reply *out) {
    *out = (struct signpost_reply){.problem = problem};
    strncpy(out->reason, signpost_reason(), sizeof out->reason - 1);
}

static json_t *ask(struct pipe *pipe, const struct pipe_request *request) {
    struct signpost_reply *replies = calloc(request->count, sizeof *replies);
    json_t *reply = NULL;
    if (replies == NULL) {
        return NULL;
    }
    enum signpost_problem closed = need_scheme(pipe);
    enum signpost_problem problem = SIGNPOST_OK;
    if (closed == SIGNPOST_OK) {
        problem = signpost_ask(pipe->scheme, &request->question, request->children, request->count, replies);
    }
    for (size_t i = 0; i < request->count && closed != SIGNPOST_OK; i++) {
        fail_reply(closed, &replies[i]);
    }
    reply = problem == SIGNPOST_MISUSE ? error_reply(request->id, ERR_INPUT, signpost_reason())
                                       : answers_json(request->id, replies, request->count);
    free(replies);
    return reply;
}

static enum signpost_problem send_change(struct signpost *scheme, const struct pipe_request *request,
                                         struct signpost_result *results) {
    bool asked = request->question.purpose != NULL;
    switch (request->verb) {
    case PIPE_REGISTER:
        return signpost_register(scheme, asked ? &request->question : NULL, request->children, request->count, results);
    case PIPE_REPLACE:
        return signpost_replace(scheme, request->children, request->was, request->count, results);
    case PIPE_CLOSE:
        return signpost_close(scheme, request->children, request->count, results);
    case PIPE_WITHDRAW:
        return signpost_withdraw(scheme, request->children, request->count, results);
    case PIPE_ASK:
    case PIPE_WHOAMI:
        break;
    }
    return SIGNPOST_MISUSE;
}

static json_t *change(struct pipe *pipe, const struct pipe_request *request) {
    bool asked = request->question.purpose != NULL;
    if (!asked && request->question.on_behalf_of != NULL) {
        return error_reply(request->id, ERR_INPUT, "field \"on_behalf_of\" goes with \"purpose\"");
    }
    struct signpost_result *results = calloc(request->count, sizeof *results);
    if (results == NULL) {
        return NULL;
    }
    enum signpost_problem closed = need_scheme(pipe);
    enum signpost_problem problem = closed == SIGNPOST_OK ? send_change(pipe->scheme, request, results) : SIGNPOST_OK;
    for (size_t i = 0; i < request->count && closed != SIGNPOST_OK; i++) {
        fail_reply(closed, &results[i].reply);
        memcpy(results[i].reason, results[i].reply.reason, sizeof results[i].reason);
    }
    json_t *reply = problem == SIGNPOST_MISUSE ? error_reply(request->id, ERR_INPUT, signpost_reason())
                                               : results_json(request->id, results, request->count, asked);
    free(results);
    return reply;
}

static json_t *whoami(struct pipe *pipe, const struct pipe_request *request) {
    struct signpost_identity who;
    enum signpost_problem problem = need_scheme(pipe);
    if (problem == SIGNPOST_OK) {
        problem = signpost_whoami(pipe->scheme, &who);
    }
    if (problem != SIGNPOST_OK) {
        return error_reply(request->id, err_of_problem(problem), signpost_reason());
    }
    return json_pack("{s:O, s:s, s:s, s:o, s:o, s:o, s:o}", "id", request->id, "identity", who.identity, "roles",
                     who.roles, "time", json_time(who.time), "certificate_expires", json_time(who.certificate_expires),
                     "entry_expires", json_time(who.entry_expires), "roster_expires", json_time(who.roster_expires));
}

static json_t *run(struct pipe *pipe, const struct pipe_request *request) {
    switch (request->verb) {
    case PIPE_ASK:
        return ask(pipe, request);
    case PIPE_WHOAMI:
        return whoami(pipe, request);
    case PIPE_REGISTER:
    case PIPE_REPLACE:
    case PIPE_CLOSE:
    case PIPE_WITHDRAW:
        break;
    }
    return change(pipe, request);
}

static err_t write_reply(json_t *reply, struct buf *out) {
    err_t err = reply == NULL ? err_set(ERR_MEMORY, "no memory for a reply") : json_write(reply, false, out);
    json_decref(reply);
    return err;
}

err_t pipe_reply(struct pipe *pipe, struct bytes line, struct buf *out) {
    struct pipe_request request;
    err_t err = pipe_request_read(line, &request);
    json_t *reply = err == OK ? run(pipe, &request) : error_reply(request.id, err, err_detail());
    pipe_request_free(&request);
    return write_reply(reply, out);
}

err_t pipe_refuse(err_t why, const char *detail, struct buf *out) {
    return write_reply(error_reply(json_null(), why, detail), out);
}
