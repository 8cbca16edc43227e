// SPDX-License-Identifier: Apache-2.0
// A journal segment that was written well and then harmed: cut off, bits turned, sectors emptied, bytes behind it.
// Every record that the scan gives is the one that was written in that place; only a last batch that was not yet
// applied may be taken for a torn write. The input says how long records and batches are, and what harm was done; its
// first byte may also ask that the whole file be the input, or that room follow.
//
// Covers: indexd/scan.c indexd/segment.c
#include "indexd/scan.h"

#include <string.h>

#include "base/secret.h"

#include "tests/fuzz/fuzz.h"

#define NAME "2026-11"
#define FIRST 7
#define RECORDS_MAX 40
#define RECORD_LEN_MAX 700
#define ROOM_FOLLOWS 64 // in the first byte: zeros behind all

static const uint8_t key[SEGMENT_KEY_SIZE] = {3, 1, 4};

struct written {
    struct buf file;
    size_t count;
    size_t lens[RECORDS_MAX];
    size_t batch_of[RECORDS_MAX]; // number of a record's batch
    size_t batches;
};

static void make_record(size_t i, size_t len, uint8_t *out) {
    memset(out, (int)(i + 1), len);
}

static void put_batch(struct written *written, size_t count) {
    struct buf sealed[RECORDS_MAX] = {0};
    size_t total = 0, first = written->count - count;
    for (size_t i = 0; i < count; i++) {
        uint8_t record[RECORD_LEN_MAX];
        make_record(first + i, written->lens[first + i], record);
        MUST(segment_seal(key, NAME, FIRST + first + i, bytes_of(record, written->lens[first + i]), &sealed[i]) == OK);
        total += FRAME_HEADER_SIZE + sealed[i].len;
    }
    size_t before = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[FRAME_HEADER_SIZE];
        size_t after = total - before - FRAME_HEADER_SIZE - sealed[i].len;
        struct frame_header header = {(uint32_t)sealed[i].len, (uint32_t)before, (uint32_t)after};
        frame_header_put(&header, NAME, written->file.len, bytes);
        buf_put(&written->file, bytes, sizeof bytes);
        buf_put(&written->file, sealed[i].data, sealed[i].len);
        before += FRAME_HEADER_SIZE + sealed[i].len;
        written->batch_of[first + i] = written->batches;
        buf_free(&sealed[i]);
    }
    written->batches++;
}

static void write_segment(struct reader *input, struct written *out) {
    uint8_t header[SEGMENT_HEADER_SIZE];
    segment_header_put(NAME, FIRST, header);
    buf_put(&out->file, header, sizeof header);
    size_t records = reader_u8(input) % RECORDS_MAX, in_batch = 0;
    for (size_t i = 0; i < records; i++) {
        unsigned shape = reader_u16(input);
        out->lens[out->count++] = 1 + shape % RECORD_LEN_MAX;
        in_batch++;
        if (shape >> 14 != 0 || i + 1 == records) {
            put_batch(out, in_batch);
            in_batch = 0;
        }
    }
}

static void harm(struct reader *input, struct buf *file) {
    while (input->left > 0 && !input->failed && file->len > 0) {
        uint8_t kind = reader_u8(input) % 4;
        size_t at = reader_u16(input) % file->len;
        size_t len = 1 + reader_u16(input) % 1024;
        if (kind == 0) {
            file->data[at] ^= (uint8_t)(1U << len % 8);
        } else if (kind == 1) {
            file->len = at;
        } else if (kind == 2) {
            memset(file->data + at, 0, len < file->len - at ? len : file->len - at);
        } else {
            struct bytes behind = reader_take(input, len < input->left ? len : input->left);
            buf_put(file, behind.data, behind.len);
        }
    }
}

// The number of records that were given before the first damage or the end; whether it was damage.
static size_t read_records(struct scan *scan, const struct written *written, bool *out_damaged) {
    bool more = true;
    size_t count = 0;
    err_t err = OK;
    while (more && (err = scan_next(scan, &more)) == OK && more) {
        uint8_t record[RECORD_LEN_MAX];
        MUST(written != NULL && count < written->count);
        make_record(count, written->lens[count], record);
        MUST(bytes_equal(buf_bytes(&scan->record), bytes_of(record, written->lens[count])));
        count++;
    }
    MUST(err == OK || err == ERR_CORRUPT);
    *out_damaged = err != OK;
    return count;
}

// A name is a month, whatever the time; reading may begin at any place that a record ended.
static void check_names(struct reader *input, struct bytes file) {
    char name[SEGMENT_NAME_SIZE];
    segment_name((int64_t)reader_u64(input), name);
    MUST(segment_name_valid(name));
    struct scan scan = {0};
    bool more = false;
    uint8_t *loaded = NULL;
    if (segment_key_load(fuzz_file(bytes_of(file.data, file.len % 40)), &loaded) == OK) {
        MUST(file.len % 40 == SEGMENT_KEY_SIZE);
        secret_free(loaded);
    }
    if (scan_open(&scan, fuzz_file(file), NAME, key, FIRST) == OK) {
        if (scan_seek(&scan, reader_u16(input), FIRST + 1) == OK) {
            (void)scan_next(&scan, &more);
        }
        scan_close(&scan);
    }
}

static void check_segment(const struct written *written, struct bytes file, uint64_t applied) {
    struct scan scan = {0};
    bool damaged = false, torn = false;
    if (scan_open(&scan, fuzz_file(file), NAME, key, FIRST) != OK) {
        return;
    }
    scan.last = true;
    (void)read_records(&scan, written, &damaged);
    if (damaged) {
        MUST(scan_torn(&scan, applied, &torn) == OK);
        MUST(!torn || scan.batch_seq > applied); // what was applied was acknowledged, and is never dropped
    }
    scan_close(&scan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    struct written written = {0};
    uint8_t which = reader_u8(&input);
    if (which == 0) {
        check_segment(NULL, fuzz_rest(&input), 0);
        return 0;
    }
    write_segment(&input, &written);
    struct buf harmed = {0};
    buf_put(&harmed, written.file.data, written.file.len);
    harm(&input, &harmed);
    struct reader names = reader_of(bytes_of(data, size));
    check_names(&names, buf_bytes(&harmed));
    bool unharmed = bytes_equal(buf_bytes(&harmed), buf_bytes(&written.file));
    for (size_t i = 0; (which & ROOM_FOLLOWS) != 0 && i < 10 * (size_t)which; i++) {
        buf_put(&harmed, "", 1);
    }
    if (unharmed) {
        struct scan scan = {0};
        bool damaged = true;
        MUST(scan_open(&scan, fuzz_file(buf_bytes(&harmed)), NAME, key, FIRST) == OK);
        scan.last = true;
        MUST(read_records(&scan, &written, &damaged) == written.count && !damaged);
        scan_close(&scan);
    }
    check_segment(&written, buf_bytes(&harmed), FIRST + which % (RECORDS_MAX / 2) - 1);
    buf_free(&harmed);
    buf_free(&written.file);
    return 0;
}
