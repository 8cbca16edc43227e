// SPDX-License-Identifier: Apache-2.0
#include "indexd/blocks.h"
#include "base/json.h"
#include "indexd/commands/commands.h"

struct listing {
    const char *scheme;
    json_t *blocks;
    bool failed;
};

static void add(const char *name, const struct block_facts *facts, void *ctx) {
    struct listing *listing = ctx;
    struct urn urn;
    char who[MAX_URN + 1];
    account_urn(name, listing->scheme, &urn);
    urn_format(&urn, who);
    json_t *row = json_pack("{s:s, s:o, s:s}", "who", who, "since", json_time(facts->since_s), "why", facts->why);
    listing->failed = json_array_append_new(listing->blocks, row) != 0 || listing->failed;
}

err_t command_blocked(struct service *service, const json_t *command, json_t *reply) {
    struct scheme_status status;
    service_scheme_status(service, &status);
    struct listing listing = {.scheme = status.scheme, .blocks = json_array()};
    err_t err = json_read(command, NULL, 0);
    if (!err) {
        err = engine_each_block(service->engine, add, &listing);
    }
    if (!err && (listing.failed || json_object_set(reply, "blocked", listing.blocks) != 0)) {
        err = err_set(ERR_MEMORY, "no memory for the list");
    }
    json_decref(listing.blocks);
    return err;
}
