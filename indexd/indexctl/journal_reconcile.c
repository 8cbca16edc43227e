// SPDX-License-Identifier: Apache-2.0
// What key holders have evaluated for each client, beside what the journal says the client asked and registered: who
// evaluates far more than it brings to the index is trying out guesses elsewhere.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "indexd/indexctl/journal.h"
#include "indexd/indexctl/journal_read.h"
#include "indexd/indexctl/journal_source.h"
#include "indexd/indexctl/request.h"
#include "proto/count_line.h"
#include "proto/urn.h"

#define DAY_MS 86400000
#define COUNTS_MAX ((size_t)256 * 1024 * 1024)
#define DAY_TEXT 11

// A client may look up a child again, replace details, or fail after the holders have answered: twice as much as the
// journal accounts for, and a few children more, is nothing to look at.
#define TIMES 2
#define BESIDES 64

struct line { // a client's day
    int64_t day;
    char identity[MAX_URN + 1]; // of one holder's lines: the account
    uint64_t elements;          // that the holders of all files evaluated
    uint64_t asked, changed;    // children
    uint64_t values;            // tokens that these took to make, at each of t holders
};

struct lines {
    struct line *items; // sorted by day and identity
    size_t count, cap;
};

struct reconciling {
    struct source source;
    const char *keys;
    struct option_list files;
    struct descriptor descriptor;
    struct lines lines;
};

static int order(const struct line *line, int64_t day, const char *identity) {
    return line->day != day ? (line->day > day) - (line->day < day) : strcmp(line->identity, identity);
}

// Where the line stands, or would.
static size_t find(const struct lines *lines, int64_t day, const char *identity) {
    size_t low = 0;
    size_t high = lines->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(&lines->items[middle], day, identity) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static err_t get(struct lines *lines, int64_t day, const char *identity, struct line **out) {
    size_t at = find(lines, day, identity);
    if (at == lines->count || order(&lines->items[at], day, identity) != 0) {
        if (lines->count == lines->cap) {
            size_t cap = lines->cap == 0 ? 256 : lines->cap * 2;
            struct line *items = realloc(lines->items, cap * sizeof *items);
            if (items == NULL) {
                return err_set(ERR_MEMORY, "out of memory");
            }
            lines->items = items;
            lines->cap = cap;
        }
        memmove(&lines->items[at + 1], &lines->items[at], (lines->count - at) * sizeof lines->items[0]);
        lines->items[at] = (struct line){.day = day};
        (void)snprintf(lines->items[at].identity, sizeof lines->items[at].identity, "%s", identity);
        lines->count++;
    }
    *out = &lines->items[at];
    return OK;
}

// ---- what the holders say

// The last line of an account and a day is the day's count.
static err_t take_count(struct lines *counts, char *text) {
    struct count_line count;
    struct line *line = NULL;
    err_t err = count_line_parse(text, &count);
    if (err == OK) {
        err = get(counts, count.day, count.name, &line);
    }
    if (err == OK) {
        line->elements = (uint64_t)count.used_day;
    }
    return err;
}

// A holder that runs may be in the middle of its last line.
static err_t read_counts(const char *path, struct lines *counts) {
    struct buf text = {0};
    size_t number = 0;
    err_t err = file_read(path, COUNTS_MAX, &text);
    if (err == OK && (buf_str(&text) == NULL || strlen(buf_str(&text)) != text.len)) {
        err = err_set(ERR_CORRUPT, "%s: not a text", path);
    }
    char *end = NULL;
    for (char *at = (char *)text.data; err == OK && (end = strchr(at, '\n')) != NULL; at = end + 1) {
        *end = '\0';
        err = take_count(counts, at);
        number++;
        err = err == OK ? OK : err_prefix(err, "%s: line %zu", path, number);
    }
    if (err == OK && number == 0) { // a spare holder that was never asked
        fprintf(stderr, "%s: no counts: this holder has evaluated nothing, or it is another file\n", path);
    }
    buf_free(&text);
    return err;
}

// An agency's account counts its people too, who have lines of their own: what is left is its system's.
static void take_out_people(struct lines *counts) {
    for (size_t i = 0; i < counts->count; i++) {
        const struct line *person = &counts->items[i];
        char agency[MAX_ID + 1];
        (void)snprintf(agency, sizeof agency, "%.*s", (int)strcspn(person->identity, ":"), person->identity);
        const size_t at = find(counts, person->day, agency);
        if (strchr(person->identity, ':') != NULL && at < counts->count &&
            order(&counts->items[at], person->day, agency) == 0) {
            uint64_t *left = &counts->items[at].elements;
            *left -= *left < person->elements ? *left : person->elements;
        }
    }
}

static err_t take_file(struct reconciling *all, const char *path) {
    struct lines counts = {0};
    err_t err = read_counts(path, &counts);
    take_out_people(&counts);
    for (size_t i = 0; err == OK && i < counts.count; i++) {
        const struct line *count = &counts.items[i];
        char identity[MAX_URN + 1];
        struct urn urn;
        struct line *line = NULL;
        account_urn(count->identity, all->descriptor.scheme, &urn);
        urn_format(&urn, identity);
        err = count->elements == 0 ? OK : get(&all->lines, count->day, identity, &line);
        if (line != NULL) {
            line->elements += count->elements;
        }
    }
    free(counts.items);
    return err;
}

// ---- what the journal says

// Whose certificate it was: the person's, or the system's that named one.
static void identity_of(const struct reconciling *all, const struct record *record, char out[MAX_URN + 1]) {
    struct urn urn = {.kind = URN_AGENCY};
    memcpy(urn.scheme, all->descriptor.scheme, sizeof urn.scheme);
    memcpy(urn.id, record->agency, sizeof urn.id);
    if (record->person[0] != '\0' && !record->claimed) {
        urn.kind = URN_PERSON;
        memcpy(urn.person, record->person, sizeof urn.person);
    }
    urn_format(&urn, out);
}

static err_t take_record(void *ctx, const struct record *record) {
    struct reconciling *all = ctx;
    char identity[MAX_URN + 1];
    struct line *line = NULL;
    if ((record->kind != RECORD_QUESTION && record->kind != RECORD_CHANGES) ||
        strcmp(record->agency, AGENCY_CANARY) == 0) {
        return OK;
    }
    identity_of(all, record, identity);
    err_t err = get(&all->lines, record->time_ms / DAY_MS, identity, &line);
    for (size_t i = 0; err == OK && i < record->count; i++) {
        bool question = record->kind == RECORD_QUESTION;
        line->values += question ? record->children[i].tag_count : record->changes[i].row_count;
        line->asked += question ? 1 : 0;
        line->changed += question ? 0 : 1;
    }
    return err;
}

// ---- both

static bool stands_out(const struct reconciling *all, const struct line *line) {
    return line->elements > TIMES * line->values * all->descriptor.threshold + BESIDES;
}

static void print_line(const struct reconciling *all, const struct line *line) {
    char at[CLOCK_TEXT_SIZE];
    clock_format(line->day * (DAY_MS / 1000), at);
    at[DAY_TEXT - 1] = '\0';
    if (all->source.json) {
        json_t *fields = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b}", "day", at, "identity", line->identity,
                                   "elements", (json_int_t)line->elements, "accounted_for",
                                   (json_int_t)line->values * (json_int_t)all->descriptor.threshold, "children_asked",
                                   (json_int_t)line->asked, "children_changed", (json_int_t)line->changed, "stands_out",
                                   stands_out(all, line));
        json_dumpf(fields, stdout, JSON_COMPACT);
        printf("\n");
        json_decref(fields);
        return;
    }
    printf("%s %10llu %10llu %10llu %10llu  %s%s\n", at, (unsigned long long)line->elements,
           (unsigned long long)line->values * all->descriptor.threshold, (unsigned long long)line->asked,
           (unsigned long long)line->changed, line->identity, stands_out(all, line) ? "  STANDS OUT" : "");
}

static err_t print_all(const struct reconciling *all) {
    size_t flagged = 0;
    if (!all->source.json) {
        printf("%-10s %10s %10s %10s %10s  %s\n", "day", "elements", "accounted", "asked", "changed", "identity");
    }
    for (size_t i = 0; i < all->lines.count; i++) {
        print_line(all, &all->lines.items[i]);
        flagged += stands_out(all, &all->lines.items[i]) ? 1 : 0;
    }
    return flagged == 0
               ? OK
               : err_set(ERR_BUDGET, "%zu times somebody evaluated far more than the journal accounts for", flagged);
}

static err_t reconcile(struct reconciling *all) {
    struct trust trust;
    err_t err = all->files.count == 0
                    ? err_set(ERR_INPUT, "--counts is needed, once for each key holder")
                    : settings_scheme(&all->source.settings, clock_now_s(&clock_system), &trust, &all->descriptor);
    for (size_t i = 0; err == OK && i < all->files.count; i++) {
        err = take_file(all, all->files.items[i]);
    }
    if (err == OK) {
        err = journal_read(all->source.folder, all->keys, 1, MAX_VERSION, take_record, all);
    }
    return err == OK ? print_all(all) : err;
}

int run_journal_reconcile(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal reconcile", "--config FILE --counts FILE [--counts FILE ...] [--json]",
        "Compares what key holders evaluated for each client on each day with what the journal says that it asked and "
        "registered. Whoever evaluates far more is marked: it may be trying out guesses.",
        "A file of counts is one holder's own: STATE/counts, of all holders, once each. A finished day is exact, and "
        "the "
        "present one only when the holder was stopped.\nExit codes: 0 nothing stands out, 2 something does, or it "
        "could not be told."};
    struct reconciling all = {.keys = NULL};
    const struct option_row rows[] = {
        SOURCE_ROWS(&all.source),
        {"counts", "FILE", OPTION_LIST, &all.files, 0, 0, "A key holder's counts."},
        {"keys", "FOLDER", OPTION_TEXT, &all.keys, 0, 0, "The segments' keys, where they are elsewhere."},
    };
    int exit_code = source_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], 0, &all.source);
    if (exit_code == GO_ON && all.source.config == NULL) {
        exit_code = request_fail(err_set(ERR_INPUT, "--config is needed"), "usage");
    }
    if (exit_code == GO_ON) {
        err_t err = reconcile(&all);
        exit_code = err ? request_fail(err, "journal reconcile") : DONE;
    }
    free(all.lines.items);
    source_free(&all.source);
    return exit_code;
}
