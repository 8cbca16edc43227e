// SPDX-License-Identifier: Apache-2.0
// An opened scheme: the descriptor that was verified, the key holders and one index. It owns everything that it opens.
// Used by one thread at a time.
//
// Nothing is sent by opening. The index is asked for its status (GET /v1/scheme) together with the first requests to
// the key holders, so that its connection is ready when the question is.
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "client/config.h"
#include "client/derive.h"
#include "client/match_keys.h"
#include "client/pool.h"
#include "client/transport.h"
#include "keys/descriptor.h"
#include "proto/status.h"

struct session {
    struct descriptor descriptor;
    const struct match_set *set;
    struct http_client *http; // NULL with a transport of the caller's
    struct transport transport;
    struct pool *pool;
    struct derive *derive;
    // The key before, where the descriptor names one; NULL: none. After a refresh it is the same key, and serves while
    // too few holders have the present generation: the tokens are the same, and one derivation never mixes the two.
    // During a rotation it is another key, and records have its tokens as well.
    struct descriptor before;
    struct derive *derive_before;
    size_t index; // the descriptor's index that is in use, or is tried next
    size_t index_tried;
    err_t index_err; // why the last one that was tried cannot be used
    char index_detail[256];
    bool index_put_off; // it may be tried again after this time
    int64_t index_retry_after_ms;
    bool index_open;
    struct scheme_status scheme; // once index_open
    bool canaries_pass;          // the index has answered its test questions as it must
};

// Loads and verifies the descriptor, refuses one that may not follow the last seen one, remembers it, and checks that
// this program's matching is the scheme's. ERR_SIGNATURE, ERR_EXPIRED, ERR_STALE, ERR_INPUT, ERR_NOT_FOUND, ERR_IO.
err_t session_open(const struct client_config *config, struct session **out);
// The same over a descriptor and a transport that are given (tests).
err_t session_make(const struct descriptor *descriptor, struct transport transport, struct session **out);
void session_free(struct session *session);

// The steps of session_open, for `signpost check`.
err_t session_load_descriptor(const struct client_config *config, int64_t now_s, struct descriptor *out);
err_t session_remember_descriptor(const struct client_config *config, const struct descriptor *descriptor);
err_t session_check_matching(const struct descriptor *descriptor, const struct match_set **out);
err_t session_http_client(const struct client_config *config, struct http_client **out);
struct transport session_transport(struct http_client *client);

// The request for the index's status, to run beside others, and its reply, which is freed. A reply that cannot be used
// leaves the index unopened: session_need_index then goes on with the next one, or says why.
void session_index_request(const struct session *session, struct http_exchange *out);
void session_index_reply(struct session *session, struct http_exchange *exchange);
// Opens the index when it is not open yet, trying each that the descriptor names, and all of them again after a while
// (client/backoff.h) where the last was too busy. ERR_UNAVAILABLE, ERR_STALE and the errors of http_client_run.
err_t session_need_index(struct session *session);

// The epochs whose tokens go to the index, newest first: those that the descriptor names and the open index takes.
struct token_epochs session_epochs(const struct session *session);
// Records have tokens for each epoch of the descriptor; makes of them those for session_epochs.
void session_lay_out(const struct session *session, struct token_set *sets, size_t count);

// One POST to the open index, sent again for a while where it is put off; the caller frees `reply`. err_detail is set.
err_t session_post(struct session *session, const char *path, struct bytes body, struct buf *reply);
// A reply must come from the store that the index named at first. ERR_UNAVAILABLE.
err_t session_check_store(const struct session *session, const uint8_t store_id[STORE_ID_SIZE]);

#endif
