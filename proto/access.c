// SPDX-License-Identifier: Apache-2.0
#include "proto/access.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/log.h"
#include "proto/deny.h"
#include "proto/expiry.h"
#include "proto/roster.h"
#include "proto/status.h"

#define SECONDS_A_DAY 86400

struct access {
    char *roster_path, *deny_path;
    int64_t look_serves_us;
    _Atomic int64_t looked_us; // when the last look began, of those that have ended
    struct note_key authority;
    char scheme[MAX_ID + 1];
    pthread_mutex_t reloading;                  // one at a time; before `lock`
    atomic_bool left_aside;                     // what was last read of the files was not good
    struct lock lock;                           // over what follows
    struct file_stamp roster_stamp, deny_stamp; // of the files as they were last read, good or bad
    struct roster *roster;
    struct deny_list deny;
    bool warned;
    int64_t warned_at;
};

static err_t copy_files(struct access *access, const struct access_files *files) {
    access->look_serves_us = files->look_serves_us;
    access->roster_path = strdup(files->roster);
    access->deny_path = files->deny == NULL ? NULL : strdup(files->deny);
    if (access->roster_path == NULL || (files->deny != NULL && access->deny_path == NULL)) {
        return err_set(ERR_MEMORY, "no memory for the roster");
    }
    return OK;
}

struct stamps {
    struct file_stamp roster, deny;
};

static void stamps_of_files(const struct access *access, struct stamps *out) {
    *out = (struct stamps){0};
    file_stamp(access->roster_path, &out->roster);
    if (access->deny_path != NULL) {
        file_stamp(access->deny_path, &out->deny);
    }
}

static bool is_present(struct access *access, const struct stamps *stamps) {
    lock_read(&access->lock);
    const bool same = file_stamp_equal(&stamps->roster, &access->roster_stamp) &&
                      file_stamp_equal(&stamps->deny, &access->deny_stamp);
    lock_release(&access->lock);
    return same;
}

// Before the files are read: what changes while they are leads to another reading.
static void note_stamps(struct access *access, const struct stamps *stamps) {
    lock_write(&access->lock);
    access->roster_stamp = stamps->roster;
    access->deny_stamp = stamps->deny;
    lock_release(&access->lock);
}

static err_t load(struct access *access) {
    struct stamps stamps;
    atomic_store(&access->looked_us, clock_monotonic_us());
    stamps_of_files(access, &stamps);
    note_stamps(access, &stamps);
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
    err_t err = lock_init(&access->lock);
    (void)pthread_mutex_init(&access->reloading, NULL);
    if (err != OK) {
        free(access);
        return err;
    }
    access->authority = *authority;
    strncpy(access->scheme, scheme, MAX_ID);
    err = copy_files(access, files);
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
    lock_destroy(&access->lock);
    (void)pthread_mutex_destroy(&access->reloading);
    free(access);
}

static err_t reload_roster(struct access *access) {
    struct roster *next = NULL;
    err_t err = roster_load(access->roster_path, &access->authority, access->scheme, &next);
    if (err != OK) {
        return err;
    }
    lock_write(&access->lock);
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
    lock_release(&access->lock);
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
    lock_write(&access->lock);
    struct deny_list unwanted = next;
    const bool lost = err == ERR_NOT_FOUND && access->deny.count > 0;
    if (!lost) {
        unwanted = access->deny;
        access->deny = next;
    }
    lock_release(&access->lock);
    deny_free(&unwanted);
    return lost ? err_set(ERR_NOT_FOUND, "%s has gone although it denied somebody; an empty file would lift that",
                          access->deny_path)
                : OK;
}

static bool is_unread(err_t err) {
    return err == ERR_MEMORY || err == ERR_IO || err == ERR_CRYPTO;
}

// `*out_unread`: one of them may well be good.
static err_t reload_both(struct access *access, bool *out_unread) {
    char roster_detail[256] = "";
    const err_t roster_err = reload_roster(access);
    if (roster_err != OK) {
        snprintf(roster_detail, sizeof(roster_detail), "%s", err_detail());
    }
    const err_t deny_err = reload_deny(access);
    atomic_store(&access->left_aside, roster_err != OK || deny_err != OK);
    *out_unread = is_unread(roster_err) || is_unread(deny_err);
    if (roster_err != OK && deny_err != OK) {
        return err_set(deny_err == ERR_MEMORY ? deny_err : roster_err, "roster: %s; deny list: %s", roster_detail,
                       err_detail());
    }
    if (roster_err != OK) {
        return err_set(roster_err, "roster: %s", roster_detail);
    }
    return deny_err == OK ? OK : err_prefix(deny_err, "deny list");
}

// A file that is bad is left aside until it changes; one that could not be read is tried again by the next request.
static err_t take_files(struct access *access, const struct stamps *stamps) {
    static const struct stamps none;
    note_stamps(access, stamps);
    bool unread = false;
    const err_t err = reload_both(access, &unread);
    if (unread) {
        note_stamps(access, &none);
    }
    return err;
}

err_t access_reload(struct access *access) {
    struct stamps stamps;
    (void)pthread_mutex_lock(&access->reloading);
    stamps_of_files(access, &stamps);
    const err_t err = take_files(access, &stamps);
    (void)pthread_mutex_unlock(&access->reloading);
    return err;
}

// Takes files that have changed. Whoever looks while they are read waits. ERR_MEMORY: nobody may be judged now.
static err_t look(struct access *access) {
    struct stamps stamps;
    err_t err = OK;
    stamps_of_files(access, &stamps);
    if (is_present(access, &stamps)) {
        return OK;
    }
    (void)pthread_mutex_lock(&access->reloading);
    stamps_of_files(access, &stamps);
    if (!is_present(access, &stamps)) {
        err = take_files(access, &stamps);
        if (err == ERR_MEMORY) {
            log_err(err, "roster and deny list: changed, and not read yet: everybody is refused until they are");
        } else if (err != OK) {
            log_err(err, "roster and deny list: a bad file was left aside and the old stays in force");
        } else {
            log_line(LOG_NOTICE, "took the changed roster or deny list: roster version %llu",
                     (unsigned long long)access->roster->version);
        }
    }
    (void)pthread_mutex_unlock(&access->reloading);
    return err == ERR_MEMORY ? err : OK;
}

// The time is that of the look's beginning and stands when it has ended: nobody relies on one that is still going on.
static err_t refresh(struct access *access) {
    const int64_t now_us = clock_monotonic_us();
    if (now_us - atomic_load(&access->looked_us) < access->look_serves_us) {
        return OK;
    }
    err_t err = look(access);
    if (err == OK) {
        atomic_store(&access->looked_us, now_us);
    }
    return err;
}

static err_t check_roles(const struct roster_entry *entry, unsigned roles) {
    if ((entry->roles & roles) == 0) {
        return err_set(ERR_DENIED, "this identity has no role on the roster that may do this");
    }
    return OK;
}

static struct terms terms_of_agency(const struct roster *roster, const struct urn *person) {
    struct urn agency = *person;
    agency.kind = URN_AGENCY;
    agency.person[0] = '\0';
    const struct roster_entry *entry = roster_entry_of(roster, &agency);
    return entry == NULL ? (struct terms){0} : entry->terms;
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
                                     .vetting_expires = entry->vetting_until,
                                     .training_expires = entry->training_until,
                                     .roster_version = access->roster->version,
                                     .terms = entry->terms};
        if (entry->identity.kind == URN_PERSON) {
            out->agency = terms_of_agency(access->roster, &entry->identity);
        }
    }
    return err;
}

err_t access_check(struct access *access, const struct tls_peer *peer, int64_t now_s, unsigned roles,
                   struct access_grant *out) {
    // TLS looked at the certificate when the connection was made, which may be long ago.
    if (now_s >= peer->certificate_expires) {
        return err_set(ERR_DENIED, "the certificate of this connection has expired");
    }
    err_t err = refresh(access);
    if (err != OK) {
        return err;
    }
    lock_read(&access->lock);
    err = check_locked(access, peer, now_s, roles, out);
    lock_release(&access->lock);
    return err;
}

err_t access_check_person(struct access *access, const struct urn *person, int64_t now_s, struct terms *out) {
    static const uint8_t no_key[KEY_HASH_SIZE];
    lock_read(&access->lock); // the caller's own check has looked at the files
    err_t err = deny_check(&access->deny, person, no_key);
    err = err == OK ? roster_find_person(access->roster, person, now_s) : err_prefix(err, "the person named");
    if (err == OK) {
        const struct roster_entry *entry = roster_entry_of(access->roster, person);
        *out = entry == NULL ? (struct terms){0} : entry->terms;
    }
    lock_release(&access->lock);
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
    lock_write(&access->lock);
    err = deny_add(&access->deny, entry);
    lock_release(&access->lock);
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

static int compare_ids(const void *a, const void *b) {
    return strcmp(a, b);
}

static err_t list_agencies(const struct roster *roster, agency_id **out, size_t *out_count) {
    agency_id *ids = calloc(roster->count + 1, sizeof(*ids));
    size_t count = 0;
    size_t kept = 0;
    if (ids == NULL) {
        return err_set(ERR_MEMORY, "no memory for the agencies");
    }
    for (size_t i = 0; i < roster->count; i++) {
        const struct urn *identity = &roster->entries[i].identity;
        if (identity->kind == URN_AGENCY || identity->kind == URN_PERSON) {
            memcpy(ids[count++], identity->id, sizeof(*ids));
        }
    }
    qsort(ids, count, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || strcmp(ids[kept - 1], ids[i]) != 0) {
            memmove(ids[kept++], ids[i], sizeof(*ids));
        }
    }
    *out = ids;
    *out_count = kept;
    return OK;
}

err_t access_each_agency(struct access *access, void (*each)(const char *agency, void *ctx), void *ctx) {
    agency_id *ids = NULL;
    size_t count = 0;
    lock_read(&access->lock);
    err_t err = list_agencies(access->roster, &ids, &count);
    lock_release(&access->lock);
    for (size_t i = 0; i < count; i++) {
        each(ids[i], ctx);
    }
    free(ids);
    return err;
}

err_t access_each_feed(struct access *access, int64_t now_s, void (*each)(const char *agency, void *ctx), void *ctx) {
    agency_id *feeds = NULL;
    size_t count = 0;
    lock_read(&access->lock);
    err_t err = list_feeds(access, now_s, &feeds, &count);
    lock_release(&access->lock);
    for (size_t i = 0; i < count; i++) {
        each(feeds[i], ctx);
    }
    free(feeds);
    return err;
}

bool access_left_aside(const struct access *access) {
    return atomic_load(&access->left_aside);
}

int64_t access_roster_expires(struct access *access) {
    lock_read(&access->lock);
    const int64_t expires = access->roster->expires;
    lock_release(&access->lock);
    return expires;
}

static bool entry_comes_in(const struct access *access, const struct roster_entry *entry, int64_t now_s) {
    const struct roster_entry *found = NULL;
    for (size_t i = 0; i < entry->key_count; i++) {
        if (deny_check(&access->deny, &entry->identity, entry->keys[i]) == OK &&
            roster_find(access->roster, entry->keys[i], &entry->identity, now_s, &found) == OK) {
            return true;
        }
    }
    return false;
}

bool access_admits_agency(struct access *access, const char *agency, int64_t now_s) {
    bool admitted = false;
    lock_read(&access->lock);
    for (size_t i = 0; i < access->roster->count && !admitted; i++) {
        const struct roster_entry *entry = &access->roster->entries[i];
        bool of_agency = (entry->identity.kind == URN_AGENCY || entry->identity.kind == URN_PERSON) &&
                         strcmp(entry->identity.id, agency) == 0;
        admitted = of_agency && entry_comes_in(access, entry, now_s);
    }
    lock_release(&access->lock);
    return admitted;
}

bool access_expects_feed(struct access *access, const char *agency, int64_t now_s) {
    struct urn system = {.kind = URN_AGENCY};
    memcpy(system.id, agency, strnlen(agency, MAX_ID));
    lock_read(&access->lock);
    const struct roster_entry *entry = roster_entry_of(access->roster, &system);
    const bool expected = entry != NULL && is_feed(entry, now_s);
    lock_release(&access->lock);
    return expected;
}

uint64_t access_roster_version(struct access *access) {
    lock_read(&access->lock);
    const uint64_t version = access->roster->version;
    lock_release(&access->lock);
    return version;
}

void access_warn_of_expiry(struct access *access, int64_t now_s) {
    lock_write(&access->lock);
    if (!access->warned || now_s - access->warned_at >= SECONDS_A_DAY) {
        access->warned = expiry_warn("the roster", access->roster->expires, now_s);
        access->warned_at = now_s;
    }
    lock_release(&access->lock);
}

err_t access_whoami(const struct access_grant *grant, const struct tls_peer *peer, int64_t now_s,
                    uint64_t descriptor_version, struct buf *out) {
    struct whoami whoami = {.roles = grant->roles,
                            .time = now_s,
                            .certificate_expires = peer->certificate_expires,
                            .entry_expires = grant->entry_expires,
                            .roster_expires = grant->roster_expires,
                            .vetting_expires = grant->vetting_expires,
                            .training_expires = grant->training_expires,
                            .roster_version = grant->roster_version,
                            .descriptor_version = descriptor_version};
    urn_format(&peer->identity, whoami.identity);
    return whoami_write(&whoami, out);
}
