// SPDX-License-Identifier: Apache-2.0
#include "indexd/scan.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_SIZE (1024 * 1024)
#define SECTOR_SIZE 512
// Fewer zero bytes than this at the edge of a batch may be ciphertext.
#define UNWRITTEN_MIN 4

err_t scan_pread(int fd, const char *name, uint64_t offset, uint8_t *out, size_t len) {
    while (len > 0) {
        ssize_t got = pread(fd, out, len, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return err_set(ERR_IO, "journal segment %s: %s", name, got < 0 ? strerror(errno) : "shorter than it was");
        }
        out += got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return OK;
}

static err_t window_make(struct scan *scan) {
    scan->window_size = scan->end < WINDOW_SIZE ? (size_t)scan->end : WINDOW_SIZE;
    scan->window = malloc(scan->window_size);
    scan->window_at = scan->end; // nothing is read yet
    return scan->window == NULL ? err_set(ERR_MEMORY, "out of memory") : OK;
}

// Borrows `len` bytes at `offset`; both must lie within the file. Valid until the next call.
static err_t window_get(struct scan *scan, uint64_t offset, size_t len, const uint8_t **out) {
    assert(len <= scan->window_size && offset + len <= scan->end);
    if (offset < scan->window_at || offset + len > scan->window_at + scan->window_size) {
        uint64_t left = scan->end - offset;
        size_t size = left < scan->window_size ? (size_t)left : scan->window_size;
        err_t err = scan_pread(scan->fd, scan->name, offset, scan->window, size);
        if (err != OK) {
            return err;
        }
        scan->window_at = offset;
    }
    *out = scan->window + (offset - scan->window_at);
    return OK;
}

static err_t scan_begin(struct scan *scan, const char *path, uint64_t seq) {
    struct stat about;
    scan->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (scan->fd < 0 || fstat(scan->fd, &about) != 0) {
        return err_set(errno == ENOENT ? ERR_CORRUPT : ERR_IO, "%s: %s", path, strerror(errno));
    }
    scan->end = (uint64_t)about.st_size;
    if (scan->end < SEGMENT_HEADER_SIZE) {
        return err_set(ERR_CORRUPT, "%s: shorter than its header", path);
    }
    err_t err = window_make(scan);
    if (err != OK) {
        return err;
    }
    const uint8_t *header = NULL;
    err = window_get(scan, 0, SEGMENT_HEADER_SIZE, &header);
    uint64_t first_seq = 0;
    if (err == OK) {
        err = segment_header_get(header, scan->name, &first_seq);
    }
    if (err == OK && seq == SCAN_ANY) {
        scan->seq = scan->batch_seq = first_seq;
    } else if (err == OK && first_seq != seq) {
        err = err_set(ERR_CORRUPT, "begins with record %llu where record %llu must follow: a segment is missing",
                      (unsigned long long)first_seq, (unsigned long long)seq);
    }
    return err == OK ? OK : err_prefix(err, "%s", path);
}

err_t scan_open(struct scan *scan, const char *path, const char *name, const uint8_t *key, uint64_t seq) {
    *scan = (struct scan){.fd = -1,
                          .key = key,
                          .at = SEGMENT_HEADER_SIZE,
                          .seq = seq,
                          .batch_start = SEGMENT_HEADER_SIZE,
                          .batch_end = SEGMENT_HEADER_SIZE,
                          .batch_seq = seq};
    memcpy(scan->name, name, SEGMENT_NAME_SIZE);
    err_t err = scan_begin(scan, path, seq);
    if (err != OK) {
        scan_close(scan);
    }
    return err;
}

err_t scan_seek(struct scan *scan, uint64_t offset, uint64_t seq) {
    if (offset < scan->at || offset > scan->end) {
        return err_set(ERR_CORRUPT, "journal segment %s has %llu bytes, and record %llu should stand at byte %llu",
                       scan->name, (unsigned long long)scan->end, (unsigned long long)seq, (unsigned long long)offset);
    }
    scan->at = scan->batch_start = scan->batch_end = offset;
    scan->seq = scan->batch_seq = seq;
    return OK;
}

void scan_close(struct scan *scan) {
    if (scan->fd >= 0) {
        (void)close(scan->fd);
    }
    scan->fd = -1;
    buf_free(&scan->record);
    free(scan->window);
    scan->window = NULL;
}

static err_t damaged(const struct scan *scan) {
    return err_set(ERR_CORRUPT, "journal segment %s is damaged at byte %llu, where record %llu should stand",
                   scan->name, (unsigned long long)scan->at, (unsigned long long)scan->seq);
}

// Whether a valid header stands at `at`; then its batch's extent is known.
static err_t header_at(struct scan *scan, uint64_t offset, struct frame_header *out, bool *out_valid) {
    *out_valid = false;
    if (scan->end - offset < FRAME_HEADER_SIZE) {
        return OK;
    }
    const uint8_t *bytes = NULL;
    err_t err = window_get(scan, offset, FRAME_HEADER_SIZE, &bytes);
    if (err == OK) {
        *out_valid = frame_header_get(bytes, scan->name, offset, out);
    }
    return err;
}

static uint64_t frame_end(uint64_t at, const struct frame_header *header) {
    return at + FRAME_HEADER_SIZE + header->length;
}

// A frame either begins a batch or goes on with the one before it, and agrees with it on where the batch ends.
static bool batch_agrees(const struct scan *scan, const struct frame_header *header) {
    if (scan->at == scan->batch_end) {
        return header->before == 0;
    }
    return header->before == scan->at - scan->batch_start &&
           frame_end(scan->at, header) + header->after == scan->batch_end;
}

err_t scan_next(struct scan *scan, bool *out_more) {
    if (scan->at == scan->end && scan->at == scan->batch_end) {
        *out_more = false;
        return OK;
    }
    if (scan->at == scan->batch_end) { // what follows is another batch, even if its header cannot be read
        scan->batch_start = scan->at;
        scan->batch_seq = scan->seq;
    }
    struct frame_header header;
    bool valid = false;
    err_t err = header_at(scan, scan->at, &header, &valid);
    if (err != OK) {
        return err;
    }
    if (!valid || !batch_agrees(scan, &header) || frame_end(scan->at, &header) > scan->end) {
        return damaged(scan);
    }
    const uint8_t *sealed = NULL;
    err = window_get(scan, scan->at + FRAME_HEADER_SIZE, header.length, &sealed);
    if (err != OK) {
        return err;
    }
    buf_reset(&scan->record);
    if (scan->key != NULL) {
        err = segment_unseal(scan->key, scan->name, scan->seq, bytes_of(sealed, header.length), &scan->record);
    }
    if (err != OK) {
        return err == ERR_CORRUPT ? damaged(scan) : err;
    }
    scan->sealed = bytes_of(sealed, header.length);
    scan->at = frame_end(scan->at, &header);
    scan->batch_end = scan->at + header.after;
    scan->seq++;
    *out_more = true;
    return OK;
}

// Where the damaged batch ends, as far as a header tells: one that was read before in it, or the one at `at`.
static err_t known_batch_end(struct scan *scan, uint64_t *out) {
    *out = 0;
    if (scan->at != scan->batch_start) {
        *out = scan->batch_end;
        return OK;
    }
    struct frame_header header;
    bool valid = false;
    err_t err = header_at(scan, scan->at, &header, &valid);
    if (err == OK && valid && header.before == 0) {
        *out = frame_end(scan->at, &header) + header.after;
    }
    return err;
}

// Whether a frame of another batch stands behind the damage: a batch is written only when the one before it is on disk.
static err_t later_batch(struct scan *scan, bool *out) {
    *out = false;
    for (uint64_t at = scan->at + 1; at + FRAME_HEADER_SIZE <= scan->end; at++) {
        struct frame_header header;
        bool valid = false;
        err_t err = header_at(scan, at, &header, &valid);
        if (err != OK) {
            return err;
        }
        if (valid && at - header.before != scan->batch_start) {
            *out = true;
            return OK;
        }
    }
    return OK;
}

static bool all_zero(const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

// Whether a sector of the batch reads as zeros, as one does that the file has grown over and nothing was written to.
// Sealed bytes are never so many zeros, and a damaged bit does not make them so.
static err_t unwritten_sector(struct scan *scan, bool *out) {
    *out = false;
    for (uint64_t at = scan->batch_start; at < scan->end;) {
        uint64_t next = (at / SECTOR_SIZE + 1) * SECTOR_SIZE;
        size_t len = (size_t)((next < scan->end ? next : scan->end) - at);
        const uint8_t *bytes = NULL;
        err_t err = window_get(scan, at, len, &bytes);
        if (err != OK) {
            return err;
        }
        if (len >= UNWRITTEN_MIN && all_zero(bytes, len)) {
            *out = true;
            return OK;
        }
        at = next;
    }
    return OK;
}

err_t scan_torn(struct scan *scan, uint64_t applied, bool *out_torn) {
    *out_torn = false;
    if (scan->batch_seq <= applied || scan->end - scan->batch_start > BATCH_MAX) {
        return OK;
    }
    uint64_t batch_end = 0;
    err_t err = known_batch_end(scan, &batch_end);
    if (err != OK) {
        return err;
    }
    if (batch_end != 0 && batch_end != scan->end) {
        *out_torn = batch_end > scan->end; // cut off; otherwise something was written behind it
        return OK;
    }
    if (batch_end == 0 && scan->end - scan->at < FRAME_HEADER_SIZE) {
        *out_torn = true; // cut off within its first header
        return OK;
    }
    bool later = false;
    err = batch_end == 0 ? later_batch(scan, &later) : OK;
    if (err != OK || later) {
        return err;
    }
    return unwritten_sector(scan, out_torn);
}
