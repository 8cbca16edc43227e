// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/signed_json.h"

#include "base/file.h"
#include "base/json.h"

err_t signed_json_write(json_t *document, const struct note_key *own, const uint8_t seed[NOTE_SEED_SIZE],
                        struct buf *out) {
    struct buf text = {0};
    err_t err = document == NULL ? err_set(ERR_MEMORY, "no memory for a note") : json_write(document, true, &text);
    json_decref(document);
    buf_put_u8(&text, '\n');
    err = err != OK ? err : buf_check(&text);
    if (err == OK) {
        buf_put(out, text.data, text.len);
        buf_put_str(out, "\n");
        err = note_sign(buf_bytes(&text), own->name, seed, out);
    }
    buf_free(&text);
    return err != OK ? err : buf_check(out);
}

err_t signed_json_load(const char *path, size_t max, struct signed_json *out) {
    err_t err = file_read(path, max, &out->whole);
    if (err != OK) {
        return err;
    }
    err = note_parse(buf_bytes(&out->whole), &out->note);
    err = err != OK ? err : json_parse(out->note.text, &out->document);
    return err == OK ? OK : err_prefix(err, "%s", path);
}

void signed_json_free(struct signed_json *signed_json) {
    json_decref(signed_json->document);
    buf_free(&signed_json->whole);
    *signed_json = (struct signed_json){0};
}

err_t signed_json_by_holder(const struct signed_json *signed_json, const struct trust *trust, uint64_t holder) {
    if (holder > trust->holder_count) {
        return err_set(ERR_SIGNATURE, "holder %u is none of the scheme's %zu", (unsigned)holder, trust->holder_count);
    }
    const struct note_key *key = holder == 0 ? &trust->authority : &trust->holders[holder - 1];
    if (note_verify(&signed_json->note, key) != OK) {
        return err_set(ERR_SIGNATURE, "no good signature of %s, from whom it claims to be", key->name);
    }
    return OK;
}
