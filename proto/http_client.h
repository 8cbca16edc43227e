// SPDX-License-Identifier: Apache-2.0
// HTTPS requests by libcurl with the TLS profile of proto/tls.h: keep-alive, several requests side by side, through the
// network's proxy (proto/http_proxy.h). A client is used by one thread at a time. Nothing is trusted but the scheme's
// CA, no redirect is followed, and nothing is read of ~/.netrc or cookies.
//
// A request that finds its kept connection closed is sent again by libcurl on a fresh one, also a POST: every action of
// the protocol may be repeated.
#ifndef PROTO_HTTP_CLIENT_H
#define PROTO_HTTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/tls.h"

// A key that is elsewhere than in a file, and that may go away (proto/card_client.h).
struct http_signer {
    err_t (*context)(void *ctx, const struct tls_files *files, SSL_CTX **out); // as tls_client_context
    err_t (*prove)(void *ctx);      // that it is there: asked before anything is sent
    err_t (*lost)(const void *ctx); // an error once it has failed to sign
    void (*free)(void *ctx);        // by http_client_free, when nothing uses the key any more
    void *ctx;
};

struct http_client_settings {
    const char *ca, *certificate, *key;    // PEM files
    const struct http_signer *signer;      // in place of the key file; NULL: none
    const char *proxy, *proxy_credentials; // as struct http_proxy has them; NULL: by the environment, and none
    const char *connect_to;                // "HOST:PORT:HOST:PORT[, ...]" as curl's --connect-to; NULL: none
    int64_t connect_timeout_ms;
    int64_t timeout_ms; // for one exchange, absolute
};

struct http_client;

// Reads the files, so that a missing, unsafe or expired one is found before anybody is asked: the errors of
// tls_client_context or of the signer's, and of http_proxy_apply. Takes the signer, on failure as well. secret_start()
// comes first.
err_t http_client_new(const struct http_client_settings *settings, struct http_client **out);
void http_client_free(struct http_client *client);
// As whom the client shows itself. Borrowed.
const X509 *http_client_certificate(const struct http_client *client);

struct http_exchange {
    const char *base;  // "https://host:port"
    const char *path;  // "/v1/questions"
    struct bytes body; // empty: GET
    // Filled by http_client_run:
    err_t err;        // OK: a 200 reply in `reply`; ERR_NETWORK, ERR_TLS, ERR_TOO_LARGE, or problem_read's error
    int status;       // 0 when there was no reply
    struct buf reply; // freed by the caller
    char detail[256]; // the reason, in words, for `check` and logs
    // The server cannot do it now (429, 503) and has not done it; the same may be asked again after this time.
    bool put_off;
    int64_t retry_after_ms; // as the server says; 0: it does not
    // Since the exchange began; a kept connection has no name_us, connect_us and tls_us.
    int64_t name_us;       // the name was resolved
    int64_t connect_us;    // TCP was connected
    int64_t tls_us;        // the handshake was done
    int64_t first_byte_us; // the reply began
    int64_t total_us;
};

// Runs all exchanges side by side and returns when each has ended. Errors are in the exchanges.
//
// A signer must prove itself before anything is sent, kept connections or not. When it cannot, the connections are
// closed, nothing is sent, and every exchange has its error, now and later: only a new client ends that.
void http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count);
// The same, and returns the one exchange's error with err_detail set.
err_t http_client_one(struct http_client *client, struct http_exchange *exchange);

#endif
