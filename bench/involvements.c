// SPDX-License-Identifier: Apache-2.0
#include "bench/involvements.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bench/random.h"
#include "proto/limits.h"

static void derive(const char *label, uint64_t child, uint64_t number, uint8_t *out, size_t len) {
    struct {
        char label[8];
        uint64_t child, number;
    } input = {.child = child, .number = number};
    (void)snprintf(input.label, sizeof input.label, "%s", label);
    (void)crypto_generichash(out, len, (const uint8_t *)&input, sizeof input, NULL, 0);
}

struct token_set involvements_tokens(uint64_t child, size_t slots) {
    struct token_set tokens = {0};
    for (size_t slot = 0; slot < slots; slot++) {
        derive("token", child, slot, tokens.tokens[slot], TOKEN_SIZE);
    }
    return tokens;
}

struct change involvements_open(uint64_t child, unsigned involvement, size_t slots) {
    struct random random = {.state = child * INVOLVEMENTS_A_CHILD + involvement};
    struct change change = {.action = ACTION_OPEN, .tokens = involvements_tokens(child, slots)};
    derive("handle", child, involvement, change.handle, HANDLE_SIZE);
    change.previous = random_below(&random, 4) == 0;
    change.quiet = random_below(&random, 20) == 0;
    return change;
}

void involvements_agency(uint64_t child, unsigned involvement, char out[MAX_ID + 1]) {
    struct random random = {.state = child};
    const unsigned first = random_below(&random, AGENCIES);
    if (involvement == INVOLVEMENTS_A_CHILD - 1) {
        (void)snprintf(out, MAX_ID + 1, INVOLVEMENTS_OWN);
        return;
    }
    (void)snprintf(out, MAX_ID + 1, "a%03u", (first + involvement * 50) % AGENCIES);
}

// One line: one agency's involvements, of the children whose turn it is.
static err_t write_line(const char *agency, struct involvement_request *request, FILE *out, struct buf *line) {
    buf_reset(line);
    buf_printf(line, "%s ", agency);
    err_t err = involvement_request_write(request, line);
    if (err == OK) {
        buf_put(line, "\n", 1);
        err = buf_check(line);
    }
    if (err == OK && fwrite(line->data, 1, line->len, out) != line->len) {
        err = err_set(ERR_IO, "the involvements could not be written");
    }
    request->count = 0;
    return err;
}

struct pages {                                         // a request in hand for each agency
    struct involvement_request requests[AGENCIES + 1]; // the last: INVOLVEMENTS_OWN
    struct buf line;
};

static err_t add(struct pages *pages, uint64_t child, unsigned involvement, size_t slots, FILE *out) {
    char agency[MAX_ID + 1];
    involvements_agency(child, involvement, agency);
    const bool own = involvement == INVOLVEMENTS_A_CHILD - 1;
    struct involvement_request *request = &pages->requests[own ? AGENCIES : atoi(agency + 1)];
    request->changes[request->count++] = involvements_open(child, involvement, slots);
    return request->count == MAX_CHILDREN ? write_line(agency, request, out, &pages->line) : OK;
}

static err_t write_rest(struct pages *pages, FILE *out) {
    err_t err = OK;
    for (unsigned i = 0; err == OK && i <= AGENCIES; i++) {
        char agency[MAX_ID + 1] = INVOLVEMENTS_OWN;
        if (i < AGENCIES) {
            (void)snprintf(agency, sizeof agency, "a%03u", i);
        }
        err = pages->requests[i].count == 0 ? OK : write_line(agency, &pages->requests[i], out, &pages->line);
    }
    return err == OK && fflush(out) != 0 ? err_set(ERR_IO, "the involvements could not be written") : err;
}

err_t involvements_write(uint64_t children, size_t slots, FILE *out) {
    struct pages *pages = calloc(1, sizeof *pages);
    struct change *changes = calloc((size_t)(AGENCIES + 1) * MAX_CHILDREN, sizeof *changes);
    err_t err = pages == NULL || changes == NULL ? err_set(ERR_MEMORY, "involvements") : OK;
    for (size_t i = 0; err == OK && i <= AGENCIES; i++) {
        pages->requests[i] = (struct involvement_request){
            .slots = slots, .epochs = token_epoch(1), .changes = changes + i * MAX_CHILDREN};
    }
    for (uint64_t child = 0; err == OK && child < children; child++) {
        for (unsigned i = 0; err == OK && i < INVOLVEMENTS_A_CHILD; i++) {
            err = add(pages, child, i, slots, out);
        }
    }
    if (err == OK) {
        err = write_rest(pages, out);
    }
    if (pages != NULL) {
        buf_free(&pages->line);
    }
    free(pages);
    free(changes);
    return err;
}
