// SPDX-License-Identifier: Apache-2.0
#include "indexd/handlers.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "indexd/service.h"
#include "proto/roster.h"
#include "proto/routes.h"

#define ROLES_ASK (ROLE_AGENCY | ROLE_PRACTITIONER)
#define ROLES_ANY                                                                                                      \
    (ROLE_AGENCY | ROLE_PRACTITIONER | ROLE_AUDITOR | ROLE_DATA_PROTECTION_OFFICER | ROLE_ADMINISTRATOR | ROLE_INDEX)

static void refuse(struct service *service, struct http_request *request, const char *route, err_t err) {
    char identity[MAX_URN + 1];
    urn_format(&http_request_peer(request)->identity, identity);
    log_err(err, "refused %s for %s", route, identity);
    engine_note_refusal(service->engine, identity, route, err);
    http_reply_err(request, err);
}

static err_t admit(struct service *service, const struct http_request *request, unsigned roles,
                   struct access_grant *out) {
    if (atomic_load_explicit(&service->decommissioned, memory_order_relaxed)) {
        return err_set(ERR_UNAVAILABLE, "this index was decommissioned");
    }
    return access_check(service->access, http_request_peer(request), clock_now_s(service->clock), roles, out);
}

// A reply that was written, or the error for which none was.
static void finish(struct http_request *request, err_t err, struct buf *body) {
    if (!err) {
        err = buf_check(body);
    }
    if (err) {
        buf_free(body);
        http_reply_err(request, err);
        return;
    }
    http_reply_send(request, body);
}

struct pending { // an operation and the request that waits for it
    struct operation operation;
    struct http_request *request;
    struct service *service;
    char *detail; // of the operation's error; NULL: there is none, or no memory for it
};

static void pending_free(struct pending *pending) {
    engine_release(&pending->operation);
    question_free(&pending->operation.question);
    involvement_request_free(&pending->operation.changes);
    free(pending->detail);
    free(pending);
}

// Beyond a limit: the client hears when to come back.
static void reply_budget(struct pending *pending) {
    const int64_t now_s = clock_now_s(pending->service->clock), retry_at_s = pending->operation.retry_at_s;
    http_reply_later(pending->request, err_set(ERR_BUDGET, "%s", pending->detail ? pending->detail : ""),
                     retry_at_s > now_s ? retry_at_s - now_s : 0);
}

// On the request's worker again.
static void reply_decided(struct http_request *request, void *ctx) {
    struct pending *pending = ctx;
    const struct operation *operation = &pending->operation;
    struct buf body = {0};
    err_t err = operation->err;
    if (err == ERR_BUDGET) {
        reply_budget(pending);
    } else {
        if (err) {
            err = err_set(err, "%s", pending->detail ? pending->detail : "the index could not decide");
        } else if (operation->kind == OPERATION_QUESTION) {
            err = answers_write(&operation->answers, &body);
        } else {
            err = involvement_reply_write(&operation->reply, &body);
        }
        finish(request, err, &body);
    }
    pending_free(pending);
}

static void note_budget(const struct pending *pending) {
    const struct operation *operation = &pending->operation;
    const char *route = operation->kind == OPERATION_QUESTION ? ROUTE_QUESTIONS : ROUTE_INVOLVEMENTS;
    char identity[MAX_URN + 1];
    urn_format(&http_request_peer(pending->request)->identity, identity);
    log_line(LOG_NOTICE, "refused %s for %s: %s", route, identity, operation->detail);
    engine_note_refusal(pending->service->engine, identity, route, ERR_BUDGET);
}

// Runs on the engine's thread, which others wait for: hands over, nothing more.
static void decided(struct operation *operation) {
    struct pending *pending = operation->ctx;
    if (operation->err == ERR_BUDGET) {
        note_budget(pending);
    }
    if (operation->err) {
        pending->detail = operation->detail ? strdup(operation->detail) : NULL;
    }
    http_request_resume(pending->request, reply_decided, pending);
}

// Who acts: the certificate's person, or the one whom an agency's system names. A person speaks for nobody else.
static err_t actor_of(const struct tls_peer *peer, const char *on_behalf_of, struct engine_actor *out) {
    const struct urn *identity = &peer->identity;
    struct engine_actor actor = {0};
    memcpy(actor.agency, identity->id, sizeof actor.agency);
    memcpy(actor.person, identity->person, sizeof actor.person);
    if (on_behalf_of[0] != '\0') {
        if (identity->kind == URN_PERSON) {
            return err_set(ERR_DENIED, "field \"on_behalf_of\": only an agency's system may name a person");
        }
        memcpy(actor.person, on_behalf_of, sizeof actor.person);
        actor.claimed = true;
    }
    *out = actor;
    return OK;
}

// A person whom the agency's system names is judged like one who comes in person, where the roster knows them.
static err_t admit_actor(struct service *service, const struct http_request *request, const struct access_grant *grant,
                         struct engine_actor *actor) {
    const int64_t now_s = clock_now_s(service->clock);
    struct urn identity = http_request_peer(request)->identity;
    const struct terms *agency = identity.kind == URN_PERSON ? &grant->agency : &grant->terms;
    struct terms person = identity.kind == URN_PERSON ? grant->terms : (struct terms){0};
    if (actor->claimed) {
        identity.kind = URN_PERSON;
        memcpy(identity.person, actor->person, sizeof identity.person);
        err_t err = access_check_person(service->access, &identity, now_s, &person);
        if (err) {
            return err;
        }
    }
    terms_resolve(&person, &service->person_limits, now_s, &actor->person_limits);
    terms_resolve(agency, &service->agency_limits, now_s, &actor->agency_limits);
    return OK;
}

typedef err_t (*read_operation)(struct service *service, struct http_request *request, struct operation *out);

static err_t read_question(struct service *service, struct http_request *request, struct operation *out) {
    out->kind = OPERATION_QUESTION;
    err_t err = question_read(http_request_body(request), service->slots, &out->question);
    return err ? err : actor_of(http_request_peer(request), out->question.on_behalf_of, &out->actor);
}

static err_t read_changes(struct service *service, struct http_request *request, struct operation *out) {
    out->kind = OPERATION_CHANGES;
    const struct tls_peer *peer = http_request_peer(request);
    const struct feeds feeds = service_feeds(service);
    err_t err = feeds_check_change(&feeds, &peer->identity, clock_now_s(service->clock));
    if (!err) {
        err = involvement_request_read(http_request_body(request), service->slots, &out->changes);
    }
    return err ? err : actor_of(peer, out->changes.on_behalf_of, &out->actor);
}

static void submit(struct service *service, struct http_request *request, const char *route, read_operation read) {
    struct access_grant grant;
    err_t err = admit(service, request, ROLES_ASK, &grant);
    if (err) {
        refuse(service, request, route, err);
        return;
    }
    struct pending *pending = calloc(1, sizeof *pending);
    if (!pending) {
        http_reply_err(request, err_set(ERR_MEMORY, "no memory for the request"));
        return;
    }
    err = read(service, request, &pending->operation);
    if (!err) {
        err = admit_actor(service, request, &grant, &pending->operation.actor);
    }
    if (err) {
        refuse(service, request, route, err);
        pending_free(pending);
        return;
    }
    pending->request = request;
    pending->service = service;
    pending->operation.done = decided;
    pending->operation.ctx = pending;
    engine_submit(service->engine, &pending->operation);
}

static void handle_questions(struct http_request *request, void *ctx) {
    submit(ctx, request, ROUTE_QUESTIONS, read_question);
}

static void handle_involvements(struct http_request *request, void *ctx) {
    submit(ctx, request, ROUTE_INVOLVEMENTS, read_changes);
}

static void handle_scheme(struct http_request *request, void *ctx) {
    struct service *service = ctx;
    struct access_grant grant;
    err_t err = admit(service, request, ROLES_ANY, &grant);
    if (err) {
        refuse(service, request, ROUTE_SCHEME, err);
        return;
    }
    struct scheme_status status;
    service_scheme_status(service, &status);
    struct buf body = {0};
    err = engine_health(service->engine);
    finish(request, err ? err : scheme_status_write(&status, &body), &body);
}

static void handle_whoami(struct http_request *request, void *ctx) {
    struct service *service = ctx;
    struct access_grant grant;
    err_t err = admit(service, request, ROLES_ANY, &grant);
    if (err) {
        refuse(service, request, ROUTE_WHOAMI, err);
        return;
    }
    struct buf body = {0};
    err = access_whoami(&grant, http_request_peer(request), clock_now_s(service->clock),
                        service_descriptor_version(service), &body);
    finish(request, err, &body);
}

const struct http_route handlers_routes[] = {
    {HTTP_POST, ROUTE_QUESTIONS, handle_questions},
    {HTTP_POST, ROUTE_INVOLVEMENTS, handle_involvements},
    {HTTP_GET, ROUTE_SCHEME, handle_scheme},
    {HTTP_GET, ROUTE_WHOAMI, handle_whoami},
};
const size_t handlers_route_count = sizeof handlers_routes / sizeof handlers_routes[0];
