// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/holder.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/seal.h"
#include "base/secret.h"
#include "keys/descriptor.h"
#include "keys/keyholderd/budget.h"
#include "keys/keyholderd/figures.h"
#include "keys/keyholderd/keyring.h"
#include "keys/keyholderd/witness.h"
#include "proto/access.h"
#include "proto/evaluation.h"
#include "proto/expiry.h"
#include "proto/seen.h"

#define SECONDS_A_DAY 86400
#define ROLES_EVALUATE (ROLE_AGENCY | ROLE_PRACTITIONER | ROLE_INDEX | ROLE_DATA_PROTECTION_OFFICER)
#define ROLES_ANY (~0U)

struct holder {
    const struct settings *settings;
    const struct wall_clock *clock;
    struct trust trust;
    struct access *access;
    struct keyring *keyring;
    struct holder_budget *budget;
    struct limits person_limits, agency_limits; // where the roster gives none
    struct witness *witness;                    // NULL where the trust file names no log
    struct lock lock;
    struct descriptor descriptor; // under the lock
    _Atomic uint64_t elements;    // evaluated; all threads count
    int64_t certificate_expires;
    int64_t warned_at; // 0: not yet
    struct clock_course course;
    int64_t not_destroyed_at; // when it was last told that a share could not be; 0: never
};

static int64_t now_of(const struct holder *holder) {
    return clock_now_s(holder->clock);
}

static err_t open_scheme(struct holder *holder) {
    const struct settings *settings = holder->settings;
    err_t err = trust_load(settings->server.trust, &holder->trust);
    if (err == OK) {
        err = descriptor_load(settings->server.descriptor, &holder->trust, now_of(holder), &holder->descriptor);
    }
    if (err == OK) {
        const struct access_files files = {
            .roster = settings->server.roster, .deny = settings->server.deny, .look_serves_us = ACCESS_LOOK_SERVES_US};
        err = access_load(&files, &holder->trust.authority, holder->descriptor.scheme, &holder->access);
    }
    return err;
}

static err_t read_passphrase(const struct settings *settings, uint8_t **out, size_t *out_len) {
    if (settings->passphrase_credential == NULL) {
        return seal_passphrase(settings->passphrase_file, "Passphrase of the share", false, out, out_len);
    }
    if (settings->passphrase_file != NULL) {
        return err_set(ERR_INPUT, "passphrase_file and passphrase_credential: one of the two");
    }
    return seal_passphrase_credential(settings->passphrase_credential, out, out_len);
}

static err_t open_shares(struct holder *holder) {
    const struct settings *settings = holder->settings;
    uint8_t *passphrase = NULL;
    size_t len = 0;
    err_t err = read_passphrase(settings, &passphrase, &len);
    if (err != OK) {
        return err;
    }
    err = keyring_open(settings->share, bytes_of(passphrase, len), &holder->keyring);
    secret_free(passphrase);
    if (err != OK) {
        return err;
    }
    err = keyring_serve(holder->keyring, &holder->descriptor);
    return err == OK ? OK : err_prefix(err, "%s does not belong to %s", settings->share, settings->server.descriptor);
}

static err_t open_budget(struct holder *holder) {
    limits_of_settings(holder->settings->person_limits, &holder->person_limits);
    limits_of_settings(holder->settings->agency_limits, &holder->agency_limits);
    return holder_budget_open(holder->settings->state, &holder->budget);
}

// What has been in force is not forgotten by a restart: the versions stand beside the share.
static err_t remember(struct holder *holder) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%.*s.seen-descriptor", PATH_MAX - 32, holder->settings->share);
    err_t err = seen_version(path, holder->descriptor.version);
    if (err != OK) {
        return err_prefix(err, "%s", holder->settings->server.descriptor);
    }
    (void)snprintf(path, sizeof path, "%.*s.seen-roster", PATH_MAX - 32, holder->settings->share);
    err = seen_version(path, access_roster_version(holder->access));
    return err == OK ? OK : err_prefix(err, "%s", holder->settings->server.roster);
}

static err_t open_witness(struct holder *holder) {
    if (holder->trust.log_count == 0) {
        return OK;
    }
    const struct witness_setup setup = {.folder = holder->settings->state,
                                        .trust = &holder->trust,
                                        .holder = keyring_holder(holder->keyring),
                                        .seed = keyring_note_seed(holder->keyring),
                                        .clock = holder->clock};
    return witness_open(&setup, &holder->witness);
}

err_t holder_open(const struct settings *settings, const struct wall_clock *clock, struct holder **out) {
    struct holder *holder = calloc(1, sizeof(*holder));
    if (holder == NULL) {
        return err_set(ERR_MEMORY, "no memory for the holder");
    }
    err_t err = lock_init(&holder->lock);
    if (err != OK) {
        free(holder);
        return err;
    }
    holder->settings = settings;
    holder->clock = clock;
    err = open_scheme(holder);
    if (err == OK) {
        err = open_shares(holder);
    }
    if (err == OK) {
        err = remember(holder);
    }
    if (err == OK) {
        err = open_budget(holder);
    }
    if (err == OK) {
        err = open_witness(holder);
    }
    if (err == OK) {
        err = holder_check_certificate(holder);
    }
    if (err != OK) {
        holder_free(holder);
        return err;
    }
    *out = holder;
    return OK;
}

void holder_free(struct holder *holder) {
    if (holder == NULL) {
        return;
    }
    access_free(holder->access);
    witness_free(holder->witness);
    holder_budget_close(holder->budget);
    keyring_free(holder->keyring);
    lock_destroy(&holder->lock);
    free(holder);
}

static err_t check_descriptor(struct holder *holder) {
    lock_read(&holder->lock);
    const bool expired = now_of(holder) >= holder->descriptor.expires;
    lock_release(&holder->lock);
    return expired ? err_set(ERR_EXPIRED, "the descriptor has expired") : OK;
}

static err_t admit(struct holder *holder, const struct tls_peer *peer, unsigned roles, struct access_grant *out) {
    return access_check(holder->access, peer, now_of(holder), roles, out);
}

// Before anything is evaluated, and for good: a request that then turns out to be wrong has cost its elements too.
static err_t charge(struct holder *holder, const struct tls_peer *peer, const struct access_grant *grant,
                    uint32_t elements, int64_t *out_retry_s) {
    const int64_t now_s = now_of(holder);
    const bool person = peer->identity.kind == URN_PERSON;
    struct limits own, agency;
    terms_resolve(&grant->terms, person ? &holder->person_limits : &holder->agency_limits, now_s, &own);
    terms_resolve(&grant->agency, &holder->agency_limits, now_s, &agency);
    return holder_budget_take(holder->budget, &peer->identity, &own, &agency, elements, now_s, out_retry_s);
}

static void log_evaluated(const struct tls_peer *peer, const struct evaluation_request *request) {
    char identity[MAX_URN + 1], retired[96] = "";
    urn_format(&peer->identity, identity);
    if (request->subject_access) {
        (void)snprintf(retired, sizeof retired, " under the retired key of epoch %llu, for a subject access",
                       (unsigned long long)request->epoch);
    }
    log_line(LOG_NOTICE, "evaluated %zu elements for %s%s", request->count, identity, retired);
}

err_t holder_evaluations(struct holder *holder, const struct tls_peer *peer, struct bytes body, int64_t *out_retry_s,
                         struct buf *out) {
    struct access_grant grant;
    struct evaluation_request request;
    struct evaluation_reply reply;
    err_t err = admit(holder, peer, ROLES_EVALUATE, &grant);
    if (err == OK) {
        err = check_descriptor(holder);
    }
    if (err == OK) {
        err = evaluation_request_read(body, &request);
    }
    if (err == OK && request.subject_access) {
        err = admit(holder, peer, ROLE_DATA_PROTECTION_OFFICER, &grant);
    }
    if (err == OK) {
        err = charge(holder, peer, &grant, (uint32_t)request.count, out_retry_s);
    }
    if (err == OK) {
        err = keyring_evaluate(holder->keyring, &request, now_of(holder), &reply);
    }
    if (err == OK) {
        err = evaluation_reply_write(&reply, out);
    }
    if (err == OK) {
        atomic_fetch_add_explicit(&holder->elements, request.count, memory_order_relaxed);
        log_evaluated(peer, &request);
    }
    return err;
}

err_t holder_key(struct holder *holder, const struct tls_peer *peer, struct bytes body, struct buf *out) {
    (void)body;
    struct access_grant grant;
    struct key_reply reply;
    err_t err = admit(holder, peer, ROLES_ANY, &grant);
    if (err != OK) {
        return err;
    }
    lock_read(&holder->lock);
    keyring_describe(holder->keyring, &holder->descriptor, &reply);
    lock_release(&holder->lock);
    return key_reply_write(&reply, out);
}

err_t holder_whoami(struct holder *holder, const struct tls_peer *peer, struct bytes body, struct buf *out) {
    (void)body;
    struct access_grant grant;
    err_t err = admit(holder, peer, ROLES_ANY, &grant);
    if (err != OK) {
        return err;
    }
    lock_read(&holder->lock);
    const uint64_t version = holder->descriptor.version;
    lock_release(&holder->lock);
    return access_whoami(&grant, peer, now_of(holder), version, out);
}

static err_t need_witness(const struct holder *holder) {
    return holder->witness != NULL ? OK : err_set(ERR_NOT_FOUND, "the trust file of this holder names no log");
}

err_t holder_witness(struct holder *holder, const struct tls_peer *peer, struct bytes body, uint64_t *out_known,
                     struct buf *out) {
    struct access_grant grant;
    struct witness_request request = {0};
    struct buf line = {0};
    err_t err = admit(holder, peer, ROLE_INDEX, &grant);
    if (err == OK) {
        err = need_witness(holder);
    }
    if (err == OK) {
        err = witness_request_read(body, &request);
    }
    if (err == OK) {
        err = witness_add(holder->witness, &request, out_known, &line);
    }
    if (err == OK) {
        err = witness_reply_write(buf_bytes(&line), out);
    }
    witness_request_free(&request);
    buf_free(&line);
    return err;
}

err_t holder_heads(struct holder *holder, const struct tls_peer *peer, struct bytes body, struct buf *out) {
    (void)body;
    struct access_grant grant;
    struct witness_heads heads = {0};
    err_t err = admit(holder, peer, ROLES_ANY, &grant);
    if (err == OK) {
        err = need_witness(holder);
    }
    if (err == OK) {
        err = witness_heads(holder->witness, &heads);
    }
    if (err == OK) {
        err = witness_heads_write(&heads, out);
    }
    witness_heads_free(&heads);
    return err;
}

err_t holder_reload_access(struct holder *holder) {
    return access_reload(holder->access);
}

err_t holder_reload_descriptor(struct holder *holder) {
    const char *path = holder->settings->server.descriptor;
    struct descriptor next;
    err_t err = descriptor_load(path, &holder->trust, now_of(holder), &next);
    if (err != OK) {
        return err;
    }
    // This thread alone writes the descriptor, so that it may be read here without the lock.
    err = descriptor_follows(&next, &holder->descriptor);
    if (err == OK) {
        err = keyring_serve(holder->keyring, &next);
    }
    if (err != OK) {
        return err_prefix(err, "%s", path);
    }
    lock_write(&holder->lock);
    holder->descriptor = next;
    lock_release(&holder->lock);
    holder->warned_at = 0;
    return OK;
}

err_t holder_check_certificate(struct holder *holder) {
    const char *path = holder->settings->server.certificate;
    struct tls_peer own;
    struct urn expected = {.kind = URN_HOLDER};
    memcpy(expected.scheme, keyring_scheme(holder->keyring), sizeof(expected.scheme));
    snprintf(expected.id, sizeof(expected.id), "%u", keyring_holder(holder->keyring));
    err_t err = tls_peer_of_file(path, &own);
    if (err != OK) {
        return err;
    }
    if (!urn_equal(&own.identity, &expected)) {
        return err_set(ERR_TLS, "%s: not the certificate of holder %s, whose share this is", path, expected.id);
    }
    holder->certificate_expires = own.certificate_expires;
    return OK;
}

static bool in_force(struct holder *holder, int64_t now_s) {
    return now_s < holder->descriptor.expires && now_s < access_roster_expires(holder->access);
}

void holder_tell_of_clock(struct holder *holder) {
    const int64_t by_s = clock_was_set_s(&holder->course, clock_now_ms(holder->clock), clock_monotonic_us());
    if (by_s != 0) {
        log_line(LOG_WARNING, "this machine's clock was set %s by %lld s", by_s > 0 ? "forward" : "back",
                 (long long)(by_s > 0 ? by_s : -by_s));
    }
}

void holder_end_overlap(struct holder *holder) {
    const int64_t now_s = now_of(holder);
    err_t err = remember(holder);
    if (err != OK) {
        log_err(err, "what is in force could not be remembered");
    }
    if (!in_force(holder, now_s)) { // or the clock is wrong: a share that is destroyed is so for good
        return;
    }
    err = keyring_end_overlap(holder->keyring, now_s);
    if (err != OK && now_s - holder->not_destroyed_at >= SECONDS_A_DAY) {
        log_err(err, "a share whose time is over could not be destroyed");
        holder->not_destroyed_at = now_s;
    }
}

void holder_measure(struct holder *holder, struct figures *out) {
    lock_read(&holder->lock);
    const int64_t descriptor_expires = holder->descriptor.expires;
    lock_release(&holder->lock);
    out->elements = atomic_load(&holder->elements);
    out->daemon.access_left_aside = access_left_aside(holder->access);
    out->daemon.descriptor_days = days_left(descriptor_expires, now_of(holder));
    out->daemon.roster_days = days_left(access_roster_expires(holder->access), now_of(holder));
}

void holder_warn_of_expiry(struct holder *holder) {
    const int64_t now_s = now_of(holder);
    access_warn_of_expiry(holder->access, now_s);
    if (holder->warned_at != 0 && now_s - holder->warned_at < SECONDS_A_DAY) {
        return;
    }
    const bool descriptor = expiry_warn("the descriptor", holder->descriptor.expires, now_s);
    const bool certificate = expiry_warn("this holder's certificate", holder->certificate_expires, now_s);
    holder->warned_at = descriptor || certificate ? now_s : 0;
}
