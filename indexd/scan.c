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
// Fewer zero bytes than this at the edge of a batch may be ciphertext, and fewer bytes among zeros may be one that
// turned.
#define UNWRITTEN_MIN 4

// Up to the file's end; *out_len is how much that was.
static err_t pread_some(int fd, const char *name, uint64_t offset, uint8_t *out, size_t len, size_t *out_len) {
    *out_len = 0;
    while (*out_len < len) {
        ssize_t got = pread(fd, out + *out_len, len - *out_len, (off_t)(offset + *out_len));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(ERR_IO, "journal segment %s: %s", name, strerror(errno));
        }
        if (got == 0) {
            return OK;
        }
        *out_len += (size_t)got;
    }
    return OK;
}

static err_t shorter(const char *name) {
    return err_set(ERR_IO, "journal segment %s: shorter than it was", name);
}

err_t scan_pread(int fd, const char *name, uint64_t offset, uint8_t *out, size_t len) {
    size_t got = 0;
    err_t err = pread_some(fd, name, offset, out, len, &got);
    return err == OK && got < len ? shorter(name) : err;
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
        size_t got = 0;
        err_t err = pread_some(scan->fd, scan->name, offset, scan->window, size, &got);
        if (err != OK) {
            return err;
        }
        scan->window_at = offset;
        scan->end = got < size ? offset + got : scan->end; // room was cut off meanwhile
        if (got < len) {
            return shorter(scan->name);
        }
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

// Behind the last byte from `from` on that is not zero; looked for no further than it takes to tell that it is beyond
// `most` bytes.
static err_t used_end(struct scan *scan, uint64_t from, uint64_t most, uint64_t *out) {
    *out = from;
    for (uint64_t at = from; at < scan->end && *out - from <= most;) {
        size_t len = scan->end - at < SECTOR_SIZE ? (size_t)(scan->end - at) : SECTOR_SIZE;
        const uint8_t *bytes = NULL;
        err_t err = window_get(scan, at, len, &bytes);
        if (err != OK) {
            return err;
        }
        for (size_t i = 0; i < len; i++) {
            *out = bytes[i] != 0 ? at + i + 1 : *out;
        }
        at += len;
    }
    return OK;
}

// Whether the journal ends here: at the end of the file, or where its last segment holds zeros alone from here on.
static err_t ends_here(struct scan *scan, bool *out) {
    uint64_t used = scan->end;
    err_t err = scan->last ? used_end(scan, scan->at, 0, &used) : OK;
    *out = err == OK && used == scan->at;
    return err;
}

err_t scan_next(struct scan *scan, bool *out_more) {
    struct frame_header header;
    bool valid = false;
    bool end = false;
    err_t err = header_at(scan, scan->at, &header, &valid);
    if (err == OK && !valid && scan->at == scan->batch_end) {
        err = ends_here(scan, &end);
    }
    if (err != OK || end) {
        *out_more = false;
        return err;
    }
    if (scan->at == scan->batch_end) { // what follows is another batch, even if its header cannot be read
        scan->batch_start = scan->at;
        scan->batch_seq = scan->seq;
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

static size_t bytes_written(const uint8_t *bytes, size_t len) {
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += bytes[i] != 0 ? 1 : 0;
    }
    return count;
}

// Whether a sector of the batch reads as zeros, and others do not: it was not written, but stands as the room that was
// there before, or as the file had grown over it. Sealed bytes are never so many zeros, and a damaged bit does not make
// them so; nor is one that turned in room a batch.
static err_t unwritten_sector(struct scan *scan, bool *out) {
    size_t written = 0;
    bool unwritten = false;
    for (uint64_t at = scan->batch_start; at < scan->used;) {
        uint64_t next = (at / SECTOR_SIZE + 1) * SECTOR_SIZE;
        size_t len = (size_t)((next < scan->used ? next : scan->used) - at);
        const uint8_t *bytes = NULL;
        err_t err = window_get(scan, at, len, &bytes);
        if (err != OK) {
            return err;
        }
        size_t count = bytes_written(bytes, len);
        unwritten = unwritten || (count == 0 && len >= UNWRITTEN_MIN);
        written += count;
        at = next;
    }
    *out = unwritten && written >= UNWRITTEN_MIN;
    return OK;
}

err_t scan_torn(struct scan *scan, uint64_t applied, bool *out_torn) {
    *out_torn = false;
    uint64_t batch_end = 0;
    err_t err = used_end(scan, scan->batch_start, BATCH_MAX, &scan->used);
    if (err == OK) {
        err = known_batch_end(scan, &batch_end);
    }
    if (err != OK || scan->batch_seq <= applied || scan->used - scan->batch_start > BATCH_MAX) {
        return err;
    }
    if (batch_end == 0 && scan->used - scan->at < FRAME_HEADER_SIZE) {
        *out_torn = true; // cut off within its first header
        return OK;
    }
    if (batch_end != 0 && batch_end < scan->used) {
        return OK; // something was written behind it
    }
    if (batch_end != 0 && (batch_end > scan->end || batch_end - scan->used >= UNWRITTEN_MIN)) {
        *out_torn = true; // cut off, or it ends in zeros
        return OK;
    }
    bool later = false;
    err = batch_end == 0 ? later_batch(scan, &later) : OK;
    return err != OK || later ? err : unwritten_sector(scan, out_torn);
}
