// SPDX-License-Identifier: Apache-2.0
#include "client/session.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "client/backoff.h"
#include "client/pin.h"
#include "proto/card_client.h"
#include "proto/routes.h"

#define CONNECT_TIMEOUT_MS 5000

err_t session_load_descriptor(const struct client_config *config, int64_t now_s, struct descriptor *out) {
    struct trust trust;
    err_t err = trust_load(config->trust, &trust);
    if (err != OK) {
        return err;
    }
    return descriptor_load(config->descriptor, &trust, now_s, out);
}

// mkdir -p: the state folder is often the first thing that is kept under ~/.local/state.
static err_t make_dirs(const char *path) {
    char *part = strdup(path);
    err_t err = part == NULL ? err_set(ERR_MEMORY, "no memory for a path") : OK;
    for (char *at = part; err == OK && at != NULL;) {
        at = strchr(at + 1, '/');
        if (at != NULL) {
            *at = '\0';
        }
        err = access(part, F_OK) == 0 ? OK : file_make_dir(part);
        if (at != NULL) {
            *at = '/';
        }
    }
    free(part);
    return err;
}

static err_t compare_with_seen(const char *path, struct bytes present, const struct descriptor *descriptor,
                               bool *out_new) {
    struct buf stored = {0};
    struct descriptor seen;
    err_t err = file_read(path, MAX_DESCRIPTOR, &stored);
    bool same = err == OK && bytes_equal(buf_bytes(&stored), present);
    if (err == OK && !same) {
        err = descriptor_parse(buf_bytes(&stored), &seen);
        if (err == OK) {
            err = descriptor_follows(descriptor, &seen);
        }
        if (err != OK) {
            err = err_prefix(err, "the descriptor may not follow the one that was last seen (%s)", path);
        }
    }
    buf_free(&stored);
    if (err == OK || err == ERR_NOT_FOUND) {
        *out_new = !same;
        return OK;
    }
    return err;
}

err_t session_remember_descriptor(const struct client_config *config, const struct descriptor *descriptor) {
    struct buf path = {0}, text = {0};
    buf_printf(&path, "%s/%s.descriptor", config->state, descriptor->scheme);
    err_t err = descriptor_write(descriptor, &text);
    bool is_new = false;
    if (err == OK) {
        err = buf_check(&path);
    }
    if (err == OK) {
        err = compare_with_seen(buf_str(&path), buf_bytes(&text), descriptor, &is_new);
    }
    if (err == OK && is_new) {
        err = make_dirs(config->state);
        if (err == OK) {
            err = file_replace(buf_str(&path), 0600, buf_bytes(&text));
        }
    }
    buf_free(&text);
    buf_free(&path);
    return err;
}

static err_t check_slots(const struct descriptor *descriptor, const struct match_set *set) {
    bool same = descriptor->slot_count == set->slot_count;
    for (size_t i = 0; same && i < set->slot_count; i++) {
        same = strcmp(descriptor->slots[i].name, set->slots[i].name) == 0 &&
               (descriptor->slots[i].tier == TIER_SURE) == set->slots[i].sure;
    }
    return same ? OK : err_set(ERR_STALE, "the descriptor's slots are not those of this program's set `%s`", set->name);
}

err_t session_check_matching(const struct descriptor *descriptor, const struct match_set **out) {
    const struct match_set *set = match_set_find(descriptor->key_set);
    if (set == NULL) {
        return err_set(ERR_STALE, "this program does not know the scheme's key set `%s`", descriptor->key_set);
    }
    uint8_t digest[sizeof descriptor->matching_digest];
    err_t err = match_set_digest(set, digest);
    if (err != OK) {
        return err;
    }
    if (memcmp(digest, descriptor->matching_digest, sizeof digest) != 0) {
        return err_set(ERR_STALE, "this program matches by other rules than the scheme: its tokens would find nothing");
    }
    err = check_slots(descriptor, set);
    if (err == OK) {
        *out = set;
    }
    return err;
}

err_t session_http_client(const struct client_config *config, struct http_client **out) {
    struct http_client_settings settings = {
        .ca = config->ca,
        .certificate = config->certificate,
        .key = config->key,
        .connect_to = config->connect_to,
        .proxy = config->proxy,
        .proxy_credentials = config->proxy_credentials,
        .connect_timeout_ms = config->timeout_ms < CONNECT_TIMEOUT_MS ? config->timeout_ms : CONNECT_TIMEOUT_MS,
        .timeout_ms = config->timeout_ms,
    };
    err_t err = card_client_new(&settings, pin_asker(), out);
    // Whatever is over here is a certificate: the descriptor has its own ERR_EXPIRED.
    return err == ERR_EXPIRED ? ERR_TLS : err;
}

static void run_over_http(void *ctx, struct http_exchange *exchanges, size_t count) {
    http_client_run(ctx, exchanges, count);
}

static bool let_time_pass(void *ctx, int64_t ms) {
    (void)ctx;
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    return true;
}

struct transport session_transport(struct http_client *client) {
    return (struct transport){.run = run_over_http, .wait = let_time_pass, .ctx = client};
}

static size_t thread_count(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 1 ? (size_t)processors : 0;
}

static err_t session_begin(struct session **out) {
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return err_set(ERR_MEMORY, "no memory");
    }
    err_t err = pool_new(thread_count(), &session->pool);
    if (err != OK) {
        free(session);
        return err;
    }
    *out = session;
    return OK;
}

// With its descriptor in place.
static err_t session_prepare(struct session *session) {
    const struct descriptor *descriptor = &session->descriptor;
    struct derive_settings settings = {
        .descriptor = descriptor,
        .transport = &session->transport,
        .pool = session->pool,
        .first_holder = 1 + randombytes_uniform((uint32_t)descriptor->holder_count),
    };
    err_t err = session_check_matching(descriptor, &session->set);
    if (err == OK) {
        err = derive_new(&settings, &session->derive);
    }
    if (err == OK && descriptor->has_previous) {
        descriptor_with_key(descriptor, &descriptor->previous, &session->before);
        settings.descriptor = &session->before;
        err = derive_new(&settings, &session->derive_before);
    }
    return err;
}

err_t session_make(const struct descriptor *descriptor, struct transport transport, struct session **out) {
    struct session *session = NULL;
    err_t err = session_begin(&session);
    if (err != OK) {
        return err;
    }
    session->descriptor = *descriptor;
    session->transport = transport;
    err = session_prepare(session);
    if (err != OK) {
        session_free(session);
        return err;
    }
    *out = session;
    return OK;
}

// Reading certificates and keys takes as long as everything else at the start together, and runs beside it; but not
// where a person is asked for a PIN, which is done in the caller's thread and when all the rest was found well.
struct http_job {
    struct pool_job job; // first
    const struct client_config *config;
    struct http_client *client;
    err_t err;
    char detail[256];
};

static void make_http_client(struct pool_job *pool_job) {
    struct http_job *job = (struct http_job *)pool_job;
    job->err = session_http_client(job->config, &job->client);
    if (job->err != OK) {
        snprintf(job->detail, sizeof job->detail, "%s", err_detail());
    }
}

static err_t open_beside(struct session *session, const struct client_config *config) {
    struct http_job job = {.job.run = make_http_client, .config = config};
    char detail[256] = "";
    bool beside = !card_is_named(config->key);
    if (beside) {
        pool_submit(session->pool, &job.job, POOL_LAST);
    }
    err_t err = session_load_descriptor(config, clock_now_s(&clock_system), &session->descriptor);
    if (err == OK) {
        err = session_remember_descriptor(config, &session->descriptor);
    }
    if (err == OK) {
        err = session_prepare(session);
    }
    if (err != OK) {
        snprintf(detail, sizeof detail, "%s", err_detail());
    }
    if (beside) {
        (void)pool_take(session->pool, true);
    } else if (err == OK) {
        make_http_client(&job.job);
    }
    session->http = job.client;
    session->transport = session_transport(job.client);
    if (err != OK) {
        return err_set(err, "%s", detail);
    }
    return job.err == OK ? OK : err_set(job.err, "%s", job.detail);
}

err_t session_open(const struct client_config *config, struct session **out) {
    struct session *session = NULL;
    err_t err = session_begin(&session);
    if (err != OK) {
        return err;
    }
    err = open_beside(session, config);
    if (err != OK) {
        session_free(session);
        return err;
    }
    *out = session;
    return OK;
}

void session_free(struct session *session) {
    if (session == NULL) {
        return;
    }
    derive_free(session->derive);
    derive_free(session->derive_before);
    pool_free(session->pool);
    http_client_free(session->http);
    free(session);
}

void session_index_request(const struct session *session, struct http_exchange *out) {
    *out = (struct http_exchange){.base = session->descriptor.indexes[session->index],
                                  .path = ROUTE_SCHEME,
                                  .err = ERR_UNAVAILABLE,
                                  .detail = "it was not asked"};
}

static struct token_epochs own_epochs(const struct session *session) {
    struct token_epochs own = token_epoch(session->descriptor.epoch);
    if (descriptor_rotates(&session->descriptor)) {
        own.numbers[own.count++] = session->descriptor.previous.epoch;
    }
    return own;
}

struct token_epochs session_epochs(const struct session *session) {
    const struct token_epochs own = own_epochs(session);
    struct token_epochs epochs = {0};
    for (size_t i = 0; i < own.count; i++) {
        if (!session->index_open || token_epochs_have(&session->scheme.epochs, own.numbers[i])) {
            epochs.numbers[epochs.count++] = own.numbers[i];
        }
    }
    return epochs;
}

void session_lay_out(const struct session *session, struct token_set *sets, size_t count) {
    size_t slots = session->descriptor.slot_count;
    const struct token_epochs epochs = session_epochs(session);
    for (size_t i = 0; i < count; i++) {
        if (epochs.count > 0 && epochs.numbers[0] != session->descriptor.epoch) { // those of the epoch before alone
            memmove(sets[i].tokens, sets[i].tokens + slots, slots * TOKEN_SIZE);
        }
        memset(sets[i].tokens + epochs.count * slots, 0, (MAX_TOKENS - epochs.count * slots) * TOKEN_SIZE);
    }
}

static err_t accept_status(const struct session *session, const struct scheme_status *status) {
    if (strcmp(status->scheme, session->descriptor.scheme) != 0) {
        return err_set(ERR_UNAVAILABLE, "the index serves another scheme");
    }
    const struct token_epochs own = own_epochs(session);
    for (size_t i = 0; i < own.count; i++) {
        if (token_epochs_have(&status->epochs, own.numbers[i])) {
            return OK;
        }
    }
    return err_set(ERR_STALE, "the index serves epoch %u of the scheme, this descriptor is of epoch %u",
                   status->epochs.numbers[0], session->descriptor.epoch);
}

static err_t read_status(struct session *session, const struct http_exchange *exchange) {
    if (exchange->err != OK) {
        return err_set(exchange->err, "%s", exchange->detail);
    }
    struct scheme_status status;
    err_t err = scheme_status_read(buf_bytes(&exchange->reply), &status);
    if (err == OK) {
        err = accept_status(session, &status);
    }
    if (err == OK) {
        session->scheme = status;
    }
    return err;
}

void session_index_reply(struct session *session, struct http_exchange *exchange) {
    session->index_err = read_status(session, exchange);
    session->index_put_off = exchange->put_off;
    session->index_retry_after_ms = exchange->retry_after_ms;
    buf_free(&exchange->reply);
    if (session->index_err == OK) {
        session->index_open = true;
        return;
    }
    snprintf(session->index_detail, sizeof session->index_detail, "%s", err_detail());
    session->index = (session->index + 1) % session->descriptor.index_count;
    session->index_tried++;
}

static void try_indexes(struct session *session) {
    while (!session->index_open && session->index_tried < session->descriptor.index_count) {
        struct http_exchange exchange;
        session_index_request(session, &exchange);
        session->transport.run(session->transport.ctx, &exchange, 1);
        session_index_reply(session, &exchange);
    }
    session->index_tried = 0; // the next round tries them all again
}

err_t session_need_index(struct session *session) {
    struct backoff backoff = {0};
    do {
        try_indexes(session);
    } while (!session->index_open && session->index_put_off &&
             backoff_wait(&backoff, &session->transport, session->index_retry_after_ms));
    return session->index_open ? OK : err_set(session->index_err, "%s", session->index_detail);
}

err_t session_post(struct session *session, const char *path, struct bytes body, struct buf *reply) {
    struct http_exchange exchange = {.base = session->descriptor.indexes[session->index], .path = path, .body = body};
    struct backoff backoff = {0};
    do {
        buf_free(&exchange.reply);
        exchange.put_off = false;
        session->transport.run(session->transport.ctx, &exchange, 1);
    } while (exchange.put_off && backoff_wait(&backoff, &session->transport, exchange.retry_after_ms));
    if (exchange.err != OK) {
        buf_free(&exchange.reply);
        return err_set(exchange.err, "%s", exchange.detail);
    }
    *reply = exchange.reply;
    return OK;
}

err_t session_check_store(const struct session *session, const uint8_t store_id[STORE_ID_SIZE]) {
    if (memcmp(store_id, session->scheme.store_id, STORE_ID_SIZE) != 0) {
        return err_set(ERR_UNAVAILABLE, "the index's store was exchanged while it was being asked");
    }
    return OK;
}
