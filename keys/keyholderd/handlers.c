// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/handlers.h"

#include "base/log.h"
#include "keys/keyholderd/holder.h"
#include "proto/problem.h"
#include "proto/routes.h"
#include "proto/witness.h"

typedef err_t (*answer_fn)(struct holder *holder, const struct tls_peer *peer, struct bytes body, struct buf *out);

static void refuse_until(struct http_request *request, const char *route, err_t err, int64_t retry_s) {
    char identity[MAX_URN + 1];
    urn_format(&http_request_peer(request)->identity, identity);
    log_err(err, "refused %s for %s", route, identity);
    http_reply_later(request, err, retry_s);
}

static void refuse(struct http_request *request, const char *route, err_t err) {
    refuse_until(request, route, err, 0);
}

static void reply(struct holder *holder, struct http_request *request, const char *route, answer_fn answer) {
    struct buf body = {0};
    const struct tls_peer *peer = http_request_peer(request);
    err_t err = answer(holder, peer, http_request_body(request), &body);
    if (err == OK) {
        http_reply_send(request, &body);
        return;
    }
    buf_free(&body);
    refuse(request, route, err);
}

static void handle_evaluations(struct http_request *request, void *ctx) {
    struct buf body = {0};
    int64_t retry_s = 0;
    const struct tls_peer *peer = http_request_peer(request);
    err_t err = holder_evaluations(ctx, peer, http_request_body(request), &retry_s, &body);
    if (err == OK) {
        http_reply_send(request, &body);
        return;
    }
    buf_free(&body);
    refuse_until(request, ROUTE_EVALUATIONS, err, retry_s);
}

static void handle_key(struct http_request *request, void *ctx) {
    reply(ctx, request, ROUTE_KEY, holder_key);
}

// A conflict tells in its problem document where the witness stands.
static void handle_witness(struct http_request *request, void *ctx) {
    struct buf body = {0};
    uint64_t known = 0;
    err_t err = holder_witness(ctx, http_request_peer(request), http_request_body(request), &known, &body);
    if (err == OK) {
        http_reply_send(request, &body);
        return;
    }
    if (err == ERR_CONFLICT && witness_conflict_write(known, &body) == OK) {
        http_reply_problem(request, err, &body);
        return;
    }
    buf_free(&body);
    refuse(request, ROUTE_WITNESS, err);
}

static void handle_heads(struct http_request *request, void *ctx) {
    reply(ctx, request, ROUTE_WITNESS, holder_heads);
}

static void handle_whoami(struct http_request *request, void *ctx) {
    reply(ctx, request, ROUTE_WHOAMI, holder_whoami);
}

const struct http_route handlers_routes[] = {
    {HTTP_POST, ROUTE_EVALUATIONS, handle_evaluations},
    {HTTP_GET, ROUTE_KEY, handle_key},
    {HTTP_POST, ROUTE_WITNESS, handle_witness},
    {HTTP_GET, ROUTE_WITNESS, handle_heads},
    {HTTP_GET, ROUTE_WHOAMI, handle_whoami},
};
const size_t handlers_route_count = sizeof(handlers_routes) / sizeof(handlers_routes[0]);
