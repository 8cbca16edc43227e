// SPDX-License-Identifier: Apache-2.0
#include "indexd/service.h"

#include <string.h>

#include "base/log.h"

#define SECONDS_A_DAY 86400

static void status_of(const struct service *service, const struct descriptor *descriptor,
                      struct scheme_status *status) {
    memcpy(status->scheme, descriptor->scheme, sizeof status->scheme);
    status->epochs = engine_epochs(service->engine);
    status->generation = descriptor->generation;
    status->descriptor_version = descriptor->version;
}

err_t service_init(struct service *service, const struct descriptor *descriptor) {
    service->slots = descriptor->slot_count;
    service->descriptor = *descriptor;
    service->status = (struct scheme_status){0};
    status_of(service, descriptor, &service->status);
    engine_store_id(service->engine, service->status.store_id);
    err_t err = lock_init(&service->lock);
    if (err) {
        return err;
    }
    err = service_count_feeds(service);
    if (err) {
        service_destroy(service);
    }
    return err;
}

void service_destroy(struct service *service) {
    lock_destroy(&service->lock);
}

static bool same_slot(const struct descriptor_slot *a, const struct descriptor_slot *b) {
    return strcmp(a->name, b->name) == 0 && a->tier == b->tier;
}

static err_t same_slots(const struct descriptor *next, const struct descriptor *present) {
    bool same = next->slot_count == present->slot_count;
    for (size_t i = 0; same && i < next->slot_count; i++) {
        same = same_slot(&next->slots[i], &present->slots[i]);
    }
    return same ? OK : err_set(ERR_STALE, "the new descriptor has other slots: that needs a new store");
}

// Which feeds stand in the way of the end of an epoch; those on no roster are counted by the engine.
struct waiting {
    uint32_t epoch;
    struct buf names;
};

static void add_waiting(const struct feed *feed, void *ctx) {
    struct waiting *waiting = ctx;
    if (feed->last_day > 0 && feed->moved < waiting->epoch) {
        buf_printf(&waiting->names, "%s%s", waiting->names.len > 0 ? ", " : "", feed->agency);
    }
}

static err_t check_moved(struct service *service, const struct descriptor *next) {
    struct waiting waiting = {.epoch = next->epoch};
    const struct feeds feeds = service_feeds(service);
    err_t err = feeds_each(&feeds, clock_now_s(service->clock), add_waiting, &waiting);
    const char *names = buf_str(&waiting.names);
    if (!err && waiting.names.len > 0) {
        err = err_set(ERR_STALE, "the epoch before cannot be dropped: not moved to epoch %u: %s", next->epoch,
                      names ? names : "");
    }
    buf_free(&waiting.names);
    return err;
}

// The main thread alone writes the descriptor, so that it may read it without the lock.
err_t service_set_descriptor(struct service *service, const struct descriptor *next) {
    err_t err = descriptor_follows(next, &service->descriptor);
    if (!err) {
        err = same_slots(next, &service->descriptor);
    }
    if (!err && engine_epochs(service->engine).count > 1 && !descriptor_rotates(next)) {
        err = check_moved(service, next);
    }
    if (!err) {
        err = engine_follow(service->engine, next);
    }
    if (err) {
        return err;
    }
    lock_write(&service->lock);
    service->descriptor = *next;
    status_of(service, next, &service->status);
    lock_release(&service->lock);
    return OK;
}

struct feed_count {
    uint64_t fresh, total;
};

static void count_feed(const struct feed *feed, void *ctx) {
    struct feed_count *count = ctx;
    count->total++;
    count->fresh += feed->fresh ? 1 : 0;
}

struct feeds service_feeds(const struct service *service) {
    return (struct feeds){service->engine, service->access, service->feed_fresh_days};
}

err_t service_count_feeds(struct service *service) {
    int64_t now_s = clock_now_s(service->clock);
    struct feed_count count = {0};
    const struct feeds feeds = service_feeds(service);
    err_t err = feeds_each(&feeds, now_s, count_feed, &count);
    if (err) {
        return err;
    }
    lock_write(&service->lock);
    service->status.feeds_fresh = count.fresh;
    service->status.feeds_total = count.total;
    service->status.feeds_as_of = now_s;
    lock_release(&service->lock);
    return OK;
}

err_t service_count_feeds_daily(struct service *service) {
    lock_read(&service->lock);
    int64_t counted = service->status.feeds_as_of / SECONDS_A_DAY;
    lock_release(&service->lock);
    return counted == clock_now_s(service->clock) / SECONDS_A_DAY ? OK : service_count_feeds(service);
}

void service_scheme_status(struct service *service, struct scheme_status *out) {
    lock_read(&service->lock);
    *out = service->status;
    lock_release(&service->lock);
}

void service_descriptor(struct service *service, struct descriptor *out) {
    lock_read(&service->lock);
    *out = service->descriptor;
    lock_release(&service->lock);
}

uint64_t service_descriptor_version(struct service *service) {
    lock_read(&service->lock);
    uint64_t version = service->descriptor.version;
    lock_release(&service->lock);
    return version;
}

int64_t service_descriptor_expires(struct service *service) {
    lock_read(&service->lock);
    const int64_t expires = service->descriptor.expires;
    lock_release(&service->lock);
    return expires;
}
