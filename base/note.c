// SPDX-License-Identifier: Apache-2.0
#include "base/note.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

#define LINE_PREFIX "\xe2\x80\x94 " // an em dash and a space
#define HASH_SIZE NOTE_KEY_ID_SIZE
#define PUBLIC_KEY_SIZE crypto_sign_PUBLICKEYBYTES
#define SIGNATURE_SIZE (HASH_SIZE + crypto_sign_BYTES)

static bool name_is_valid(const char *name, size_t len) {
    if (len == 0 || len > NOTE_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        // Printable ASCII is enough for names that we give; C2SP leaves out white space and "+".
        if (c <= ' ' || c >= 0x7f || c == '+') {
            return false;
        }
    }
    return true;
}

// C2SP signed-note: the first four bytes of SHA-256(name || 0x0A || algorithm || public key).
void note_key_id(const struct note_key *key, uint8_t algorithm, uint8_t out[NOTE_KEY_ID_SIZE]) {
    const uint8_t between[] = {'\n', algorithm};
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, (const uint8_t *)key->name, strlen(key->name));
    (void)crypto_hash_sha256_update(&state, between, sizeof between);
    (void)crypto_hash_sha256_update(&state, key->public_key, sizeof key->public_key);
    (void)crypto_hash_sha256_final(&state, digest);
    memcpy(out, digest, NOTE_KEY_ID_SIZE);
}

static void set_hash(struct note_key *key) {
    note_key_id(key, NOTE_ED25519, key->hash);
}

void note_key_format(const struct note_key *key, char out[NOTE_VKEY_SIZE]) {
    uint8_t typed[1 + PUBLIC_KEY_SIZE] = {NOTE_ED25519};
    char hash_text[2 * HASH_SIZE + 1];
    char key_text[BASE64_SIZE(sizeof typed)];
    memcpy(typed + 1, key->public_key, PUBLIC_KEY_SIZE);
    hex_encode(key->hash, sizeof key->hash, hash_text);
    base64_encode(typed, sizeof typed, key_text);
    (void)snprintf(out, NOTE_VKEY_SIZE, "%s+%s+%s", key->name, hash_text, key_text);
}

// What is read is written again and compared, so that there is one text for each key.
err_t note_key_parse(const char *vkey, struct note_key *out) {
    struct note_key key = {0};
    uint8_t typed[1 + PUBLIC_KEY_SIZE];
    char again[NOTE_VKEY_SIZE];
    const char *hash_at = strchr(vkey, '+');
    const char *key_at = hash_at == NULL ? NULL : strchr(hash_at + 1, '+');
    if (key_at == NULL || !name_is_valid(vkey, (size_t)(hash_at - vkey))) {
        return err_set(ERR_INPUT, "a verifier key must be NAME+HASH+KEY");
    }
    memcpy(key.name, vkey, (size_t)(hash_at - vkey));
    err_t err = base64_decode(key_at + 1, strlen(key_at + 1), typed, sizeof typed);
    if (err != OK) {
        return err_prefix(err, "verifier key \"%s\"", key.name);
    }
    if (typed[0] != NOTE_ED25519) {
        return err_set(ERR_INPUT, "verifier key \"%s\": is not for Ed25519", key.name);
    }
    memcpy(key.public_key, typed + 1, sizeof key.public_key);
    set_hash(&key);
    note_key_format(&key, again);
    if (strcmp(again, vkey) != 0) {
        return err_set(ERR_INPUT, "verifier key \"%s\": its hash does not fit name and key", key.name);
    }
    *out = key;
    return OK;
}

// The key pair of a seed; `*out_secret` is locked memory of crypto_sign_SECRETKEYBYTES.
static err_t key_pair(const char *name, const uint8_t seed[NOTE_SEED_SIZE], struct note_key *out,
                      uint8_t **out_secret) {
    struct note_key key = {0};
    if (!name_is_valid(name, strlen(name))) {
        return err_set(ERR_INPUT, "a signer's name must be 1 to %d characters without spaces and +", NOTE_NAME_MAX);
    }
    memcpy(key.name, name, strlen(name));
    uint8_t *secret = secret_new(crypto_sign_SECRETKEYBYTES);
    if (secret == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    if (crypto_sign_seed_keypair(key.public_key, secret, seed) != 0) {
        secret_free(secret);
        return err_set(ERR_CRYPTO, "no Ed25519 key from a seed");
    }
    set_hash(&key);
    *out = key;
    *out_secret = secret;
    return OK;
}

err_t note_key_of_seed(const char *name, const uint8_t seed[NOTE_SEED_SIZE], struct note_key *out) {
    uint8_t *secret = NULL;
    err_t err = key_pair(name, seed, out, &secret);
    secret_free(secret);
    return err;
}

// Base64 by its characters. What it says is looked at where name and length tell that the signature may be ours; the
// lines of other algorithms are not.
static bool looks_like_base64(struct bytes text) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    for (size_t i = 0; i < text.len; i++) {
        if (memchr(alphabet, text.data[i], sizeof alphabet - 1) == NULL) {
            return false;
        }
    }
    return text.len > 0 && text.len % 4 == 0;
}

static bool split_at(struct bytes whole, char mark, struct bytes *before, struct bytes *after) {
    const uint8_t *at = whole.len == 0 ? NULL : memchr(whole.data, mark, whole.len);
    if (at == NULL) {
        return false;
    }
    *before = bytes_of(whole.data, (size_t)(at - whole.data));
    *after = bytes_of(at + 1, whole.len - before->len - 1);
    return true;
}

err_t note_next_line(struct bytes *lines, struct note_line *out) {
    const size_t prefix_len = strlen(LINE_PREFIX);
    struct bytes whole = {0};
    struct note_line line = {0};
    if (!split_at(*lines, '\n', &whole, lines)) {
        return err_set(ERR_INPUT, "a signature line does not end");
    }
    if (whole.len < prefix_len || memcmp(whole.data, LINE_PREFIX, prefix_len) != 0 ||
        !split_at(bytes_of(whole.data + prefix_len, whole.len - prefix_len), ' ', &line.name, &line.encoded) ||
        line.name.len == 0 || !looks_like_base64(line.encoded)) {
        return err_set(ERR_INPUT, "a signature line is not: dash, name, base64");
    }
    *out = line;
    return OK;
}

static err_t check_lines(struct bytes lines) {
    for (size_t count = 0; lines.len > 0; count++) {
        struct note_line line;
        if (count == NOTE_MAX_SIGNATURES) {
            return err_set(ERR_INPUT, "more than %d signatures", NOTE_MAX_SIGNATURES);
        }
        err_t err = note_next_line(&lines, &line);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static bool has_control_characters(struct bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < ' ' && text.data[i] != '\n') {
            return true;
        }
    }
    return false;
}

err_t note_parse(struct bytes whole, struct note *out) {
    static const uint8_t empty_line[] = "\n\n";
    size_t at = whole.len;
    while (at >= 2 && memcmp(whole.data + at - 2, empty_line, 2) != 0) {
        at--;
    }
    if (at < 2 || at == whole.len) {
        return err_set(ERR_INPUT, "not a signed note: no signatures after an empty line");
    }
    if (has_control_characters(whole)) {
        return err_set(ERR_INPUT, "not a signed note: it holds control characters");
    }
    struct note note = {.text = bytes_of(whole.data, at - 1), .signatures = bytes_of(whole.data + at, whole.len - at)};
    err_t err = check_lines(note.signatures);
    if (err != OK) {
        return err_prefix(err, "not a signed note");
    }
    *out = note;
    return OK;
}

// A line is of a key when name and hash are; C2SP ignores all others.
static bool is_of_key(const struct note_line *line, const struct note_key *key, uint8_t out[SIGNATURE_SIZE]) {
    return bytes_equal(line->name, bytes_str(key->name)) &&
           base64_decode((const char *)line->encoded.data, line->encoded.len, out, SIGNATURE_SIZE) == OK &&
           memcmp(out, key->hash, HASH_SIZE) == 0;
}

// A wrong signature of a known key condemns the note, even where a good one stands beside it.
err_t note_verify(const struct note *note, const struct note_key *key) {
    struct bytes lines = note->signatures;
    bool found = false;
    while (lines.len > 0) {
        struct note_line line;
        uint8_t decoded[SIGNATURE_SIZE];
        err_t err = note_next_line(&lines, &line);
        if (err != OK) {
            return err;
        }
        if (!is_of_key(&line, key, decoded)) {
            continue;
        }
        if (crypto_sign_verify_detached(decoded + HASH_SIZE, note->text.data, note->text.len, key->public_key) != 0) {
            return err_set(ERR_SIGNATURE, "the signature of \"%s\" is wrong", key->name);
        }
        found = true;
    }
    return found ? OK : err_set(ERR_SIGNATURE, "the signature of \"%s\" is missing", key->name);
}

err_t note_put_signature(const char *name, const uint8_t seed[NOTE_SEED_SIZE], uint8_t algorithm, struct bytes stamp,
                         struct bytes message, struct buf *out) {
    struct note_key key;
    uint8_t *secret = NULL;
    uint8_t signature[crypto_sign_BYTES];
    uint8_t id[NOTE_KEY_ID_SIZE];
    struct buf whole = {0};
    err_t err = key_pair(name, seed, &key, &secret);
    if (err != OK) {
        return err;
    }
    (void)crypto_sign_detached(signature, NULL, message.data, message.len, secret); // cannot fail
    secret_free(secret);
    note_key_id(&key, algorithm, id);
    buf_put(&whole, id, sizeof id);
    buf_put(&whole, stamp.data, stamp.len);
    buf_put(&whole, signature, sizeof signature);
    err = buf_check(&whole);
    if (err == OK) {
        buf_printf(out, LINE_PREFIX "%s ", key.name);
        buf_put_base64(out, whole.data, whole.len);
        buf_put_u8(out, '\n');
        err = buf_check(out);
    }
    buf_free(&whole);
    return err;
}

err_t note_sign(struct bytes text, const char *name, const uint8_t seed[NOTE_SEED_SIZE], struct buf *out) {
    if (text.len < 2 || text.data[text.len - 1] != '\n' || text.data[text.len - 2] == '\n' ||
        has_control_characters(text)) {
        return err_set(ERR_INPUT, "a note's text must end in one newline and hold no control characters");
    }
    return note_put_signature(name, seed, NOTE_ED25519, (struct bytes){0}, text, out);
}
