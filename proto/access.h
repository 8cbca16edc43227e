// SPDX-License-Identifier: Apache-2.0
// Who may come in, for both daemons: the present roster and the local deny list. Every request is checked, also on a
// connection that has been open for long, and looks first whether one of the two files has changed, unless one before
// it has just looked: what is in force is never older than the files a millisecond before the request. Any thread; a
// reload swaps roster and list whole, each for itself.
#ifndef PROTO_ACCESS_H
#define PROTO_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "proto/budget.h"
#include "proto/role.h"
#include "proto/tls.h"

struct access_files { // copied
    const char *roster;
    const char *deny; // of proto/deny.h; NULL: no list
    // A look at them serves the requests of so long: two system calls at each of thirty a millisecond would be a tenth
    // of their cost. 0: of none but its own.
    int64_t look_serves_us;
};
#define ACCESS_LOOK_SERVES_US 1000 // of a daemon

struct access;

// Loads both files; a deny file that is missing is an empty list. An expired roster loads and lets nobody in.
// ERR_INPUT, ERR_SIGNATURE, ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
err_t access_load(const struct access_files *files, const struct note_key *authority, const char *scheme,
                  struct access **out);
void access_free(struct access *access); // NULL is harmless

// Takes each of the two files that is good and keeps the old where it is not: a broken roster does not hold up a
// denial. ERR_STALE for a roster of a lower version, ERR_NOT_FOUND for a deny file that has gone although it denied
// somebody; otherwise as access_load. The detail names what was kept.
err_t access_reload(struct access *access);

struct access_grant { // a copy: valid after any reload
    unsigned roles;
    int64_t entry_expires, roster_expires;     // seconds
    int64_t vetting_expires, training_expires; // seconds; 0: not stated
    uint64_t roster_version;
    struct terms terms;  // of the identity
    struct terms agency; // of a person's agency
};
// Whether this peer may act now in one of `roles` (bits of enum role). ERR_EXPIRED: the roster; ERR_DENIED: by the deny
// list, the roster, the roles, or a certificate that expired while its connection stayed open. The detail says which.
err_t access_check(struct access *access, const struct tls_peer *peer, int64_t now_s, unsigned roles,
                   struct access_grant *out);

// Whether an agency's system may act for this person now; *out are the person's terms, of zeros where the roster has no
// entry. ERR_DENIED: on the deny list, barred, suspended, or outside validity, vetting or training.
err_t access_check_person(struct access *access, const struct urn *person, int64_t now_s, struct terms *out);

// Denies a person, an agency with all its people, or a key's 64 hex digits from now on, and writes it to the deny file
// durably. When only the writing fails the denial holds until the next reload, and the error says so. ERR_INPUT.
err_t access_deny(struct access *access, const char *entry);
// The file alone, for a daemon that is stopped. ERR_INPUT, ERR_IO, ERR_FULL.
err_t access_append_denial(const char *path, const char *entry);

// Calls `each` with the id of every agency that is expected to feed the index now. The calls are made without any lock.
// ERR_MEMORY.
err_t access_each_feed(struct access *access, int64_t now_s, void (*each)(const char *agency, void *ctx), void *ctx);
// Whether this agency is one of them.
bool access_expects_feed(struct access *access, const char *agency, int64_t now_s);
// The same with every agency that stands on the roster, or of which a person does, whether or not it may act now.
err_t access_each_agency(struct access *access, void (*each)(const char *agency, void *ctx), void *ctx);

// Whether anybody of the agency may come in now, as the roster and the deny list stand.
bool access_admits_agency(struct access *access, const char *agency, int64_t now_s);

// Whether a file that was read last was bad, so that the old one stays in force.
bool access_left_aside(const struct access *access);
int64_t access_roster_expires(struct access *access); // seconds

uint64_t access_roster_version(struct access *access); // the present one's

// Logs when the roster expires soon or has expired: at once, and then no more than once a day.
void access_warn_of_expiry(struct access *access, int64_t now_s);

// Appends the body of GET /v1/whoami. ERR_MEMORY.
err_t access_whoami(const struct access_grant *grant, const struct tls_peer *peer, int64_t now_s,
                    uint64_t descriptor_version, struct buf *out);

#endif
