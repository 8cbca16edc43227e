// SPDX-License-Identifier: Apache-2.0
// The calls of signpost.h that change the agency's own records.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/changes.h"
#include "client/library.h"

#define NO_RECORD "your agency has no such record under these details; nothing was changed"

struct changing { // one such call
    struct standing *standing;
    enum action action;
    bool asks;
    struct ask ask;
    const struct signpost_child *children, *was; // `was`: replace only
    size_t count;
    struct signpost_result *results;
    struct attempt attempt;
};

static void not_done(enum signpost_problem problem, const char *reason, bool asked, struct signpost_result *out) {
    *out = (struct signpost_result){.change = SIGNPOST_NOT_DONE, .problem = problem};
    snprintf(out->reason, sizeof out->reason, "%s", reason);
    if (asked) {
        reply_not_answered(problem, reason, &out->reply);
    }
}

static void not_done_all(const struct changing *changing, enum signpost_problem problem, const char *reason) {
    for (size_t i = 0; i < changing->count; i++) {
        not_done(problem, reason, changing->asks, &changing->results[i]);
    }
}

static enum signpost_change change_of(enum change_result result) {
    switch (result) {
    case RESULT_OPENED:
        return SIGNPOST_OPENED;
    case RESULT_REPLACED:
        return SIGNPOST_REPLACED;
    case RESULT_CLOSED:
        return SIGNPOST_CLOSED;
    case RESULT_WITHDRAWN:
        return SIGNPOST_WITHDRAWN;
    case RESULT_UNCHANGED:
        return SIGNPOST_UNCHANGED;
    case RESULT_RENEWED: // never the result of an action of this file
    case RESULT_NOT_FOUND:
    case RESULT_COUNT:
        break;
    }
    return SIGNPOST_NOT_DONE;
}

static void take_outcome(const struct changing *changing, const struct change_outcome *outcome,
                         const struct caseload_child *child, const struct given_note *note,
                         struct signpost_result *out) {
    struct signpost_result result = {.problem = problem_of_cause(outcome->cause)};
    result.change = result.problem == SIGNPOST_OK ? change_of(outcome->result) : SIGNPOST_NOT_DONE;
    const char *reason = outcome->cause == CAUSE_NONE ? "" : outcome->detail;
    if (result.problem == SIGNPOST_OK && result.change == SIGNPOST_NOT_DONE) {
        result.problem = SIGNPOST_NO_RECORD;
        reason = NO_RECORD;
    }
    library_join(reason, note->reason, result.reason);
    if (changing->asks) {
        reply_of_outcome(changing->standing->session, &outcome->answer, child, note, &result.reply);
    }
    *out = result;
}

static err_t send_selection(struct changing *changing, const struct given *given, const struct selection *now,
                            const struct selection *was) {
    struct change_order order = {.action = changing->action, .ask = changing->asks ? &changing->ask : NULL};
    err_t err = standing_handle_key(changing->standing, &order.handle_key);
    if (err != OK) {
        return err;
    }
    struct change_outcome *outcomes = calloc(now->count + 1, sizeof *outcomes);
    if (outcomes == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu results", now->count);
    }
    changes_send(changing->standing->session, &order, now->children, was == NULL ? NULL : was->children, now->count,
                 (struct progress){0}, outcomes);
    for (size_t i = 0; i < now->count; i++) {
        size_t place = now->place[i];
        take_outcome(changing, &outcomes[i], &now->children[i], &given->notes[place], &changing->results[place]);
        changing->attempt.done += outcomes[i].cause == CAUSE_NONE;
        standing_note(changing->standing, outcomes[i].cause);
    }
    free(outcomes);
    return OK;
}

static err_t select_and_send(struct changing *changing, const struct given *now, const struct given *was) {
    struct selection selected = {0}, selected_was = {0};
    err_t err = given_select(now, &selected);
    if (err == OK && was != NULL) {
        err = given_select(was, &selected_was);
    }
    for (size_t i = 0; i < changing->count && err == OK; i++) {
        if (now->notes[i].left_out) {
            not_done(SIGNPOST_DETAILS, now->notes[i].reason, changing->asks, &changing->results[i]);
        }
    }
    if (err == OK) {
        err = send_selection(changing, now, &selected, was == NULL ? NULL : &selected_was);
    }
    selection_free(&selected_was);
    selection_free(&selected);
    return err;
}

static err_t change_given(struct changing *changing) {
    const struct match_set *set = changing->standing->session->set;
    struct given now = {0}, was = {0};
    err_t err = given_read(set, changing->children, changing->count, true, &now);
    if (err == OK && changing->was != NULL) {
        err = given_read(set, changing->was, changing->count, false, &was);
    }
    if (err == OK) {
        given_leave_out_parts(&now);
    }
    if (err == OK && changing->was != NULL) {
        given_leave_out_parts(&was);
        given_leave_out_with(&now, &was);
        given_leave_out_with(&was, &now);
    }
    if (err == OK) {
        err = select_and_send(changing, &now, changing->was == NULL ? NULL : &was);
    }
    given_free(&was);
    given_free(&now);
    return err;
}

static void change_once(struct changing *changing) {
    changing->attempt = (struct attempt){.fresh = true};
    err_t err = standing_ready(changing->standing, &changing->attempt.fresh);
    if (err == OK) {
        err = change_given(changing);
    }
    if (err != OK) {
        struct outcome outcome;
        outcome_of_setup(err, &outcome);
        not_done_all(changing, problem_of_cause(outcome.cause), outcome.detail);
    }
}

static enum signpost_problem change_all(struct changing *changing) {
    standing_begin(changing->standing);
    change_once(changing);
    if (attempt_again(changing->standing, &changing->attempt)) {
        change_once(changing);
    }
    for (size_t i = 0; i < changing->count; i++) {
        const struct signpost_result *result = &changing->results[i];
        if (result->problem != SIGNPOST_OK) {
            return library_end(result->problem, result->reason);
        }
        if (changing->asks && result->reply.problem != SIGNPOST_OK) {
            return library_end(result->reply.problem, result->reply.reason);
        }
    }
    return library_end(SIGNPOST_OK, "");
}

static enum signpost_problem change(struct signpost *scheme, enum action action,
                                    const struct signpost_question *question, const struct signpost_child *children,
                                    const struct signpost_child *was, size_t count, struct signpost_result *results) {
    struct changing changing = {.action = action,
                                .asks = question != NULL,
                                .children = children,
                                .was = was,
                                .count = count,
                                .results = results};
    bool missing = scheme == NULL || (count > 0 && (children == NULL || (action == ACTION_REPLACE && was == NULL)));
    err_t err = missing            ? err_set(ERR_INPUT, "a missing argument")
                : question == NULL ? OK
                                   : library_question(scheme->standing, question, &changing.ask);
    if (count > 0 && results == NULL) {
        return library_end(SIGNPOST_MISUSE, "no room for the results");
    }
    if (err != OK) {
        not_done_all(&changing, SIGNPOST_MISUSE, err_detail());
        return SIGNPOST_MISUSE;
    }
    changing.standing = scheme->standing;
    return change_all(&changing);
}

enum signpost_problem signpost_register(struct signpost *scheme, const struct signpost_question *question,
                                        const struct signpost_child *children, size_t count,
                                        struct signpost_result *results) {
    return change(scheme, ACTION_OPEN, question, children, NULL, count, results);
}

enum signpost_problem signpost_replace(struct signpost *scheme, const struct signpost_child *children,
                                       const struct signpost_child *was, size_t count,
                                       struct signpost_result *results) {
    return change(scheme, ACTION_REPLACE, NULL, children, was, count, results);
}

enum signpost_problem signpost_close(struct signpost *scheme, const struct signpost_child *children, size_t count,
                                     struct signpost_result *results) {
    return change(scheme, ACTION_CLOSE, NULL, children, NULL, count, results);
}

enum signpost_problem signpost_withdraw(struct signpost *scheme, const struct signpost_child *children, size_t count,
                                        struct signpost_result *results) {
    return change(scheme, ACTION_WITHDRAW, NULL, children, NULL, count, results);
}
