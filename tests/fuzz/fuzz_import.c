// SPDX-License-Identifier: Apache-2.0
// A first load from any file: what is taken opens as a store that holds so many involvements, all of agencies.
//
// Covers: indexd/import_line.c indexd/import.c
#include <stdio.h>
#include <string.h>

#include "indexd/engine.h"
#include "indexd/import_line.h"
#include "proto/urn.h"
#include "tests/fuzz/fuzz.h"

#define SLOTS 3

static int64_t tell_ms(void *ctx) {
    (void)ctx;
    return INT64_C(1795430220000);
}
static const struct wall_clock clock_here = {.now_ms = tell_ms};

struct lines {
    struct bytes left;
    uint64_t involvements;
};

static err_t next_line(void *ctx, char agency[MAX_ID + 1], struct involvement_request *out, bool *out_more) {
    struct lines *lines = ctx;
    const uint8_t *end = lines->left.len == 0 ? NULL : memchr(lines->left.data, '\n', lines->left.len);
    *out_more = lines->left.len > 0;
    if (!*out_more) {
        return OK;
    }
    struct bytes line = bytes_of(lines->left.data, end == NULL ? lines->left.len : (size_t)(end - lines->left.data));
    size_t whole = line.len + (end == NULL ? 0 : 1);
    lines->left = bytes_of(lines->left.data + whole, lines->left.len - whole);
    err_t err = import_line_read(line, SLOTS, agency, out);
    if (err == OK) {
        MUST(urn_id_valid(agency) && out->count <= MAX_CHILDREN);
        lines->involvements += out->count;
    }
    return err;
}

static void describe(struct descriptor *descriptor) {
    static const char *const names[SLOTS] = {"nhs", "names", "sound"};
    *descriptor = (struct descriptor){.scheme = "demo", .epoch = 1, .generation = 1, .slot_count = SLOTS};
    for (size_t i = 0; i < SLOTS; i++) {
        (void)snprintf(descriptor->slots[i].name, sizeof descriptor->slots[i].name, "%s", names[i]);
        descriptor->slots[i].tier = i == 2 ? TIER_SIMILAR : TIER_SURE;
        memset(descriptor->slots[i].canary_token, 0xc0 + (int)i, TOKEN_SIZE);
    }
}

static void check_store(const struct engine_settings *settings, const struct descriptor *descriptor) {
    struct engine *engine = NULL;
    struct engine_stats stats;
    MUST(engine_open(settings, descriptor, &engine) == OK);
    MUST(engine_scrub(engine, NULL) == OK && engine_stats(engine, &stats) == OK);
    engine_close(engine);
}

static void make_store(const struct engine_settings *settings, const struct descriptor *descriptor) {
    static bool made;
    if (!made) {
        (void)fuzz_folder();
        MUST(engine_init(settings, descriptor) == OK);
        fuzz_folder_keep();
    }
    made = true;
    (void)fuzz_folder_kept();
}

static void try_import(struct bytes text) {
    static struct descriptor descriptor;
    char store[96];
    struct lines lines = {.left = text};
    const struct engine_import source = {.next = next_line, .ctx = &lines};
    uint64_t involvements = 0;
    (void)snprintf(store, sizeof store, "%s/store", fuzz_folder());
    const struct engine_settings settings = {
        .store = store, .map_size = 16 << 20, .batch_max = 1024, .clock = &clock_here};
    describe(&descriptor);
    make_store(&settings, &descriptor);
    if (engine_import(&settings, &descriptor, &source, &involvements) == OK) {
        const bool none = involvements == 0;
        MUST(involvements == lines.involvements);
        check_store(&settings, &descriptor);
        lines = (struct lines){.left = text};
        err_t again = engine_import(&settings, &descriptor, &source, &involvements);
        MUST(again == (none ? OK : ERR_EXISTS));
        descriptor.has_previous = true;
        descriptor.previous.epoch = 2;
        MUST(engine_import(&settings, &descriptor, &source, &involvements) != OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct lines lines = {.left = bytes_of(data, size)};
    bool more = true;
    err_t err = OK;
    while (err == OK && more) {
        struct involvement_request request = {0};
        char agency[MAX_ID + 1];
        err = next_line(&lines, agency, &request, &more);
        if (err == OK && more) {
            involvement_request_free(&request);
        }
    }
    if (err == OK || lines.involvements > 0) { // of a file that begins with no line, the index sees nothing
        try_import(bytes_of(data, size));
    }
    return 0;
}
