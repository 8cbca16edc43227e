// SPDX-License-Identifier: Apache-2.0
#include "proto/access.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/deny.h"
#include "proto/expiry.h"
#include "proto/roster.h"
#include "proto/status.h"

#define SECONDS_A_DAY 86400

struct access {
    char *roster_path, *deny_path;
    struct note_key authority;
    char scheme[MAX_ID + 1];
    pthread_rwlock_t lock; // over what follows
    struct roster *roster;
    struct deny_list deny;
    bool warned;
    int64_t warned_at;
};

// A steady stream of requests must not keep a reload waiting: writers go first.
static err_t init_lock(pthread_rwlock_t *lock) {
    pthread_rwlockattr_t attributes;
    int failed = pthread_rwlockattr_init(&attributes);
    if (failed == 0) {
        failed = pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) != 0 ||
                 pthread_rwlock_init(lock, &attributes) != 0;
        (void)pthread_rwlockattr_destroy(&attributes);
    }
    return failed == 0 ? OK : err_set(ERR_MEMORY, "no lock could be made");
}

static void read_lock(struct access *access) {
    const int failed = pthread_rwlock_rdlock(&access->lock);
    assert(failed == 0);
    (void)failed;
}

static void write_lock(struct access *access) {
    const int failed = pthread_rwlock_wrlock(&access->lock);
    assert(failed == 0);
    (void)failed;
}

static void unlock(struct access *access) {
    (void)pthread_rwlock_unlock(&access->lock);
}

static err_t copy_paths(struct access *access, const struct access_files *files) {
    access->roster_path = strdup(files->roster);
    access->deny_path = files->deny == NULL ? NULL : strdup(files->deny);
    if (access->roster_path == NULL || (files->deny != NULL && access->deny_path == NULL)) {
        return err_set(ERR_MEMORY, "no memory for the roster");
    }
    return OK;
}

static err_t load(struct access *access) {
    err_t err = roster_load(access->roster_path, &access->authority, access->scheme, &access->roster);
    if (err == OK && access->deny_path != NULL) {
        err = deny_load(access->deny_path, access->scheme, &access->deny);
        err = err == ERR_NOT_FOUND ? OK : err; // the first denial makes it
    }
    return err;
}

err_t access_load(const struct access_files *files, const struct note_key *authority, const char *scheme,
                  struct access **out) {
    struct access *access = calloc(1, sizeof(*access));
    if (access == NULL) {
        return err_set(ERR_MEMORY, "no memory for the roster");
    }
    err_t err = init_lock(&access->lock);
    if (err != OK) {
        free(access);
        return err;
    }
    access->authority = *authority;
    strncpy(access->scheme, scheme, MAX_ID);
    err = copy_paths(access, files);
    if (err == OK) {
        err = load(access);
    }
    if (err != OK) {
        access_free(access);
        return err;
    }
    *out = access;
    return OK;
}

void access_free(struct access *access) {
    if (access == NULL) {
        return;
    }
    roster_free(access->roster);
    deny_free(&access->deny);
    free(access->roster_path);
    free(access->deny_path);
    (void)pthread_rwlock_destroy(&access->lock);
    free(access);
}

static err_t reload_roster(struct access *access) {
    struct roster *next = NULL;
    err_t err = roster_load(access->roster_path, &access->authority, access->scheme, &next);
    if (err != OK) {
        return err;
    }
    write_lock(access);
    struct roster *unwanted = access->roster;
    const unsigned long long present = access->roster->version;
    if (next->version < present) {
        unwanted = next;
        err = err_set(ERR_STALE, "%s: version %llu is lower than the present %llu", access->roster_path,
                      (unsigned long long)next->version, present);
    } else {
        access->roster = next;
        access->warned = false;
    }
    unlock(access);
    roster_free(unwanted);
    return err;
}

static err_t reload_deny(struct access *access) {
    struct deny_list next = {0};
    if (access->deny_path == NULL) {
        return OK;
    }
    const err_t err = deny_load(access->deny_path, access->scheme, &next);
    if (err != OK && err != ERR_NOT_FOUND) {
        return err;
    }
    write_lock(access);
    struct deny_list unwanted = next;
    const bool lost = err == ERR_NOT_FOUND && access->deny.count > 0;
    if (!lost) {
        unwanted = access->deny;
        access->deny = next;
    }
    unlock(access);
    deny_free(&unwanted);
    return lost ? err_set(ERR_NOT_FOUND, "%s has gone although it denied somebody; an empty file would lift that",
                          access->deny_path)
                : OK;
}

err_t access_reload(struct access *access) {
    char roster_detail[256] = "";
    const err_t roster_err = reload_roster(access);
    if (roster_err != OK) {
        snprintf(roster_detail, sizeof(roster_detail), "%s", err_detail());
    }
    const err_t deny_err = reload_deny(access);
    if (roster_err != OK && deny_err != OK) {
        return err_set(roster_err, "roster: %s; deny list: %s", roster_detail, err_detail());
    }
    if (roster_err != OK) {
        return err_set(roster_err, "roster: %s", roster_detail);
    }
    return deny_err == OK ? OK : err_prefix(deny_err, "deny list");
}

static err_t check_roles(const struct roster_entry *entry, unsigned roles) {
    if ((entry->roles & roles) == 0) {
        return err_set(ERR_DENIED, "this identity has no role on the roster that may do this");
    }
    return OK;
}

static err_t check_locked(const struct access *access, const struct tls_peer *peer, int64_t now_s, unsigned roles,
                          struct access_grant *out) {
    const struct roster_entry *entry = NULL;
    err_t err = deny_check(&access->deny, &peer->identity, peer->key);
    if (err == OK) {
        err = roster_find(access->roster, peer->key, &peer->identity, now_s, &entry);
    }
    if (err == OK) {
        err = check_roles(entry, roles);
    }
    if (err == OK) {
        *out = (struct access_grant){.roles = entry->roles,
                                     .entry_expires = entry->valid_until,
                                     .roster_expires = access->roster->expires,
                                     .roster_version = access->roster->version};
    }
    return err;
}

err_t access_check(struct access *access, const struct tls_peer *peer, int64_t now_s, unsigned roles,
                   struct access_grant *out) {
    // TLS looked at the certificate when the connection was made, which may be long ago.
    if (now_s >= peer->certificate_expires) {
        return err_set(ERR_DENIED, "the certificate of this connection has expired");
    }
    read_lock(access);
    err_t err = check_locked(access, peer, now_s, roles, out);
    unlock(access);
    return err;
}

err_t access_deny(struct access *access, const char *entry) {
    if (access->deny_path == NULL) {
        return err_set(ERR_INPUT, "the configuration names no deny file");
    }
    err_t err = deny_check_entry(entry, access->scheme);
    if (err != OK) {
        return err;
    }
    write_lock(access);
    err = deny_add(&access->deny, entry);
    unlock(access);
    if (err != OK) {
        return err;
    }
    err = deny_append(access->deny_path, entry);
    return err == OK ? OK : err_prefix(err, "denied until the next reload alone");
}

err_t access_append_denial(const char *path, const char *entry) {
    return deny_append(path, entry);
}

typedef char agency_id[MAX_ID + 1];

static bool is_feed(const struct roster_entry *entry, int64_t now_s) {
    return entry->identity.kind == URN_AGENCY && (entry->roles & ROLE_AGENCY) != 0 && !entry->suspended &&
           now_s >= entry->valid_from && now_s < entry->valid_until;
}

static err_t list_feeds(struct access *access, int64_t now_s, agency_id **out, size_t *out_count) {
    const struct roster *roster = access->roster;
    agency_id *feeds = calloc(roster_feeds(roster, now_s) + 1, sizeof(*feeds));
    size_t count = 0;
    if (feeds == NULL) {
        return err_set(ERR_MEMORY, "no memory for the feeds");
    }
    for (size_t i = 0; i < roster->count; i++) {
        if (is_feed(&roster->entries[i], now_s)) {
            memcpy(feeds[count++], roster->entries[i].identity.id, sizeof(*feeds));
        }
    }
    *out = feeds;
    *out_count = count;
    return OK;
}

err_t access_each_feed(struct access *access, int64_t now_s, void (*each)(const char *agency, void *ctx), void *ctx) {
    agency_id *feeds = NULL;
    size_t count = 0;
    read_lock(access);
    err_t err = list_feeds(access, now_s, &feeds, &count);
    unlock(access);
    for (size_t i = 0; i < count; i++) {
        each(feeds[i], ctx);
    }
    free(feeds);
    return err;
}

void access_warn_of_expiry(struct access *access, int64_t now_s) {
    write_lock(access);
    if (!access->warned || now_s - access->warned_at >= SECONDS_A_DAY) {
        access->warned = expiry_warn("the roster", access->roster->expires, now_s);
        access->warned_at = now_s;
    }
    unlock(access);
}

err_t access_whoami(const struct access_grant *grant, const struct tls_peer *peer, int64_t now_s,
                    uint64_t descriptor_version, struct buf *out) {
    struct whoami whoami = {.roles = grant->roles,
                            .time = now_s,
                            .certificate_expires = peer->certificate_expires,
                            .entry_expires = grant->entry_expires,
                            .roster_expires = grant->roster_expires,
                            .roster_version = grant->roster_version,
                            .descriptor_version = descriptor_version};
    urn_format(&peer->identity, whoami.identity);
    return whoami_write(&whoami, out);
}
