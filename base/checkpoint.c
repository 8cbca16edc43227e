// SPDX-License-Identifier: Apache-2.0
#include "base/checkpoint.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COSIGNATURE_V1 0x04 // of the signed-note registry
#define STAMP_SIZE 8
#define COSIGNATURE_SIZE (NOTE_KEY_ID_SIZE + STAMP_SIZE + crypto_sign_BYTES)

static err_t put_text(const struct checkpoint *checkpoint, struct buf *out) {
    buf_printf(out, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
    buf_put_base64(out, checkpoint->root, sizeof checkpoint->root);
    buf_put_str(out, "\n");
    return buf_check(out);
}

err_t checkpoint_sign(const struct checkpoint *checkpoint, const uint8_t seed[NOTE_SEED_SIZE], struct buf *out) {
    struct buf text = {0};
    err_t err = put_text(checkpoint, &text);
    if (err == OK) {
        buf_put(out, text.data, text.len);
        buf_put_str(out, "\n");
        err = note_sign(buf_bytes(&text), checkpoint->origin, seed, out);
    }
    buf_free(&text);
    return err;
}

// What is read is written again and compared, so that there is one text for each checkpoint.
err_t checkpoint_parse(struct bytes text, struct checkpoint *out) {
    struct checkpoint checkpoint = {0};
    char root[BASE64_SIZE(MERKLE_HASH_SIZE)];
    char copy[NOTE_NAME_MAX + 24 + sizeof root + 3];
    struct buf again = {0};
    if (text.len == 0 || text.len >= sizeof copy) {
        return err_set(ERR_INPUT, "not a checkpoint: empty, or too long");
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    _Static_assert(NOTE_NAME_MAX == 127 && sizeof root == 45, "the widths below");
    // NOLINTNEXTLINE(cert-err34-c): a number that does not fit would not be written as it stands here, below
    bool read = sscanf(copy, "%127[^\n]\n%" SCNu64 "\n%44[^\n]\n", checkpoint.origin, &checkpoint.size, root) == 3 &&
                base64_decode(root, strlen(root), checkpoint.root, sizeof checkpoint.root) == OK;
    err_t err = read ? put_text(&checkpoint, &again) : err_set(ERR_INPUT, "not a checkpoint: origin, size, root");
    if (err == OK && !bytes_equal(buf_bytes(&again), text)) {
        err = err_set(ERR_INPUT, "not a checkpoint of these three lines alone: origin, size, root");
    }
    buf_free(&again);
    if (err == OK) {
        *out = checkpoint;
    }
    return err;
}

err_t checkpoint_open(struct bytes whole, const struct note_key *log, struct note *out_note, struct checkpoint *out) {
    struct note note;
    struct checkpoint checkpoint;
    err_t err = note_parse(whole, &note);
    if (err == OK) {
        err = checkpoint_parse(note.text, &checkpoint);
    }
    if (err == OK && strcmp(checkpoint.origin, log->name) != 0) {
        err = err_set(ERR_NOT_FOUND, "a checkpoint of another log than \"%s\"", log->name);
    }
    if (err == OK) {
        err = note_verify(&note, log);
    }
    if (err == OK) {
        *out_note = note;
        *out = checkpoint;
    }
    return err;
}

err_t checkpoint_bare(const struct note *note, const struct note_key *log, struct buf *out) {
    struct bytes lines = note->signatures;
    buf_put(out, note->text.data, note->text.len);
    buf_put_str(out, "\n");
    while (lines.len > 0) {
        struct note_line line;
        const uint8_t *from = lines.data;
        uint8_t decoded[NOTE_KEY_ID_SIZE + crypto_sign_BYTES];
        err_t err = note_next_line(&lines, &line);
        if (err != OK) {
            return err;
        }
        if (bytes_equal(line.name, bytes_str(log->name)) &&
            base64_decode((const char *)line.encoded.data, line.encoded.len, decoded, sizeof decoded) == OK &&
            memcmp(decoded, log->hash, sizeof log->hash) == 0) {
            buf_put(out, from, (size_t)(lines.data - from));
            return buf_check(out);
        }
    }
    return err_set(ERR_SIGNATURE, "the signature of \"%s\" is missing", log->name);
}

static err_t cosigned_message(struct bytes text, uint64_t time_s, struct buf *out) {
    buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    buf_put(out, text.data, text.len);
    return buf_check(out);
}

err_t cosignature_put(struct bytes text, const char *name, const uint8_t seed[NOTE_SEED_SIZE], int64_t time_s,
                      struct buf *out) {
    struct buf stamp = {0};
    struct buf message = {0};
    if (time_s < 0) {
        return err_set(ERR_INPUT, "a cosignature's time is after 1970");
    }
    buf_put_u64(&stamp, (uint64_t)time_s);
    err_t err = cosigned_message(text, (uint64_t)time_s, &message);
    if (err == OK) {
        err = note_put_signature(name, seed, COSIGNATURE_V1, buf_bytes(&stamp), buf_bytes(&message), out);
    }
    buf_free(&stamp);
    buf_free(&message);
    return err;
}

// A line is of the witness when its name and key id are; all others are passed over.
static bool is_of(const struct note_line *line, const struct note_key *witness, uint8_t out[COSIGNATURE_SIZE]) {
    uint8_t id[NOTE_KEY_ID_SIZE];
    note_key_id(witness, COSIGNATURE_V1, id);
    return bytes_equal(line->name, bytes_str(witness->name)) &&
           base64_decode((const char *)line->encoded.data, line->encoded.len, out, COSIGNATURE_SIZE) == OK &&
           memcmp(out, id, sizeof id) == 0;
}

static err_t check_line(const struct note *note, const struct note_key *witness, const uint8_t line[COSIGNATURE_SIZE],
                        uint64_t *out_time_s) {
    struct reader reader = reader_of(bytes_of(line + NOTE_KEY_ID_SIZE, STAMP_SIZE));
    uint64_t time_s = reader_u64(&reader);
    struct buf message = {0};
    err_t err = cosigned_message(note->text, time_s, &message);
    if (err == OK &&
        (time_s > INT64_MAX || crypto_sign_verify_detached(line + NOTE_KEY_ID_SIZE + STAMP_SIZE, message.data,
                                                           message.len, witness->public_key) != 0)) {
        err = err_set(ERR_SIGNATURE, "the cosignature of \"%s\" is wrong", witness->name);
    }
    buf_free(&message);
    if (err == OK) {
        *out_time_s = time_s;
    }
    return err;
}

err_t cosignature_verify(const struct note *note, const struct note_key *witness, int64_t *out_time_s) {
    struct bytes lines = note->signatures;
    bool found = false;
    int64_t last = 0;
    while (lines.len > 0) {
        struct note_line line;
        uint8_t decoded[COSIGNATURE_SIZE];
        uint64_t time_s = 0;
        err_t err = note_next_line(&lines, &line);
        if (err == OK && is_of(&line, witness, decoded)) {
            err = check_line(note, witness, decoded, &time_s);
            found = true;
            last = (int64_t)time_s > last ? (int64_t)time_s : last;
        }
        if (err != OK) {
            return err;
        }
    }
    if (!found) {
        return err_set(ERR_SIGNATURE, "the cosignature of \"%s\" is missing", witness->name);
    }
    *out_time_s = last;
    return OK;
}
