// SPDX-License-Identifier: Apache-2.0
// A key holder that lies, for the tests: it answers at holder 1's address with holder 1's certificate, but evaluates
// with a key of its own, and proves that honestly. Its proofs verify under its own public key and under no other.
//   lying_holder CA CERTIFICATE KEY      prints "ready PORT", ends at the end of its standard input or by a signal
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "keys/oprf.h"
#include "proto/evaluation.h"
#include "proto/http_server.h"
#include "proto/limits.h"
#include "proto/routes.h"

struct liar {
    uint8_t key[OPRF_SCALAR_SIZE], public_key[OPRF_ELEMENT_SIZE];
};

static err_t lie(const struct liar *liar, struct bytes body, struct buf *out) {
    static struct evaluation_request request; // one worker
    static struct evaluation_reply reply;
    err_t err = evaluation_request_read(body, &request);
    if (err) {
        return err;
    }
    reply.holder = 1;
    reply.epoch = request.epoch;
    reply.generation = request.generation;
    reply.count = request.count;
    err = oprf_blind_evaluate(liar->key, liar->public_key, (const uint8_t(*)[OPRF_ELEMENT_SIZE])request.elements,
                              request.count, NULL, reply.elements, reply.proof);
    return err ? err : evaluation_reply_write(&reply, out);
}

static void handle(struct http_request *request, void *ctx) {
    struct buf out = {0};
    err_t err = lie(ctx, http_request_body(request), &out);
    if (err) {
        buf_free(&out);
        http_reply_err(request, err);
    } else {
        http_reply_send(request, &out);
    }
}

static err_t serve(struct liar *liar, const struct tls_files *files, struct http_server **out) {
    static const struct http_route routes[] = {{HTTP_POST, ROUTE_EVALUATIONS, handle}};
    const struct http_settings settings = {.listen = "127.0.0.1:0",
                                           .workers = 1,
                                           .max_connections = 100,
                                           .handshake_timeout_ms = 10000,
                                           .request_timeout_ms = 10000,
                                           .idle_timeout_ms = 60000,
                                           .write_timeout_ms = 10000,
                                           .max_body = MAX_BODY};
    SSL_CTX *context = NULL;
    err_t err = tls_server_context(files, &context);
    if (err) {
        return err;
    }
    err = http_server_new(&settings, context, routes, 1, liar, out);
    SSL_CTX_free(context);
    return err ? err : http_server_start(*out);
}

int main(int argc, char **argv) {
    struct liar liar;
    uint8_t seed[32];
    struct http_server *server = NULL;
    memset(seed, 7, sizeof seed);
    if (argc != 4 || secret_start() || oprf_derive_key_pair(seed, bytes_str("liar"), liar.key, liar.public_key) ||
        serve(&liar, &(struct tls_files){.ca = argv[1], .certificate = argv[2], .key = argv[3]}, &server)) {
        fprintf(stderr, "lying_holder: %s\n", err_detail());
        return 2;
    }
    printf("ready %u\n", (unsigned)http_server_port(server));
    fflush(stdout);
    pause();
    return 0;
}
