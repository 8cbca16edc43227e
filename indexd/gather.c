// SPDX-License-Identifier: Apache-2.0
#include "indexd/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"
#include "indexd/tags.h"

#define PARTS 256
#define CHUNK_ROWS 2048
#define ROW_SIZE (CHILD_TAG_SIZE + 1 + ENTRY_SIZE) // child tag, whether it removes, entry
#define CHUNK_SIZE ((size_t)CHUNK_ROWS * ROW_SIZE)

struct part {
    uint8_t *rows;    // room for a chunk; NULL before the first row
    size_t count;     // rows in it
    uint32_t *chunks; // numbers of the chunks that lie in the file, in order
    size_t chunk_count, chunk_cap;
};

struct gather {
    char *path; // of the file; its name is removed as soon as it is open
    int fd;     // -1 while everything is in memory
    uint8_t *key;
    uint32_t chunks; // in the file
    uint64_t count;
    struct part parts[PARTS];
};

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

err_t gather_new(const char *folder, struct gather **out) {
    struct gather *gather = calloc(1, sizeof *gather);
    if (gather == NULL) {
        return no_memory();
    }
    gather->fd = -1;
    gather->path = file_join(folder, "rows.XXXXXX");
    gather->key = secret_new(crypto_stream_chacha20_KEYBYTES);
    if (gather->path == NULL || gather->key == NULL) {
        gather_free(gather);
        return no_memory();
    }
    randombytes_buf(gather->key, crypto_stream_chacha20_KEYBYTES);
    *out = gather;
    return OK;
}

void gather_free(struct gather *gather) {
    if (gather == NULL) {
        return;
    }
    for (size_t i = 0; i < PARTS; i++) {
        free(gather->parts[i].rows);
        free(gather->parts[i].chunks);
    }
    if (gather->fd >= 0) {
        (void)close(gather->fd);
    }
    secret_free(gather->key);
    free(gather->path);
    free(gather);
}

uint64_t gather_count(const struct gather *gather) {
    return gather->count;
}

// ---- rows and their bytes

static void put_row(const struct gathered *row, uint8_t *out) {
    memcpy(out, &row->child, CHILD_TAG_SIZE);
    out[8] = row->removes ? 1 : 0;
    memcpy(out + 9, row->entry.agency, AGENCY_TAG_SIZE);
    memcpy(out + 15, row->entry.record, RECORD_TAG_SIZE);
    out[23] = row->entry.state;
    memcpy(out + 24, &row->entry.until, sizeof row->entry.until);
}

static void get_row(const uint8_t *in, struct gathered *out) {
    memcpy(&out->child, in, CHILD_TAG_SIZE);
    out->removes = in[8] != 0;
    memcpy(out->entry.agency, in + 9, AGENCY_TAG_SIZE);
    memcpy(out->entry.record, in + 15, RECORD_TAG_SIZE);
    out->entry.state = in[23];
    memcpy(&out->entry.until, in + 24, sizeof out->entry.until);
}

// ---- the file

// A chunk is enciphered under its number, of which each is used once.
static void encipher(const struct gather *gather, uint32_t chunk, const uint8_t *in, size_t len, uint8_t *out) {
    uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {0};
    memcpy(nonce, &chunk, sizeof chunk);
    (void)crypto_stream_chacha20_xor(out, in, len, nonce, gather->key);
}

static err_t open_file(struct gather *gather) {
    gather->fd = mkstemp(gather->path);
    if (gather->fd < 0) {
        return err_set(ERR_IO, "%s: %s", gather->path, strerror(errno));
    }
    (void)unlink(gather->path);
    return OK;
}

static err_t write_chunk(const struct gather *gather, uint32_t chunk, const uint8_t *bytes) {
    size_t done = 0;
    while (done < CHUNK_SIZE) {
        ssize_t put = pwrite(gather->fd, bytes + done, CHUNK_SIZE - done, (off_t)(chunk * (uint64_t)CHUNK_SIZE + done));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return err_set(errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "rows could not be put aside: %s",
                           strerror(errno));
        }
        done += (size_t)put;
    }
    return OK;
}

static err_t read_chunk(const struct gather *gather, uint32_t chunk, uint8_t *bytes) {
    size_t done = 0;
    while (done < CHUNK_SIZE) {
        ssize_t got = pread(gather->fd, bytes + done, CHUNK_SIZE - done, (off_t)(chunk * (uint64_t)CHUNK_SIZE + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return err_set(ERR_IO, "rows that were put aside could not be read: %s", strerror(errno));
        }
        done += (size_t)got;
    }
    encipher(gather, chunk, bytes, CHUNK_SIZE, bytes);
    return OK;
}

static err_t note_chunk(struct part *part, uint32_t chunk) {
    if (part->chunk_count == part->chunk_cap) {
        size_t cap = part->chunk_cap == 0 ? 16 : part->chunk_cap * 2;
        uint32_t *chunks = realloc(part->chunks, cap * sizeof *chunks);
        if (chunks == NULL) {
            return no_memory();
        }
        part->chunks = chunks;
        part->chunk_cap = cap;
    }
    part->chunks[part->chunk_count++] = chunk;
    return OK;
}

static err_t put_aside(struct gather *gather, struct part *part) {
    err_t err = gather->fd < 0 ? open_file(gather) : OK;
    if (err == OK) {
        err = note_chunk(part, gather->chunks);
    }
    if (err == OK) {
        encipher(gather, gather->chunks, part->rows, CHUNK_SIZE, part->rows);
        err = write_chunk(gather, gather->chunks++, part->rows);
        part->count = 0;
    }
    return err;
}

err_t gather_add(struct gather *gather, const struct gathered *row) {
    struct part *part = &gather->parts[row->child >> 56];
    if (part->rows == NULL) {
        part->rows = malloc(CHUNK_SIZE);
    }
    if (part->rows == NULL) {
        return no_memory();
    }
    err_t err = part->count == CHUNK_ROWS ? put_aside(gather, part) : OK;
    if (err != OK) {
        return err;
    }
    put_row(row, part->rows + part->count++ * ROW_SIZE);
    gather->count++;
    return OK;
}

// ---- handing over

struct placed {
    struct gathered row;
    uint32_t place; // in the order in which they came
};

static int by_tag_and_place(const void *a, const void *b) {
    const struct placed *left = a;
    const struct placed *right = b;
    if (left->row.child != right->row.child) {
        return left->row.child < right->row.child ? -1 : 1;
    }
    return left->place < right->place ? -1 : left->place > right->place;
}

struct handing { // room for one part
    struct placed *placed;
    struct gathered *rows; // of one child tag
    uint8_t *bytes;
    size_t count;
};

static void take_rows(struct handing *handing, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct placed *placed = &handing->placed[handing->count];
        get_row(bytes + i * ROW_SIZE, &placed->row);
        placed->place = (uint32_t)handing->count++;
    }
}

static err_t load_part(const struct gather *gather, const struct part *part, struct handing *out) {
    const size_t count = part->chunk_count * CHUNK_ROWS + part->count;
    err_t err = OK;
    out->placed = malloc(count * sizeof *out->placed);
    out->rows = malloc(count * sizeof *out->rows);
    out->bytes = malloc(CHUNK_SIZE);
    if (out->placed == NULL || out->rows == NULL || out->bytes == NULL || count > UINT32_MAX) {
        return no_memory();
    }
    for (size_t i = 0; err == OK && i < part->chunk_count; i++) {
        err = read_chunk(gather, part->chunks[i], out->bytes);
        if (err == OK) {
            take_rows(out, out->bytes, CHUNK_ROWS);
        }
    }
    take_rows(out, part->rows, part->count);
    return err;
}

static err_t visit_part(struct handing *handing, gather_visit visit, void *ctx) {
    err_t err = OK;
    qsort(handing->placed, handing->count, sizeof *handing->placed, by_tag_and_place);
    for (size_t i = 0; err == OK && i < handing->count;) {
        size_t count = 0;
        const uint64_t child = handing->placed[i].row.child;
        while (i < handing->count && handing->placed[i].row.child == child) {
            handing->rows[count++] = handing->placed[i++].row;
        }
        err = visit(ctx, handing->rows, count);
    }
    return err;
}

static err_t hand_over_part(const struct gather *gather, const struct part *part, gather_visit visit, void *ctx) {
    struct handing handing = {0};
    err_t err = load_part(gather, part, &handing);
    if (err == OK) {
        err = visit_part(&handing, visit, ctx);
    }
    free(handing.placed);
    free(handing.rows);
    free(handing.bytes);
    return err;
}

err_t gather_hand_over(struct gather *gather, gather_visit visit, void *ctx) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < PARTS; i++) {
        struct part *part = &gather->parts[i];
        if (part->rows != NULL) {
            err = hand_over_part(gather, part, visit, ctx);
        }
        part->count = 0;
        part->chunk_count = 0;
    }
    gather->count = 0;
    return err;
}
