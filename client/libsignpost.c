// SPDX-License-Identifier: Apache-2.0
#include "client/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/whoami.h"
#include "proto/urn.h"

#define TIMEOUT_MS 15000
#define TIMEOUT_LEAST_MS 100
#define TIMEOUT_MOST_MS 600000

enum signpost_problem problem_of_cause(enum cause cause) {
    switch (cause) {
    case CAUSE_NONE:
        return SIGNPOST_OK;
    case CAUSE_DETAILS:
        return SIGNPOST_DETAILS;
    case CAUSE_SETUP:
        return SIGNPOST_SETUP;
    case CAUSE_OUTDATED:
        return SIGNPOST_OUTDATED;
    case CAUSE_HOLDERS:
        return SIGNPOST_HOLDERS;
    case CAUSE_INDEX:
        return SIGNPOST_INDEX;
    case CAUSE_CERTIFICATE:
        return SIGNPOST_CERTIFICATE;
    case CAUSE_DENIED:
        return SIGNPOST_DENIED;
    case CAUSE_BUDGET:
        return SIGNPOST_BUDGET;
    case CAUSE_CARD:
        return SIGNPOST_CARD;
    case CAUSE_CANARIES:
        return SIGNPOST_CANARIES;
    }
    return SIGNPOST_SETUP;
}

enum signpost_problem library_end(enum signpost_problem problem, const char *reason) {
    (void)err_set(problem == SIGNPOST_OK ? OK : ERR_UNAVAILABLE, "%s", reason);
    return problem;
}

const char *signpost_reason(void) {
    return err_detail();
}

static enum signpost_problem misuse(const char *reason) {
    return library_end(SIGNPOST_MISUSE, reason);
}

// The present error of opening, loading or reading.
static enum signpost_problem end_setup(err_t err) {
    struct outcome outcome;
    outcome_of_setup(err, &outcome);
    return library_end(problem_of_cause(outcome.cause), outcome.detail);
}

// Opened at once, so that whatever is wrong with the files is found before anybody types a name.
static enum signpost_problem open_standing(struct standing *standing, struct signpost **out) {
    struct signpost *scheme = calloc(1, sizeof *scheme);
    bool fresh = false;
    err_t err = scheme == NULL ? err_set(ERR_MEMORY, "no memory for a scheme") : standing_ready(standing, &fresh);
    if (err != OK) {
        enum signpost_problem problem = end_setup(err);
        standing_free(standing);
        free(scheme);
        return problem;
    }
    scheme->standing = standing;
    *out = scheme;
    return library_end(SIGNPOST_OK, "");
}

enum signpost_problem signpost_open(const char *config_file, struct signpost **out) {
    struct standing *standing = NULL;
    if (out == NULL) {
        return misuse("signpost_open: no room for the result");
    }
    err_t err = standing_of_file(config_file, &standing);
    return err == OK ? open_standing(standing, out) : end_setup(err);
}

// A text that must be there, or may be absent; false when it is missing or there is no memory.
static bool copy_text(const char *text, bool required, char **out) {
    *out = text == NULL || text[0] == '\0' ? NULL : strdup(text);
    return *out != NULL || (!required && (text == NULL || text[0] == '\0'));
}

static bool copy_settings(const struct signpost_settings *settings, struct client_config *out) {
    bool all = copy_text(settings->descriptor, true, &out->descriptor);
    all = copy_text(settings->trust, true, &out->trust) && all;
    all = copy_text(settings->ca, true, &out->ca) && all;
    all = copy_text(settings->certificate, true, &out->certificate) && all;
    all = copy_text(settings->key, true, &out->key) && all;
    all = copy_text(settings->state, true, &out->state) && all;
    all = copy_text(settings->handle_key, false, &out->handle_key) && all;
    all = copy_text(settings->connect_to, false, &out->connect_to) && all;
    all = copy_text(settings->proxy, false, &out->proxy) && all;
    all = copy_text(settings->proxy_credentials, false, &out->proxy_credentials) && all;
    out->timeout_ms = settings->timeout_ms == 0 ? TIMEOUT_MS : settings->timeout_ms;
    return all && out->timeout_ms >= TIMEOUT_LEAST_MS && out->timeout_ms <= TIMEOUT_MOST_MS;
}

enum signpost_problem signpost_open_with(const struct signpost_settings *settings, struct signpost **out) {
    struct client_config config = {0};
    struct standing *standing = NULL;
    if (settings == NULL || out == NULL) {
        return misuse("signpost_open_with: a missing argument");
    }
    if (!copy_settings(settings, &config)) {
        client_config_free(&config);
        return misuse("signpost_open_with: a required setting is missing, or timeout_ms is not within 100 to 600000");
    }
    err_t err = standing_of_config(&config, &standing);
    if (err != OK) {
        client_config_free(&config);
        return end_setup(err);
    }
    return open_standing(standing, out);
}

void signpost_free(struct signpost *scheme) {
    if (scheme != NULL) {
        standing_free(scheme->standing);
        free(scheme);
    }
}

void signpost_set_deadline(struct signpost *scheme, int64_t deadline_ms) {
    scheme->standing->deadline_ms = deadline_ms > 0 ? deadline_ms : 0;
}

bool attempt_again(const struct standing *standing, const struct attempt *attempt) {
    return standing->worn && !attempt->fresh && attempt->done == 0 && standing_in_time(standing);
}

err_t library_question(const struct standing *standing, const struct signpost_question *question, struct ask *out) {
    if (question == NULL) {
        return err_set(ERR_INPUT, "a question is missing");
    }
    struct ask ask = {.on_behalf_of = question->on_behalf_of};
    const char *purpose = question->purpose == NULL ? standing->config.purpose : question->purpose;
    err_t err = purpose == NULL ? err_set(ERR_INPUT, "a purpose is missing") : purpose_parse(purpose, &ask.purpose);
    if (err != OK && purpose != NULL) {
        err = err_prefix(err, "the purpose");
    }
    if (err == OK && ask.purpose == PURPOSE_CANARY) {
        err = err_set(ERR_INPUT, "the purpose `canary` is the scheme's own");
    }
    if (err == OK && ask.on_behalf_of != NULL && !urn_id_valid(ask.on_behalf_of)) {
        err = err_set(ERR_INPUT, "on_behalf_of is a person's id: 1 to %d of a-z, 0-9 and hyphens", MAX_ID);
    }
    if (err == OK) {
        *out = ask;
    }
    return err;
}

void library_join(const char *first, const char *second, char out[SIGNPOST_REASON_SIZE]) {
    const char *between = first[0] != '\0' && second[0] != '\0' ? "; " : "";
    snprintf(out, SIGNPOST_REASON_SIZE, "%s%s%s", first, between, second);
}

void reply_not_answered(enum signpost_problem problem, const char *reason, struct signpost_reply *out) {
    *out = (struct signpost_reply){
        .answer = SIGNPOST_NOT_ANSWERED, .problem = problem, .answered_at = clock_now_s(&clock_system)};
    snprintf(out->reason, sizeof out->reason, "%s", reason);
}

static enum signpost_answer answer_of(enum answer answer) {
    switch (answer) {
    case ANSWER_YES:
        return SIGNPOST_YES;
    case ANSWER_PREVIOUSLY:
        return SIGNPOST_PREVIOUSLY;
    case ANSWER_POSSIBLY:
        return SIGNPOST_POSSIBLY;
    case ANSWER_NO:
        return SIGNPOST_NO;
    case ANSWER_COUNT:
        break;
    }
    return SIGNPOST_NOT_ANSWERED;
}

void reply_of_outcome(const struct session *session, const struct outcome *outcome, const struct caseload_child *child,
                      const struct given_note *note, struct signpost_reply *out) {
    struct signpost_reply reply = {.problem = problem_of_cause(outcome->cause), .answered_at = outcome->asked_at};
    if (outcome->cause == CAUSE_NONE && outcome->answer == ANSWER_NO && note->in_part) {
        reply.problem = SIGNPOST_DETAILS; // a "no" is one only when every record was asked
    }
    reply.answer = reply.problem == SIGNPOST_OK ? answer_of(outcome->answer) : SIGNPOST_NOT_ANSWERED;
    library_join(outcome->cause == CAUSE_NONE ? "" : outcome->detail, note->reason, reply.reason);
    reply.without_identifier = child_without_identifier(session->set, child);
    memcpy(reply.reference, outcome->reference, sizeof reply.reference);
    if (session->index_open) {
        reply.feeds_fresh = session->scheme.feeds_fresh;
        reply.feeds_total = session->scheme.feeds_total;
    }
    *out = reply;
}

// One call of signpost_ask.
struct asking {
    struct standing *standing;
    struct ask ask;
    const struct signpost_child *children;
    size_t count;
    struct signpost_reply *replies;
    struct attempt attempt;
};

static void not_answered_all(const struct asking *asking, enum signpost_problem problem, const char *reason) {
    for (size_t i = 0; i < asking->count; i++) {
        reply_not_answered(problem, reason, &asking->replies[i]);
    }
}

static err_t ask_selection(struct asking *asking, const struct given *given, const struct selection *selection) {
    struct session *session = asking->standing->session;
    struct outcome *outcomes = calloc(selection->count + 1, sizeof *outcomes);
    if (outcomes == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu answers", selection->count);
    }
    questions_ask(session, &asking->ask, selection->children, selection->count, (struct progress){0}, outcomes);
    for (size_t i = 0; i < selection->count; i++) {
        size_t place = selection->place[i];
        reply_of_outcome(session, &outcomes[i], &selection->children[i], &given->notes[place], &asking->replies[place]);
        asking->attempt.done += outcomes[i].cause == CAUSE_NONE;
        standing_note(asking->standing, outcomes[i].cause);
    }
    free(outcomes);
    return OK;
}

static err_t ask_given(struct asking *asking, const struct given *given) {
    struct selection selection;
    err_t err = given_select(given, &selection);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < asking->count; i++) {
        if (given->notes[i].left_out) {
            reply_not_answered(SIGNPOST_DETAILS, given->notes[i].reason, &asking->replies[i]);
        }
    }
    err = ask_selection(asking, given, &selection);
    selection_free(&selection);
    return err;
}

static void ask_once(struct asking *asking) {
    struct given given;
    asking->attempt = (struct attempt){.fresh = true};
    err_t err = standing_ready(asking->standing, &asking->attempt.fresh);
    if (err == OK) {
        err = given_read(asking->standing->session->set, asking->children, asking->count, false, &given);
        if (err == OK) {
            err = ask_given(asking, &given);
            given_free(&given);
        }
    }
    if (err != OK) {
        struct outcome outcome;
        outcome_of_setup(err, &outcome);
        not_answered_all(asking, problem_of_cause(outcome.cause), outcome.detail);
    }
}

enum signpost_problem signpost_ask(struct signpost *scheme, const struct signpost_question *question,
                                   const struct signpost_child *children, size_t count,
                                   struct signpost_reply *replies) {
    if (count > 0 && replies == NULL) {
        return misuse("signpost_ask: no room for the replies");
    }
    struct asking asking = {.children = children, .count = count, .replies = replies};
    err_t err = scheme == NULL || (count > 0 && children == NULL)
                    ? err_set(ERR_INPUT, "signpost_ask: a missing argument")
                    : library_question(scheme->standing, question, &asking.ask);
    if (err != OK) {
        not_answered_all(&asking, SIGNPOST_MISUSE, err_detail());
        return SIGNPOST_MISUSE;
    }
    asking.standing = scheme->standing;
    standing_begin(scheme->standing);
    ask_once(&asking);
    if (attempt_again(scheme->standing, &asking.attempt)) {
        ask_once(&asking);
    }
    for (size_t i = 0; i < count; i++) {
        if (replies[i].problem != SIGNPOST_OK) {
            return library_end(replies[i].problem, replies[i].reason);
        }
    }
    return library_end(SIGNPOST_OK, "");
}

static err_t whoami_once(struct standing *standing, struct attempt *attempt, struct outcome *failure,
                         struct whoami *out) {
    *attempt = (struct attempt){.fresh = true};
    err_t err = standing_ready(standing, &attempt->fresh);
    if (err != OK) {
        outcome_of_setup(err, failure);
        return err;
    }
    err = whoami_get(standing->session, out);
    if (err != OK) {
        outcome_of_index(err, failure);
        standing_note(standing, failure->cause);
    }
    return err;
}

enum signpost_problem signpost_whoami(struct signpost *scheme, struct signpost_identity *out) {
    if (scheme == NULL || out == NULL) {
        return misuse("signpost_whoami: a missing argument");
    }
    struct attempt attempt;
    struct outcome failure;
    struct whoami whoami;
    standing_begin(scheme->standing);
    err_t err = whoami_once(scheme->standing, &attempt, &failure, &whoami);
    if (err != OK && attempt_again(scheme->standing, &attempt)) {
        err = whoami_once(scheme->standing, &attempt, &failure, &whoami);
    }
    if (err != OK) {
        return library_end(problem_of_cause(failure.cause), failure.detail);
    }
    *out = (struct signpost_identity){.time = whoami.time,
                                      .certificate_expires = whoami.certificate_expires,
                                      .entry_expires = whoami.entry_expires,
                                      .roster_expires = whoami.roster_expires,
                                      .roster_version = whoami.roster_version,
                                      .descriptor_version = whoami.descriptor_version};
    snprintf(out->identity, sizeof out->identity, "%s", whoami.identity);
    whoami_roles(&whoami, out->roles, sizeof out->roles);
    return library_end(SIGNPOST_OK, "");
}
