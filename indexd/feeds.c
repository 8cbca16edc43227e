// SPDX-License-Identifier: Apache-2.0
#include "indexd/feeds.h"

#include <string.h>

#include "base/clock.h"

#define SECONDS_A_DAY 86400

static err_t look_at(const struct feeds *feeds, const char *agency, int64_t now_s, struct feed *out) {
    struct feed feed = {0};
    memcpy(feed.agency, agency, strlen(agency));
    err_t err = engine_last_fed(feeds->engine, agency, &feed.last_day, &feed.moved);
    feed.fresh = feed.last_day > 0 && feed.last_day >= now_s / SECONDS_A_DAY - feeds->fresh_days;
    if (!err) {
        *out = feed;
    }
    return err;
}

struct looking {
    const struct feeds *feeds;
    int64_t now_s;
    void (*each)(const struct feed *feed, void *ctx);
    void *ctx;
    err_t err;
};

static void look_at_one(const char *agency, void *ctx) {
    struct looking *looking = ctx;
    struct feed feed;
    if (!looking->err) {
        looking->err = look_at(looking->feeds, agency, looking->now_s, &feed);
    }
    if (!looking->err) {
        looking->each(&feed, looking->ctx);
    }
}

err_t feeds_each(const struct feeds *feeds, int64_t now_s, void (*each)(const struct feed *feed, void *ctx),
                 void *ctx) {
    struct looking looking = {.feeds = feeds, .now_s = now_s, .each = each, .ctx = ctx};
    err_t err = access_each_feed(feeds->access, now_s, look_at_one, &looking);
    return err ? err : looking.err;
}

err_t feeds_check_change(const struct feeds *feeds, const struct urn *who, int64_t now_s) {
    if (who->kind != URN_PERSON || !access_expects_feed(feeds->access, who->id, now_s)) {
        return OK;
    }
    struct feed feed;
    err_t err = look_at(feeds, who->id, now_s, &feed);
    if (err || !feed.fresh) {
        return err;
    }
    char day[CLOCK_TEXT_SIZE];
    clock_format(feed.last_day * SECONDS_A_DAY, day);
    return err_set(
        ERR_DENIED,
        "the agency %s has a feed (the last changes came on %.10s): enter this in the agency's own system, and "
        "the feed brings it here; asking is not affected",
        feed.agency, day);
}
