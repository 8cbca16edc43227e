// SPDX-License-Identifier: Apache-2.0
#include "client/sync_send.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/changes.h"

#define ALONE_MAX (sizeof((struct sync_sender *)0)->alone / sizeof(struct sync_work *))

// The changes of some works, one work after the other.
struct parcel {
    struct sync_work *const *works;
    size_t count;
    struct change *changes;
    size_t change_count;
};

static err_t parcel_make(struct sync_work *const *works, size_t count, struct parcel *out) {
    struct parcel parcel = {.works = works, .count = count};
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += sync_work_change_count(works[i]);
    }
    parcel.changes = calloc(total + 1, sizeof *parcel.changes);
    if (parcel.changes == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu changes", total);
    }
    for (size_t i = 0; i < count; i++) {
        sync_work_changes(works[i], parcel.changes + parcel.change_count);
        parcel.change_count += sync_work_change_count(works[i]);
    }
    *out = parcel;
    return OK;
}

static void parcel_free(struct parcel *parcel) {
    secret_wipe(parcel->changes, (parcel->change_count + 1) * sizeof *parcel->changes);
    free(parcel->changes);
}

// Hands the results of the changes from `first` on to the works that they belong to.
static void take_results(const struct parcel *parcel, size_t first, const struct involvement_reply *reply) {
    size_t at = 0;
    for (size_t i = 0; i < parcel->count; i++) {
        size_t end = at + sync_work_change_count(parcel->works[i]);
        size_t from = at > first ? at : first;
        size_t to = end < first + reply->count ? end : first + reply->count;
        if (from < to) {
            sync_work_results(parcel->works[i], from - at, reply->results + (from - first), to - from);
        }
        at = end;
    }
}

// A single child may have more changes than a request holds: they follow in their order.
static err_t post_parcel(struct session *session, const struct parcel *parcel) {
    struct involvement_request request = {.slots = session->descriptor.slot_count, .epochs = session_epochs(session)};
    struct involvement_reply reply;
    err_t err = OK;
    for (size_t first = 0; err == OK && first < parcel->change_count; first += request.count) {
        size_t left = parcel->change_count - first;
        request.changes = parcel->changes + first;
        request.count = left < MAX_CHILDREN ? left : MAX_CHILDREN;
        err = changes_post(session, &request, &reply);
        if (err == OK) {
            take_results(parcel, first, &reply);
        }
    }
    return err;
}

static err_t post_works(struct session *session, struct sync_work *const *works, size_t count) {
    struct parcel parcel = {0};
    err_t err = parcel_make(works, count, &parcel);
    if (err == OK) {
        err = post_parcel(session, &parcel);
        parcel_free(&parcel);
    }
    return err;
}

// An answer of the index about these changes, rather than about the way to it or about this client.
static bool concerns_changes(err_t err) {
    return err == ERR_INPUT || err == ERR_TOO_LARGE || err == ERR_UNAVAILABLE || err == ERR_REFUSED;
}

static void forget_results(struct sync_work *const *works, size_t count) {
    for (size_t i = 0; i < count; i++) {
        works[i]->found = 0;
        works[i]->not_found = 0;
    }
}

// False: too many in turn for it to be about them.
static bool refused_alone(struct sync_sender *sender, struct sync_work *work) {
    work->refusal = strdup(sender->failure.detail);
    sender->alone[sender->alone_count++] = work;
    if (sender->alone_count < ALONE_MAX) {
        return true;
    }
    for (size_t i = 0; i < sender->alone_count; i++) {
        free(sender->alone[i]->refusal);
        sender->alone[i]->refusal = NULL;
    }
    return false;
}

// Sends the works in one request. ERR_* with the reason in the sender's `failure`.
static err_t send_together(struct sync_sender *sender, struct sync_work *const *works, size_t count) {
    err_t err = post_works(sender->session, works, count);
    if (err != OK) {
        outcome_of_index(err, &sender->failure);
        forget_results(works, count);
        return err;
    }
    sender->taken++;
    sender->alone_count = 0;
    for (size_t i = 0; i < count; i++) {
        sync_work_settle(works[i]);
    }
    return OK;
}

static bool send_alone(struct sync_sender *sender, struct sync_work *work) {
    err_t err = send_together(sender, &work, 1);
    return err == OK || (concerns_changes(err) && refused_alone(sender, work));
}

static bool send_works(struct sync_sender *sender, struct sync_work *const *works, size_t count) {
    err_t err = send_together(sender, works, count);
    bool on = err == OK || concerns_changes(err);
    for (size_t i = 0; err != OK && on && i < count; i++) {
        on = send_alone(sender, works[i]);
    }
    return on;
}

// How many works go into one request: at least one.
static size_t fitting(struct sync_work *const *works, size_t count) {
    size_t changes = 0, take = 0;
    while (take < count) {
        changes += sync_work_change_count(works[take]);
        if (take > 0 && changes > MAX_CHILDREN) {
            break;
        }
        take++;
    }
    return take;
}

bool sync_send(struct sync_sender *sender, struct sync_work *const *works, size_t count) {
    for (size_t first = 0, take = 0; first < count; first += take) {
        take = fitting(works + first, count - first);
        if (!send_works(sender, works + first, take)) {
            return false;
        }
    }
    return true;
}

bool sync_send_none(struct sync_sender *sender, bool moved) {
    const struct involvement_request request = {
        .slots = sender->session->descriptor.slot_count, .epochs = session_epochs(sender->session), .moved = moved};
    struct involvement_reply reply;
    err_t err = changes_post(sender->session, &request, &reply);
    if (err != OK) {
        outcome_of_index(err, &sender->failure);
    }
    return err == OK;
}
